"""The host names under which a served emulator answers, so that no website reads it by DNS rebinding."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

from carrierx.emulator import Credential, Emulator, EmulatorConfig, RunningEmulator, create_app, serve
from carrierx.emulator.faults.proxy import FaultProxy
from tests.emulator.helpers import MESSAGES, SMS, upload
from tests.emulator.server.helpers import HEADERS, Wire, part
from tests.emulator.web.helpers import root_of
from tests.support.rows import check_rows

PASSWORD = "correct-horse"
OWN = EmulatorConfig(credentials=(Credential.bearer(PASSWORD),))
OWN_HEADERS = {"Authorization": f"Bearer {PASSWORD}"}
FOREIGN = [
    "evil.example",
    "evil.example:8025",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example\\@localhost",
    "evil.example@localhost",
    "evil.example/@localhost",
    "localhost?",
    "localhost:x",
    "192.0.2.1:8025",
    "0.0.0.0",
    "[::2]",
    "[127.0.0.1]",
    "[",
    "",
]


@contextmanager
def served(emulator: Emulator, *, password: str | None = None) -> Generator[httpx.Client]:
    with serve(emulator, password=password) as running, httpx.Client(base_url=root_of(running)) as client:
        yield client


def test_the_api_answers_under_the_names_of_this_machine(emulator: Emulator) -> None:
    def check(host: str) -> None:
        assert client.get(MESSAGES, headers={**HEADERS, "Host": host}).status_code == 200

    with served(emulator) as client:
        check_rows(["localhost", "LocalHost:8025", "127.0.0.1", "127.8.9.10:1", "[::1]:80", "api.localhost"], check)


def test_under_any_other_name_it_refuses_and_says_what_to_do(emulator: Emulator) -> None:
    def check(host: str) -> None:
        for method, path in (("GET", MESSAGES), ("POST", MESSAGES), ("GET", "/core/v2/lookup"), ("GET", "/elsewhere")):
            answer = client.request(method, path, json=dict(SMS), headers={**HEADERS, "Host": host})

            assert answer.status_code == 403
            (entry,) = answer.json()["errors"]
            assert "localhost, 127.0.0.1 and [::1]" in entry["message"]
            assert "--password" in entry["message"]
            assert "EmulatorConfig(credentials=" in entry["message"]

    with served(emulator) as client:
        check_rows(FOREIGN, check)
        assert emulator.messages == []
        assert {logged.response.status for logged in emulator.request_log.all()} == {403}


def test_a_refusal_is_no_answer_to_a_web_page(emulator: Emulator) -> None:
    with served(emulator) as client:
        headers = {"Host": "evil.example", "Origin": "http://localhost", "Access-Control-Request-Method": "GET"}
        answer = client.options(MESSAGES, headers=headers)

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_with_a_token_that_nobody_knows_any_name_will_do(password: str | None) -> None:
    with Emulator(OWN) as emulator, served(emulator, password=password) as client:
        answer = client.get(MESSAGES, headers={**OWN_HEADERS, "Host": "laptop.example:8025"})

    assert answer.status_code == 200


def test_a_password_of_the_inbox_does_not_make_the_demo_token_secret(emulator: Emulator) -> None:
    with served(emulator, password=PASSWORD) as client:
        answer = client.get(MESSAGES, headers={**HEADERS, "Host": "evil.example"})
        inbox = client.get("/", auth=("", PASSWORD), headers={"Host": "laptop.example"})

    assert (answer.status_code, inbox.status_code) == (403, 200)


def test_a_token_of_ones_own_does_not_open_the_inbox() -> None:
    with Emulator(OWN) as emulator, served(emulator) as client:
        answer = client.get("/control/conversations", headers={"Host": "evil.example"})

    assert answer.status_code == 403
    assert "set a password" in answer.json()["message"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_published_file_is_open_under_any_name(emulator: Emulator) -> None:
    file = upload(emulator)
    with served(emulator) as client:
        answer = client.get(f"/f/{file['file_sid']}", headers={"Host": "media.example"})

    assert (answer.status_code, answer.content) == (200, b"a cat")


def test_a_client_in_the_same_process_chooses_the_name(emulator: Emulator) -> None:
    with TestClient(create_app(emulator)) as client:
        assert client.get(MESSAGES, headers=HEADERS).status_code == 200
        assert client.get("/control/conversations").status_code == 200
        assert client.get(MESSAGES, headers={**HEADERS, "Host": "evil.example"}).status_code == 403


async def test_so_does_an_asynchronous_one(emulator: Emulator) -> None:
    transport = httpx.ASGITransport(create_app(emulator))
    async with httpx.AsyncClient(transport=transport, base_url="https://api.carrierx.com", headers=HEADERS) as client:
        assert (await client.get(MESSAGES)).status_code == 200


def test_a_request_without_a_host_is_refused(emulator: Emulator) -> None:
    with serve(emulator) as running:
        lines = f"GET {MESSAGES} HTTP/1.0\r\nAuthorization: {HEADERS['Authorization']}\r\n\r\n"

        assert said_to(running, lines.encode()).startswith(b"HTTP/1.1 403 ")


def test_the_fault_proxy_reaches_it(emulator: Emulator) -> None:
    with serve(emulator) as running, FaultProxy(running.base_url) as proxy:
        answer = httpx.get(f"{proxy.base_url}/sms/messages", headers=HEADERS)

    assert answer.status_code == 200


def said_to(running: RunningEmulator, data: bytes) -> bytes:
    """Return all that the emulator answers to bytes on a socket."""
    url = urlsplit(running.base_url)
    with socket.create_connection((url.hostname, url.port), timeout=5) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("target", ["http://localhost/core/v2/sms", "*", "/f/a%0Ab", "/core/v2/sms%0A/messages"])
def test_a_target_that_is_no_path_is_not_found_as_any_other(emulator: Emulator, target: str) -> None:
    with serve(emulator) as running:
        lines = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        head, _, content = said_to(running, lines.encode()).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 404 ")
    assert b"content-type: application/json" in head
    assert content == usual_not_found(emulator)


def usual_not_found(emulator: Emulator) -> bytes:
    with served(emulator) as client:
        return client.get("/elsewhere").content


@pytest.mark.parametrize(
    ("server", "host", "status"),
    [
        (("192.0.2.1", 80), b"192.0.2.1", 403),
        (("2001:db8::1", 80), b"[2001:db8::1]", 403),
        (("127.0.0.1", 80), b"evil.example", 403),
        (("/run/evil.example", None), b"evil.example", 403),
        (("", 80), b"", 403),
        (None, b"evil.example", 403),
        (None, b"localhost", 200),
        (("testserver", 80), b"testserver", 200),
    ],
)
async def test_the_address_of_a_real_server_opens_nothing(
    emulator: Emulator, server: tuple[str, int | None] | None, host: bytes, status: int
) -> None:
    wire = Wire(part(json.dumps(dict(SMS)).encode(), more=False))
    wire.scope["server"] = server
    wire.scope["headers"] = [(b"host", host), *(line for line in wire.headers if line[0] != b"host")]

    assert await wire.run(emulator) == [status]
    assert len(emulator.messages) == (status == 200)


async def test_two_hosts_are_none(emulator: Emulator) -> None:
    wire = Wire(part(json.dumps(dict(SMS)).encode(), more=False))
    wire.scope["headers"] = [(b"host", b"localhost"), *wire.headers]

    assert await wire.run(emulator) == [403]
