"""The `Authorization` header, and what is wrong with a secret that makes none.

Error trackers record the local variables of each frame that an exception passes. So what reads a secret gives back what
is wrong with it, and the error is raised in a frame that does not hold the secret.
"""

from __future__ import annotations

import base64
import os
import re
from typing import cast

from carrierx.errors import ConfigurationError, NetworkBlockedError, TokenUnavailableError

__all__ = ["Authorization", "AuthorizationFailure", "header_or_raise", "read_fixed", "read_token"]

TOKEN_VARIABLE = "CARRIERX_TOKEN"  # noqa: S105 - the name of a variable, not a token

# RFC 6750, section 2.1. Anything else would be printed by the HTTP library's own error.
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_USER_INFO = r"[^\x00-\x1f\x7f\ud800-\udfff]+"


class Authorization:
    """The value of an `Authorization` header. Its `repr` hides it: error trackers print the variables of a frame.

    It is no `str`, since some trackers write a string out whatever its `repr` says.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    @property
    def value(self) -> str:
        """The header's value as it goes on the wire."""
        return self._value

    @property
    def secrets(self) -> tuple[str, ...]:
        """The parts that nothing may repeat, although a server's answer may."""
        scheme, _, secret = self._value.partition(" ")
        if scheme != "Basic":
            return (secret,)
        return secret, base64.b64decode(secret).decode().partition(":")[2]

    def __repr__(self) -> str:
        return "Authorization(***)"

    def __reduce__(self) -> str:
        raise TypeError("An authorization does not pickle: a pickle would hold the token.")


class AuthorizationFailure:
    """Why there is no header. Each call that waited for it gets an error of its own, which it may complete."""

    __slots__ = ("_cause", "_kind", "_text")

    def __init__(
        self, text: str, cause: BaseException | None = None, kind: type[ConfigurationError] = ConfigurationError
    ) -> None:
        self._text = text
        self._cause = cause
        self._kind = kind

    @classmethod
    def of(cls, error: BaseException) -> AuthorizationFailure:
        """Give the failure of a token function that raised."""
        text = f"The token function raised {type(error).__name__}, so nothing was sent."
        return cls(text, error, TokenUnavailableError)

    def error(self) -> ConfigurationError:
        """Make an error. That a test run may not reach a host stays what it is, whoever tried."""
        if isinstance(self._cause, NetworkBlockedError):
            return NetworkBlockedError(str(self._cause), host=self._cause.host)
        error = self._kind(self._text, safe_to_resend=self._kind is TokenUnavailableError)
        error.__cause__ = self._cause
        return error


def header_or_raise(result: Authorization | AuthorizationFailure) -> Authorization:
    """Give the header.

    Raises:
        ConfigurationError: There is none.
    """
    if isinstance(result, AuthorizationFailure):
        raise result.error()
    return result


def read_fixed(token: object, basic_auth: object) -> Authorization | AuthorizationFailure:
    """Read a token, a user name and password, or the token of the environment."""
    if token is not None and basic_auth is not None:
        return AuthorizationFailure("Give token or basic_auth, not both.")
    if basic_auth is not None:
        return _read_basic_auth(basic_auth)
    if token is not None:
        return read_token(token, "token")
    if TOKEN_VARIABLE in os.environ:
        return read_token(os.environ[TOKEN_VARIABLE], TOKEN_VARIABLE)
    return AuthorizationFailure(
        f"There is no token: give token=..., or set the environment variable {TOKEN_VARIABLE}. "
        "Tokens are made in the CarrierX portal under Account > Security Tokens."
    )


def read_token(token: object, name: str) -> Authorization | AuthorizationFailure:
    """Read a token; the name says in errors where it comes from."""
    text = _secret_text(token)
    if text is None:
        return AuthorizationFailure(f"{name} must be a text or a pydantic SecretStr, not {type(token).__name__}.")
    if not text:
        return AuthorizationFailure(
            f"{name} is empty: give the token that the CarrierX portal shows under Account > Security Tokens."
        )
    if not _TOKEN.fullmatch(text):
        return AuthorizationFailure(
            f"{name} holds a character that no token has: a space, a line end, a quote or a non-ASCII character. "
            "Copy it again from the portal; a file read whole needs .strip()."
        )
    return Authorization(f"Bearer {text}")


def _read_basic_auth(basic_auth: object) -> Authorization | AuthorizationFailure:
    if not isinstance(basic_auth, tuple):
        return AuthorizationFailure("basic_auth must be a tuple of two texts: (user name, password).")
    texts = [_secret_text(part) for part in cast("tuple[object, ...]", basic_auth)]
    if len(texts) != 2 or texts[0] is None or texts[1] is None:
        return AuthorizationFailure("basic_auth must be a tuple of two texts: (user name, password).")
    user, password = texts[0], texts[1]
    if ":" in user:
        return AuthorizationFailure("basic_auth has a user name with a colon, which HTTP Basic can't carry.")
    if not re.fullmatch(_USER_INFO, user) or not re.fullmatch(_USER_INFO, password):
        return AuthorizationFailure("basic_auth has an empty text or one with a control character or half a character.")
    return Authorization("Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii"))


def _secret_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    reveal = getattr(value, "get_secret_value", None)
    revealed = reveal() if callable(reveal) else None
    return revealed if isinstance(revealed, str) else None
