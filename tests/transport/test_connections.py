"""Connections: kept while the server keeps them, and given up before it does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from carrierx import AsyncCarrierXClient, ExchangeTimeoutError, Message, Outcome
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, serve
from tests.support.behaviours import READ_REQUEST, Behaviour, behave, pause, respond_sms, respond_then_close_idle
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address
from tests.support.scripts import SMS
from tests.support.waits import wait_for_a_request

KEPT = "timeout=60, max=100"


def test_one_connection_serves_one_send_after_the_other(factory: ClientFactory) -> None:
    with FaultServer() as server:
        client = factory.at(server.base_url)
        for _ in range(5):
            client.send(**SMS)
        assert (server.requests_fully_read, server.connections) == (5, 1)


def test_the_client_works_against_a_real_server(factory: ClientFactory) -> None:
    with Emulator(EmulatorConfig(strict_query=True)) as emulator, serve(emulator) as running:
        client = factory.at(running.base_url)
        sent = client.send(**SMS, reference="order-17")
        found = client.reconcile("order-17", settle=0)
        assert found is not None
        assert found.message_sid == client.get(sent.message_sid).message_sid == sent.message_sid
        assert [message.message_sid for message in client.iterate(page_size=1)] == [sent.message_sid]


@pytest.mark.parametrize(
    ("stated", "connections"),
    [("timeout=1", 2), ("timeout=0", 2), ("max=5, Timeout=1", 2), (KEPT, 1), ("soon", 1), ("timeout=x", 1)],
)
def test_a_connection_is_given_up_before_the_server_closes_it(
    factory: ClientFactory, stated: str, connections: int
) -> None:
    with FaultServer(respond_sms(headers=[("Keep-Alive", stated)])) as server:
        client = factory.at(server.base_url)
        client.send(**SMS)
        client.send(**SMS)
        assert (server.requests_fully_read, server.connections) == (2, connections)


def test_a_server_that_announces_its_idle_time_is_never_met_half_way(factory: ClientFactory) -> None:
    with FaultServer(respond_then_close_idle(0.05, announced=1)) as server:
        client = factory.at(server.base_url, max_retries=0)
        for _ in range(3):
            client.send(**SMS)
        assert server.connections == 3


def answered_after(seconds: float) -> Behaviour:
    """Answer with an SMS object, but only after a while."""
    return behave(READ_REQUEST, pause(seconds), respond_sms().steps[-1])


async def send_at_once(client: AsyncCarrierXClient, count: int) -> Sequence[Message]:
    return await asyncio.gather(*(client.messages.send(**SMS, user_data=str(number)) for number in range(count)))


async def test_sends_at_once_get_each_their_own_answer_over_few_connections() -> None:
    with FaultServer() as server:
        async with AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url) as client:
            for _ in range(3):
                sent = await send_at_once(client, 20)
                assert [message.user_data for message in sent] == [str(number) for number in range(20)]
        assert server.requests_fully_read == 60
        assert server.connections <= 20


@pytest.mark.parametrize("most", [1, 3, 8, 11])
async def test_no_more_connections_are_opened_than_allowed(most: int) -> None:
    with FaultServer(answered_after(0.01)) as server:
        async with AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_connections=most) as client:
            sent = await send_at_once(client, 20)
        assert [message.user_data for message in sent] == [str(number) for number in range(20)]
        assert server.requests_fully_read == 20
        assert server.connections == most


async def test_waiting_sends_are_spread_over_the_connections_that_there_are() -> None:
    with FaultServer(answered_after(0.02)) as server:
        async with AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_connections=9) as client:
            await send_at_once(client, 18)
        served = Counter(request.connection for request in server.requests)
        assert len(served) == 9
        # Two each, give or take; never half of all behind the same connection.
        assert max(served.values()) < 9


async def test_a_send_that_gets_no_connection_in_time_was_not_sent() -> None:
    with FaultServer(answered_after(0.3)) as server:
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_connections=1, max_retries=0)
        async with client:
            first = asyncio.create_task(client.messages.send(**SMS))
            await asyncio.to_thread(wait_for_a_request, server)
            with pytest.raises(ExchangeTimeoutError, match="all connections were busy") as caught:
                await client.messages.send(**SMS, timeout=0.05)
            await first
        assert server.requests_fully_read == 1
    assert (caught.value.outcome, caught.value.safe_to_resend) == (Outcome.NOT_SENT, True)


def test_a_server_that_is_not_there_is_tried_as_often_as_allowed(factory: ClientFactory) -> None:
    with refusing_address() as address:
        client = factory.at(address.base_url)
        with pytest.raises(Exception, match=r"could not connect to 127\.0\.0\.1:\d+: connection refused") as caught:
            client.send(**SMS, max_retries=0)
    assert getattr(caught.value, "safe_to_resend", None) is True
