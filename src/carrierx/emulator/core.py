"""The emulator itself: CarrierX's messaging API as a function from requests to responses."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias
from urllib.parse import unquote

from carrierx.emulator.credentials import DEMO_TOKEN, READ_SCOPES, SEND_SCOPES, Credential, authorize
from carrierx.emulator.json_body import read_json_object
from carrierx.emulator.lifecycle import QUEUED, Prices, Stage, StatusDelays, sms_object, stage_at
from carrierx.emulator.listing import arrange, list_answer, read_list_query, refuse_parameters
from carrierx.emulator.messages import StoredMessage, wire_names
from carrierx.emulator.refusals import (
    RefusedRequestError,
    body_too_large,
    unknown_resource,
    unknown_sid,
    wrong_method,
)
from carrierx.emulator.rules import check_send
from carrierx.emulator.segment_count import count_segments
from carrierx.emulator.store import IN_MEMORY, Store
from carrierx.emulator.wire import JSONObject, Request, Response, json_response

BASE_PATH: Final = "/core/v2"
"""Where the API starts, as at `https://api.carrierx.com/core/v2`."""

_MESSAGES_PATH: Final = f"{BASE_PATH}/sms/messages"
_REQUESTS_REMEMBERED: Final = 1000

_Handler: TypeAlias = Callable[[Request], Response]


@dataclass(frozen=True, kw_only=True)
class EmulatorConfig:
    """How an emulator behaves where CarrierX's behaviour depends on the account or is not documented.

    Attributes:
        credentials: Who may call; by default whoever has `DEMO_TOKEN`.
        enabled_numbers: The DIDs and short codes that may send, in digits; None means that any valid one may.
        delays: When a message is sent and delivered.
        prices: What messages cost.
        partner_sid: The account that all messages belong to.
        show_total: Whether lists count all their items in `total`, or answer null; CarrierX does both.
        link_next: Whether lists link to their next page; CarrierX leaves the link out on some lists.
        max_body_bytes: The largest request body, in bytes; larger ones get a 413. The default is the emulator's own.

    Raises:
        ValueError: One of `enabled_numbers` is not written in digits, so that nobody could ever send from it.
    """

    credentials: tuple[Credential, ...] = (Credential.bearer(DEMO_TOKEN),)
    enabled_numbers: frozenset[str] | None = None
    delays: StatusDelays = field(default_factory=StatusDelays)
    prices: Prices = field(default_factory=Prices)
    partner_sid: str = "e00430c3-a7d0-4666-ab5c-f7202448382f"
    show_total: bool = True
    link_next: bool = True
    max_body_bytes: int = 1_048_576

    def __post_init__(self) -> None:
        if not all(number.isascii() and number.isdigit() for number in self.enabled_numbers or ()):
            raise ValueError("enabled_numbers are written in digits alone, as they are on the wire")


def current_time() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


def random_sid() -> str:
    """Return a new SID, a random UUID."""
    return str(uuid.uuid4())


class Emulator:
    """CarrierX's messaging API on your own machine, as strict as its documentation.

    Nothing is ever sent. Its doors are `EmulatorTransport` and `AsyncEmulatorTransport` for httpx, `create_app` for
    ASGI, and `serve` and `run` for real sockets; it is safe to share between them, and between threads.

    Args:
        config: How it behaves.
        database: Where messages are kept: a file's path, or `:memory:`. What is accepted into a file survives even
            the death of the process.
        clock: Tells the time; must return aware datetimes.
        new_sid: Makes the SID of each message; must never repeat one.

    Raises:
        EmulatorError: The database can't be used.

    Example:
        >>> with Emulator() as emulator:
        ...     emulator.messages
        []
    """

    def __init__(
        self,
        config: EmulatorConfig | None = None,
        *,
        database: str | Path = IN_MEMORY,
        clock: Callable[[], datetime] = current_time,
        new_sid: Callable[[], str] = random_sid,
    ) -> None:
        self._config = config or EmulatorConfig()
        self._clock = clock
        self._new_sid = new_sid
        self._store = Store(database)
        self._requests_seen: deque[Request] = deque(maxlen=_REQUESTS_REMEMBERED)

    @property
    def config(self) -> EmulatorConfig:
        """How this emulator behaves."""
        return self._config

    @property
    def messages(self) -> list[JSONObject]:
        """Every accepted message as the API would answer it now, oldest first."""
        now = self._now()
        return [self._named(stored, self._current_object(stored, now)) for stored in self._store.all()]

    @property
    def requests_seen(self) -> tuple[Request, ...]:
        """The latest 1000 requests, refused ones included, oldest first."""
        return tuple(self._requests_seen)

    def handle(self, request: Request) -> Response:
        """Answer one request, as the API would.

        Args:
            request: The request.

        Returns:
            The answer; an error is an answer, too.

        Raises:
            EmulatorError: The database can't be used.
        """
        self._requests_seen.append(request)
        try:
            return self._handler_of(request)(request)
        except RefusedRequestError as refusal:
            return refusal.response

    def close(self) -> None:
        """Close the database. A later request raises EmulatorError; closing again does nothing."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _handler_of(self, request: Request) -> _Handler:
        methods: Mapping[str, _Handler] = {}
        if request.path == _MESSAGES_PATH:
            methods = {"GET": self._list, "POST": self._send}
        elif _message_sid(request.path):
            methods = {"GET": self._get}
        if not methods:
            raise unknown_resource()
        if request.method not in methods:
            raise wrong_method(tuple(methods))
        return methods[request.method]

    def _send(self, request: Request) -> Response:
        authorize(request, self._config.credentials, SEND_SCOPES)
        refuse_parameters(request.query)
        if len(request.body) > self._config.max_body_bytes:
            raise body_too_large(self._config.max_body_bytes)
        send = check_send(read_json_object(request), self._config.enabled_numbers)
        segments = count_segments(send.message) if send.kind == "sms" and send.message else 1
        accepted_at = self._now()
        accepted_at = accepted_at.replace(microsecond=accepted_at.microsecond // 1000 * 1000)
        stored = StoredMessage(self._new_sid(), accepted_at, segments, send)
        self._store.add(stored)
        return json_response(200, self._named(stored, self._object(stored, QUEUED)))

    def _get(self, request: Request) -> Response:
        authorize(request, self._config.credentials, READ_SCOPES)
        refuse_parameters(request.query)
        stored = self._store.find(_message_sid(request.path))
        if stored is None:
            raise unknown_sid()
        return json_response(200, self._named(stored, self._current_object(stored, self._now())))

    def _list(self, request: Request) -> Response:
        authorize(request, self._config.credentials, READ_SCOPES)
        query = read_list_query(request.query)
        now = self._now()
        if query.order is None and not query.conditions:
            total = self._store.count()
            page = self._store.page(query.offset, query.limit)
        else:
            by_sid = {stored.message_sid: stored for stored in self._store.all()}
            found = arrange([self._current_object(stored, now) for stored in by_sid.values()], query)
            total = len(found)
            page = [by_sid[str(item["message_sid"])] for item in found[query.offset : query.offset + query.limit]]
        items = [self._named(stored, self._current_object(stored, now)) for stored in page]
        config = self._config
        answer = list_answer(request, query, items, total, show_total=config.show_total, link_next=config.link_next)
        return json_response(200, answer)

    def _object(self, stored: StoredMessage, stage: Stage) -> JSONObject:
        return sms_object(stored, stage, self._config.prices, self._config.partner_sid)

    def _current_object(self, stored: StoredMessage, now: datetime) -> JSONObject:
        return self._object(stored, stage_at(stored, now, self._config.delays))

    def _named(self, stored: StoredMessage, message: JSONObject) -> JSONObject:
        return wire_names(message, legacy=stored.send.legacy_names)

    def _now(self) -> datetime:
        now = self._clock()
        if now.tzinfo is None:
            raise ValueError("the emulator's clock must return aware datetimes")
        return now.astimezone(UTC)


def _message_sid(path: str) -> str:
    """Return the SID in the path of a single message, or an empty text."""
    rest = path.removeprefix(f"{_MESSAGES_PATH}/")
    if rest == path or "/" in rest or not path.isascii():
        return ""
    return unquote(rest)
