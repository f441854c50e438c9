"""The emulator itself: CarrierX's messaging API as a function from requests to responses."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from carrierx.emulator.account import Account, random_character, random_sid
from carrierx.emulator.callback_queue import Callback, CallbackQueue
from carrierx.emulator.clock import EmulatorClock
from carrierx.emulator.config import EmulatorConfig
from carrierx.emulator.credentials import authorize
from carrierx.emulator.database import IN_MEMORY, Database
from carrierx.emulator.faults import FaultRules
from carrierx.emulator.http_errors import RefusedRequestError, body_too_large
from carrierx.emulator.http_types import JSONObject, Request, Response
from carrierx.emulator.inbox.view import Inbox
from carrierx.emulator.receiving import check_received
from carrierx.emulator.recent_requests import RecentSends
from carrierx.emulator.routes import ROUTES
from carrierx.emulator.routing import RoutedRequest, RouteTable

_REQUESTS_REMEMBERED: Final = 1000
_TABLE: Final = RouteTable(ROUTES)


class Emulator:
    """CarrierX's messaging API on your own machine, as strict as its documentation.

    No text is ever sent. What leaves is callbacks, and those of a served emulator alone: to this machine, unless the
    settings allow other hosts.

    Reach it through `EmulatorTransport` or `AsyncEmulatorTransport` (httpx), `create_app` (ASGI), or `serve` and `run`
    (real sockets). All of them, and several threads, may share it. `ROUTES` lists the operations that it answers.

    Args:
        config: How it behaves.
        database: Where everything is kept: a file's path, or `:memory:`. What is accepted into a file survives even
            the death of the process.
        clock: Tells the time; must return aware datetimes. By default the time of this machine.
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
        """How this emulator behaves."""
        return self._account.config

    @property
    def faults(self) -> FaultRules:
        """The faults that this emulator plays; none at first."""
        return self._faults

    @property
    def clock(self) -> EmulatorClock:
        """The emulator's time, to hold and to step; it runs by the clock that the emulator was given, if any."""
        return self._clock

    @property
    def messages(self) -> list[JSONObject]:
        """Every accepted or received message as the API would answer it now, oldest first."""
        self._account.run_due_events()
        now = self._account.now()
        return [self._account.shown_message(stored, now) for stored in self._account.messages.all()]

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """Every callback that was or will be posted, with what became of each attempt, oldest first."""
        self._account.run_due_events()
        return self._account.callbacks.all()

    @property
    def callback_queue(self) -> CallbackQueue:
        """The callbacks, for whoever delivers them in a way of his own; `deliver_callbacks` does for most."""
        self._account.run_due_events()
        return self._account.callbacks

    @property
    def requests_seen(self) -> tuple[Request, ...]:
        """The latest 1000 requests, refused ones included, oldest first; of a body `max_body_bytes` are kept."""
        return tuple(self._requests_seen)

    @property
    def recent_sends(self) -> RecentSends:
        """The latest accepted sends, each with its request and its answer."""
        return self._recent_sends

    @property
    def inbox(self) -> Inbox:
        """What the web page of the served emulator shows."""
        return self._inbox

    def handle(self, request: Request) -> Response:
        """Answer one request, as the API would.

        Args:
            request: The request.

        Returns:
            The answer; an error is an answer, too.

        Raises:
            EmulatorError: The database can't be used.
        """
        # One byte more tells that there was more.
        kept = request.body[: self.config.max_body_bytes + 1]
        self._requests_seen.append(request if len(kept) == len(request.body) else replace(request, body=kept))
        return self._faults.apply(request, self._answer)

    def body_limit(self, method: str, path: str) -> int:
        """Return the largest body that a request may have, in bytes, so that a server need not keep more.

        Args:
            method: The request's method.
            path: Its path, percent-encoded.
        """
        config = self.config
        try:
            route, _ = _TABLE.find(method, path)
        except RefusedRequestError:
            return config.max_body_bytes
        return config.max_body_bytes + (config.max_file_bytes if route.takes_file else 0)

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
        """Let a message come in, as if somebody had texted one of your numbers.

        Args:
            from_: Who sends it: a phone number or a short code, digits.
            to: Which of your numbers gets it: a phone number or a short code, digits.
            message: The text; may be left out when there are media.
            media_urls: Where the media are; any make it an MMS.
            group_recipients: The numbers of a group, digits; any make it an MMS.
            legacy_names: Whether it is shown with `from_did` and `to_did`.

        Returns:
            Its SMS object, with the direction `inbound` and the status `received`.

        Raises:
            ValueError: It could not be a message.
            EmulatorError: The database can't be used.

        Example:
            >>> with Emulator() as emulator:
            ...     emulator.receive(from_="15162065574", to="15162065575", message="STOP")["status"]
            'received'
        """
        received = check_received(from_, to, message, media_urls, group_recipients, legacy_names=legacy_names)
        self._account.run_due_events()
        stored = self._account.store_message(received, "inbound")
        self._account.run_due_events()
        return self._account.shown_message(stored, stored.accepted_at)

    def deliver_callbacks(self, post: Callable[[Callback], int]) -> tuple[Callback, ...]:
        """Post the callbacks that are due now, one after the other, oldest first; at most 100.

        An emulator that is served delivers by itself and needs no such call.

        Args:
            post: Posts a callback's `body`, as `application/json`, to its `url`, and returns the status of the answer.
                Any 2xx takes the callback; anything else has it come again after `EmulatorConfig.callback_retries`.

        Returns:
            The callbacks that were posted, as they stand now.

        Raises:
            EmulatorError: The database can't be used.
            Exception: Whatever `post` raises. It counts as an attempt that failed.

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
        """Close the database. A later request raises EmulatorError; closing again does nothing."""
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
        self._account.run_due_events()
        route, arguments = _TABLE.find(request.method, request.path)
        config = self.config
        scopes = authorize(request, config.credentials, route.scopes) if route.scopes else frozenset[str]()
        limit = self.body_limit(request.method, request.path)
        if len(request.body) > limit:
            raise body_too_large(limit)
        return route.handler(self._account, RoutedRequest(request, arguments, scopes))
