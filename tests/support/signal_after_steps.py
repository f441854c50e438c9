"""A signal at a certain bytecode instruction, to try every moment at which one can come."""

from __future__ import annotations

import dis
import inspect
import signal
import sys
from collections.abc import Callable, Generator
from functools import cache
from types import CodeType, FrameType
from typing import Any, TypeVar

T = TypeVar("T")


@cache
def _where_signals_are_handled(code: CodeType) -> frozenset[int]:
    """Return the offsets at which Python itself can raise a signal's exception: after calls, and at jumps back."""
    found, before = set[int](), ""
    for instruction in dis.get_instructions(code):
        if before.startswith(("CALL", "RESUME")) or instruction.opname == "JUMP_BACKWARD":
            found.add(instruction.offset)
        before = instruction.opname
    return frozenset(found)


class SignalAfterSteps:
    """Raises SIGTERM after so many bytecode instructions of some functions, as if it had come just then.

    Args:
        steps: The number of instructions after `start`.
        counts: Tells whether a function's instructions count.
        where_handled: Whether only instructions count at which Python handles signals.

    Attributes:
        remaining: How many instructions are left. Above 0, the command ended without the signal.
    """

    def __init__(self, steps: int, counts: Callable[[CodeType], bool], *, where_handled: bool = False) -> None:
        self.remaining = steps
        self._counts = counts
        self._where_handled = where_handled

    def run(self, command: Callable[[], T]) -> T:
        """Run a command, which calls `start` at some moment.

        It runs in a generator, because a generator has handled exceptions of its own. The signal's exception can leave
        a block without the instruction that forgets the block's exception. All later ones would have it as a context.
        """

        def generator() -> Generator[T]:
            yield command()

        before = sys.gettrace()
        try:
            return next(generator())
        finally:
            sys.settrace(before)

    def start(self) -> None:
        """Count from here on, also in the functions that called."""
        frame = inspect.currentframe()
        while frame is not None:
            if self._counts(frame.f_code):
                frame.f_trace = self._trace(frame, "call", None)
            frame = frame.f_back
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, _argument: object) -> Callable[..., Any] | None:
        if not self._counts(frame.f_code):
            return None
        frame.f_trace_opcodes = True
        if event != "opcode" or (self._where_handled and frame.f_lasti not in _where_signals_are_handled(frame.f_code)):
            return self._trace
        if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            self.remaining -= 1
            if self.remaining == 0:
                signal.raise_signal(signal.SIGTERM)
        return self._trace
