"""OAuth tokens of the account: those that were generated here and are still valid.

They are credentials like those in the settings, until they expire or are revoked.
"""

from __future__ import annotations

from datetime import datetime

from carrierx.emulator.core.account import Account
from carrierx.emulator.http.credentials import Credential
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.timestamps import format_time


def active_tokens(account: Account) -> list[JSONObject]:
    """Return the tokens that haven't expired, oldest first, as they are stored: without `partner_sid`."""
    found = account.oauth_tokens.all()
    now = account.now() if found else None
    return [token for token in found if now is not None and not _is_expired(token, now)]


def accepted_credentials(account: Account) -> tuple[Credential, ...]:
    """Return all credentials that the emulator accepts: those in its settings, and the active tokens."""
    return (*account.config.credentials, *(_credential(token) for token in active_tokens(account)))


def _is_expired(token: JSONObject, now: datetime) -> bool:
    return str(token["date_expiration_access_token"]) <= format_time(now)


def _credential(token: JSONObject) -> Credential:
    scopes = token["scopes"]
    return Credential.bearer(
        str(token["access_token"]), scopes=[str(scope) for scope in scopes] if isinstance(scopes, list) else []
    )
