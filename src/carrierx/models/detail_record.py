"""Detail records: CarrierX writes one for each message sent or received, and bills by them."""

from __future__ import annotations

from typing import Annotated

from pydantic import JsonValue, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.types import Direction, MessageStatus, MessageType, Number, Price, UTCDateTime

__all__ = ["DetailRecord"]


class DetailRecord(ApiObject):
    """The record of one message: CarrierX's "SMS Detail Record object". Only `dr_sid` is always present.

    No field holds the message's SID. To match a record with a send, use a `reference`: it comes back in `user_data`.

    Attributes:
        dr_sid: The record's id. It is also the cursor of a list.
        partner_sid: The account that it belongs to.
        direction: Inbound or outbound.
        status: The message's delivery status.
        type: SMS or MMS.
        number_src: The sender.
        number_dst: The recipient.
        number_group_dst: The numbers of a group MMS: recipients if outbound, senders if inbound.
        number_billing: Your number: the recipient if inbound, the sender if outbound.
        number_external: The other party's number.
        message: The text.
        message_segments: The number of billed segments; 1 for an MMS.
        media_urls: The media of an MMS.
        user_data: The data that the sender attached. Usually a string, an object in some records.
        price: The price of the message in USD. Not documented for records, but in samples.
        rate: The price of one segment, as `price`.
        mcc: Mobile country code.
        mnc: Mobile network code.
        mcc_mnc_price: The price that goes with these codes.
        mcc_mnc_rate: The rate that goes with these codes.
        passthrough_price: Not documented.
        passthrough_rate: Not documented.
        provider: Not documented.
        vendor_error_code: Not documented. Sent messages can have one, so it does not mean failure.
        a2p_campaign: The Campaign Registry's id of the number's 10DLC campaign.
        registration_type: Not documented.
        p2p_nnid: Not documented.
        version: Not documented.
        delay_sent: Seconds from the request to the sending.
        date_start: When the message was created.
        date_sent: When it was sent.
        date_stop: When its delivery ended, with any status.
        date_insert: When this record was inserted into the database.
        date_changed: When it last changed.

    Example:
        >>> DetailRecord.model_validate_json('{"dr_sid": "92cd9154", "number_dst": "17575000929", "price": "0.015"}')
        DetailRecord(dr_sid='92cd9154', number_dst='***0929', price=Decimal('0.015'))
    """

    dr_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    partner_sid: str | None = None
    direction: Direction | None = None
    status: MessageStatus | None = None
    type: MessageType | None = None
    number_src: Annotated[Number | None, Shown.LAST_FOUR] = None
    number_dst: Annotated[Number | None, Shown.LAST_FOUR] = None
    number_group_dst: Annotated[tuple[Number, ...], Shown.LAST_FOUR] = ()
    number_billing: Annotated[Number | None, Shown.LAST_FOUR] = None
    number_external: Annotated[Number | None, Shown.LAST_FOUR] = None
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
