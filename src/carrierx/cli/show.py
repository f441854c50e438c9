"""CarrierX's objects as people see them on a terminal: numbers and texts masked, unless they ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Flag
from typing import TYPE_CHECKING, cast

from carrierx.cli.output import Entry, Fact, Line, Prose
from carrierx.models.masking import mask_number, masked_fields

if TYPE_CHECKING:
    from carrierx.models.api_object import ApiObject
    from carrierx.models.detail_record import DetailRecord
    from carrierx.models.did import Did
    from carrierx.models.message import Message

__all__ = [
    "listed",
    "message_entry",
    "number_entry",
    "number_shown",
    "object_facts",
    "record_entry",
    "time_shown",
]

_SECRET = frozenset({"porting_pin"})


def time_shown(moment: datetime | None) -> str:
    """Return a time in this machine's time zone, to the second."""
    return "" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def number_shown(number: str | None, *, full: bool) -> str:
    """Return a number, masked unless the complete one is wanted."""
    if not number:
        return "(none)"
    return str.__str__(number) if full else mask_number(number)


def object_facts(item: ApiObject, *, full: bool = False) -> list[Line]:
    """Return the fields that have a value, under CarrierX's names."""
    fields = type(item).model_fields
    values = item.__dict__
    shown = dict(values) if full else dict(masked_fields(values, fields))
    facts = list[Line]()
    for name, field in fields.items():
        value = shown.get(name)
        if value is None or value == () or (name in _SECRET and full):
            continue
        facts.append(Fact(field.serialization_alias or name, _plain(value)))
    return facts


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return time_shown(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Flag):
        return ", ".join(str(flag.name).lower().replace("_", " ") for flag in value) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(_plain, cast("tuple[object, ...]", value)))
    model_fields: object = getattr(type(value), "model_fields", None)
    if model_fields is not None:
        facts = object_facts(cast("ApiObject", value))
        return ", ".join(f"{fact.name} {fact.value}" for fact in facts if isinstance(fact, Fact)) or "(none)"
    return str.__str__(value) if isinstance(value, str) else str(value)


def message_entry(message: Message, *, full: bool = False) -> Line:
    """Return a message as an entry of a list."""
    recipients = list(dict.fromkeys([message.to or "", *message.group_recipients]))
    to = ", ".join(number_shown(number, full=full) for number in recipients if number)
    facts = [
        str(message.status or "no status"),
        str(message.type or "").upper(),
        f"{number_shown(message.from_, full=full)} > {to or '(none)'}",
        time_shown(message.date_created),
        "" if message.price is None else f"${message.price:f}",
    ]
    if full and message.message is not None:
        facts.append(message.message)
    return Entry(message.message_sid, tuple(filter(None, facts)))


def record_entry(record: DetailRecord, *, full: bool = False) -> Line:
    """Return a detail record as an entry of a list."""
    facts = [
        str(record.status or "no status"),
        str(record.type or "").upper(),
        str(record.direction or ""),
        f"{number_shown(record.number_src, full=full)} > {number_shown(record.number_dst, full=full)}",
        time_shown(record.date_start),
        "" if record.price is None else f"${record.price:f}",
    ]
    if full and record.message is not None:
        facts.append(record.message)
    return Entry(record.dr_sid, tuple(filter(None, facts)))


def number_entry(did: Did, *, full: bool = False) -> Line:
    """Return a number as an entry of a list."""
    from carrierx.models.did import Capability

    facts = [
        number_shown(did.phonenumber, full=full),
        str(did.status or ""),
        _texting(did.can(Capability.SEND_SMS), did.could(Capability.SEND_SMS)),
        ", ".join(filter(None, (did.locality, did.state, did.country_code))),
        "" if did.price is None else f"${did.price:f}",
    ]
    return Entry(did.did_sid, tuple(filter(None, facts)))


def _texting(now: bool, after_enabling: bool) -> str:
    return "can text" if now else "texting not enabled" if after_enabling else "can't text"


def listed(entries: Sequence[Line], *, has_more: bool, what: str) -> list[Line]:
    """Return the entries of a list, and whether there are more."""
    if not entries:
        return [Prose(f"There are no {what}.")]
    return [*entries, *([Prose(f"There are more {what}: raise --limit.")] if has_more else [])]
