"""Credentials that the emulator accepts: bearer tokens, and user names with passwords, each with its scopes."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from carrierx.emulator.http.errors import bad_credentials, forbidden, unauthorized
from carrierx.emulator.http.types import Request

DEMO_TOKEN: Final = "carrierx-emulator-demo-token"  # noqa: S105 - known to everybody on purpose
"""The bearer token that an emulator accepts by default; it has all scopes."""

MANAGE_SCOPE: Final = "sms.manage"
"""The scope for all operations on messages."""

EVERY_SCOPE: Final = (
    MANAGE_SCOPE,
    "accesscontrol.manage",
    "lookup.dids.allow_carrier",
    "lookup.dids.allow_cnam",
    "lookup.dids.allow_lrn",
    "lookup.dids.read",
    "oauth.manage",
    "partners.manage",
    "phonenumber.manage",
    "rating.manage",
    "storage.manage",
    "verification.manage",
)
"""The scopes for all operations of the emulator."""

_TOKEN_SHAPE: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Credential:
    """A credential and the scopes of its owner. Make it with `bearer` or `basic`.

    Attributes:
        scheme: `bearer` or `basic`.
        secret: The token, or `user name:password`; not shown by `repr`.
        scopes: The scopes, such as `sms.manage`.
    """

    scheme: Literal["bearer", "basic"]
    secret: str = field(repr=False)
    scopes: frozenset[str]

    @classmethod
    def bearer(cls, token: str, *, scopes: Iterable[str] = EVERY_SCOPE) -> Credential:
        """Return the credential of an access token.

        Args:
            token: The token: visible ASCII characters, at least one.
            scopes: The scopes of its holder; all by default.

        Raises:
            ValueError: The token can't be part of a header.
        """
        if not _TOKEN_SHAPE.fullmatch(token):
            raise ValueError("a bearer token consists of visible ASCII characters, at least one")
        return cls("bearer", token, frozenset(scopes))

    @classmethod
    def basic(cls, user_name: str, password: str, *, scopes: Iterable[str] = EVERY_SCOPE) -> Credential:
        """Return the credential of a user name with its password.

        Args:
            user_name: The user name, without a colon.
            password: The password.
            scopes: The scopes of this user; all by default.

        Raises:
            ValueError: The user name contains a colon.

        Source: the 2019 documentation; the current one names only tokens for the Core API.
        """
        if ":" in user_name:
            raise ValueError("a user name can't have a colon: it ends the name in an Authorization header")
        return cls("basic", f"{user_name}:{password}", frozenset(scopes))


def include_demo_token(credentials: Iterable[Credential]) -> bool:
    """Return whether `DEMO_TOKEN`, which everybody knows, is among the credentials."""
    return any(credential.secret == DEMO_TOKEN for credential in credentials)


def authorize(request: Request, credentials: Iterable[Credential], any_of: tuple[str, ...]) -> frozenset[str]:
    """Authorize a request, or refuse it.

    Args:
        request: The request.
        credentials: All accepted credentials.
        any_of: The scopes of which the caller needs one.

    Returns:
        All scopes of the caller.

    Raises:
        RefusedRequestError: 401 without valid credentials, 403 without one of the needed scopes.
    """
    values = request.header_values("authorization")
    match values:
        case ():
            raise unauthorized()
        case (value,):
            scopes = _scopes_of(value, credentials)
        case _:
            raise bad_credentials()
    if scopes.isdisjoint(any_of):
        raise forbidden(any_of)
    return scopes


def _scopes_of(authorization: str, credentials: Iterable[Credential]) -> frozenset[str]:
    scheme, _, parameter = authorization.partition(" ")
    scheme = scheme.lower()
    given = _basic_secret(parameter.strip()) if scheme == "basic" else _to_bytes(parameter.strip())
    found: frozenset[str] | None = None
    # Compare all credentials, even after a match, so that the time reveals nothing.
    for credential in credentials:
        if hmac.compare_digest(given, _to_bytes(credential.secret)) and credential.scheme == scheme:
            found = credential.scopes
    if found is None:
        raise bad_credentials()
    return found


def _basic_secret(parameter: str) -> bytes:
    try:
        return base64.b64decode(_to_bytes(parameter), validate=True)
    except binascii.Error as error:
        raise bad_credentials() from error


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
