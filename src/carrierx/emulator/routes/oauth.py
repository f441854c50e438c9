"""OAuth tokens: generate, list, read and revoke them. A generated token works as a credential, with its own scopes.

Source: the pages about OAuth tokens. Assumptions: the fields of the samples' forms are required; a token gets the
scopes of the credential that generates it; without `access_token_expires_in` it is valid for 100 years, as in the
sample, and that is the most; a token that isn't active gets 404. `scope` and `refresh_token`, which CarrierX's Ruby
client sends, have no effect, and neither has `with_related`.

Ours: any client ID, client secret, user name and password are accepted, because the emulator has none of its own; the
credentials in its settings aren't in the list and can't be revoked; the account counts as its own sub-partner, because
it has no other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.oauth_tokens import active_tokens
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import ErrorEntry, conflict, invalid_object, unknown_sid
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.http.urlencoded import read_urlencoded
from carrierx.emulator.openapi.bodies import LONGEST_TOKEN_SECONDS
from carrierx.emulator.openapi.parameters import LIST, WITH_RELATED
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query
from carrierx.emulator.timestamps import format_time

_READ_SCOPES: Final = ("oauth.manage_all_tokens", "oauth.manage", "oauth.read")
_CREATE_SCOPES: Final = ("oauth.manage_all_tokens", "oauth.manage", "oauth.create")
_REVOKE_SCOPES: Final = ("oauth.manage_all_tokens", "oauth.manage")

_ATTRIBUTES: Final = Attributes.of(
    texts="client_id ip_last_accessed name partner_sid token_sid token_type",
    times="date_created date_expiration_access_token date_expiration_refresh_token date_last_accessed",
)
_CLIENT: Final = ("client_id", "client_secret")
_OWN_FORM: Final = (
    *("grant_type", *_CLIENT, "username", "password"),
    *("access_token_expires_in", "refresh_token", "scope"),
)
_PARTNER_FORM: Final = (*_CLIENT, "access_token_expires_in")
_REVOKE_FORM: Final = (*_CLIENT, "token", "token_type")
_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,10}")


def _view(account: Account, token: JSONObject) -> JSONObject:
    return {**token, "partner_sid": account.config.partner_sid}


def _generate(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    form = _form(routed, _OWN_FORM, required=("grant_type", *_CLIENT, "username", "password"))
    if form["grant_type"] != "password":
        raise invalid_object([ErrorEntry("grant_type", "must be password")])
    return _new_token(account, routed, form)


def _generate_for_partner(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    form = _form(routed, _PARTNER_FORM, required=_CLIENT)
    if routed.path_parameters["partner_sid"] != account.config.partner_sid:
        raise unknown_sid()
    return _new_token(account, routed, form)


def _form(routed: RoutedRequest, known: Collection[str], *, required: Collection[str]) -> Mapping[str, str]:
    form = read_urlencoded(routed.request, known)
    missing = [ErrorEntry(name, "is required") for name in required if name not in form]
    if missing:
        raise invalid_object(missing)
    return form


def _new_token(account: Account, routed: RoutedRequest, form: Mapping[str, str]) -> EmulatorResponse:
    text = form.get("access_token_expires_in", str(LONGEST_TOKEN_SECONDS))
    if not _WHOLE_NUMBER.fullmatch(text) or not 1 <= int(text) <= LONGEST_TOKEN_SECONDS:
        problem = f"must be a whole number from 1 to {LONGEST_TOKEN_SECONDS}"
        raise invalid_object([ErrorEntry("access_token_expires_in", problem)])
    now, sid = account.now(), account.new_sid()
    expires = format_time(now + timedelta(seconds=int(text)))
    token: JSONObject = {
        "access_token": account.new_sid(),
        "client_id": form["client_id"],
        "date_created": format_time(now),
        "date_expiration_access_token": expires,
        "date_expiration_refresh_token": expires,
        "date_last_accessed": None,
        "ip_last_accessed": None,
        "name": "N/A",
        "refresh_token": account.new_sid(),
        "scopes": sorted(routed.scopes),
        "token_sid": sid,
        "token_type": "bearer",
    }
    account.oauth_tokens.add(sid, token)
    return json_response(200, _view(account, token))


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    parameters = routed.parameters((*LIST_PARAMETERS, "with_related"))
    parameters.flag("with_related")
    query = read_list_query(parameters, _ATTRIBUTES, ("with_related",))
    tokens = [_view(account, token) for token in active_tokens(account)]
    return json_response(
        200, page_answer(routed.request, query, tokens, show_total=False, link_next=account.config.link_next)
    )


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters(("with_related",)).flag("with_related")
    for token in active_tokens(account):
        if token["token_sid"] == routed.path_parameters["token_sid"]:
            return json_response(200, _view(account, token))
    raise unknown_sid()


def _revoke(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    form = _form(routed, _REVOKE_FORM, required=_CLIENT)
    secret = form.get("token") or _secret_of(routed)
    if any(credential.secret == secret for credential in account.config.credentials):
        raise conflict("a credential of the emulator's settings can't be revoked", "token")
    for token in active_tokens(account):
        if token["access_token"] == secret and account.oauth_tokens.remove(str(token["token_sid"])):
            return EmulatorResponse(204)
    raise unknown_sid()


def _secret_of(routed: RoutedRequest) -> str:
    [authorization] = routed.request.header_values("authorization")
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise invalid_object([ErrorEntry("token", "is required, because the request itself has no token")])
    return secret.strip()


_PATH: Final = f"{BASE_PATH}/oauth"

ROUTES: Final = (
    Route(
        "POST",
        f"{_PATH}/token",
        _CREATE_SCOPES,
        _generate,
        Operation("tokens.generate", "Generate a token", "OAuthToken", "NewToken", form=True),
    ),
    Route(
        "POST",
        f"{_PATH}/token/{{partner_sid}}",
        _CREATE_SCOPES,
        _generate_for_partner,
        Operation(
            "tokens.generate_for_partner",
            "Generate a token for a sub-partner",
            "OAuthToken",
            "NewPartnerToken",
            form=True,
        ),
    ),
    Route(
        "GET",
        f"{_PATH}/tokens",
        _READ_SCOPES,
        _list,
        Operation("tokens.list", "List active tokens", "OAuthTokenList", parameters=(*LIST, WITH_RELATED)),
    ),
    Route(
        "GET",
        f"{_PATH}/tokens/{{token_sid}}",
        _READ_SCOPES,
        _get,
        Operation("tokens.get", "Read a token", "OAuthToken", parameters=(WITH_RELATED,)),
    ),
    Route(
        "POST",
        f"{_PATH}/revoke",
        _REVOKE_SCOPES,
        _revoke,
        Operation("tokens.revoke", "Revoke a token", None, "RevokedToken", errors=(404, 409), success=204, form=True),
    ),
)
"""The operations of this module."""
