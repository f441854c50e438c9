"""Everything that a program, a log, an error tracker or a notebook could show of a call."""

from __future__ import annotations

import logging
import pickle
import traceback
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from rich.console import Console
from rich.pretty import Pretty

from carrierx.events import Event
from tests.privacy.secrets import SECRETS, Secrets
from tests.support.frame_secrets import secrets_in_frames

LOGGERS = ("", "carrierx", "httpx", "httpx2", "httpcore", "httpcore2", "asyncio", "aiohttp")


class Watch(logging.Handler):
    """Collects what is shown while it watches; `events` is to be filled by the client's `on_event`."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []
        self.events: list[Event] = []
        self.warned: Sequence[warnings.WarningMessage] = ()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def shown(self, *things: object) -> Iterator[tuple[str, str]]:
        """Give every text, with where it was seen."""
        for record in self.records:
            yield f"log of {record.name}", f"{logging.Formatter().format(record)} {record.args!r}"
        for event in self.events:
            yield "event", repr(event)
        for warning in self.warned:
            yield "warning", f"{warning.message} {warning.message!r}"
        for thing in things:
            yield from shown_of(thing)

    def assert_discreet(self, *things: object, secrets: Secrets = SECRETS) -> None:
        """Assert that no secret can be read anywhere, neither in the log nor in these errors and objects."""
        told = {place: found for place, text in self.shown(*things) if (found := secrets.found_in(text))}
        for error in (thing for thing in things if isinstance(thing, BaseException)):
            told |= {f"local variable {place}": [] for place in secrets_in_frames(error, secrets.all)}
        assert not told, f"secrets are shown: {told}"


@contextmanager
def watching() -> Generator[Watch]:
    """Watch all logs at DEBUG, and all warnings."""
    watch = Watch()
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    root = logging.getLogger()
    root.addHandler(watch)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            watch.warned = caught
            yield watch
    finally:
        root.removeHandler(watch)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def shown_of(thing: object) -> Iterator[tuple[str, str]]:
    """Give what can be seen of an object; of an error, also its pickle, its chain and all its attributes."""
    yield "repr", repr(thing)
    yield "str", str(thing)
    yield "format", f"{thing}"
    yield "rich", _in_rich(thing)
    if hasattr(thing, "_repr_html_"):
        yield "html", cast("Any", thing)._repr_html_()
    if hasattr(thing, "_render_traceback_"):
        yield "short traceback", "\n".join(cast("Any", thing)._render_traceback_())
    for method in ("_repr_pretty_", "_repr_json_", "_repr_markdown_", "_repr_mimebundle_"):
        assert not hasattr(thing, method), f"a notebook shows {type(thing).__name__} by {method}"
    if isinstance(thing, BaseException):
        yield "traceback", "".join(traceback.format_exception(thing))
        yield "pickle", pickle.dumps(thing, 0).decode("latin-1") + pickle.dumps(thing).decode("latin-1")
        for link in _chain(thing):
            yield f"chain: {type(link).__name__}", "".join(traceback.format_exception(link, chain=False)) + repr(link)
            yield f"attributes of {type(link).__name__}", _attributes(link)


def _chain(error: BaseException) -> list[BaseException]:
    """An error with all that hangs on it, whether or not Python would print it."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        link = waiting.pop()
        if isinstance(link, BaseException) and link not in found:
            found.append(link)
            waiting += [link.__cause__, link.__context__, *link.args]
    return found


def _attributes(error: BaseException) -> str:
    shown = [repr(error.args)]
    for value in vars(error).values():
        shown.append(repr(value))
        # A request or response of an HTTP library shows little of itself, and holds everything.
        for inner in ("headers", "content", "url"):
            try:
                shown.append(repr(getattr(value, inner, "")))
            except Exception as unreadable:  # noqa: BLE001  a response that was not read has no content
                shown.append(type(unreadable).__name__)
    return " ".join(shown)


def _in_rich(thing: object) -> str:
    console = Console(width=400, record=True, file=None, quiet=True)
    with console.capture() as capture:
        console.print(Pretty(thing))
    return capture.get() or repr(thing)
