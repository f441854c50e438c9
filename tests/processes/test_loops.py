"""One async client in several event loops, one after the other."""

from __future__ import annotations

import asyncio
import gc
import os
import warnings

import httpx
import pytest

from carrierx import AsyncCarrierXClient, ConfigurationError, Message, Outcome
from carrierx.emulator import DEMO_TOKEN
from tests.processes.scripts import run
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS


async def send(client: AsyncCarrierXClient, count: int = 3) -> list[Message]:
    return await asyncio.gather(*(client.messages.send(**SMS, user_data=str(number)) for number in range(count)))


def test_one_client_serves_three_loops_and_leaves_nothing_open() -> None:
    with FaultServer() as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_retries=0)
        for _ in range(3):
            sent = asyncio.run(send(client))
            assert [message.user_data for message in sent] == ["0", "1", "2"]
            gc.collect()
        server.settle()
        assert server.requests_fully_read == 9
    del client
    gc.collect()
    assert [str(warning.message) for warning in caught] == []


def test_copies_share_a_loops_connections() -> None:
    with FaultServer() as server:
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_retries=0)

        async def work() -> None:
            await client.messages.send(**SMS)
            await client.with_options(timeout=5).messages.send(**SMS)

        asyncio.run(work())
        asyncio.run(work())
        assert (server.requests_fully_read, server.connections) == (4, 2)


def test_a_factory_is_called_once_a_loop() -> None:
    made: list[httpx.AsyncClient] = []

    def make() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient())
        return made[-1]

    with FaultServer() as server:
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, http_client=make, max_retries=0)
        for _ in range(2):
            asyncio.run(send(client))
        assert server.requests_fully_read == 6
    assert [http.is_closed for http in made] == [True, True]


def test_an_injected_client_is_refused_in_another_loop_before_a_byte_leaves() -> None:
    with FaultServer() as server, asyncio.Runner() as first, asyncio.Runner() as second:
        http = httpx.AsyncClient()
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, http_client=http)
        first.run(send(client, 1))
        with pytest.raises(ConfigurationError, match="another event loop") as caught:
            second.run(client.messages.send(**SMS, reference="order-17"))
        assert (caught.value.outcome, caught.value.reference) == (Outcome.NOT_SENT, "order-17")
        first.run(send(client, 1))
        first.run(http.aclose())
        assert server.requests_started == 2


def test_without_an_asyncio_loop_the_error_says_what_to_use() -> None:
    client = AsyncCarrierXClient(DEMO_TOKEN, base_url="http://127.0.0.1:9")
    sending = client.messages.send(**SMS)
    with pytest.raises(ConfigurationError, match="no asyncio event loop is running"):
        sending.send(None)


MANY_LOOPS = """
import gc

# A loop that is closed like this has its own complaint about what it left open, when it is collected. Nothing is, here.
gc.disable()
client = AsyncCarrierXClient("token", base_url=BASE_URL, async_backend=backend, max_retries=0)


def sockets():
    links = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
    return sum(os.readlink(link).startswith("socket:") for link in links if os.path.lexists(link))


counts = []
for _ in range(12):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(client.messages.send(**SMS))
    loop.close()
    counts.append(sockets())
assert max(counts[1:]) <= counts[0] + 1, counts
print("none kept", end="", flush=True)
os._exit(0)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts the open sockets, as Linux lists them")
@pytest.mark.parametrize("backend", ["httpx", "aiohttp"])
def test_loops_that_are_closed_without_a_farewell_keep_no_sockets(backend: str) -> None:
    with FaultServer() as server:
        assert run(f"backend = {backend!r}\n{MANY_LOOPS}", server.base_url) == "none kept"
        assert server.requests_fully_read == 12
