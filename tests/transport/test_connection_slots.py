"""Connection slots: who finds none waits for the next, the warmest comes first, and what is left alone is closed."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpcore
import pytest

from carrierx import AsyncCarrierXClient
from carrierx.emulator import DEMO_TOKEN
from carrierx.transport import connection_slots, httpx_session
from carrierx.transport.connection_slots import AsyncConnectionSlots, ConnectionSlots
from tests.support.behaviours import drip_body, respond_sms
from tests.support.clocks import SteppingClock
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS
from tests.support.waits import wait_for_a_request


class Pool:
    """Stands for a pool of one connection."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SteppingClock:
    clock = SteppingClock()
    monkeypatch.setattr(connection_slots, "time", clock)  # for the module `time`
    return clock


def sync_slots(count: int) -> ConnectionSlots[Pool]:
    return ConnectionSlots(Pool, Pool.close, count, idle_seconds=5.0)


def async_slots(count: int) -> AsyncConnectionSlots[Pool]:
    return AsyncConnectionSlots(Pool, Pool.aclose, count, idle_seconds=5.0)


class TestThreads:
    def test_the_slot_released_last_is_acquired_first(self) -> None:
        slots = sync_slots(9)
        first, second = slots.acquire(0), slots.acquire(0)
        slots.release(second)
        slots.release(first)
        assert [slots.acquire(0), slots.acquire(0)] == [first, second]

    def test_there_are_no_more_than_so_many(self) -> None:
        slots = sync_slots(2)
        held = [slots.acquire(0) for _ in range(2)]
        with pytest.raises(httpcore.PoolTimeout):
            slots.acquire(0)
        assert len(set(held)) == 2

    def test_who_waits_in_vain_is_told(self) -> None:
        slots = sync_slots(1)
        slot = slots.acquire(0)
        with pytest.raises(httpcore.PoolTimeout):
            slots.acquire(0.01)
        slots.release(slot)
        assert slots.acquire(0) is slot  # and not handed to the one who left

    def test_a_slot_goes_to_the_one_who_has_waited_longest(self) -> None:
        slots = sync_slots(1)
        slot = slots.acquire(0)
        served: list[int] = []

        def wait(number: int) -> None:
            mine = slots.acquire(20)
            served.append(number)
            slots.release(mine)

        threads = [threading.Thread(target=wait, args=[number]) for number in range(3)]
        for count, thread in enumerate(threads, 1):
            thread.start()
            while slots.waiting < count:
                pass
        slots.release(slot)
        for thread in threads:
            thread.join(20)
        assert served == [0, 1, 2]

    def test_no_slot_is_lost_or_used_twice_by_many(self) -> None:
        slots = sync_slots(3)
        in_use: set[int] = set()

        def work(_: int) -> bool:
            slot = slots.acquire(20)
            alone = id(slot) not in in_use
            in_use.add(id(slot))
            in_use.discard(id(slot))
            slots.release(slot)
            return alone

        with ThreadPoolExecutor(12) as pool:
            assert all(pool.map(work, range(4000)))
        assert len({slots.acquire(0) for _ in range(3)}) == 3

    def test_a_connection_that_is_left_alone_is_closed(self, clock: SteppingClock) -> None:
        slots = sync_slots(2)
        often, seldom = slots.acquire(0), slots.acquire(0)
        slots.release(seldom)
        slots.release(often)
        for seconds, closed in [(3.0, False), (3.0, True), (3.0, True)]:
            clock.advance(seconds)
            slot = slots.acquire(0)
            assert slot is often
            assert seldom.pool.closed is closed
            slots.release(slot)
        assert not often.pool.closed

    def test_a_slot_that_is_discarded_gets_another_pool(self) -> None:
        slots = sync_slots(1)
        slot = slots.acquire(0)
        broken = slot.pool
        slots.discard(slot)
        assert broken.closed
        assert slots.acquire(0).pool is not broken

    def test_closing_closes_what_is_free_now_and_what_is_in_use_when_it_is_released(self) -> None:
        slots = sync_slots(2)
        free, in_use = slots.acquire(0), slots.acquire(0)
        slots.release(free)
        slots.close()
        assert (free.pool.closed, in_use.pool.closed) == (True, False)
        slots.release(in_use)
        assert in_use.pool.closed

    def test_whoever_waits_is_served_after_the_closing_too(self) -> None:
        slots = sync_slots(1)
        slot = slots.acquire(0)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(slots.acquire, 20)
            while not slots.waiting:
                pass
            slots.close()
            slots.release(slot)
            assert not waiting.result(5).pool.closed


class TestTasks:
    def test_who_waits_in_vain_is_told_and_who_is_cancelled_takes_none_along(self) -> None:
        async def scene() -> None:
            slots = async_slots(1)
            slot = await slots.acquire(0)
            with pytest.raises(httpcore.PoolTimeout):
                await slots.acquire(0.01)
            leaving, staying = (asyncio.create_task(slots.acquire(20)) for _ in range(2))
            await asyncio.sleep(0)
            await slots.release(slot)
            leaving.cancel()  # at the moment when its slot has come
            assert await staying is slot
            with pytest.raises(asyncio.CancelledError):
                await leaving
            with pytest.raises(httpcore.PoolTimeout):
                await slots.acquire(0)

        asyncio.run(scene())

    def test_a_connection_that_is_left_alone_is_closed(self, clock: SteppingClock) -> None:
        async def scene() -> None:
            slots = async_slots(2)
            often, seldom = await slots.acquire(0), await slots.acquire(0)
            await slots.release(seldom)
            await slots.release(often)
            clock.advance(6)
            left_alone = seldom.pool
            assert await slots.acquire(0) is often
            await slots.release(often)
            assert left_alone.closed
            assert not often.pool.closed

        asyncio.run(scene())

    def test_closing_closes_what_is_free_now_and_what_is_in_use_when_it_is_released(self) -> None:
        async def scene() -> None:
            slots = async_slots(2)
            free, in_use = await slots.acquire(0), await slots.acquire(0)
            pools = free.pool, in_use.pool
            await slots.release(free)
            await slots.close()
            assert [pool.closed for pool in pools] == [True, False]
            await slots.release(in_use)
            assert [pool.closed for pool in pools] == [True, True]

        asyncio.run(scene())


@pytest.fixture
def soon_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx_session, "KEEP_ALIVE_SECONDS", 0.2)


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


def test_a_send_that_is_cancelled_while_its_answer_comes_in_uses_no_slot_up() -> None:
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
