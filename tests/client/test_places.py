"""Places: who finds none waits for the next, the warmest is taken first, and what is left alone is closed."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpcore
import pytest

from carrierx import AsyncCarrierXClient
from carrierx.emulator import DEMO_TOKEN
from carrierx.transport.http_library import own_lines, places
from carrierx.transport.http_library.places import AsyncPlaces, Place, SyncPlaces
from tests.client.scripts import SMS
from tests.client.waits import wait_for_a_request
from tests.support.behaviours import drip_body, respond_sms
from tests.support.fault_server import FaultServer


class Pool:
    """Stands for a pool of one connection."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


class Clock:
    """Stands for the module `time` of places."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(places, "time", clock)
    return clock


def sync_places(count: int) -> SyncPlaces[Pool]:
    return SyncPlaces(Pool, Pool.close, count, idle_seconds=5.0)


def taken(place: Place[Pool] | None) -> Place[Pool]:
    assert place is not None
    return place


class TestThreads:
    def test_the_place_given_back_last_is_taken_first(self) -> None:
        free = sync_places(9)
        first, second = taken(free.take()), taken(free.take())
        free.give_back(second)
        free.give_back(first)
        assert [free.take(), free.take()] == [first, second]

    def test_there_are_no_more_than_so_many(self) -> None:
        free = sync_places(2)
        assert [free.take() is None for _ in range(3)] == [False, False, True]

    def test_who_waits_in_vain_is_told(self) -> None:
        free = sync_places(1)
        place = taken(free.take())
        with pytest.raises(httpcore.PoolTimeout):
            free.wait(0.01)
        free.give_back(place)
        assert free.take() is place  # and not handed to the one who left

    def test_a_place_goes_to_the_one_who_has_waited_longest(self) -> None:
        free = sync_places(1)
        place = taken(free.take())
        served: list[int] = []

        def wait(number: int) -> None:
            mine = free.wait(20)
            served.append(number)
            free.give_back(mine)

        threads = [threading.Thread(target=wait, args=[number]) for number in range(3)]
        for count, thread in enumerate(threads, 1):
            thread.start()
            while free.waiting < count:
                pass
        free.give_back(place)
        for thread in threads:
            thread.join(20)
        assert served == [0, 1, 2]

    def test_no_place_is_lost_or_used_twice_by_many(self) -> None:
        free = sync_places(3)
        in_use: set[int] = set()

        def work(_: int) -> bool:
            place = free.take() or free.wait(20)
            alone = id(place) not in in_use
            in_use.add(id(place))
            in_use.discard(id(place))
            free.give_back(place)
            return alone

        with ThreadPoolExecutor(12) as pool:
            assert all(pool.map(work, range(4000)))
        assert [free.take() is None for _ in range(4)] == [False, False, False, True]

    def test_a_connection_that_is_left_alone_is_closed(self, clock: Clock) -> None:
        free = sync_places(2)
        often, seldom = taken(free.take()), taken(free.take())
        free.give_back(seldom)
        free.give_back(often)
        for seconds, closed in [(3.0, False), (3.0, True), (3.0, True)]:
            clock.seconds += seconds
            place = taken(free.take())
            assert place is often
            assert seldom.pool.closed is closed
            free.give_back(place)
        assert not often.pool.closed

    def test_a_place_whose_request_failed_gets_another_pool(self) -> None:
        free = sync_places(1)
        place = taken(free.take())
        broken = place.pool
        free.give_back_broken(place)
        assert broken.closed
        assert taken(free.take()).pool is not broken


class TestTasks:
    def test_who_waits_in_vain_is_told_and_who_is_cancelled_takes_none_along(self) -> None:
        async def scene() -> None:
            free = AsyncPlaces(Pool, Pool.aclose, 1, idle_seconds=5.0)
            place = taken(await free.take())
            with pytest.raises(httpcore.PoolTimeout):
                await free.wait(0.01)
            leaving, staying = (asyncio.create_task(free.wait(20)) for _ in range(2))
            await asyncio.sleep(0)
            free.give_back(place)
            leaving.cancel()  # at the moment when its place has come
            assert await staying is place
            with pytest.raises(asyncio.CancelledError):
                await leaving
            assert await free.take() is None

        asyncio.run(scene())

    def test_a_connection_that_is_left_alone_is_closed(self, clock: Clock) -> None:
        async def scene() -> None:
            free = AsyncPlaces(Pool, Pool.aclose, 2, idle_seconds=5.0)
            often, seldom = taken(await free.take()), taken(await free.take())
            free.give_back(seldom)
            free.give_back(often)
            clock.seconds += 6
            assert await free.take() is often
            assert seldom.pool.closed

        asyncio.run(scene())


@pytest.fixture
def soon_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_lines, "KEEP_ALIVE_SECONDS", 0.2)


@pytest.mark.usefixtures("soon_idle")
def test_the_connections_of_a_rush_are_closed_when_it_is_over() -> None:
    with FaultServer() as server:

        async def scene() -> None:
            async with AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url) as client:
                await asyncio.gather(*(client.messages.send(**SMS) for _ in range(20)))
                assert server.connections > 1
                # Each send closes one at most.
                while server.open_connections > 1:
                    await asyncio.sleep(0.02)
                    await client.messages.send(**SMS)

        asyncio.run(scene())


def test_a_send_that_is_cancelled_while_its_answer_comes_in_uses_no_place_up() -> None:
    with FaultServer(drip_body(0.05), respond_sms()) as server:

        async def scene() -> None:
            async with AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_connections=1) as client:
                leaving = asyncio.create_task(client.messages.send(**SMS))
                await asyncio.to_thread(wait_for_a_request, server)
                await asyncio.sleep(0.1)
                leaving.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await leaving
                sent = await client.messages.send(**SMS, max_retries=0)
                assert sent.status == "queued"

        asyncio.run(scene())
