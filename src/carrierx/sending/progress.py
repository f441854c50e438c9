"""The progress of a batch: HTML in a notebook, a bar on a terminal, and nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Sized
from typing import TYPE_CHECKING, Any, Protocol, cast

from carrierx.notebook_html import outcome_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrierx.sending.plan import BatchCounts

__all__ = ["ProgressView", "counted_html", "length_of", "progress_view"]

_PAUSE = 0.1
"""The seconds between two changes of what is shown."""
_WIDE = 60
"""The columns of a terminal that has room for a bar and the time."""


class ProgressView(Protocol):
    """Shows the progress of a batch."""

    def show(self, counts: BatchCounts) -> None:
        """Show the results so far."""
        ...

    def close(self, counts: BatchCounts) -> None:
        """Show the results at the end."""
        ...


def progress_view(total: int | None) -> ProgressView:
    """Return the view that fits to where the program runs.

    Args:
        total: The number of messages, or None if it is unknown.
    """
    display = _notebook_display()
    if display is not None:
        return _NotebookView(total, display)
    if sys.stderr is not None and sys.stderr.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        try:
            return _TerminalView(total)
        except ImportError:  # without the extra `cli`
            return _Silence()
    return _Silence()


def length_of(requests: object) -> int | None:
    """Return the number of messages of a batch, if its iterable knows it."""
    return len(requests) if isinstance(requests, Sized) else None


def counted_html(counts: BatchCounts, total: int | None, note: str = "") -> str:
    """Return the results of a batch as HTML."""
    heading = str(counts) if total is None else f"{counts.total} of {total}: {_by_outcome(counts)}"
    return outcome_bar(heading.removesuffix(": "), counts.by_outcome(), total, note)


def _by_outcome(counts: BatchCounts) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.by_outcome().items() if count)


def _notebook_display() -> Callable[..., Any] | None:
    """Return IPython's function that displays objects if this is a notebook."""
    if "IPython" not in sys.modules:
        return None
    from IPython import display as ipython
    from IPython.core.getipython import get_ipython

    # Only a shell with a kernel has a notebook in front of it; IPython on a terminal has none.
    shows = getattr(get_ipython(), "kernel", None) is not None
    return cast("Callable[..., Any]", vars(ipython)["display"]) if shows else None


class _Html:
    """HTML with a text for where no HTML can be shown."""

    def __init__(self, html: str, text: str) -> None:
        self._html = html
        self._text = text

    def _repr_html_(self) -> str:
        return self._html

    def __repr__(self) -> str:
        return self._text


class _NotebookView:
    def __init__(self, total: int | None, display: Callable[..., Any]) -> None:
        self._total = total
        self._display = display
        self._handle: Any = None
        self._started = self._shown = time.monotonic()

    def show(self, counts: BatchCounts) -> None:
        now = time.monotonic()
        if self._handle is None or now - self._shown >= _PAUSE:
            self._shown = now
            self._write(counts, now)

    def close(self, counts: BatchCounts) -> None:
        self._write(counts, time.monotonic())

    def _write(self, counts: BatchCounts, now: float) -> None:
        seconds = now - self._started
        note = f"{seconds:.1f} s"
        if seconds > 0 and counts.total:
            note += f", {counts.total / seconds:.1f} per second"
        shown = _Html(counted_html(counts, self._total, note), f"{counts}, {note}")
        if self._handle is None:
            self._handle = self._display(shown, display_id=True)
        else:
            self._handle.update(shown)


class _TerminalView:
    def __init__(self, total: int | None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.table import Column

        console = Console(stderr=True)
        wide = (BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(
            *(wide if console.width >= _WIDE else (MofNCompleteColumn(),)),
            TextColumn("{task.description}", table_column=Column(no_wrap=False)),
            console=console,
            # What the program prints goes above the bar, but only if it goes to the terminal anyway.
            redirect_stdout=sys.stdout.isatty(),
            refresh_per_second=1 / _PAUSE,
        )
        self._task = self._progress.add_task("", total=total)
        self._progress.start()

    def show(self, counts: BatchCounts) -> None:
        self._progress.update(self._task, completed=counts.total, description=_by_outcome(counts))

    def close(self, counts: BatchCounts) -> None:
        self.show(counts)
        self._progress.stop()


class _Silence:
    def show(self, counts: BatchCounts) -> None:
        """Show nothing."""

    def close(self, counts: BatchCounts) -> None:
        """Show nothing."""
