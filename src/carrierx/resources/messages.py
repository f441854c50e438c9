"""Calls of the message operations, and the plan that waits for a message."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast, get_args

from carrierx.errors import ConfigurationError, InvalidArgumentError, InvalidMessageError, WaitTimeoutError
from carrierx.models.filters import Filter, where
from carrierx.models.message import Message
from carrierx.models.response_match import SentMessage
from carrierx.models.send_request import SendMessageRequest, broken_rules_of
from carrierx.options import CallOptions, check_seconds, unknown_name_text
from carrierx.resources.arguments import checked_sender, checked_text, quoted
from carrierx.resources.base import Pause
from carrierx.resources.paging import check_iteration, list_query
from carrierx.resources.reconcile import checked_reference
from carrierx.segmentation import segments
from carrierx.tracebacks import clears_locals
from carrierx.transport.call import MAX_LIST_BYTES, Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from carrierx.errors import BrokenRule
    from carrierx.models.page import Page
    from carrierx.models.validation import MessageLimits
    from carrierx.options import Clock
    from carrierx.resources.reconcile import LookupProof

__all__ = [
    "POSITIONAL_TEXT",
    "MediaCheckMode",
    "MediaTooLargeWarning",
    "MessageSettings",
    "PreparedSend",
    "check_list_options",
    "checked_media_check",
    "checked_statuses",
    "get_call",
    "list_call",
    "lookup_call",
    "messages_filter",
    "page_calls",
    "prepare_send",
    "refuse_large_media",
    "split",
    "waiting",
]


MediaCheckMode: TypeAlias = Literal["error", "warn", "off"]


class MediaTooLargeWarning(UserWarning):
    """An MMS was sent although its media are larger than the limit, because `media_check` is `warn`."""


def checked_media_check(
    mode: object, error: type[ConfigurationError | InvalidArgumentError] = InvalidArgumentError
) -> MediaCheckMode:
    """Check the `media_check` of a client or a send.

    Raises:
        InvalidArgumentError: It is not one of the three modes. `error` names another class to raise.
    """
    if mode in get_args(MediaCheckMode):
        return cast("MediaCheckMode", mode)
    raise error('media_check must be "error", "warn" or "off".')


def refuse_large_media(broken: Sequence[BrokenRule], mode: MediaCheckMode, reference: str | None) -> None:
    """Raise or warn about media that are too large.

    Raises:
        InvalidMessageError: They are, and the mode is `error`.
    """
    if broken and mode == "error":
        raise InvalidMessageError(tuple(broken), reference=reference)
    for rule in broken:
        warnings.warn(rule.explanation, MediaTooLargeWarning, stacklevel=5)


class MessageSettings(NamedTuple):
    """The message settings of a client. Copies made by `with_options` share the lookup proofs."""

    limits: MessageLimits
    proof: LookupProof
    record_proof: LookupProof
    legacy_field_names: bool = False
    auto_reference: bool = False
    media_check: MediaCheckMode = "error"
    default_region: str | None = None

    @clears_locals
    def parse(self, fields: Mapping[str, object]) -> SendMessageRequest:
        """Create a request from the fields that a caller gave.

        Raises:
            InvalidMessageError: The message breaks rules.
        """
        return SendMessageRequest.parse(fields, self.limits, default_region=self.default_region)

    def accepted(self, reference: str | None) -> None:
        """Remember the reference of an accepted send: finding it proves that lookups work."""
        if reference is not None:
            self.proof.accepted_reference = self.record_proof.accepted_reference = reference

    def reference_for(self, given: str | None, user_data: str | None) -> str | None:
        """Choose the reference of a send: the given one, a generated one with `auto_reference`, or none.

        Raises:
            InvalidArgumentError: It can't be sent or looked up, or there is also a `user_data`.
        """
        if given is None:
            # 26 characters of [0-9a-f]: 104 random bits.
            return secrets.token_hex(13) if self.auto_reference and user_data is None else None
        if user_data is not None:
            raise InvalidArgumentError("Give reference or user_data, not both: a reference travels in user_data.")
        return checked_reference(given)


PATH = "/sms/messages"
SEND_SCOPES = ("sms.manage", "sms.create")
READ_SCOPES = ("sms.manage", "sms.read")
"""Assumed: CarrierX documents them for the detail records, and none for reading messages."""

_OPTIONS = CallOptions.__optional_keys__

ENABLEMENT_HINT = "Messaging must also be enabled on the DID that sends."


POSITIONAL_TEXT = (
    "The fields of a message are keywords: send(from_=..., to=..., message=...). "
    "The only positional argument is a SendMessageRequest."
)


def split(given: Mapping[str, object]) -> tuple[dict[str, object], CallOptions]:
    """Split other keywords of a send into fields, such as `from_did`, and the call's options.

    Raises:
        InvalidArgumentError: A name is unknown and resembles an option.
    """
    fields, options = dict[str, object](), dict[str, object]()
    for name, value in given.items():
        if name in _OPTIONS:
            options[name] = value
        else:
            _refuse_misspelt_option(name)
            fields[name] = value
    return fields, cast("CallOptions", options)


def _refuse_misspelt_option(name: str) -> None:
    if get_close_matches(name, _OPTIONS, n=1, cutoff=0.75):
        raise InvalidArgumentError(unknown_name_text("option", name, _OPTIONS))


@dataclass(slots=True, repr=False, eq=False)
class PreparedSend:
    """A checked message, ready to be sent. Its `repr` shows nothing of it.

    Attributes:
        call: The call that sends it.
        media_urls: Its media, which are measured before it is sent.
    """

    call: Call[Message]
    media_urls: tuple[str, ...]


def prepare_send(
    request: object,
    fields: Mapping[str, object],
    reference: str | None,
    extra_body: Mapping[str, JsonValue] | None,
    settings: MessageSettings,
) -> PreparedSend:
    """Check a message and turn it into the call that sends it.

    Raises:
        InvalidMessageError: The message breaks rules.
        InvalidArgumentError: Arguments conflict.
    """
    checked = _checked(request, fields, settings)
    text, user_data, media_urls = checked.message, checked.user_data, checked.media_urls
    is_mms = bool(media_urls or checked.group_recipients)
    mark = settings.reference_for(reference, user_data)
    body = checked.to_wire(
        legacy_field_names=settings.legacy_field_names,
        user_data=mark,
        group_type=settings.limits.group_needs_type,
        extra=extra_body,
    )
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
        operation="messages.send",
        path_template=PATH,
        message_kind="mms" if is_mms else "sms",
        counted_segments=None if is_mms or text is None else segments(text).count,
    )
    return PreparedSend(call, media_urls)


def _checked(request: object, fields: Mapping[str, object], settings: MessageSettings) -> SendMessageRequest:
    if request is None:
        return settings.parse(fields)
    if not isinstance(request, SendMessageRequest):
        raise InvalidArgumentError(
            f"send takes a SendMessageRequest or keywords, not {type(request).__name__}: send(from_=..., to=..., "
            "message=...). For a mapping: send(SendMessageRequest.model_validate(mapping))."
        )
    given = sorted(name for name, value in fields.items() if value is not None)
    if given:
        raise InvalidArgumentError(f"Give a request or keywords, not both: {', '.join(given)}.")
    broken = broken_rules_of(request, settings.limits)
    if broken:
        raise InvalidMessageError(broken)
    return request


def get_call(message_sid: str) -> Call[Message]:
    """Build the call that reads a message."""
    return Call(
        "GET",
        f"{PATH}/{quoted(message_sid)}",
        Message,
        scopes=READ_SCOPES,
        operation="messages.get",
        path_template=f"{PATH}/{{message_sid}}",
    )


_SYNONYMS = {
    "sender": "from_",
    "from_did": "from_",
    "recipient": "to",
    "to_did": "to",
    "state": "status",
    "since": "sent_after",
    "after": "sent_after",
    "until": "sent_before",
    "before": "sent_before",
    "where": "filter",
}
_LIST_KEYWORDS = _OPTIONS | {"filter", "from_", "to", "status", "sent_after", "sent_before", "order", "limit", "offset"}
_ITERATE_KEYWORDS = (_LIST_KEYWORDS - {"limit", "offset"}) | {"page_size", "max_items"}


def check_list_options(options: Mapping[str, object], *, iterating: bool = False) -> None:
    """Check that the options of a list are known.

    Raises:
        InvalidArgumentError: A name is unknown. The error lists all keywords of the method.
    """
    for name in options:
        if name not in _OPTIONS:
            known = _ITERATE_KEYWORDS if iterating else _LIST_KEYWORDS
            near = _SYNONYMS.get(name) or next(iter(get_close_matches(name, known, n=1)), None)
            hint = f" Did you mean {near}?" if near else ""
            raise InvalidArgumentError(f"There is no keyword {name!r}.{hint} There are: {', '.join(sorted(known))}.")


def messages_filter(
    filter: object,  # noqa: A002 - the API's word
    *,
    from_: object = None,
    to: object = None,
    status: object = None,
    sent_after: object = None,
    sent_before: object = None,
    default_region: str | None = None,
) -> object:
    """Join a filter and the conditions that have keywords of their own.

    Raises:
        InvalidArgumentError: A number isn't a phone number, another value has the wrong type, or no time is between
            `sent_after` and `sent_before`.
    """
    conditions: list[Filter] = []
    if from_ is not None:
        conditions.append(where("from").eq(checked_sender("from_", from_, default_region)))
    if to is not None:
        conditions.append(where("to").eq(checked_sender("to", to, default_region)))
    if status is not None:
        conditions.append(where("status").eq(checked_text("status", status)))
    if sent_after is not None:
        conditions.append(where("date_created").ge(_checked_time("sent_after", sent_after)))
    if sent_before is not None:
        conditions.append(where("date_created").lt(_checked_time("sent_before", sent_before)))
    if isinstance(sent_after, datetime) and isinstance(sent_before, datetime) and sent_after >= sent_before:
        raise InvalidArgumentError("sent_after must be earlier than sent_before.")
    if not conditions:
        return filter
    given: list[str] = []
    if filter is not None:
        list_query(filter=filter, order=None, limit=1, offset=0)  # it must be a filter or a text
        given.append(str(filter))
    return " and ".join([*given, *map(str, conditions)])


def _checked_time(name: str, value: object) -> datetime:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidArgumentError(f"{name} must be a datetime with a time zone: datetime(..., tzinfo=timezone.utc).")
    return value


def list_call(filter: object, order: object, limit: object, offset: object) -> Call[Page[Message]]:  # noqa: A002
    """Build the call that lists messages."""
    from carrierx.models.page import Page  # not at the top: many programs only send

    query = list_query(filter=filter, order=order, limit=limit, offset=offset)
    return Call(
        "GET",
        PATH,
        Page[Message],
        query=query,
        scopes=READ_SCOPES,
        max_response_bytes=MAX_LIST_BYTES,
        operation="messages.list",
        path_template=PATH,
    )


def page_calls(
    filter: object,  # noqa: A002
    order: object,
    page_size: object,
    max_items: object,
) -> Call[Page[Message]]:
    """Check the arguments of an iteration and build the call for its first page.

    Raises:
        InvalidArgumentError: A value is out of range, or the order is random, which doesn't work with pages.
    """
    check_iteration(filter, order, page_size, max_items)
    return list_call(filter, order, page_size, 0)


def checked_statuses(until: object, within: object) -> frozenset[str]:
    """Check the statuses to wait for, and the time.

    Raises:
        InvalidArgumentError: There is no status to wait for, or the time is out of range.
    """
    check_seconds("within", within, InvalidArgumentError)
    statuses = [until]
    if isinstance(until, Collection) and not isinstance(until, str):
        statuses = list(cast("Collection[object]", until))
    if not statuses or not all(isinstance(status, str) and status for status in statuses):
        raise InvalidArgumentError('until must be a status such as "delivered", or a collection of them.')
    return frozenset(cast("list[str]", statuses))


def lookup_call(reference: str) -> Call[Page[Message]]:
    """Build the call that looks up a reference."""
    return list_call(where("user_data").eq(reference), None, 10, 0)


WaitPlan: TypeAlias = Generator[Call[Message] | Pause, Message, Message]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0


def waiting(message_sid: str, until: str | Collection[str], within: float, clock: Clock) -> WaitPlan:
    """Plan a wait: read the message and pause, until it has one of the statuses or the time is up."""
    wanted = checked_statuses(until, within)
    call = get_call(message_sid)
    end = clock.monotonic() + within
    pause = FIRST_PAUSE
    while True:
        message = yield call
        if message.status in wanted:
            return message
        left = end - clock.monotonic()
        if left <= 0:
            raise WaitTimeoutError(
                f"After {within:g} s the message has the status {message.status or 'none'}, not yet "
                f"{' or '.join(sorted(wanted))}. It may still get there: read it again later.",
                message_sid=message.message_sid,
                status=message.status,
            )
        yield Pause(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)
