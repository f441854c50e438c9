"""The record that CarrierX keeps of each message sent and received, and bills by."""

from __future__ import annotations

from typing import Annotated

from pydantic import JsonValue, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.types import Direction, MessageStatus, MessageType, Price, UTCDateTime

__all__ = ["DetailRecord"]


class DetailRecord(ApiObject):
    """What CarrierX wrote down about one message: its "SMS Detail Record object". Only `dr_sid` is sure to be there.

    No field leads to the message itself. A send's `reference` does, if it had one: it comes back in `user_data`.

    Attributes:
        dr_sid: The record's id, and the cursor of a list.
        partner_sid: The account that it belongs to.
        direction: Inbound or outbound.
        status: How far the message has come.
        type: SMS or MMS.
        number_src: The sender.
        number_dst: The recipient.
        number_group_dst: The numbers of a group MMS: called ones when outbound, calling ones when inbound.
        number_billing: Your number: the recipient when inbound, the sender when outbound.
        number_external: The other one's number.
        message: The text.
        message_segments: How many parts are billed; 1 for an MMS.
        media_urls: The media of an MMS.
        user_data: What the sender put in: a text as a rule. Some records hold an object.
        price: What the message costs, in USD. Not documented for records; seen in samples.
        rate: As `price`, for one part.
        mcc: Mobile country code.
        mnc: Mobile network code.
        mcc_mnc_price: The price that goes with these codes.
        mcc_mnc_rate: The rate that goes with these codes.
        passthrough_price: Not documented.
        passthrough_rate: Not documented.
        provider: Not documented.
        vendor_error_code: Not documented. It also stands on messages that were sent: no sign of failure.
        a2p_campaign: The Campaign Registry's id of the number's 10DLC campaign.
        registration_type: Not documented.
        p2p_nnid: Not documented.
        version: Not documented.
        delay_sent: Seconds from the request to the sending.
        date_start: When the message came into being.
        date_sent: When it was sent.
        date_stop: When it was delivered, with whatever status.
        date_insert: When this record was put into the database.
        date_changed: When it changed last.

    Example:
        >>> DetailRecord.model_validate_json('{"dr_sid": "92cd9154", "number_dst": "17575000929", "price": "0.015"}')
        DetailRecord(dr_sid='92cd9154', number_dst='***0929', price=Decimal('0.015'))
    """

    dr_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    partner_sid: str | None = None
    direction: Direction | None = None
    status: MessageStatus | None = None
    type: MessageType | None = None
    number_src: Annotated[str | None, Shown.LAST_FOUR] = None
    number_dst: Annotated[str | None, Shown.LAST_FOUR] = None
    number_group_dst: Annotated[tuple[str, ...], Shown.LAST_FOUR] = ()
    number_billing: Annotated[str | None, Shown.LAST_FOUR] = None
    number_external: Annotated[str | None, Shown.LAST_FOUR] = None
    message: Annotated[str | None, Shown.LENGTH] = None
    message_segments: int | None = None
    media_urls: Annotated[tuple[str, ...], Shown.COUNT] = ()
    user_data: Annotated[JsonValue, Shown.PRESENCE] = None
    price: Price | None = None
    rate: Price | None = None
    mcc: int | None = None
    mnc: int | None = None
    mcc_mnc_price: Price | None = None
    mcc_mnc_rate: Price | None = None
    passthrough_price: Price | None = None
    passthrough_rate: Price | None = None
    provider: str | None = None
    vendor_error_code: str | None = None
    a2p_campaign: str | None = None
    registration_type: JsonValue = None
    p2p_nnid: JsonValue = None
    version: JsonValue = None
    delay_sent: int | None = None
    date_start: UTCDateTime | None = None
    date_sent: UTCDateTime | None = None
    date_stop: UTCDateTime | None = None
    date_insert: UTCDateTime | None = None
    date_changed: UTCDateTime | None = None
