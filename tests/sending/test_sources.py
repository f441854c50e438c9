"""Where the requests come from: lists, generators that raise, async generators, sources that wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, ConfigurationError, InvalidArgumentError, Outcome
from carrierx.emulator import DEMO_TOKEN, AsyncEmulatorTransport, Emulator
from carrierx.sending.async_batch import AsyncSendBatch
from tests.sending.batches import FROM, TO, Batch, as_async, indices, results_of, send_many, text, texts
from tests.support.client_factory import ClientFactory


def until_it_breaks(count: int, error: BaseException) -> Iterator[dict[str, object]]:
    yield from texts(count)
    raise error


def read_until_it_raises(batch: Batch) -> tuple[list[Any], BaseException | None]:
    read: list[Any] = []
    try:
        for result in batch:
            read.append(result)
    except BaseException as error:  # noqa: BLE001 - whatever the source raised
        return read, error
    return read, None


@pytest.mark.parametrize("error", [ZeroDivisionError("in the middle"), SystemExit(3), KeyboardInterrupt()])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_generator_that_raises_is_heard_after_the_results(
    factory: ClientFactory, emulator: Emulator, concurrency: int, error: BaseException
) -> None:
    with send_many(factory, factory.over(emulator), until_it_breaks(9, error), concurrency=concurrency) as batch:
        read, raised = read_until_it_raises(batch)
        again = list(batch)

    assert raised is error
    assert indices(read) == list(range(9))
    assert all(result.ok for result in read)
    assert (again, batch.unread, batch.taken, len(emulator.messages)) == ([], (), 9, 9)


async def read_async(read: list[Any], batch: AsyncSendBatch) -> None:
    async for result in batch:
        read.append(result)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_generator_that_raises_at_once_is_heard(factory: ClientFactory, emulator: Emulator, is_async: bool) -> None:
    error = ZeroDivisionError("at once")
    source = until_it_breaks(0, error)
    given = as_async(source) if is_async and factory.kind == "async" else source
    with send_many(factory, factory.over(emulator), given) as batch:
        assert read_until_it_raises(batch) == ([], error)


def test_an_error_of_the_source_that_was_not_come_to_is_dropped_on_leaving(
    factory: ClientFactory, emulator: Emulator
) -> None:
    with send_many(factory, factory.over(emulator), until_it_breaks(3, ZeroDivisionError())) as batch:
        first = next(batch)
        batch.idle(0.02)

    assert indices([first], batch.unread) == [0, 1, 2]
    assert list(batch) == []


@pytest.fixture
def client(emulator: Emulator) -> AsyncCarrierXClient:
    return AsyncCarrierXClient(DEMO_TOKEN, http_client=httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator)))


@pytest.mark.parametrize("concurrency", [1, 7])
async def test_an_async_generator_is_gone_through(client: AsyncCarrierXClient, concurrency: int) -> None:
    async with client.messages.send_many(as_async(texts(20)), concurrency=concurrency) as batch:
        results = [result async for result in batch]

    assert indices(results) == list(range(20))
    assert all(result.ok for result in results)


async def test_an_async_generator_that_raises_is_heard_after_the_results(client: AsyncCarrierXClient) -> None:
    error = ZeroDivisionError("in the middle")
    read: list[Any] = []

    async with client.messages.send_many(as_async(until_it_breaks(5, error)), concurrency=3) as batch:
        with pytest.raises(ZeroDivisionError) as caught:
            await read_async(read, batch)

    assert caught.value is error
    assert indices(read) == list(range(5))


async def test_a_source_that_was_cancelled_itself_is_not_taken_for_finished(client: AsyncCarrierXClient) -> None:
    async def from_a_cancelled_task() -> AsyncIterator[dict[str, object]]:
        yield text(0)
        work = asyncio.create_task(asyncio.sleep(60))
        work.cancel()
        await work

    read: list[Any] = []
    async with client.messages.send_many(from_a_cancelled_task(), concurrency=4) as batch:
        with pytest.raises(asyncio.CancelledError):
            await read_async(read, batch)

    assert indices(read) == [0]


async def test_leaving_does_not_wait_for_a_source_that_waits_for_ever(client: AsyncCarrierXClient) -> None:
    queue: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    queue.put_nowait(text(0))
    cancelled: list[bool] = []

    async def from_queue() -> AsyncIterator[dict[str, object]]:
        try:
            while True:
                yield await queue.get()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async with asyncio.timeout(5):
        async with client.messages.send_many(from_queue(), concurrency=3) as batch:
            async for result in batch:
                assert result.ok
                break

    assert (batch.taken, batch.unread, cancelled) == (1, (), [True])


def test_the_sync_client_refuses_an_async_iterable() -> None:
    requests: Any = as_async(texts(1))
    with CarrierXClient(DEMO_TOKEN) as client, pytest.raises(InvalidArgumentError, match="needs the async client"):
        client.messages.send_many(requests)


def test_a_source_may_read_what_the_batch_has_done_so_far(factory: ClientFactory, emulator: Emulator) -> None:
    """It runs in a worker, and nothing that it may look at is locked meanwhile."""
    seen: list[int] = []

    def looking() -> Iterator[dict[str, object]]:
        for fields in texts(5):
            seen.append(batch.taken)
            assert batch.unread == ()
            yield fields

    batch = send_many(factory, factory.over(emulator), looking(), concurrency=2)
    with batch:
        assert indices(batch) == list(range(5))

    assert seen == list(range(5))


def test_a_source_may_send_by_itself(factory: ClientFactory, emulator: Emulator) -> None:
    client = factory.over(emulator)

    def sending() -> Iterator[dict[str, object]]:
        for fields in texts(3):
            if isinstance(client.client, CarrierXClient):
                client.client.messages.send(from_="15162065575", to="15162065574", message="by itself")
            yield fields

    assert len(results_of(factory, client, sending(), concurrency=2)) == 3


def reusing(count: int) -> Iterator[dict[str, object]]:
    """Give one mapping again and again, with other fields in it, as a reader of rows may."""
    urls: list[str] = []
    row: dict[str, object] = {"from": FROM, "to": TO, "media_urls": urls}
    for number in range(count):
        row["message"] = f"Hello {number}"
        urls[:] = [f"https://example.com/{number}.png"]
        yield row
    row.clear()
    urls.clear()


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_mapping_that_is_used_again_is_sent_as_it_was_when_it_was_given(
    factory: ClientFactory, emulator: Emulator, concurrency: int, is_async: bool
) -> None:
    source = as_async(reusing(30)) if is_async and factory.kind == "async" else reusing(30)
    client = factory.over(emulator, media_check="off")

    results = results_of(factory, client, source, concurrency=concurrency)

    given: list[Any] = [result.request for result in results]
    assert [fields["message"] for fields in given] == [f"Hello {number}" for number in range(30)]
    assert [fields["media_urls"] for fields in given] == [[f"https://example.com/{n}.png"] for n in range(30)]
    assert [result.message.message for result in results] == [f"Hello {number}" for number in range(30)]
    assert sorted(str(message["message"]) for message in emulator.messages) == sorted(f["message"] for f in given)


class Unreadable(Mapping[str, object]):
    """A mapping that fails when it is read."""

    def __getitem__(self, name: str) -> object:
        raise ZeroDivisionError("no such row")

    def __iter__(self) -> Iterator[str]:
        return iter(("from", "to", "message"))

    def __len__(self) -> int:
        return 3


def test_a_mapping_that_cannot_be_read_is_one_result(factory: ClientFactory, emulator: Emulator) -> None:
    given = [text(0), Unreadable(), text(2)]
    results = results_of(factory, factory.over(emulator), given)
    assert [result.ok for result in results] == [True, False, True]
    assert isinstance(results[1].error, ZeroDivisionError)
    assert results[1].request is given[1]
    assert results[1].outcome is Outcome.NOT_SENT


def test_without_an_asyncio_loop_an_async_batch_says_so() -> None:
    client = AsyncCarrierXClient(DEMO_TOKEN)
    # Under another library's loop a coroutine is stepped without asyncio's knowing.
    with pytest.raises(ConfigurationError, match=r"no asyncio event loop is running.*Under trio"):
        client.messages.send_many(texts(1)).__aenter__().send(None)
