"""Cancellation, an interrupt or our own deadline at any moment: what is then said about the send is never too much.

Whenever the server has read the whole request, nothing may call it not sent or refused. Each test counts how many sends
were ended before the server had all of the request and how many after, and wants some of both: else it would have
looked at one side only.
"""

import asyncio
import contextlib
import gc
import importlib
import random
import signal
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, CarrierXError, Message, Outcome
from carrierx.client_options import ClientOptions
from carrierx.events import AttemptFinished, AttemptInterrupted, Event
from tests.outcomes.ways import FROM, TEXT, TO, TOKEN
from tests.support import behaviours as do
from tests.support.fault_server import FaultServer
from tests.support.waits import wait_for_a_request

SENDS = 120
TOO_MUCH = {Outcome.NOT_SENT, Outcome.REJECTED}

QUICK = do.after_whole_request(do.pause(0.004), *do.respond_sms().steps)
"""Quick, with some time between having the request and answering it."""


@dataclass
class Tally:
    """How sends ended, by whether the server had the whole request."""

    before: Counter[str] = field(default_factory=Counter[str])
    after: Counter[str] = field(default_factory=Counter[str])

    def note(self, read: int, said: str) -> None:
        """Count one send, of which the server read so many requests."""
        assert read <= 1, "one send became several requests"
        (self.after if read else self.before)[said] += 1

    @property
    def seen_both(self) -> bool:
        """Whether sends were ended on either side of the moment at which the server has it all."""
        return self.before[Outcome.NOT_SENT.value] >= 1 and self.after[Outcome.UNKNOWN.value] >= 1

    def check(self) -> None:
        """Nothing too much was said, and both sides were seen."""
        for outcome in TOO_MUCH:
            assert outcome.value not in self.after, self
        assert self.seen_both, self

    def moments(self, rng: random.Random, *spans: float) -> Iterator[float]:
        """Seconds after which to end each send; further and later ones only while a busy machine hides one side."""
        for slowness in (1, 4, 16):
            for _ in range(SENDS):
                if slowness > 1 and self.seen_both:
                    return
                yield slowness * rng.choice(spans) * rng.random()


def options(server: FaultServer, events: list[Event]) -> ClientOptions:
    return ClientOptions(base_url=server.base_url, on_event=events.append, trust_env=False, max_retries=0)


def said_by(events: list[Event]) -> str:
    """What the client told of its last attempt."""
    told = [event.outcome.value for event in events if isinstance(event, AttemptFinished | AttemptInterrupted)]
    return told[-1] if told else "nothing"


def settled_reads(server: FaultServer, earlier: int) -> int:
    server.settle(quiet=0.02)
    return server.requests_fully_read - earlier


# Cancellation, and our own deadline.


async def send_cancelled(server: FaultServer, delay: float, filler: int, events: list[Event]) -> str:
    """Send and cancel after a while; give what the client said."""
    async with AsyncCarrierXClient(TOKEN, **options(server, events)) as client:
        task = asyncio.ensure_future(
            client.messages.send(from_=FROM, to=TO, message=TEXT, extra_body={"filler": "x" * filler})
        )
        await asyncio.sleep(delay)
        if not task.cancel():
            assert isinstance(await task, Message)
            return Outcome.ACCEPTED.value
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()
    return said_by(events)


@pytest.mark.parametrize("filler", [0, 300_000], ids=["small", "large"])
def test_a_cancelled_send_is_never_called_unsent_once_the_server_has_it(filler: int) -> None:
    rng, tally = random.Random(17), Tally()
    with FaultServer(QUICK) as server:
        for moment in tally.moments(rng, 0.004, 0.016, 0.06):
            earlier, events = server.requests_fully_read, list[Event]()
            said = asyncio.run(send_cancelled(server, moment, filler, events))
            tally.note(settled_reads(server, earlier), said)
    tally.check()


def test_a_cancelled_send_raises_nothing_but_the_cancellation_even_within_a_timeout_of_the_callers() -> None:
    async def send(server: FaultServer, events: list[Event]) -> None:
        limit = asyncio.timeout(None)

        async def time_out() -> None:
            await asyncio.to_thread(wait_for_a_request, server)
            limit.reschedule(0)

        async with AsyncCarrierXClient(TOKEN, **options(server, events)) as client:
            timing_out = asyncio.create_task(time_out())
            with pytest.raises(TimeoutError):
                async with limit:
                    await client.messages.send(from_=FROM, to=TO, message=TEXT, reference="order-17")
            await timing_out

    events = list[Event]()
    with FaultServer(do.after_whole_request(do.STAY_SILENT)) as server:
        asyncio.run(send(server, events))
        server.settle()
        assert server.requests_fully_read == 1
    (told,) = [event for event in events if isinstance(event, AttemptInterrupted)]
    assert (told.outcome, told.reference, told.attempt) == (Outcome.UNKNOWN, "order-17", 1)


def said_by_error(send: Callable[[], Message]) -> str:
    """What an error of ours says, or that the message came back."""
    try:
        send()
    except CarrierXError as raised:
        error = raised
    else:
        return Outcome.ACCEPTED.value
    assert error.outcome is not None
    assert [attempt.outcome for attempt in error.attempts] == [error.outcome]
    return error.outcome.value


@pytest.mark.parametrize("filler", [0, 300_000], ids=["small", "large"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_our_deadline_never_calls_a_send_unsent_once_the_server_has_it(filler: int, asynchronous: bool) -> None:
    rng, tally = random.Random(18), Tally()

    def send(server: FaultServer, total_timeout: float) -> Message:
        extra = {"filler": "x" * filler}

        async def send_async() -> Message:
            async with AsyncCarrierXClient(TOKEN, **options(server, [])) as client:
                return await client.messages.send(
                    from_=FROM, to=TO, message=TEXT, extra_body=extra, total_timeout=total_timeout
                )

        if asynchronous:
            return asyncio.run(send_async())
        with CarrierXClient(TOKEN, **options(server, [])) as client:
            return client.messages.send(from_=FROM, to=TO, message=TEXT, extra_body=extra, total_timeout=total_timeout)

    with FaultServer(QUICK) as server:
        for moment in tally.moments(rng, 0.004, 0.012, 0.06):
            earlier, total = server.requests_fully_read, 0.0001 + moment
            said = said_by_error(lambda total=total: send(server, total))  # type: ignore[misc]
            tally.note(settled_reads(server, earlier), said)
    tally.check()


# KeyboardInterrupt, which a signal handler raises between any two lines of Python.


class InterruptAtLine:
    """Raises a KeyboardInterrupt in this thread before the given line of Python, counted from the start."""

    def __init__(self, number: int) -> None:
        self._left = number
        self.happened = False

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        # Python swallows what is raised while it tidies up. And a lock of logging's that is never released would stop
        # every other test that logs from another thread.
        module = str(frame.f_globals.get("__name__"))
        if frame.f_code.co_name == "__del__" or module.partition(".")[0] in ("logging", "threading"):
            return None
        if event == "line":
            self._left -= 1
            if self._left == 0:
                self.happened = True
                raise KeyboardInterrupt
        return self

    @contextlib.contextmanager
    def at_work(self) -> Generator[None]:
        """Count lines, and interrupt, within the block."""
        earlier = sys.gettrace()
        gc.disable()  # what it tidies up belongs to other tests
        sys.settrace(self)
        try:
            yield
        finally:
            sys.settrace(earlier)
            gc.enable()


def send_interrupted(server: FaultServer, line: int, events: list[Event]) -> tuple[str, bool, int]:
    """Send until this line; give what was said, whether the interrupt came through, and the lines that there were.

    In a thread of its own: an interrupt at the last line of an `except` block makes Python believe for good that this
    thread is handling that exception, and whatever is raised there later would be chained to it, in other tests too.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_send_interrupted, server, line, events).result()


def _send_interrupted(server: FaultServer, line: int, events: list[Event]) -> tuple[str, bool, int]:
    interrupt = InterruptAtLine(line)
    came_through = False
    client = CarrierXClient(TOKEN, **options(server, events))
    send = client.messages.send
    try:
        with interrupt.at_work():
            send(from_=FROM, to=TO, message=TEXT)
    except KeyboardInterrupt:
        came_through = True
    except CarrierXError as error:
        pytest.fail(f"an interrupt became {error!r}")
    with contextlib.suppress(Exception):
        client.close()
    return said_by(events), came_through == interrupt.happened, -interrupt._left  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
def swallowed(monkeypatch: pytest.MonkeyPatch) -> Generator[list[BaseException | None]]:
    """What Python itself swallows, in code that it calls while it frees an object.

    An interrupt between the opening of a socket and its owner's taking it loses the socket, and nobody can help it.
    """
    seen = list[BaseException | None]()

    def note(unraisable: "sys.UnraisableHookArgs") -> None:
        seen.append(unraisable.exc_value)

    monkeypatch.setattr(sys, "unraisablehook", note)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield seen
        gc.collect()  # here, where what was lost is expected, and not in the midst of another test


def test_an_interrupt_at_any_line_never_calls_a_send_unsent_once_the_server_has_it(
    swallowed: list[BaseException | None],
) -> None:
    rng, tally = random.Random(19), Tally()
    with FaultServer(do.respond_sms()) as server:
        send_interrupted(server, 10**9, [])  # what is loaded and cached at the first send
        _, _, lines = send_interrupted(server, 10**9, [])
        lines += 10**9
        stride = max(1, lines // SENDS)
        for start in range(1, lines, stride):
            earlier, events = server.requests_fully_read, list[Event]()
            said, unchanged, _ = send_interrupted(server, start + rng.randrange(stride), events)
            by_python = any(isinstance(error, KeyboardInterrupt) for error in swallowed)
            assert unchanged or by_python, "an interrupt was swallowed"
            swallowed.clear()
            tally.note(settled_reads(server, earlier), said)
    tally.check()


@pytest.mark.parametrize("raised", [KeyboardInterrupt, ValueError], ids=["an interrupt", "an exception"])
def test_what_a_signal_handler_raises_at_a_lock_of_the_pool_stops_neither_the_next_send_nor_the_closing(
    monkeypatch: pytest.MonkeyPatch, swallowed: list[BaseException | None], raised: type[BaseException]
) -> None:
    lock_class: Any = importlib.import_module("httpcore._synchronization").ThreadLock
    acquire = lock_class.__enter__
    armed = [False]

    def interrupted_behind(lock: Any) -> Any:
        acquired = acquire(lock)
        if armed.pop():
            raise raised
        return acquired

    with FaultServer(do.respond_sms()) as server, CarrierXClient(TOKEN, **options(server, [])) as client:
        client.messages.send(from_=FROM, to=TO, message=TEXT)
        armed.append(True)
        monkeypatch.setattr(lock_class, "__enter__", interrupted_behind)
        with contextlib.suppress(raised, CarrierXError):
            client.messages.send(from_=FROM, to=TO, message=TEXT)
        monkeypatch.undo()
        assert isinstance(client.messages.send(from_=FROM, to=TO, message=TEXT), Message)


@pytest.mark.parametrize("body_read", [False, True])
def test_an_interrupt_while_the_server_is_silent_passes_unchanged_and_says_that_nothing_is_known(
    body_read: bool,
) -> None:
    main = threading.main_thread()
    assert threading.current_thread() is main, "signals are handled in the main thread only"
    steps = [do.STAY_SILENT]
    behaviour = do.after_whole_request(*steps) if body_read else do.after_headers(*steps)

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    events = list[Event]()
    earlier = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with FaultServer(behaviour) as server, CarrierXClient(TOKEN, **options(server, events)) as client:

            def interrupt_when_all_is_written() -> None:
                deadline = time.monotonic() + 20.0
                while not (server.requests or server.unfinished_requests) and time.monotonic() < deadline:
                    time.sleep(0.005)
                time.sleep(0.2)  # the body follows its headers at once
                signal.pthread_kill(main.ident or 0, signal.SIGUSR1)

            interrupting = threading.Thread(target=interrupt_when_all_is_written)
            interrupting.start()
            with pytest.raises(KeyboardInterrupt):
                client.messages.send(from_=FROM, to=TO, message=TEXT, timeout=40.0)
            interrupting.join()
            server.settle()
            assert server.requests_fully_read == 1
    finally:
        signal.signal(signal.SIGUSR1, earlier)
    assert said_by(events) == Outcome.UNKNOWN.value
