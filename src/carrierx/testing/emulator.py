"""Emulator for one test: in memory, with a held clock and methods to find messages."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from carrierx.emulator import EmulatorConfig, EmulatorError
from carrierx.events import MessageRefused
from carrierx.models.message import Message
from carrierx.testing.clients import make_async_client, make_client, token_for
from carrierx.testing.clock import SteppingClock
from carrierx.testing.messages import MessageQuery
from carrierx.testing.reports import quantity
from carrierx.testing.send_errors import RecordingEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from types import TracebackType
    from typing import Self, Unpack

    from carrierx.client import AsyncCarrierXClient, CarrierXClient
    from carrierx.client_options import ClientOptions
    from carrierx.emulator import Callback, Emulator, EmulatorClock, FaultRules, Request
    from carrierx.events import Event

__all__ = ["EmulatorForTests", "emulator_for_tests"]


def _now_in_milliseconds() -> datetime:
    # Messages have timestamps in milliseconds. This way, they can be compared with a held clock.
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class EmulatorForTests:
    """Emulator of CarrierX's messaging API for one test: in memory, its clock held until the test steps it.

    Close it, or use it in a `with` block. The pytest fixture `carrierx_emulator` closes it for you.

    Args:
        config: Settings; see `carrierx.emulator.EmulatorConfig`.
        clock: Function that returns the time at which the clock is held, and by which it runs once released. By default
            the time of this machine.

    Example:
        >>> from carrierx.testing import EmulatorForTests
        >>> with EmulatorForTests() as emulator, emulator.client() as client:
        ...     message = client.messages.send(from_="15162065575", to="15162065574", message="Hello")
        ...     emulator.clock.step(5)
        ...     str(client.messages.get(message.message_sid).status)
        'delivered'
    """

    def __init__(
        self, config: EmulatorConfig | None = None, *, clock: Callable[[], datetime] = _now_in_milliseconds
    ) -> None:
        if config is not None and not isinstance(config, EmulatorConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"config must be an EmulatorConfig, not {type(config).__name__}.")
        self._emulator = RecordingEmulator(config, clock=clock)
        self._emulator.clock.hold()
        self._client_clock = SteppingClock(self._emulator.clock)
        self._opened = ExitStack()
        self._opened.callback(self._emulator.close)
        self._base_url: str | None = None
        self._closed = False
        self._refused: list[tuple[str, ...]] = []

    @property
    def emulator(self) -> Emulator:
        """Underlying emulator."""
        return self._emulator

    @property
    def messages(self) -> MessageQuery:
        """Every message that was sent or came in, with methods to select some of them."""
        return MessageQuery(self._read)

    @property
    def requests(self) -> tuple[Request, ...]:
        """Latest 1000 requests, including refused ones, oldest first."""
        return self._emulator.requests_seen

    @property
    def last_send_error(self) -> str | None:
        """Status and error texts of the latest send that was refused, such as `422, ...`; None if no send was."""
        return self._emulator.last_send_error

    @property
    def refused_messages(self) -> tuple[tuple[str, ...], ...]:
        """The broken rules of each message that a client of this emulator refused, oldest first: `to: required`.

        Such a message makes no request: the client raises `InvalidMessageError`. Only clients that `client` and
        `async_client` created are known.
        """
        return tuple(self._refused)

    @property
    def clock(self) -> EmulatorClock:
        """Clock of the emulator, which is held until you step it: `clock.step(5)`. `clock.release()` lets it run."""
        return self._emulator.clock

    @property
    def client_clock(self) -> SteppingClock:
        """Clock for a client of your own, whose waits then step `clock`: `CarrierXClient(clock=...)`."""
        return self._client_clock

    @property
    def faults(self) -> FaultRules:
        """Faults to simulate: `faults.answer(503, times=1)`, `faults.lose_answer()`, `faults.delay(5)`, ..."""
        return self._emulator.faults

    @property
    def token(self) -> str:
        """Access token that the emulator accepts.

        Raises:
            LookupError: Its configuration has no token.
        """
        return token_for(self._emulator)

    @property
    def base_url(self) -> str:
        """Base URL for every process on this machine. The first access serves the emulator on a free loopback port.

        Clients made by `client` and `async_client` don't need it. It needs the extra `emulator`.
        """
        if self._base_url is None:
            from carrierx.emulator import serve

            self._base_url = self._opened.enter_context(serve(self._emulator)).base_url
        return self._base_url

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that make a `CarrierXClient()` in any process use this emulator.

        Example:
            >>> from carrierx.testing import emulator_for_tests
            >>> with emulator_for_tests() as emulator:
            ...     sorted(emulator.environment)
            ['CARRIERX_BASE_URL', 'CARRIERX_TOKEN']
        """
        return {"CARRIERX_BASE_URL": self.base_url, "CARRIERX_TOKEN": self.token}

    def client(self, **options: Unpack[ClientOptions]) -> CarrierXClient:
        """Create a client that uses the emulator without a socket. Closing the emulator closes the client.

        While the clock is held, the client's waits step it and take no real time. Its media check is off, because it
        would use the network.

        Args:
            **options: Options of `CarrierXClient`, which override these defaults.
        """
        made = make_client(self._emulator, self._client_clock, options, self._note_refusal)
        self._opened.callback(made.close)
        return made

    def async_client(self, **options: Unpack[ClientOptions]) -> AsyncCarrierXClient:
        """Create an async client that uses the emulator without a socket. You need not close it. Any loop can use it.

        Args:
            **options: As for `client`.
        """
        return make_async_client(self._emulator, self._client_clock, options, self._note_refusal)

    def receive(
        self,
        *,
        from_: str,
        to: str,
        message: str | None = None,
        media_urls: Sequence[str] = (),
        group_recipients: Sequence[str] = (),
    ) -> Message:
        """Simulate an inbound message, as if somebody had texted one of your numbers.

        Args:
            from_: Sender: a phone number or a short code, only digits.
            to: Your number that gets the message, only digits.
            message: Text; optional if there are media.
            media_urls: URLs of media, which make it an MMS.
            group_recipients: Numbers of a group, only digits, which make it an MMS.

        Returns:
            The inbound message, with the status `received`.

        Raises:
            ValueError: The message is invalid.

        Example:
            >>> from carrierx.testing import emulator_for_tests
            >>> with emulator_for_tests() as emulator:
            ...     reply = emulator.receive(from_="15162065574", to="15162065575", message="STOP")
            ...     emulator.messages.inbound.from_("15162065574").last == reply
            True
        """
        received = self._emulator.receive(
            from_=from_, to=to, message=message, media_urls=media_urls, group_recipients=group_recipients
        )
        return Message.model_validate_json(json.dumps(received))

    def reset(self) -> None:
        """Go back to the start: no messages, callbacks, faults and requests, and a held clock."""
        self._emulator.reset()
        self._emulator.clock.hold()
        self._refused.clear()

    def settle(self) -> None:
        """Step the clock until every message can be found and has its final status, which is usually `delivered`.

        Replies from magic numbers have come in by then.
        """
        config = self._emulator.config
        delays = config.delays
        last_step = delays.sent_after if delays.delivered_after == timedelta.max else delays.delivered_after
        for delay in (last_step, config.reply_after, config.visibility_lag):
            if delay < timedelta.max:
                self.clock.step(delay.total_seconds())

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """Every callback for your application, oldest first. See `deliver_callbacks`."""
        return self._emulator.callbacks

    def deliver_callbacks(self, post: Callable[[Callback], int]) -> tuple[Callback, ...]:
        """Post the callbacks that are due to your application. A served emulator posts them on its own.

        There are callbacks if a number, the account or `EmulatorConfig.callback_url` has a URL for them.

        Args:
            post: Function that posts the `body` of a callback, which is JSON, for example with your web framework's
                test client, and returns the status of the response. Any 2xx accepts the callback. After any other
                status, the callback is retried later.

        Returns:
            The callbacks that were posted, with the results.

        Raises:
            EmulatorError: Messages came in or made progress, and there is no URL for their callbacks.

        Example:
            >>> from carrierx.emulator import EmulatorConfig
            >>> from carrierx.testing import emulator_for_tests
            >>> with emulator_for_tests(EmulatorConfig(callback_url="https://example.org/texts")) as emulator:
            ...     received = emulator.receive(from_="15162065574", to="15162065575", message="STOP")
            ...     [callback] = emulator.deliver_callbacks(lambda callback: 204)
            >>> callback.taken
            True
        """
        emulator = self._emulator
        if not emulator.callbacks and emulator.config.callback_url is None and self._has_news():
            raise EmulatorError(
                "there are no callbacks, because there is no URL for them: set the emulator's callback_url, as in "
                '@pytest.mark.carrierx_emulator(callback_url="https://example.org/texts"), or the URL of the number or '
                "of the account, before the message"
            )
        return emulator.deliver_callbacks(post)

    def _has_news(self) -> bool:
        """Tell whether a message came in or got another status, which a callback would report."""
        return any(message.direction == "inbound" or message.status != "queued" for message in self._read())

    def close(self) -> None:
        """Close the emulator and its clients, and stop serving it. You may close it twice."""
        self._closed = True
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._closed:
            return f"<{type(self).__name__}: closed>"
        seen = (quantity(len(self.messages)), quantity(len(self.requests), "request"))
        return f"<{type(self).__name__}: {', '.join(seen)}>"

    def _note_refusal(self, event: Event) -> None:
        if isinstance(event, MessageRefused):
            self._refused.append(event.rules)

    def _read(self) -> list[Message]:
        return [Message.model_validate_json(json.dumps(shown)) for shown in self._emulator.messages]


@contextmanager
def emulator_for_tests(
    config: EmulatorConfig | None = None, *, clock: Callable[[], datetime] = _now_in_milliseconds
) -> Generator[EmulatorForTests]:
    """Create an emulator for a test, in unittest or any framework other than pytest.

    Args:
        config: Settings of the emulator.
        clock: As for `EmulatorForTests`.

    Yields:
        The emulator. It and its clients are closed at the end of the block.

    Example:
        >>> from unittest import TestCase
        >>> from carrierx.testing import emulator_for_tests
        >>> class ReminderTest(TestCase):
        ...     def setUp(self):
        ...         self.emulator = self.enterContext(emulator_for_tests())
    """
    with EmulatorForTests(config, clock=clock) as emulator:
        yield emulator
