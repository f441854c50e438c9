"""An interrupt or a cancellation, while connecting, writing or reading: no frame that it passed shows a secret."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from tests.outcomes.ways import unclosed_ignored
from tests.privacy.secrets import SECRETS
from tests.privacy.senders import ASYNC_WAYS, NOBODY_TRUSTED, Senders
from tests.privacy.watching import Watch
from tests.support.behaviours import STAY_SILENT, UNBUFFERABLE, after_headers, after_whole_request, cut_body
from tests.support.client_factory import Driven
from tests.support.fault_server import FaultServer
from tests.support.ports import unaccepting_address

SYNC_WAYS = ("own", "httpx", "httpx2")
LARGE = {"filler": "x" * UNBUFFERABLE}


@contextmanager
def connecting() -> Generator[tuple[str, dict[str, Any], Callable[[], bool]]]:
    """Nobody takes the connection."""
    with unaccepting_address() as address:
        started = time.monotonic()
        yield address.base_url, {}, lambda: time.monotonic() - started > 0.3


@contextmanager
def writing() -> Generator[tuple[str, dict[str, Any], Callable[[], bool]]]:
    """Nobody takes the body."""
    with FaultServer(after_headers(STAY_SILENT)) as server:
        yield server.base_url, {"extra_body": LARGE}, lambda: bool(server.unfinished_requests)


@contextmanager
def reading() -> Generator[tuple[str, dict[str, Any], Callable[[], bool]]]:
    """Nobody answers."""
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        yield server.base_url, {}, lambda: server.requests_fully_read > 0


@contextmanager
def reading_the_body() -> Generator[tuple[str, dict[str, Any], Callable[[], bool]]]:
    """The response breaks off."""
    with FaultServer(cut_body(b"{" + b" " * 90, 50, STAY_SILENT)) as server:
        yield server.base_url, {}, lambda: server.requests_fully_read > 0


PHASES = [connecting, writing, reading, reading_the_body]


def wait_for(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__)
@pytest.mark.parametrize("way", ASYNC_WAYS)
def test_a_cancellation(watch: Watch, phase: Any, way: str) -> None:
    async def cancelled(client: Driven, keywords: dict[str, Any], reached: Callable[[], bool]) -> BaseException:
        async_client: Any = client.client
        sending = asyncio.create_task(async_client.messages.send(**SECRETS.message, **keywords))
        await asyncio.to_thread(wait_for, reached)
        sending.cancel()
        try:
            await sending
        except asyncio.CancelledError as error:
            return error
        raise AssertionError("it was not cancelled")

    with asyncio.Runner() as runner:
        senders = Senders(way, runner)
        with phase() as (base_url, keywords, reached):
            client = senders.make(base_url, on_event=watch.events.append, connect_timeout=30, verify=NOBODY_TRUSTED)
            error = runner.run(cancelled(client, keywords, reached))
            senders.close()
    watch.assert_discreet(error)


class SurpriseError(Exception):
    """What a signal handler raises."""


def check_raised(watch: Watch, phase: Any, way: str, raised: type[BaseException]) -> None:
    """Send with the secrets, and let a signal handler raise when the phase is reached; look at what the send raised."""

    def handle(number: int, frame: FrameType | None) -> None:
        raise raised

    main = threading.main_thread().ident or 0
    earlier = signal.signal(signal.SIGUSR1, handle)
    try:
        with asyncio.Runner() as runner, phase() as (base_url, keywords, reached):
            senders = Senders(way, runner)
            client = senders.make(base_url, on_event=watch.events.append, connect_timeout=30, verify=NOBODY_TRUSTED)

            def interrupt_when_reached() -> None:
                wait_for(reached)
                signal.pthread_kill(main, signal.SIGUSR1)

            interrupting = threading.Thread(target=interrupt_when_reached)
            interrupting.start()
            with pytest.raises(BaseException) as caught:
                client.send(**SECRETS.message, **keywords)
            interrupting.join()
            senders.close()
    finally:
        signal.signal(signal.SIGUSR1, earlier)
    cause: BaseException | None = caught.value
    while cause is not None and not isinstance(cause, raised):
        cause = cause.__cause__
    assert isinstance(cause, raised)
    watch.assert_discreet(caught.value)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SurpriseError], ids=["an interrupt", "an exception"])
@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__)
@pytest.mark.parametrize("way", SYNC_WAYS)
def test_what_a_signal_handler_raises(watch: Watch, phase: Any, way: str, raised: type[BaseException]) -> None:
    # Within `socket.create_connection` it loses the socket, and nobody can close it then. The exception keeps it alive,
    # by the handler's frame: both have to be gone before warnings count again.
    with unclosed_ignored():
        check_raised(watch, phase, way, raised)
