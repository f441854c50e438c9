"""The message as CarrierX describes it: what a send answers, a read returns and a callback carries."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, Field, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.types import Direction, MessageStatus, MessageType, Price, UTCDateTime

__all__ = ["Message"]


class Message(ApiObject):
    """An SMS or an MMS: CarrierX's "SMS object".

    Only `message_sid` is sure to be there. A list is always a tuple here, also where CarrierX sends null, which is
    written back as null. The names of legacy accounts, `from_did` and `to_did`, are read as `from` and `to`.

    Attributes:
        message_sid: The message's id.
        partner_sid: The account that it belongs to.
        from_: The sender (`from` on the wire), as CarrierX writes it: digits with the country code, as a rule.
        to: The recipient.
        message: The text; None for an MMS of media alone.
        message_segments: How many parts are billed; 1 for an MMS.
        media_urls: The media of an MMS.
        group_recipients: The numbers of a group MMS.
        direction: Inbound or outbound.
        status: How far it has come.
        type: SMS or MMS; None for legacy accounts.
        mcc: Mobile country code, once known.
        mnc: Mobile network code, once known.
        price: In USD; None right after the send.
        user_data: What the sender put in.
        date_created: When it came into being.
        date_changed: When it changed last.
        date_status_changed: When its status changed last; None right after the send.

    Example:
        >>> message = Message.model_validate_json('{"message_sid": "097b49df", "from_did": "15162065575"}')
        >>> message.from_
        '15162065575'
        >>> message
        Message(message_sid='097b49df', from_='***5575')
    """

    message_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    partner_sid: str | None = None
    from_: Annotated[str | None, Shown.LAST_FOUR] = Field(
        default=None, validation_alias=AliasChoices("from", "from_", "from_did"), serialization_alias="from"
    )
    to: Annotated[str | None, Shown.LAST_FOUR] = Field(
        default=None, validation_alias=AliasChoices("to", "to_did"), serialization_alias="to"
    )
    message: Annotated[str | None, Shown.LENGTH] = None
    message_segments: int | None = None
    media_urls: Annotated[tuple[str, ...], Shown.COUNT] = ()
    group_recipients: Annotated[tuple[str, ...], Shown.LAST_FOUR] = ()
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
