"""The transports for httpx and the ASGI application, without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from carrierx.emulator import (
    BASE_PATH,
    AsyncEmulatorTransport,
    Emulator,
    EmulatorConfig,
    EmulatorTransport,
    create_app,
)
from tests.emulator.helpers import SMS, accept, make_emulator
from tests.emulator.server.helpers import HEADERS, Wire, part

BASE_URL = f"https://api.carrierx.com{BASE_PATH}"


def test_httpx_calls_the_emulator(emulator: Emulator) -> None:
    with httpx.Client(transport=EmulatorTransport(emulator), base_url=BASE_URL, headers=HEADERS) as client:
        sent = client.post("/sms/messages", json=dict(SMS))
        again = client.get(f"/sms/messages/{sent.json()['message_sid']}")
        found = client.get("/sms/messages", params={"filter": 'status eq "queued"', "limit": 1})
        unknown = client.get("/sms/messages/unknown")

    assert (sent.status_code, sent.headers["content-type"]) == (200, "application/json")
    assert again.json() == sent.json()
    assert found.json()["items"] == [sent.json()]
    assert unknown.status_code == 404


def test_a_closed_client_leaves_the_emulator_open(emulator: Emulator) -> None:
    httpx.Client(transport=EmulatorTransport(emulator)).close()

    accept(emulator)


async def test_httpx_calls_the_emulator_asynchronously(emulator: Emulator) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"from":"15162065575",'
        yield b'"to":"15162065574","message":"Hi"}'

    transport = AsyncEmulatorTransport(emulator)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=HEADERS) as client:
        headers = {"Content-Type": "application/json"}
        sent = await client.post("/sms/messages", content=body(), headers=headers)
        found = await client.get("/sms/messages?limit=1")

    assert sent.status_code == 200
    assert found.json()["items"] == [sent.json()]


async def test_any_asgi_server_can_run_it(emulator: Emulator) -> None:
    transport = httpx.ASGITransport(create_app(emulator))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=HEADERS) as client:
        sent = await client.post("/sms/messages", json=dict(SMS))
        page = await client.get("/sms/messages", params={"limit": 1, "offset": 0})
        slash = await client.get("/sms/messages/a%2Fb")
        missing = await client.get("/elsewhere")
        wrong = await client.delete("/sms/messages")

    assert page.json()["items"] == [sent.json()]
    assert slash.json()["message"] == "no item error"
    assert (missing.status_code, missing.json()["message"]) == (404, "Not Found")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")


async def test_a_server_without_raw_paths_will_do(emulator: Emulator) -> None:
    body = b'{"from":"15162065575","to":"15162065574","message":"Hi"}'

    assert await Wire(part(body, more=False), raw_path=False).run(emulator) == [200]


async def test_a_message_whose_body_was_cut_is_not_accepted(emulator: Emulator) -> None:
    body = b'{"from":"15162065575","to":"15162065574","message":"Hi"}'

    assert await Wire(part(body, more=True), {"type": "http.disconnect"}).run(emulator) == []
    assert emulator.messages == []


@pytest.mark.parametrize(("parts", "read"), [(3, 3), (1000, 17)])
async def test_a_body_that_is_too_large_is_dropped_while_it_is_read(parts: int, read: int) -> None:
    with make_emulator(EmulatorConfig(max_body_bytes=100)) as emulator:
        wire = Wire(*(part(b"x" * 100, more=number < parts) for number in range(1, parts + 1)))

        assert await wire.run(emulator) == [413]
        assert parts - len(wire.events) == read
        assert len(emulator.requests_seen[0].body) == 101
