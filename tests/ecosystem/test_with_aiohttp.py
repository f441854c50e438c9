"""What is made for httpx doesn't see `async_backend="aiohttp"`. These tests pin what the documentation says of that."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import respx

from carrierx import AsyncCarrierXClient, ExchangeFailedError
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS


@pytest.fixture
async def client(server: FaultServer) -> AsyncIterator[AsyncCarrierXClient]:
    async with AsyncCarrierXClient(
        "any", base_url=server.base_url, async_backend="aiohttp", max_retries=0, trust_env=False
    ) as made:
        yield made


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
async def test_respx_does_not_see_it(client: AsyncCarrierXClient, server: FaultServer, using: str) -> None:
    with respx.mock(using=using, assert_all_called=False) as router:
        route = router.post(f"{server.base_url}/sms/messages").respond(500)
        await client.messages.send(**SMS)

    assert (route.called, server.requests_fully_read) == (False, 1)


async def test_vcrpy_cannot_record_it_and_nothing_is_sent(
    client: AsyncCarrierXClient, server: FaultServer, tmp_path: Path
) -> None:
    vcr: Any = importlib.import_module("vcr")  # it has no types
    with vcr.use_cassette(str(tmp_path / "sent.yaml")), pytest.raises(ExchangeFailedError, match="was not sent"):
        await client.messages.send(**SMS)

    assert server.connections == 0


async def test_send_can_be_replaced(client: AsyncCarrierXClient, server: FaultServer) -> None:
    with mock.patch.object(client.messages, "send", autospec=True, return_value=mock.sentinel.sent) as send:
        assert await client.messages.send(**SMS) is mock.sentinel.sent

    send.assert_awaited_once_with(**SMS)
    assert server.connections == 0
