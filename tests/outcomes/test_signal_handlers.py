"""A signal handler that raises, in the middle of a write: what it raises says nothing about what the network took."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

from carrierx import CarrierXClient, CarrierXError, Outcome, RetryPolicy
from tests.outcomes.ways import FROM, TEXT, TO, TOKEN
from tests.support.fault_server import FaultServer

RAISED = [TimeoutError("by signal.alarm"), BrokenPipeError(32, "Broken pipe"), ConnectionResetError(104, "reset")]


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, BaseException], None]]:
    """Arranges that a handler raises this, right after the operating system took the bytes of that write."""
    plan: dict[int, BaseException] = {}
    writes = 0

    def handle(number: int, frame: FrameType | None) -> None:
        raise plan.pop(writes)

    class SignalledSocket(socket.socket):
        def send(self, data: "bytes | bytearray | memoryview", flags: int = 0, /) -> int:  # type: ignore[override]
            nonlocal writes
            sent = super().send(data, flags)
            writes += 1
            if writes in plan:
                signal.raise_signal(signal.SIGALRM)
            return sent

    connect = socket.create_connection

    def connect_signalled(*args: object, **keywords: object) -> socket.socket:
        connection = connect(*args, **keywords)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        timeout = connection.gettimeout()
        made = SignalledSocket(connection.family, connection.type, connection.proto, fileno=connection.detach())
        made.settimeout(timeout)
        return made

    def arrange(write: int, raised: BaseException) -> None:
        plan[write] = raised

    earlier = signal.signal(signal.SIGALRM, handle)
    monkeypatch.setattr(socket, "create_connection", connect_signalled)
    yield arrange
    signal.signal(signal.SIGALRM, earlier)


@pytest.mark.parametrize("raised", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("write", [1, 2], ids=["all but the last byte", "the last byte"])
def test_a_handler_that_raises_during_a_write_never_makes_two_texts_of_one(
    signalled: Callable[[int, BaseException], None], write: int, raised: BaseException
) -> None:
    signalled(write, raised)
    policy = RetryPolicy(max_retries=2, first_wait=0.0)
    with FaultServer() as server:
        outcome = Outcome.ACCEPTED
        with CarrierXClient(TOKEN, base_url=server.base_url, retry_policy=policy, timeout=1.0) as client:
            try:
                client.messages.send(from_=FROM, to=TO, message=TEXT)
            except CarrierXError as error:
                outcome = error.outcome or outcome
        server.settle()
        assert server.requests_fully_read == 1
    if write == 2:
        # What the operating system took is out, whatever the handler says.
        assert outcome in (Outcome.UNKNOWN, Outcome.ACCEPTED)


@pytest.mark.parametrize("raised", ["ValueError", "TimeoutError", "KeyboardInterrupt"])
def test_handlers_that_raise_at_any_moment_neither_stop_the_client_nor_make_it_say_too_much(raised: str) -> None:
    # The locks of coverage are not made for exceptions at any moment.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.outcomes.signal_storm", raised],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "nothing too much was said\n"), done.stderr + done.stdout
