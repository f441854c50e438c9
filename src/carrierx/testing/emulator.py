"""An emulator made for one test: in memory, its clock held, its messages asked for in sentences."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

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
    from carrierx.emulator import Callback, Emulator, EmulatorClock, EmulatorConfig, FaultRules, Request

__all__ = ["EmulatorForTests", "emulator_for_tests"]


def _now_in_milliseconds() -> datetime:
    # Messages have their times in milliseconds: so they can be compared with a held clock.
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class EmulatorForTests:
    """CarrierX's messaging API for one test: in memory, alone, and its clock held until the test steps it.

    Close it, or use it in a `with` block; the pytest fixture `carrierx_emulator` does.

    Args:
        config: How it behaves; see `carrierx.emulator.EmulatorConfig`.
        clock: Tells the time at which it is held, and by which it runs once released. By default this machine's.

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
        self._emulator = RecordingEmulator(config, clock=clock)
        self._emulator.clock.hold()
        self._client_clock = SteppingClock(self._emulator.clock)
        self._opened = ExitStack()
        self._opened.callback(self._emulator.close)
        self._base_url: str | None = None
        self._closed = False

    @property
    def emulator(self) -> Emulator:
        """The emulator itself."""
        return self._emulator

    @property
    def messages(self) -> MessageQuery:
        """Every message that was sent or came in, to be asked for in sentences."""
        return MessageQuery(self._read)

    @property
    def requests(self) -> tuple[Request, ...]:
        """The latest 1000 requests, refused ones included, oldest first."""
        return self._emulator.requests_seen

    @property
    def last_send_error(self) -> str | None:
        """Status and error texts of the latest send that was refused, such as `422, ...`; None if none was."""
        return self._emulator.last_send_error

    @property
    def clock(self) -> EmulatorClock:
        """The emulator's time, which stands until it is stepped: `clock.step(5)`. `clock.release()` lets it run."""
        return self._emulator.clock

    @property
    def client_clock(self) -> SteppingClock:
        """A clock for a client of your own, whose waits then step `clock`: `CarrierXClient(clock=...)`."""
        return self._client_clock

    @property
    def faults(self) -> FaultRules:
        """What goes wrong on purpose: `faults.answer(503, times=1)`, `faults.lose_answer()`, `faults.delay(5)`, ..."""
        return self._emulator.faults

    @property
    def token(self) -> str:
        """An access token that it accepts.

        Raises:
            LookupError: Its configuration has none.
        """
        return token_for(self._emulator)

    @property
    def base_url(self) -> str:
        """Where it can be reached from anywhere on this machine; the first look serves it on a free loopback port.

        Clients of `client` and `async_client` don't need it. Needs the extra `carrierx[emulator]`.
        """
        if self._base_url is None:
            from carrierx.emulator import serve

            self._base_url = self._opened.enter_context(serve(self._emulator)).base_url
        return self._base_url

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that lead a `CarrierXClient()` here, from this process or from another.

        Example:
            >>> from carrierx.testing import emulator_for_tests
            >>> with emulator_for_tests() as emulator:
            ...     sorted(emulator.environment)
            ['CARRIERX_BASE_URL', 'CARRIERX_TOKEN']
        """
        return {"CARRIERX_BASE_URL": self.base_url, "CARRIERX_TOKEN": self.token}

    def client(self, **options: Unpack[ClientOptions]) -> CarrierXClient:
        """Make a client that talks to it without a socket, closed together with it.

        While the clock is held, the client's waits step it and take no time. Its media check is off, since it would
        ask the network.

        Args:
            **options: As for `CarrierXClient`; they go before the above.
        """
        made = make_client(self._emulator, self._client_clock, options)
        self._opened.callback(made.close)
        return made

    def async_client(self, **options: Unpack[ClientOptions]) -> AsyncCarrierXClient:
        """Make an async client that talks to it without a socket. It needs no closing, and works in every loop.

        Args:
            **options: As for `client`.
        """
        return make_async_client(self._emulator, self._client_clock, options)

    def receive(
        self,
        *,
        from_: str,
        to: str,
        message: str | None = None,
        media_urls: Sequence[str] = (),
        group_recipients: Sequence[str] = (),
    ) -> Message:
        """Let a message come in, as if somebody had texted one of your numbers.

        Args:
            from_: Who sends it: a phone number or a short code, digits.
            to: Which of your numbers gets it, digits.
            message: The text; may be left out when there are media.
            media_urls: Where the media are; any make it an MMS.
            group_recipients: The numbers of a group, digits; any make it an MMS.

        Returns:
            The message, inbound and received.

        Raises:
            ValueError: It could not be a message.

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

    def settle(self) -> None:
        """Step the clock until every message has come as far as it will, and can be found: delivered, as a rule.

        What a magic number answers has come in by then.
        """
        config = self._emulator.config
        delays = config.delays
        last_step = delays.sent_after if delays.delivered_after == timedelta.max else delays.delivered_after
        for delay in (last_step, config.reply_after, config.visibility_lag):
            if delay < timedelta.max:
                self.clock.step(delay.total_seconds())

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """Every callback for your application, oldest first; see `deliver_callbacks`."""
        return self._emulator.callbacks

    def deliver_callbacks(self, post: Callable[[Callback], int]) -> tuple[Callback, ...]:
        """Post the callbacks that are due now to your application; one that is served posts them by itself.

        There are callbacks where a number, the account or `EmulatorConfig.callback_url` has a URL for them.

        Args:
            post: Posts a callback's `body`, which is JSON, by your web framework's test client for instance, and
                returns the status of the answer. Any 2xx takes the callback; anything else has it come again.

        Returns:
            The callbacks that were posted, as they stand now.

        Example:
            >>> from carrierx.emulator import EmulatorConfig
            >>> from carrierx.testing import emulator_for_tests
            >>> with emulator_for_tests(EmulatorConfig(callback_url="https://example.org/texts")) as emulator:
            ...     received = emulator.receive(from_="15162065574", to="15162065575", message="STOP")
            ...     [callback] = emulator.deliver_callbacks(lambda callback: 204)
            >>> callback.taken
            True
        """
        return self._emulator.deliver_callbacks(post)

    def close(self) -> None:
        """Close it and its clients, and stop serving it. Closing twice is fine."""
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

    def _read(self) -> list[Message]:
        return [Message.model_validate_json(json.dumps(shown)) for shown in self._emulator.messages]


@contextmanager
def emulator_for_tests(
    config: EmulatorConfig | None = None, *, clock: Callable[[], datetime] = _now_in_milliseconds
) -> Generator[EmulatorForTests]:
    """Have an emulator for a test, in unittest or anything else than pytest.

    Args:
        config: How it behaves.
        clock: As for `EmulatorForTests`.

    Yields:
        The emulator, closed at the end of the block together with its clients.

    Example:
        >>> from unittest import TestCase
        >>> from carrierx.testing import emulator_for_tests
        >>> class ReminderTest(TestCase):
        ...     def setUp(self):
        ...         self.emulator = self.enterContext(emulator_for_tests())
    """
    with EmulatorForTests(config, clock=clock) as emulator:
        yield emulator
