"""Signals that end the command: Ctrl-C, SIGTERM and SIGHUP, handled alike."""

from __future__ import annotations

import atexit
import math
import os
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any, Final

import typer

from carrierx.cli.exit_codes import ExitCode

__all__ = [
    "StoppedError",
    "deferring",
    "end_at_once_after_commands",
    "exit_code_of",
    "ignoring_further_signals",
    "note_exit_code",
    "raising_on_signals",
    "what_stopped_it",
]

_UNWINDING_TIME: Final = 2.0
"""The seconds within which the exception of a signal gets to where it's handled."""
# Windows has no SIGHUP.
_WHAT: Final = {
    "SIGINT": "You interrupted it",
    "SIGTERM": "It was terminated",
    "SIGHUP": "Its terminal was closed",
}


class StoppedError(KeyboardInterrupt):
    """SIGTERM or SIGHUP arrived. It is handled wherever Ctrl-C is.

    Attributes:
        signal_name: The signal.
    """

    def __init__(self, signal_name: str) -> None:
        super().__init__(signal_name)
        self.signal_name = signal_name


def what_stopped_it(error: KeyboardInterrupt) -> str:
    """Return the beginning of a sentence on why the command stops."""
    return _WHAT[_name_of(error)]


def exit_code_of(error: KeyboardInterrupt) -> ExitCode:
    """Return the exit code that shells use for the signal."""
    return {"SIGTERM": ExitCode.TERMINATED, "SIGHUP": ExitCode.HUNG_UP}.get(_name_of(error), ExitCode.INTERRUPTED)


def _name_of(error: KeyboardInterrupt) -> str:
    return error.signal_name if isinstance(error, StoppedError) else "SIGINT"


@dataclass(slots=True)
class _State:
    """The effect that a signal has at this moment.

    Attributes:
        raised_at: When the last one raised, by the monotonic clock.
        is_over: Whether the command's end is being reported, so that all signals are ignored.
        depth: In how many blocks that defer signals the main thread is.
        waiting: The signal that waits for the end of these blocks.
        code: The exit code of the command, once its end has been reported.
        ends_at_once: Whether a signal ends the process once the exit code is known.
    """

    raised_at: float = -math.inf
    is_over: bool = False
    depth: int = 0
    waiting: KeyboardInterrupt | None = None
    code: int | None = None
    ends_at_once: bool = False


_state: Final = _State()


@contextmanager
def raising_on_signals() -> Generator[None]:
    """Raise `KeyboardInterrupt` at the first Ctrl-C, or `StoppedError` at the first SIGTERM or SIGHUP, in the block.

    Further signals are ignored for `_UNWINDING_TIME`: they would interrupt what the first one causes, and the outcome
    would be lost. After that, another one raises: the command may have gone on, because it finishes what it sends, or
    because Python has lost the exception, for example in a `__del__` method.

    A signal that is ignored before the block stays ignored (nohup). After the block, a signal ends the process at once
    if `end_at_once_after_commands` was called, with the exit code of the block.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _state.raised_at, _state.is_over, _state.code = -math.inf, False, None
    before: dict[signal.Signals, Any] = {}
    for name in _WHAT:
        number: signal.Signals | None = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            before[number] = signal.signal(number, _raise)
    code: int = ExitCode.REFUSED  # for an error that isn't handled in the block
    try:
        yield
        code = ExitCode.DONE
    except typer.Exit as ended:
        code = ended.exit_code
        raise
    except KeyboardInterrupt as error:
        code = exit_code_of(error)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, partial(_end_at_once, code) if _state.ends_at_once else handler)


def ignoring_further_signals() -> None:
    """Ignore all signals from now on, until the exit code is known."""
    _state.is_over, _state.waiting = True, None


def note_exit_code(code: int, *, at_once: bool = False) -> None:
    """Take note of the command's exit code, after its end was reported. A signal now ends the process with it.

    Args:
        code: The exit code.
        at_once: End the process now, without waiting for sends that are still in progress.
    """
    _state.code = code
    if at_once and _state.ends_at_once:
        os._exit(code)  # what was printed has been flushed


def end_at_once_after_commands() -> None:
    """Let a signal end the process with the command's exit code, once that is known.

    The signal's own code would say that nothing is unconfirmed.
    """
    _state.ends_at_once = True
    atexit.register(_ignore_signals)


def _ignore_signals() -> None:
    """Ignore signals while the interpreter ends: it would put back their defaults, with codes of their own."""
    for name in _WHAT:
        number: signal.Signals | None = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)


def _end_at_once(code: int, _number: int, _frame: FrameType | None) -> None:
    os._exit(code)  # what was printed has been flushed


@contextmanager
def deferring() -> Generator[None]:
    """Let a signal wait until the end of the block, so that what the block prints or counts isn't lost.

    If the block raises, the signal has no further effect.
    """
    _state.depth += 1
    try:
        yield
    except BaseException:
        _state.waiting = None
        raise
    finally:
        _state.depth -= 1
    waiting = _state.waiting
    if waiting is not None and not _state.depth:
        _state.waiting = None
        _raise_unless_ignored(waiting)


def _raise(number: int, _frame: FrameType | None) -> None:
    name = signal.Signals(number).name
    error = KeyboardInterrupt() if name == "SIGINT" else StoppedError(name)
    if _state.depth:
        _state.waiting = error
    else:
        _raise_unless_ignored(error)


def _raise_unless_ignored(error: KeyboardInterrupt) -> None:
    if _state.code is not None and _state.ends_at_once:
        os._exit(_state.code)
    now = time.monotonic()
    if not _state.is_over and now - _state.raised_at >= _UNWINDING_TIME:
        _state.raised_at = now
        raise error
