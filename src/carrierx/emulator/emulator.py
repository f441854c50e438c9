"""The emulator itself: CarrierX's messaging API as a function from requests to responses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar, cast

from carrierx.emulator.core.account import Account, random_character, random_sid
from carrierx.emulator.core.clock import EmulatorClock
from carrierx.emulator.core.config import EmulatorConfig
from carrierx.emulator.core.file_objects import PUBLIC_PATH
from carrierx.emulator.core.inbox import Inbox
from carrierx.emulator.core.oauth_tokens import accepted_credentials
from carrierx.emulator.core.request_log import AppliedFault, DeliveryName, RequestLog
from carrierx.emulator.core.routing import RoutedRequest, RouteTable
from carrierx.emulator.core.scheduler import run_due_events
from carrierx.emulator.core.shared_lock import SharedLock
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.faults import FaultKind, FaultRules
from carrierx.emulator.faults.effects import Outcome, effect_text
from carrierx.emulator.http.cors import preflight_response, with_cors_headers
from carrierx.emulator.http.credentials import authorize
from carrierx.emulator.http.errors import RefusedRequestError, body_too_large
from carrierx.emulator.http.query_parameters import INCLUDE_FIELDS, Parameters, chosen_fields
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, Request, json_response
from carrierx.emulator.routes import ROUTES
from carrierx.emulator.rules.messages import check_received
from carrierx.emulator.store.callback_queue import Callback, CallbackQueue
from carrierx.emulator.store.database import IN_MEMORY, Database

_DELIVERIES: Final[Mapping[FaultKind, DeliveryName]] = {
    FaultKind.ANSWER: "replaced",
    FaultKind.DELAY: "delayed",
    FaultKind.LOSE_ANSWER: "lost",
    FaultKind.TRUNCATE_ANSWER: "cut",
    FaultKind.GARBLE_ANSWER: "garbled",
}
_SERVER_ERROR: Final = 500
ResultT = TypeVar("ResultT")

_TABLE: Final = RouteTable(ROUTES)
_QUICK_ROUTES: Final = {(route.method, route.path): route for route in ROUTES if route.is_quick}
# Events of other messages wait for this many quick requests at most, so that running them takes only a moment, too.
_LONGEST_WAIT: Final = 50
_FEW_EVENTS: Final = 200
_QUICK_BODY_BYTES: Final = 20_000


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
        self._request_log = RequestLog()
        self._faults = FaultRules()
        self._inbox = Inbox(self._account, self._database, self._request_log)
        self._preparations: list[Callable[[Emulator], object]] = []
        self._preparing = threading.local()
        self._waited = 0  # the number of quick requests since due events ran
        self._in_use = SharedLock()  # shared by everything that reads or changes something; a reset has it alone

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
    def database(self) -> Database:
        """The emulator's database."""
        return self._database

    @property
    def messages(self) -> list[JSONObject]:
        """All accepted and received messages as the API would return them now, oldest first."""
        with self._in_use.shared():
            run_due_events(self._account)
            return [self._account.shown_message(stored) for stored in self._account.messages.all()]

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """All callbacks, posted or not, with the result of each attempt, oldest first."""
        with self._in_use.shared():
            run_due_events(self._account)
            return self._account.callbacks.all()

    @property
    def callback_queue(self) -> CallbackQueue:
        """The queue of callbacks, for custom delivery. For most uses, `deliver_callbacks` is enough."""
        with self._in_use.shared():
            run_due_events(self._account)
        return self._account.callbacks

    @property
    def requests_seen(self) -> tuple[Request, ...]:
        """The latest 1000 requests, including refused ones, oldest first, each with the start of its body.

        At most `max_body_bytes` of a body are kept. `request_log` also has their responses.
        """
        return tuple(logged.request for logged in self._request_log.all())

    @property
    def request_log(self) -> RequestLog:
        """The latest 1000 requests, each with its response as it was delivered, and the fault that it met."""
        return self._request_log

    @property
    def inbox(self) -> Inbox:
        """The content of the served emulator's web page."""
        return self._inbox

    def handle(self, request: Request) -> EmulatorResponse:
        """Handle one request as the API would.

        Args:
            request: The request.

        Returns:
            The response. An error is a response, too.

        Raises:
            EmulatorError: The database can't be used.
        """
        preflight = preflight_response(request, self.config.cors_origins)
        if preflight is not None:
            return preflight
        with self._in_use.shared():
            return self._handle(request, self._answer)

    def handle_now(self, request: Request) -> EmulatorResponse | None:
        """Handle a request if that takes only a moment, as for most sends to an emulator in memory.

        An event loop may call it: it waits for no other thread, no file and no long search.

        Args:
            request: The request.

        Returns:
            The response; None if the request was not handled, so that `handle` must do that, in another thread.

        Raises:
            EmulatorError: The database can't be used.
        """
        route = _QUICK_ROUTES.get((request.method, request.path))
        if route is None or not self._faults.is_empty or len(request.body) > _QUICK_BODY_BYTES:
            return None
        return self._without_waiting(lambda: self._handle_quick(request))

    def call_now(self, work: Callable[[], ResultT]) -> ResultT | None:
        """Call a function if the emulator can be used in this moment, without waiting.

        Args:
            work: Uses the emulator, for a moment only.

        Returns:
            Its result; None if it was not called: another thread uses the emulator, many events are due, or the
            database is a file.

        Raises:
            EmulatorError: The database can't be used.
        """
        return self._without_waiting(lambda: work() if self._are_few_events_due() else None)

    def prepare(self, request: Request) -> EmulatorResponse:
        """Handle a request that prepares the emulator. It meets no faults, and the log doesn't have it.

        Args:
            request: The request.

        Returns:
            The response. An error is a response, too.

        Raises:
            EmulatorError: The database can't be used.
        """
        with self._in_use.shared():
            return self._answer(request)

    def refuse(self, request: Request, response: EmulatorResponse) -> EmulatorResponse:
        """Log a request that a server refuses before the emulator handles it.

        Args:
            request: The request.
            response: The server's response.

        Returns:
            The response.
        """
        with self._in_use.shared():
            self._log(self._account.now(), request, response)
        return response

    def at_start(self, prepare: Callable[[Emulator], object]) -> None:
        """Prepare the emulator now, and in the same way after each reset.

        Args:
            prepare: Changes the emulator: for example, it adds faults or receives messages. It can't reset the
                emulator, and must not wait for another thread that uses it, such as that of a server: during a reset,
                that thread waits for the end of the preparation.

        Raises:
            Exception: Any exception that `prepare` raises. Then it isn't called again after a reset.

        Example:
            >>> emulator.at_start(lambda each: each.receive(from_="15162065574", to="15162065575", message="Hello"))
            >>> emulator.reset()
            >>> len(emulator.messages)
            1
        """
        self._prepare(prepare)
        self._preparations.append(prepare)

    def reset(self) -> None:
        """Go back to the start: no messages, callbacks, faults and log, and the numbers and settings of a new account.

        Requests that are being handled finish first. Callbacks that are being posted have no effect anymore. The clock
        runs, with the time of its source. What `at_start` has prepared is there again.

        Raises:
            EmulatorError: The database can't be used, or a preparation raised an exception, the cause of this error.
                Then the emulator is empty: nothing is prepared. A preparation, or a block of `in_use`, can't reset the
                emulator.
        """
        if getattr(self._preparing, "is_on", False):
            raise EmulatorError("a preparation can't reset the emulator, since each reset calls it")
        if self._in_use.is_held():
            raise EmulatorError("reset() waits for the end of this use of the emulator: call it after")
        self._database.session()  # raises an error after a fork, where the threads that use the emulator never end
        with self._in_use.exclusive():
            self._clear()
            try:
                for prepare in tuple(self._preparations):
                    self._prepare(prepare)
            except BaseException as error:
                self._clear()
                if not isinstance(error, Exception):
                    raise
                # The text of any other exception may be private.
                reason = str(error) if isinstance(error, EmulatorError) else type(error).__name__
                raise EmulatorError(
                    f"the emulator is empty, because a preparation of the reset failed: {reason}"
                ) from error

    @contextmanager
    def in_use(self) -> Generator[Account]:
        """Give access to the account's data, with all events run that are due. A reset waits until the block ends."""
        with self._in_use.shared():
            run_due_events(self._account)
            yield self._account

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

    @property
    def numbers(self) -> frozenset[str]:
        """All numbers of the account, in digits: rented, external and released ones."""
        account = self._account
        return frozenset(
            str(did["phonenumber"]) for table in (account.dids, account.external_dids) for did in table.all()
        )

    def add_number(self, phonenumber: str) -> str:
        """Add a number to the account: rented, able to send and receive SMS and MMS, and enabled for messaging.

        Args:
            phonenumber: The number, in digits with its country code.

        Returns:
            The SID of its DID.

        Raises:
            ValueError: It isn't a phone number, or the account has it already.
            EmulatorError: The database can't be used.

        Example:
            >>> with Emulator() as emulator:
            ...     emulator.add_number("12125550100") == emulator.add_number("12125550101")
            False
        """
        with self._in_use.shared():
            return self._account.add_number(phonenumber)

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
        with self._in_use.shared():
            run_due_events(self._account)
            stored = self._account.store_message(received, "inbound")
            run_due_events(self._account)
            return self._account.shown_message(stored)

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
            held = (callback for callback in due if self._account.callbacks.is_reserved(callback))
            return tuple(self._deliver(callback, post) for callback in held)

    def close(self) -> None:
        """Close the database. Later requests raise EmulatorError. Closing it again does nothing."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self, prepare: Callable[[Emulator], object]) -> None:
        is_nested = getattr(self._preparing, "is_on", False)
        self._preparing.is_on = True
        try:
            prepare(self)
        finally:
            self._preparing.is_on = is_nested

    def _clear(self) -> None:
        self._database.reset()
        self._account.callbacks.forget()
        self._faults.reset()
        self._request_log.clear()
        self._clock.reset()
        self._inbox.renew()

    def _deliver(self, callback: Callback, post: Callable[[Callback], int]) -> Callback:
        try:
            status_code = post(callback)
        except BaseException as error:
            self._account.callbacks.note(callback, problem=type(error).__name__)
            raise
        return self._account.callbacks.note(callback, status_code=status_code)

    def _log(self, at: datetime, request: Request, response: EmulatorResponse, outcome: Outcome | None = None) -> None:
        if request.path.startswith(f"{PUBLIC_PATH}/") and request.header_values("sec-fetch-site") == ("same-origin",):
            return  # the inbox shows a picture, so this is no request of an application
        most = self.config.max_body_bytes
        if len(request.body) > most + 1:
            request = replace(request, body=request.body[: most + 1])  # one extra byte shows that the body was longer
        if outcome is None or not outcome.rules:
            self._request_log.add(at, request, response)
            return
        first = outcome.rules[0]
        delivery = "lost" if response.delivery.lost else _DELIVERIES[first.kind]
        text = "; ".join(effect_text(rule) for rule in outcome.rules)
        fault = AppliedFault(first.id, first.kind.value, text)
        made = None if delivery == "delayed" else outcome.made
        self._request_log.add(at, request, response, made=made, delivery=delivery, fault=fault)

    def _handle(self, request: Request, answer: Callable[[Request], EmulatorResponse]) -> EmulatorResponse:
        at = self._account.now()
        try:
            outcome = self._faults.apply(request, answer)
        except EmulatorError:
            self._log(at, request, EmulatorResponse(_SERVER_ERROR))
            raise
        response = with_cors_headers(request, outcome.response, self.config.cors_origins)
        self._log(at, request, response, outcome)
        return response

    def _handle_quick(self, request: Request) -> EmulatorResponse | None:
        if self._can_events_wait():
            self._waited += 1
            return self._handle(request, self._response_to)
        return self._handle(request, self._answer) if self._are_few_events_due() else None

    def _without_waiting(self, work: Callable[[], ResultT | None]) -> ResultT | None:
        """Call a function while this thread shares the emulator and has its database; None if it would have to wait."""
        if not self._in_use.share(wait=False):
            return None
        try:
            if not self._database.lock_now():
                return None
            try:
                return work()
            finally:
                self._database.unlock()
        finally:
            self._in_use.end_sharing()

    def _answer(self, request: Request) -> EmulatorResponse:
        if (request.method, request.path) in _QUICK_ROUTES and self._can_events_wait():
            self._waited += 1
        else:
            self._waited = 0
            run_due_events(self._account)
        return self._response_to(request)

    def _response_to(self, request: Request) -> EmulatorResponse:
        try:
            return self._answer_allowed(request)
        except RefusedRequestError as error:
            return error.response

    def _can_events_wait(self) -> bool:
        """Return whether a quick request can be handled before the events that are due: none stores a message."""
        return self._waited < _LONGEST_WAIT and not self._account.messages.has_due_reply(self._account.now())

    def _are_few_events_due(self) -> bool:
        """Return whether running the events that are due takes only a moment. Others may become due meanwhile."""
        return self._account.messages.number_due(self._account.now(), _FEW_EVENTS + 1) <= _FEW_EVENTS

    def _answer_allowed(self, request: Request) -> EmulatorResponse:
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


def _with_chosen_fields(routed: RoutedRequest, response: EmulatorResponse) -> EmulatorResponse:
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
