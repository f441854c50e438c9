"""The emulator that the commands use, and their signals."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest

from carrierx.emulator import Emulator, EmulatorConfig, RunningEmulator, StatusDelays, serve


@pytest.fixture
def served() -> Iterator[RunningEmulator]:
    """An emulator on a socket. It delivers messages after a second."""
    delays = StatusDelays(timedelta(seconds=0.5), timedelta(seconds=1))
    with Emulator(EmulatorConfig(delays=delays, enabling_takes=timedelta(0))) as emulator, serve(emulator) as running:
        yield running


@pytest.fixture(autouse=True)
def signals_as_on_a_terminal() -> Iterator[None]:
    """Handle signals that whoever started the tests ignores, as `nohup` does. Child processes would ignore them."""
    names = [name for name in ("SIGHUP", "SIGINT", "SIGTERM") if hasattr(signal, name)]
    ignored = [number for name in names if signal.getsignal(number := signal.Signals[name]) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
