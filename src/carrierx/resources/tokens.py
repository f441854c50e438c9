"""Calls of the operations on OAuth tokens. Secrets travel in the body, as a form, and never in a path or a query."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import SecretStr

from carrierx.errors import InvalidArgumentError
from carrierx.models.masking import encoded_forms
from carrierx.models.oauth_token import GeneratedToken, OAuthToken
from carrierx.models.page import Page
from carrierx.options import check_count
from carrierx.resources.arguments import checked_text, quoted
from carrierx.resources.paging import check_iteration, list_query
from carrierx.transport.call import MAX_LIST_BYTES, Call

__all__ = ["generate_call", "get_call", "list_call", "page_calls", "revoke_call", "revoke_own_call"]

T = TypeVar("T")

PATH = "/oauth/tokens"
READ_SCOPES = ("oauth.manage_all_tokens", "oauth.manage", "oauth.read")
CREATE_SCOPES = ("oauth.manage_all_tokens", "oauth.manage", "oauth.create")
REVOKE_SCOPES = ("oauth.manage_all_tokens", "oauth.manage")

_OPTIONAL = ("access_token_expires_in", "token_type")


def get_call(token_sid: str) -> Call[OAuthToken]:
    """Turn a SID into the call that reads its token."""
    # Private, because someone may pass the token itself, which looks like a SID.
    return Call(
        "GET",
        f"{PATH}/{quoted(token_sid)}",
        OAuthToken,
        scopes=READ_SCOPES,
        private=(token_sid,),
        operation="tokens.get",
        path_template=f"{PATH}/{{token_sid}}",
    )


def list_call(filter: object, order: object, limit: object, offset: object) -> Call[Page[OAuthToken]]:  # noqa: A002
    """Turn a list's arguments into its call."""
    query = list_query(filter=filter, order=order, limit=limit, offset=offset)
    return Call(
        "GET",
        PATH,
        Page[OAuthToken],
        query=query,
        scopes=READ_SCOPES,
        max_response_bytes=MAX_LIST_BYTES,
        operation="tokens.list",
        path_template=PATH,
    )


def page_calls(
    filter: object,  # noqa: A002
    order: object,
    page_size: object,
    max_items: object,
) -> Call[Page[OAuthToken]]:
    """Check the arguments of an iteration and give the call for its first page."""
    check_iteration(filter, order, page_size, max_items)
    return list_call(filter, order, page_size, 0)


def generate_call(fields: Mapping[str, object], partner_sid: str | None = None) -> Call[GeneratedToken]:
    """Turn the fields of a new token into the call that generates it; None was not given.

    Raises:
        InvalidArgumentError: A field can't be what it was given as.
    """
    operation, path, template = "tokens.generate", "/oauth/token", "/oauth/token"
    if partner_sid is not None:
        operation, path = "tokens.generate_for_partner", f"{path}/{quoted(partner_sid)}"
        template = "/oauth/token/{partner_sid}"
    return _form_call(operation, path, template, GeneratedToken, fields, CREATE_SCOPES, receipt="token_sid")


def revoke_call(token: object, fields: Mapping[str, object]) -> Call[None]:
    """Turn a token into the call that revokes it.

    Raises:
        InvalidArgumentError: It is none, or a field can't be what it was given as. Without a token, CarrierX would
            revoke the client's own.
    """
    return _revoking({**fields, "token": _secret("token", token)})


def revoke_own_call(fields: Mapping[str, object], confirm: object) -> Call[None]:
    """Make the call that revokes the client's own token.

    Raises:
        InvalidArgumentError: It was not confirmed, or a field can't be what it was given as.
    """
    if confirm is not True:
        raise InvalidArgumentError(
            "This client can't do anything after it has revoked its own token. Say that you mean it: "
            "revoke_own(..., confirm=True)."
        )
    return _revoking(fields)


def _revoking(fields: Mapping[str, object]) -> Call[None]:
    return _form_call("tokens.revoke", "/oauth/revoke", "/oauth/revoke", NoneType, fields, REVOKE_SCOPES)


def _form_call(
    operation: str,
    path: str,
    path_template: str,
    response_type: type[T],
    fields: Mapping[str, object],
    scopes: tuple[str, ...],
    receipt: str | None = None,
) -> Call[T]:
    form = {name: _field(name, value) for name, value in fields.items() if value is not None or name not in _OPTIONAL}
    secrets = [value for name, value in form.items() if name not in ("access_token_expires_in", "grant_type")]
    # A response can repeat the form in its encoded form.
    private = {form for secret in secrets for form in encoded_forms(secret)}
    return Call(
        "POST",
        path,
        response_type,
        body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded",
        scopes=scopes,
        receipt=receipt,
        private=tuple(sorted(private)),
        operation=operation,
        path_template=path_template,
    )


def _field(name: str, value: object) -> str:
    if name == "access_token_expires_in":
        check_count(name, value, InvalidArgumentError, minimum=1)
        return str(value)
    return _secret(name, value)


def _secret(name: str, value: object) -> str:
    return checked_text(name, value.get_secret_value() if isinstance(value, SecretStr) else value)
