"""Field types of the models: open enums, times, prices."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, JsonValue, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import core_schema

from carrierx.models.numbers import ExactNumber

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["Direction", "JsonValue", "MessageStatus", "MessageType", "Number", "OpenEnum", "Price", "UTCDateTime"]


def _exact(value: str) -> str:
    return ExactNumber(value) if value.isascii() and value.isdigit() else value


Number = Annotated[str, AfterValidator(_exact)]
"""A phone number with its country code. If it consists of digits, it needs no further check."""


class OpenEnum(str):
    """A string with named constants, where other values stay possible.

    CarrierX does not publish complete lists of values, and they grow. A member compares, hashes and prints as a string.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str.__repr__(self)})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[object], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read any string, write a plain one."""
        return core_schema.no_info_after_validator_function(
            cls, core_schema.str_schema(), serialization=core_schema.to_string_ser_schema(when_used="always")
        )


class MessageStatus(OpenEnum):
    """Delivery status of a message. Other values are possible: CarrierX does not publish those that mean failure.

    Example:
        >>> MessageStatus("sent") == MessageStatus.SENT == "sent"
        True
        >>> MessageStatus("expired")
        MessageStatus('expired')
    """

    __slots__ = ()

    QUEUED: ClassVar[MessageStatus]
    """Accepted, but not sent yet. The response to a send has this status."""
    SENT: ClassVar[MessageStatus]
    """Passed to the mobile carrier."""
    DELIVERED: ClassVar[MessageStatus]
    """Arrived on the phone."""
    RECEIVED: ClassVar[MessageStatus]
    """An inbound message that CarrierX received."""


MessageStatus.QUEUED = MessageStatus("queued")
MessageStatus.SENT = MessageStatus("sent")
MessageStatus.DELIVERED = MessageStatus("delivered")
MessageStatus.RECEIVED = MessageStatus("received")


class MessageType(OpenEnum):
    """Type of a message: SMS or MMS."""

    __slots__ = ()

    SMS: ClassVar[MessageType]
    """A text to one number, without media."""
    MMS: ClassVar[MessageType]
    """A message with media, or to a group."""


MessageType.SMS = MessageType("sms")
MessageType.MMS = MessageType("mms")


class Direction(OpenEnum):
    """Direction of a message."""

    __slots__ = ()

    INBOUND: ClassVar[Direction]
    """To your number."""
    OUTBOUND: ClassVar[Direction]
    """From your number."""
    ANY: ClassVar[Direction]
    """Both ways."""
    UNDIRECTED: ClassVar[Direction]
    """CarrierX could not determine it."""


Direction.INBOUND = Direction("inbound")
Direction.OUTBOUND = Direction("outbound")
Direction.ANY = Direction("any")
Direction.UNDIRECTED = Direction("undirected")


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _read_time(value: object) -> datetime:
    # Only ISO 8601: pydantic also accepts numbers, which could not be written back unchanged.
    # Errors of the standard library repeat the text that they can't read, so they are not chained.
    try:
        if isinstance(value, str):
            return _in_utc(datetime.fromisoformat(value))
        if isinstance(value, datetime):
            return _in_utc(value)
    except (ValueError, OverflowError):
        raise ValueError("a time is an ISO 8601 string, in the years 1 to 9999") from None
    raise ValueError("a time is an ISO 8601 string")


def _write_time(value: datetime) -> str:
    value = _in_utc(value)
    # Milliseconds as CarrierX writes them, and microseconds only if there are any.
    precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
    return value.isoformat(timespec=precision).removesuffix("+00:00") + "Z"


UTCDateTime = Annotated[
    datetime,
    PlainValidator(_read_time),
    PlainSerializer(_write_time, return_type=str, when_used="json-unless-none"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time that is aware and in UTC. It is read from ISO 8601; a time without a zone is UTC. It is written to JSON with
milliseconds and `Z`, as CarrierX does: `2023-12-06T15:18:30.084Z`."""

_PLAIN_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def _read_price(value: object) -> Decimal:
    if isinstance(value, str) and _PLAIN_DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, float):
        value = Decimal(str(value))  # by its shortest form: Decimal(0.015) is 0.01499999...
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if isinstance(value, Decimal) and value.is_finite():
        return value
    raise ValueError("a price is a decimal number")


def _write_price(value: Decimal) -> str:
    return format(value, "f")


Price = Annotated[
    Decimal,
    PlainValidator(_read_price),
    PlainSerializer(_write_price, return_type=str, when_used="json-unless-none"),
    WithJsonSchema({"type": "string"}),
]
"""An amount in USD. It is read from a string or a number, and written to JSON as a string with the same digits:
`"0.0150"` stays `"0.0150"`. CarrierX sends strings even where it documents numbers."""
