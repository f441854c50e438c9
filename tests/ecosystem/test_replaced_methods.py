"""A method of a client can be replaced by `unittest.mock`."""

from __future__ import annotations

from unittest import mock

from carrierx import AsyncCarrierXClient, CarrierXClient
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS


def test_send_can_be_replaced(server: FaultServer) -> None:
    with CarrierXClient("any", base_url=server.base_url) as client:
        with mock.patch.object(client.messages, "send", autospec=True, return_value=mock.sentinel.sent) as send:
            assert client.messages.send(**SMS) is mock.sentinel.sent
        send.assert_called_once_with(**SMS)
    assert server.connections == 0


async def test_send_of_an_async_client_can_be_replaced(server: FaultServer) -> None:
    async with AsyncCarrierXClient("any", base_url=server.base_url) as client:
        with mock.patch.object(client.messages, "send", autospec=True, return_value=mock.sentinel.sent) as send:
            assert await client.messages.send(**SMS) is mock.sentinel.sent
        send.assert_awaited_once_with(**SMS)
    assert server.connections == 0
