"""A message as CarrierX describes it. Sends and reads return it, and callbacks carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from pydantic import AliasChoices, Field, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.field_names import LEGACY_NAMES
from carrierx.models.masking import Shown
from carrierx.models.types import Direction, MessageStatus, MessageType, Number, Price, UTCDateTime

__all__ = ["Message"]


class Message(ApiObject):
    """An SMS or an MMS: CarrierX's "SMS object".

    Only `message_sid` is always present. Lists are tuples, also if CarrierX sends null; such a null is written back as
    null. The field names of legacy accounts, `from_did` and `to_did`, are read as `from` and `to`.

    Attributes:
        message_sid: The message's id.
        partner_sid: The account that it belongs to.
        from_: The sender (`from` in JSON) as CarrierX writes it, usually digits with the country code.
        to: The recipient.
        message: The text; None for an MMS without text.
        message_segments: The number of billed segments; 1 for an MMS.
        media_urls: The media of an MMS.
        group_recipients: The numbers of a group MMS.
        direction: Inbound or outbound.
        status: The delivery status.
        type: SMS or MMS; None for legacy accounts.
        mcc: Mobile country code, once known.
        mnc: Mobile network code, once known.
        price: In USD; None right after the send.
        user_data: The data that the sender attached.
        date_created: When it was created.
        date_changed: When it last changed.
        date_status_changed: When its status last changed; None right after the send.

    Example:
        >>> message = Message.model_validate_json('{"message_sid": "097b49df", "from_did": "15162065575"}')
        >>> message.from_
        '15162065575'
        >>> message
        Message(message_sid='097b49df', from_='***5575')
    """

    message_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    partner_sid: str | None = None
    from_: Annotated[Number | None, Shown.LAST_FOUR] = Field(
        default=None, validation_alias=AliasChoices("from", "from_", "from_did"), serialization_alias="from"
    )
    to: Annotated[Number | None, Shown.LAST_FOUR] = Field(
        default=None, validation_alias=AliasChoices("to", "to_did"), serialization_alias="to"
    )
    message: Annotated[str | None, Shown.LENGTH] = None
    message_segments: int | None = None
    media_urls: Annotated[tuple[str, ...], Shown.COUNT] = ()
    group_recipients: Annotated[tuple[Number, ...], Shown.LAST_FOUR] = ()
    direction: Direction | None = None
    status: MessageStatus | None = None
    type: MessageType | None = None
    mcc: int | None = None
    mnc: int | None = None
    price: Price | None = None
    user_data: Annotated[str | None, Shown.PRESENCE] = None
    date_created: UTCDateTime | None = None
    date_changed: UTCDateTime | None = None
    date_status_changed: UTCDateTime | None = None

    @classmethod
    def _prepared(cls, data: object) -> object:
        if isinstance(data, dict) and "from_did" not in data and "to_did" not in data:
            return cast("dict[str, object]", data)  # most messages: those of current accounts
        return _without_null_names(cast("Mapping[str, object]", data)) if isinstance(data, Mapping) else data


def _without_null_names(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Leave out a name that is null if the same field has a value under its legacy name."""
    null = [
        name
        for name, legacy_name in LEGACY_NAMES.items()
        if legacy_name in fields and fields[legacy_name] is not None and fields.get(name, "") is None
    ]
    return {name: value for name, value in fields.items() if name not in null} if null else fields
