"""The emulator itself: CarrierX's messaging API as a function from requests to responses."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast

from carrierx.emulator.core.account import Account, random_character, random_sid
from carrierx.emulator.core.clock import EmulatorClock
from carrierx.emulator.core.config import EmulatorConfig
from carrierx.emulator.core.inbox import Inbox
from carrierx.emulator.core.oauth_tokens import accepted_credentials
from carrierx.emulator.core.recent_requests import RecentSends
from carrierx.emulator.core.routing import RoutedRequest, RouteTable
from carrierx.emulator.core.scheduler import run_due_events
from carrierx.emulator.faults import FaultRules
from carrierx.emulator.http.cors import preflight_response, with_cors_headers
from carrierx.emulator.http.credentials import authorize
from carrierx.emulator.http.errors import RefusedRequestError, body_too_large
from carrierx.emulator.http.query_parameters import INCLUDE_FIELDS, Parameters, chosen_fields
from carrierx.emulator.http.types import JSONObject, Request, Response, json_response
from carrierx.emulator.routes import ROUTES
from carrierx.emulator.rules.messages import check_received
from carrierx.emulator.store.callback_queue import Callback, CallbackQueue
from carrierx.emulator.store.database import IN_MEMORY, Database

_REQUESTS_REMEMBERED: Final = 1000
_TABLE: Final = RouteTable(ROUTES)


class Emulator:
    """CarrierX's messaging API on your own machine, as strict as its documentation.

    No text is ever sent. Only a served emulator makes requests of its own: callbacks to this machine, and to other
    hosts if the settings allow them.

    Reach it through `EmulatorTransport` or `AsyncEmulatorTransport` (httpx), `create_app` (ASGI), or `serve` and `run`
    (real sockets). All of them, and several threads, can share it. `ROUTES` lists its operations.

    Args:
        config: The settings.
        database: The database: a file's path, or `:memory:`. Accepted messages in a file survive even if the process
            is killed.
        clock: Returns the current time as an aware datetime; the time of this machine by default.
        new_sid: Makes the SID of each new object; must never repeat one.
        choose: Picks a character of an alphabet, for verification codes.

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
        clock: Callable[[], datetime] | None = None,
        new_sid: Callable[[], str] = random_sid,
        choose: Callable[[str], str] = random_character,
    ) -> None:
        self._database = Database(database)
        if isinstance(clock, EmulatorClock):
            self._clock = clock
        else:
            self._clock = EmulatorClock() if clock is None else EmulatorClock(clock)
        self._account = Account(config or EmulatorConfig(), self._database, self._clock, new_sid, choose)
        self._requests_seen: deque[Request] = deque(maxlen=_REQUESTS_REMEMBERED)
        self._recent_sends = RecentSends()
        self._faults = FaultRules()
        self._inbox = Inbox(self._account, self._database)

    @property
    def config(self) -> EmulatorConfig:
        """The emulator's settings."""
        return self._account.config

    @property
    def faults(self) -> FaultRules:
        """The faults of this emulator; none at first."""
        return self._faults

    @property
    def clock(self) -> EmulatorClock:
        """The emulator's clock, which you can hold and step. It runs with the clock passed to the emulator, if any."""
        return self._clock

    @property
    def messages(self) -> list[JSONObject]:
        """All accepted and received messages as the API would return them now, oldest first."""
        run_due_events(self._account)
        now = self._account.now()
        return [self._account.shown_message(stored, now) for stored in self._account.messages.all()]

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """All callbacks, posted or not, with the result of each attempt, oldest first."""
        run_due_events(self._account)
        return self._account.callbacks.all()

    @property
    def callback_queue(self) -> CallbackQueue:
        """The queue of callbacks, for custom delivery. For most uses, `deliver_callbacks` is enough."""
        run_due_events(self._account)
        return self._account.callbacks

    @property
    def requests_seen(self) -> tuple[Request, ...]:
        """The latest 1000 requests, including refused ones, oldest first, each with the start of its body.

        At most `max_body_bytes` of a body are kept.
        """
        return tuple(self._requests_seen)

    @property
    def recent_sends(self) -> RecentSends:
        """The latest accepted sends, each with its request and its response."""
        return self._recent_sends

    @property
    def inbox(self) -> Inbox:
        """The content of the served emulator's web page."""
        return self._inbox

    def handle(self, request: Request) -> Response:
        """Handle one request as the API would.

        Args:
            request: The request.

        Returns:
            The response. An error is a response, too.

        Raises:
            EmulatorError: The database can't be used.
        """
        # One extra byte shows that the body was longer.
        kept = request.body[: self.config.max_body_bytes + 1]
        self._requests_seen.append(request if len(kept) == len(request.body) else replace(request, body=kept))
        origins = self.config.cors_origins
        preflight = preflight_response(request, origins)
        if preflight is not None:
            return preflight
        return with_cors_headers(request, self._faults.apply(request, self._answer), origins)

    def body_limit(self, method: str, path: str) -> int:
        """Return the maximum size of a request's body in bytes, so that a server doesn't have to keep more.

        Args:
            method: The request's method.
            path: Its path, percent-encoded.
        """
        config = self.config
        try:
            route, _ = _TABLE.find(method, path)
        except RefusedRequestError:
            return config.max_body_bytes
        return config.max_body_bytes + (config.max_file_bytes if route.accepts_file else 0)

    def receive(
        self,
        *,
        from_: str,
        to: str,
        message: str | None = None,
        media_urls: Sequence[str] = (),
        group_recipients: Sequence[str] = (),
        legacy_names: bool = False,
    ) -> JSONObject:
        """Receive a message, as if somebody had texted one of your numbers.

        Args:
            from_: The sender: a phone number or a short code, in digits.
            to: The recipient, one of your numbers: a phone number or a short code, in digits.
            message: The text; can be left out if there are media.
            media_urls: The URLs of the media; with any, the message is an MMS.
            group_recipients: The numbers of a group, in digits; with any, the message is an MMS.
            legacy_names: True if the message has the fields `from_did` and `to_did`.

        Returns:
            Its SMS object, with the direction `inbound` and the status `received`.

        Raises:
            ValueError: The values don't make a valid message.
            EmulatorError: The database can't be used.

        Example:
            >>> with Emulator() as emulator:
            ...     emulator.receive(from_="15162065574", to="15162065575", message="STOP")["status"]
            'received'
        """
        received = check_received(from_, to, message, media_urls, group_recipients, legacy_names=legacy_names)
        run_due_events(self._account)
        stored = self._account.store_message(received, "inbound")
        run_due_events(self._account)
        return self._account.shown_message(stored, stored.accepted_at)

    def deliver_callbacks(self, post: Callable[[Callback], int]) -> tuple[Callback, ...]:
        """Post the callbacks that are due now, one after the other, oldest first; at most 100.

        A served emulator delivers its callbacks on its own and doesn't need this call.

        Args:
            post: Posts a callback's `body`, as `application/json`, to its `url`, and returns the status of the
                response. Any 2xx accepts the callback. Otherwise it is posted again after
                `EmulatorConfig.callback_retries`.

        Returns:
            The posted callbacks with the results of these attempts.

        Raises:
            EmulatorError: The database can't be used.
            Exception: Any exception that `post` raises. It counts as a failed attempt.

        Example:
            >>> with Emulator(EmulatorConfig(callback_url="http://localhost/texts")) as emulator:
            ...     received = emulator.receive(from_="15162065574", to="15162065575", message="STOP")
            ...     [callback] = emulator.deliver_callbacks(lambda callback: 204)
            >>> callback.taken, callback.message == received
            (True, True)
        """
        with self.callback_queue.due() as due:
            return tuple(self._deliver(callback, post) for callback in due)

    def close(self) -> None:
        """Close the database. Later requests raise EmulatorError. Closing it again does nothing."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _deliver(self, callback: Callback, post: Callable[[Callback], int]) -> Callback:
        try:
            status_code = post(callback)
        except BaseException as error:
            self._account.callbacks.note(callback, problem=type(error).__name__)
            raise
        return self._account.callbacks.note(callback, status_code=status_code)

    def _answer(self, request: Request) -> Response:
        try:
            response = self._answer_allowed(request)
        except RefusedRequestError as error:
            return error.response
        self._recent_sends.note(request, response)
        return response

    def _answer_allowed(self, request: Request) -> Response:
        run_due_events(self._account)
        route, arguments = _TABLE.find(request.method, request.path)
        config = self.config
        scopes = (
            authorize(request, accepted_credentials(self._account), route.scopes) if route.scopes else frozenset[str]()
        )
        limit = self.body_limit(request.method, request.path)
        if len(request.body) > limit:
            raise body_too_large(limit)
        routed = RoutedRequest(request, arguments, scopes, route.selects_fields, config.strict_query)
        return _with_chosen_fields(routed, route.handler(self._account, routed))


def _with_chosen_fields(routed: RoutedRequest, response: Response) -> Response:
    """Return a response to a read with only the fields that the request names, in an object or in a list's items.

    Assumption: names of fields that don't exist have no effect.
    """
    if not routed.selects_fields or not routed.request.query:
        return response
    chosen = chosen_fields(Parameters(routed.request.query, (INCLUDE_FIELDS,)).text(INCLUDE_FIELDS))
    if chosen is None:
        return response

    def select(item: JSONObject) -> JSONObject:
        return {name: value for name, value in item.items() if name in chosen}

    found = cast("JSONObject", json.loads(response.body))
    items = found.get("items")
    if not isinstance(items, list):
        return json_response(response.status, select(found))
    return json_response(
        response.status, {**found, "items": [select(item) for item in cast("list[JSONObject]", items)]}
    )
