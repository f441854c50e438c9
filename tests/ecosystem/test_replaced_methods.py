"""`unittest.mock` can replace a client, its resources and their methods."""

from __future__ import annotations

from unittest import mock

import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS

RESOURCES = (
    *("messages", "files", "containers", "detail_records", "dids", "external_dids", "rates", "ratings", "lookup"),
    *("verification", "partners", "did_groups", "short_codes", "access_control", "tokens"),
)


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


@pytest.mark.parametrize("client_class", [CarrierXClient, AsyncCarrierXClient])
def test_a_mock_with_a_clients_specification_has_every_resource(client_class: type) -> None:
    client = mock.Mock(spec=client_class)
    assert all(isinstance(getattr(client, name), mock.Mock) for name in RESOURCES)


def test_an_autospecced_client_knows_the_methods_of_its_resources_and_their_arguments() -> None:
    client = mock.create_autospec(CarrierXClient, instance=True, spec_set=True)
    client.messages.send.return_value = mock.sentinel.sent
    assert client.messages.send(**SMS) is mock.sentinel.sent
    client.messages.send.assert_called_once_with(**SMS)
    with pytest.raises(AttributeError, match="sendd"):
        client.messages.sendd(**SMS)


async def test_the_methods_of_an_autospecced_async_client_are_awaited() -> None:
    client = mock.create_autospec(AsyncCarrierXClient, instance=True)
    client.messages.send.return_value = mock.sentinel.sent
    assert await client.messages.send(**SMS) is mock.sentinel.sent
    client.messages.send.assert_awaited_once_with(**SMS)


def test_a_resource_replaced_on_the_class_is_replaced_in_every_client(server: FaultServer) -> None:
    early = CarrierXClient("any", base_url=server.base_url)
    with mock.patch.object(CarrierXClient, "messages") as messages:
        late = CarrierXClient("any", base_url=server.base_url)
        early.messages.send(**SMS)
        late.messages.send(**SMS)
    assert messages.send.call_count == 2
    assert server.connections == 0


def test_a_resource_of_one_client_can_be_replaced(server: FaultServer) -> None:
    client = CarrierXClient("any", base_url=server.base_url)
    with mock.patch.object(client, "messages") as messages:
        client.messages.send(**SMS)
    messages.send.assert_called_once_with(**SMS)
    assert server.connections == 0
    assert client.messages is client.messages
    assert not isinstance(client.messages, mock.Mock)
