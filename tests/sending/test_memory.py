"""Memory does not grow with the number of messages."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Iterator

import httpx

from tests.sending.batches import send_many, texts
from tests.support.client_factory import ClientFactory, Driven
from tests.support.scripts import sms

FEW, MANY = 120, 400


def forgetful(factory: ClientFactory) -> Driven:
    """A client that is answered by what remembers nothing."""
    transport = httpx.MockTransport(sms())
    http = httpx.Client(transport=transport) if factory.kind == "sync" else httpx.AsyncClient(transport=transport)
    return factory.make(http_client=http)


class Fields(dict[str, object]):
    """A message's fields that can be counted as long as somebody keeps them."""

    def __hash__(self) -> int:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]
        return id(self)


def test_requests_and_results_are_forgotten_when_they_are_read(factory: ClientFactory) -> None:
    alive: weakref.WeakSet[Fields] = weakref.WeakSet()
    most = 0

    def counted() -> Iterator[Fields]:
        for fields in texts(200):
            made = Fields(fields)
            alive.add(made)
            yield made

    with send_many(factory, forgetful(factory), counted(), concurrency=4) as batch:
        for result in batch:
            if result.index % 20 == 0:
                gc.collect()
                most = max(most, len(alive))

    assert 1 <= most <= 2 * 4 + 2


def test_several_times_as_many_messages_need_no_more_memory(factory: ClientFactory) -> None:
    in_use: dict[int, int] = {}
    tracemalloc.start()
    try:
        with send_many(factory, forgetful(factory), texts(MANY), concurrency=4) as batch:
            for read, _ in enumerate(batch, start=1):
                if read in (FEW, MANY - 20):
                    gc.collect()
                    in_use[read] = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    few, many = in_use.values()
    # What one message leaves behind would be some thousand bytes; the machinery of tests holds some of its own.
    assert many - few < 512 * (MANY - FEW)
