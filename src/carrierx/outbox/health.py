"""The health of an outbox: limits for its numbers, and a route for load balancers and monitors.

    from carrierx.outbox import Outbox
    from carrierx.outbox.health import OutboxHealth

    app = OutboxHealth(Outbox("sqlite:///texts.db"), max_age=300, max_review=0)

`app` is an ASGI application. Mount it in your own, or let a server run it alone.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from carrierx.errors import ConfigurationError
from carrierx.options import check_count, check_seconds
from carrierx.outbox.events import logger

if TYPE_CHECKING:
    from carrierx.outbox.outbox import Outbox
    from carrierx.outbox.ports import OutboxStats

__all__ = ["HealthReport", "OutboxHealth"]

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]

_KEPT_FOR: Final = 1.0
"""Seconds for which the numbers of one reading answer more requests, so that many monitors cost as much as one."""


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The health of an outbox.

    Attributes:
        problems: What is wrong; empty if nothing is: `age`, `unknown` and `review` for a number above its limit,
            `paused` and `lost_commits` if nothing is sent until a person acts.
        stats: The outbox's numbers.
    """

    problems: tuple[str, ...]
    stats: OutboxStats

    @property
    def healthy(self) -> bool:
        """True if nothing is wrong."""
        return not self.problems


class OutboxHealth:
    """Compares the numbers of an outbox with limits, in your program or as an ASGI application.

    As an application it answers 200 if all is well, otherwise 503, with the numbers as JSON. The answer contains no
    phone number, text or key. The database is read in a thread of its own, so it doesn't block the event loop. If it
    doesn't answer, the response is 503, too.

    Let it watch workers, or alert people. If it decides whether your web application gets requests, a long queue takes
    the application offline.

    Args:
        outbox: The outbox.
        max_age: The most seconds that a message may have been due. None for no limit.
        max_unknown: The most messages that may be unknown. None for no limit.
        max_review: The most messages that may wait for a person. None for no limit.
        timeout: The seconds after which the application answers 503 if the database doesn't answer.

    Raises:
        ConfigurationError: A limit is out of range.

    Example:
        >>> import tempfile
        >>> from carrierx.outbox import Outbox
        >>> outbox = Outbox(f"sqlite:///{tempfile.mkdtemp()}/texts.db")
        >>> outbox.create_schema()
        True
        >>> OutboxHealth(outbox, max_age=300).check().healthy
        True
        >>> outbox.pause()
        >>> OutboxHealth(outbox, max_age=300).check().problems
        ('paused',)
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        max_age: float | None = None,
        max_unknown: int | None = None,
        max_review: int | None = None,
        timeout: float = 5.0,
    ) -> None:
        if max_age is not None:
            check_seconds("max_age", max_age, ConfigurationError, zero_allowed=True)
        for name, limit in (("max_unknown", max_unknown), ("max_review", max_review)):
            if limit is not None:
                check_count(name, limit, ConfigurationError)
        check_seconds("timeout", timeout, ConfigurationError)
        self._outbox = outbox
        self._max_age = max_age
        self._max_unknown = max_unknown
        self._max_review = max_review
        self._timeout = timeout
        self._lock = threading.Lock()
        self._reading: Future[HealthReport | None] | None = None
        self._read_at = 0.0

    def check(self, *, quick: bool = True) -> HealthReport:
        """Read the numbers and compare them with the limits.

        Args:
            quick: Don't count the messages that are done, as in `Outbox.stats`.

        Raises:
            OutboxSchemaError: The tables are missing.
            OutboxUnavailableError: The database can't be used.
        """
        stats = self._outbox.stats(quick=quick)
        numbers: tuple[tuple[str, float, float | None], ...] = (
            ("age", stats.oldest_due_seconds, self._max_age),
            ("unknown", stats.unknown, self._max_unknown),
            ("review", stats.review, self._max_review),
        )
        problems = [name for name, number, limit in numbers if limit is not None and number > limit]
        if stats.paused is not None:
            problems.append("paused")
        if stats.lost_commits:
            problems.append("lost_commits")
        return HealthReport(tuple(problems), stats)

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer a request: this is the ASGI application."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        elif scope["type"] == "http":
            method = scope["method"]
            if method in ("GET", "HEAD"):
                status, document = await self._answer()
                await _respond(send, status, document, with_body=method == "GET")
            else:
                await _respond(send, 405, {"status": "method_not_allowed"}, ((b"allow", b"GET, HEAD"),))

    async def _answer(self) -> tuple[int, dict[str, object]]:
        report: HealthReport | None = None
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                report = await asyncio.wrap_future(self._read())
        if report is None:
            return 503, {"status": "unavailable", "problems": ["database"]}
        stats = report.stats
        return 200 if report.healthy else 503, {
            "status": "healthy" if report.healthy else "unhealthy",
            "problems": list(report.problems),
            "counts": {state.value: count for state, count in stats.counts.items()},
            "due": stats.due,
            "oldest_due_seconds": round(stats.oldest_due_seconds, 3),
            "accepted_last_minute": stats.accepted_last_minute,
            "paused": stats.paused is not None,
            "lost_commits": stats.lost_commits,
        }

    def _read(self) -> Future[HealthReport | None]:
        """Return the reading in progress, the one just made, or a new one: there is never more than one thread."""
        with self._lock:
            reading = self._reading
            if reading is None or (reading.done() and time.monotonic() - self._read_at > _KEPT_FOR):
                reading = self._reading = Future()
                reading.set_running_or_notify_cancel()  # a request that is cancelled must not cancel it for others
                # A daemon: a database that hangs must not keep the process from ending.
                threading.Thread(target=self._run, args=(reading,), name="carrierx-outbox-health", daemon=True).start()
            return reading

    def _run(self, reading: Future[HealthReport | None]) -> None:
        report: HealthReport | None = None
        try:
            report = self.check()
        except Exception as error:  # noqa: BLE001 - the answer is 503, whatever it is
            with suppress(Exception):
                logger.warning("outbox health: the database can't be read: %s", type(error).__name__)
        finally:
            self._read_at = time.monotonic()
            reading.set_result(report)


async def _live(receive: _Receive, send: _Send) -> None:
    """Take part in the server's start and end, with nothing to do at either."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _respond(
    send: _Send,
    status: int,
    document: dict[str, object],
    headers: tuple[tuple[bytes, bytes], ...] = (),
    *,
    with_body: bool = True,
) -> None:
    body = json.dumps(document).encode()
    usual = (
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    )
    await send({"type": "http.response.start", "status": status, "headers": [*usual, *headers]})
    await send({"type": "http.response.body", "body": body if with_body else b""})
