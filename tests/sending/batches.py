"""Batches of either kind, used as if they were the sync one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

import httpx

from carrierx.sending.plan import SendResult
from tests.support.client_factory import ClientFactory, Driven
from tests.support.scripts import sms

FROM = "15162065575"
TO = "15162065574"


def text(number: int, **changes: object) -> dict[str, object]:
    """A message's fields, told apart by its text."""
    return {"from": FROM, "to": TO, "message": f"Hello {number}", **changes}


def texts(count: int) -> Iterator[dict[str, object]]:
    return (text(number) for number in range(count))


async def as_async(requests: Iterable[Any]) -> AsyncIterator[Any]:
    """Give requests one by one, with a wait before each."""
    for request in requests:
        await asyncio.sleep(0)
        yield request


class Batch:
    """A batch, sync or async."""

    def __init__(self, factory: ClientFactory, client: Driven, requests: Any, options: dict[str, Any]) -> None:
        self._factory = factory
        messages: Any = client.client.messages
        self.made = messages.send_many(requests, **options)

    @property
    def taken(self) -> int:
        return int(self.made.taken)

    @property
    def unread(self) -> tuple[SendResult, ...]:
        unread: tuple[SendResult, ...] = self.made.unread
        return unread

    def __enter__(self) -> Self:
        if self._factory.kind == "sync":
            self.made.__enter__()
        else:
            self._factory.run(self.made.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._factory.kind == "sync":
            self.made.__exit__(kind, error, traceback)
        else:
            self._factory.run(self.made.__aexit__(kind, error, traceback))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> SendResult:
        if self._factory.kind == "sync":
            return next(self.made)  # type: ignore[no-any-return]
        try:
            return self._factory.run(self.made.__anext__())  # type: ignore[no-any-return]
        except StopAsyncIteration:
            raise StopIteration from None

    def idle(self, seconds: float) -> None:
        """Let the batch go on without reading from it."""
        if self._factory.kind == "sync":
            time.sleep(seconds)
        else:
            self._factory.run(asyncio.sleep(seconds))


def send_many(factory: ClientFactory, client: Driven, requests: Any, **options: Any) -> Batch:
    return Batch(factory, client, requests, options)


def results_of(factory: ClientFactory, client: Driven, requests: Any, **options: Any) -> list[SendResult]:
    """Send all, and give the results in the order of the requests."""
    with send_many(factory, client, requests, **options) as batch:
        read = list(batch)
    assert batch.unread == ()
    assert sorted(result.index for result in read) == list(range(batch.taken))
    return sorted(read, key=lambda result: result.index)


def read_into(read: list[SendResult], batch: Batch, most: int | None = None, then: BaseException | None = None) -> None:
    """Read results, as many as there are or as are wanted; then raise an exception, if one is given."""
    for result in batch:
        read.append(result)
        if len(read) == most:
            break
    if then is not None:
        raise then


def indices(*groups: Iterable[SendResult]) -> list[int]:
    """The places of all results, sorted: each request must be there once."""
    return sorted(result.index for group in groups for result in group)


class Answerer:
    """Answers every send and remembers nothing but how many were on their way at once."""

    def __init__(self, meet: Callable[[], None] = lambda: None) -> None:
        self._meet = meet
        self._lock = threading.Lock()
        self.answered = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.answered += 1
        self._meet()
        return sms()(request)
