"""Arguments of the message operations turned into calls: what sync and async share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from carrierx.errors import InvalidArgumentError, InvalidMessageError
from carrierx.models.filters import where
from carrierx.models.message import Message
from carrierx.models.page import Page
from carrierx.models.response_match import SentMessage
from carrierx.models.send_request import SendMessageRequest, broken_rules_of
from carrierx.options import CallOptions, check_seconds, unknown_name_text
from carrierx.resources.arguments import quoted
from carrierx.resources.paging import check_iteration, list_query
from carrierx.segmentation import segments
from carrierx.transport.call import LARGEST_LIST, Call

if TYPE_CHECKING:
    from pydantic import JsonValue

    from carrierx.resources.message_settings import MessageSettings

__all__ = [
    "PreparedSend",
    "checked_statuses",
    "get_call",
    "list_call",
    "lookup_call",
    "page_calls",
    "prepare_send",
    "split",
]

PATH = "/sms/messages"
SEND_SCOPES = ("sms.manage", "sms.create")
READ_SCOPES = ("sms.manage", "sms.read")
"""Assumed: CarrierX documents them for the detail records, and none for reading messages."""

_FIELDS = frozenset(SendMessageRequest.model_fields)
_OPTIONS = CallOptions.__optional_keys__

ENABLEMENT_HINT = "Messaging must also be enabled on the DID that sends."


def split(given: Mapping[str, object]) -> tuple[dict[str, object], CallOptions]:
    """Part a send's keywords into the message's fields and the call's options.

    Raises:
        InvalidArgumentError: A name is neither, and is nearer to an option.
    """
    if given.keys() <= _FIELDS:
        return dict(given), {}
    fields, options = dict[str, object](), dict[str, object]()
    for name, value in given.items():
        if name in _FIELDS:
            fields[name] = value
        elif name in _OPTIONS:
            options[name] = value
        else:
            _refuse_misspelt_option(name)
            fields[name] = value
    return fields, cast("CallOptions", options)


def _refuse_misspelt_option(name: str) -> None:
    from difflib import get_close_matches

    if get_close_matches(name, _OPTIONS, n=1, cutoff=0.75):
        raise InvalidArgumentError(unknown_name_text("option", name, _OPTIONS))


@dataclass(slots=True, repr=False, eq=False)
class PreparedSend:
    """A checked message, ready to go. It is no tuple, and its `repr` shows nothing of it.

    Attributes:
        call: The call that sends it.
        media_urls: The media that it attaches, to be measured before.
        counted_segments: How many segments an SMS has by our count; None for an MMS.
    """

    call: Call[Message]
    media_urls: tuple[str, ...]
    counted_segments: int | None


def prepare_send(
    request: object,
    fields: Mapping[str, object],
    reference: str | None,
    extra_body: Mapping[str, JsonValue] | None,
    settings: MessageSettings,
) -> PreparedSend:
    """Check a message and turn it into the call that sends it.

    Raises:
        InvalidMessageError: It breaks rules.
        InvalidArgumentError: The arguments don't go together.
    """
    checked = _checked(request, fields, settings)
    text, user_data, media_urls = checked.message, checked.user_data, checked.media_urls
    mark = settings.reference_for(reference, user_data)
    body = checked.to_wire(legacy_field_names=settings.legacy_field_names, user_data=mark, extra=extra_body)
    call = Call(
        "POST",
        PATH,
        Message,
        body=body,
        scopes=SEND_SCOPES,
        scope_hint=ENABLEMENT_HINT,
        reference=mark,
        receipt="message_sid",
        match=SentMessage(checked, mark if mark is not None else user_data).compare,
        private=tuple(filter(None, (text, user_data))),
    )
    counted = None if text is None or media_urls or checked.group_recipients else segments(text).count
    return PreparedSend(call, media_urls, counted)


def _checked(request: object, fields: Mapping[str, object], settings: MessageSettings) -> SendMessageRequest:
    if request is None:
        return SendMessageRequest.parse(fields, settings.limits)
    if not isinstance(request, SendMessageRequest):
        raise InvalidArgumentError(
            f"send takes a SendMessageRequest or keywords, not {type(request).__name__}. "
            "For a mapping: send(SendMessageRequest.model_validate(mapping))."
        )
    given = sorted(name for name, value in fields.items() if value is not None)
    if given:
        raise InvalidArgumentError(f"Give a request or keywords, not both: {', '.join(given)}.")
    broken = broken_rules_of(request, settings.limits)
    if broken:
        raise InvalidMessageError(broken)
    return request


def get_call(message_sid: str) -> Call[Message]:
    """Turn a SID into the call that reads its message."""
    return Call("GET", f"{PATH}/{quoted(message_sid)}", Message, scopes=READ_SCOPES)


def list_call(filter: object, order: object, limit: object, offset: object) -> Call[Page[Message]]:  # noqa: A002
    """Turn a list's arguments into its call."""
    query = list_query(filter=filter, order=order, limit=limit, offset=offset)
    return Call("GET", PATH, Page[Message], query=query, scopes=READ_SCOPES, largest_answer=LARGEST_LIST)


def page_calls(
    filter: object,  # noqa: A002
    order: object,
    page_size: object,
    max_items: object,
) -> Call[Page[Message]]:
    """Check the arguments of an iteration and give the call for its first page.

    Raises:
        InvalidArgumentError: A value is out of its range, or the order is random, which can't be paged through.
    """
    check_iteration(filter, order, page_size, max_items)
    return list_call(filter, order, page_size, 0)


def checked_statuses(until: object, within: object) -> frozenset[str]:
    """Check what to wait for, and for how long.

    Raises:
        InvalidArgumentError: There is no status to wait for, or the time is none.
    """
    check_seconds("within", within, InvalidArgumentError)
    statuses = [until]
    if isinstance(until, Collection) and not isinstance(until, str):
        statuses = list(cast("Collection[object]", until))
    if not statuses or not all(isinstance(status, str) and status for status in statuses):
        raise InvalidArgumentError('until must be a status such as "delivered", or a collection of them.')
    return frozenset(cast("list[str]", statuses))


def lookup_call(reference: str) -> Call[Page[Message]]:
    """Turn a reference into the call that looks it up."""
    return list_call(where("user_data").eq(reference), None, 10, 0)
