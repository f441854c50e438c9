"""OAuth tokens: what they allow, and the secrets themselves."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainSerializer, SecretStr, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.types import UTCDateTime

__all__ = ["GeneratedToken", "OAuthToken"]


def _revealed(secret: SecretStr) -> str:
    return secret.get_secret_value()


_Secret = Annotated[SecretStr, PlainSerializer(_revealed, return_type=str, when_used="json")]


class OAuthToken(ApiObject):
    """A token of your account. Only `token_sid` is always present.

    `access_token` and `refresh_token` are secret: no `repr`, log, error or table shows them. Only their
    `get_secret_value()`, and the object's `to_dict`, `to_json` and pickle do.

    Attributes:
        token_sid: The token's id. It isn't secret.
        access_token: The token itself; None if CarrierX left it out.
        refresh_token: The token with which OAuth gets a new access token. CarrierX doesn't document how to use it.
        token_type: `bearer`, or another that CarrierX does not document.
        name: Its name in CarrierX's portal.
        scopes: What it allows: `sms.manage`, for example.
        partner_sid: The account that it belongs to.
        client_id: The OAuth client that it was generated for.
        date_created: When it was generated.
        date_expiration_access_token: When the access token expires.
        date_expiration_refresh_token: When the refresh token expires.
        date_last_accessed: When it was last used.
        ip_last_accessed: The address from which it was last used.

    Example:
        >>> token = OAuthToken.model_validate({"token_sid": "b3f45e4d", "access_token": "8bfd6c6d"})
        >>> token
        OAuthToken(token_sid='b3f45e4d', access_token=SecretStr('**********'))
    """

    token_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    access_token: _Secret | None = None
    refresh_token: _Secret | None = None
    token_type: str | None = None
    name: Annotated[str | None, Shown.LENGTH] = None
    scopes: tuple[str, ...] = ()
    partner_sid: str | None = None
    client_id: Annotated[str | None, Shown.PRESENCE] = None
    date_created: UTCDateTime | None = None
    date_expiration_access_token: UTCDateTime | None = None
    date_expiration_refresh_token: UTCDateTime | None = None
    date_last_accessed: UTCDateTime | None = None
    ip_last_accessed: Annotated[str | None, Shown.PRESENCE] = None


class GeneratedToken(OAuthToken):
    """A token that was just generated. `access_token` is always present, too.

    A client accepts it as it is: `CarrierXClient(token.access_token)`.

    Example:
        >>> token = GeneratedToken.model_validate({"token_sid": "b3f45e4d", "access_token": "8bfd6c6d"})
        >>> token.access_token.get_secret_value() == "8bfd6c6d"
        True
    """

    access_token: _Secret  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues] - it is frozen
