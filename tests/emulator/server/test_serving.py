"""The emulator on real sockets."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import uvicorn

from carrierx.emulator import (
    DEMO_TOKEN,
    Credential,
    Emulator,
    EmulatorConfig,
    EmulatorError,
    EmulatorResponse,
    Request,
    run,
    serve,
)
from tests.emulator.helpers import DID, PHONE, SMS
from tests.emulator.server.helpers import HEADERS, running_program


@pytest.fixture
def client(emulator: Emulator) -> Iterator[httpx.Client]:
    with serve(emulator) as running, httpx.Client(base_url=running.base_url, headers=HEADERS) as made:
        yield made


def test_a_message_goes_through_a_socket(client: httpx.Client, emulator: Emulator) -> None:
    sent = client.post("/sms/messages", json=dict(SMS))

    assert sent.status_code == 200
    assert sent.headers["content-type"] == "application/json"
    assert client.get(f"/sms/messages/{sent.json()['message_sid']}").json() == sent.json()
    assert emulator.messages == [sent.json()]


def test_both_namings_go_through_a_socket(client: httpx.Client) -> None:
    old = client.post("/sms/messages", json={"from_did": DID, "to_did": PHONE, "message": "Hi"}).json()
    new = client.post("/sms/messages", json=dict(SMS)).json()

    assert (old["from_did"], new["from"]) == (DID, DID)


def test_every_page_is_read_by_its_links(client: httpx.Client) -> None:
    for number in range(7):
        client.post("/sms/messages", json={**SMS, "message": f"number {number}"})

    url, texts = "/sms/messages?limit=3&order=message+desc", list[str]()
    while url:
        page = client.get(url).json()
        texts += [item["message"] for item in page["items"]]
        url = page["pagination"].get("next", "")

    assert texts == [f"number {number}" for number in reversed(range(7))]


def test_users_with_passwords_come_through_a_socket() -> None:
    config = EmulatorConfig(credentials=(Credential.basic("user", "password", scopes={"sms.read"}),))
    with Emulator(config) as emulator, serve(emulator) as running:
        url = f"{running.base_url}/sms/messages"

        assert httpx.get(url, auth=("user", "password")).status_code == 200
        assert httpx.get(url, auth=("user", "wrong")).status_code == 401
        assert httpx.get(url).json()["message"] == "Unauthorized"
        assert httpx.post(url, auth=("user", "password"), json=dict(SMS)).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/sms/messages", b"{", 400),
        ("GET", "/sms/messages/unknown", b"", 404),
        ("GET", "/elsewhere", b"", 404),
        ("PUT", "/sms/messages", b"", 405),
        ("HEAD", "/sms/messages", b"", 405),
        ("POST", "/sms/messages", b"x" * 3_000_000, 413),
        ("POST", "/sms/messages", b"{}", 422),
    ],
)
def test_an_error_comes_through_a_socket(
    client: httpx.Client, method: str, path: str, content: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}

    assert client.request(method, path, content=content, headers=headers).status_code == status


def test_many_may_call_at_once(client: httpx.Client, emulator: Emulator) -> None:
    def post(number: int) -> int:
        return client.post("/sms/messages", json={**SMS, "user_data": f"{number}"}).status_code

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post, range(40)))

    assert answers == [200] * 40
    assert len(emulator.messages) == 40


def test_an_answer_does_not_wait_for_the_client_to_acknowledge_its_head(client: httpx.Client) -> None:
    seconds = [client.post("/sms/messages", json=dict(SMS)).elapsed.total_seconds() for _ in range(20)]

    assert min(seconds[1:]) < 0.03


@pytest.mark.parametrize(("host", "start"), [("127.0.0.1", "http://127.0.0.1:"), ("localhost", "http://127.0.0.1:")])
def test_the_base_url_names_host_and_port(emulator: Emulator, host: str, start: str) -> None:
    with serve(emulator, host=host) as running:
        assert running.base_url.startswith(start)
        assert running.base_url.endswith("/core/v2")
        assert running.emulator is emulator


def test_ipv6_will_do(emulator: Emulator) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback address")
    with serve(emulator, host="::1") as running:
        assert running.base_url.startswith("http://[::1]:")
        assert httpx.get(f"{running.base_url}/sms/messages", headers=HEADERS).status_code == 200


def test_it_stops_without_a_trace(emulator: Emulator) -> None:
    with serve(emulator) as running, httpx.Client(headers=HEADERS) as client:
        client.get(f"{running.base_url}/sms/messages")
        assert "carrierx-emulator" in {thread.name for thread in threading.enumerate()}

    assert "carrierx-emulator" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.base_url}/sms/messages", headers=HEADERS)


def test_it_stops_without_waiting_for_anything(emulator: Emulator) -> None:
    """uvicorn's own server pauses twice for a tenth of a second."""
    seconds = list[float]()
    for _ in range(5):
        with serve(emulator) as running:
            assert httpx.get(f"{running.base_url}/sms/messages", headers=HEADERS).status_code == 200
            begun = time.perf_counter()
        seconds.append(time.perf_counter() - begun)

    assert min(seconds) < 0.1


def test_a_request_that_takes_long_holds_up_no_other(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    handle, held, released = emulator.handle, threading.Event(), threading.Event()

    def slow(request: Request) -> EmulatorResponse:
        if request.query == "limit=7":
            held.set()
            assert released.wait(30)
        return handle(request)

    monkeypatch.setattr(emulator, "handle", slow)
    with serve(emulator) as running, ThreadPoolExecutor(1) as threads:
        url = f"{running.base_url}/sms/messages"
        waiting = threads.submit(httpx.get, f"{url}?limit=7", headers=HEADERS, timeout=30)
        assert held.wait(30)

        assert httpx.get(f"{url}?limit=8", headers=HEADERS, timeout=30).json()["limit"] == 8
        assert not waiting.done()
        released.set()
        assert waiting.result(30).json()["limit"] == 7


ASKING = f"GET /core/v2/sms/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {DEMO_TOKEN}\r\n\r\n"
WAITING = "GET /control/messages?count=1&wait=20 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "answers"),
    [(ASKING, 1), (ASKING * 3, 3), (ASKING + ASKING[:20], 1), (ASKING[:20], 0), ("", 0), (WAITING, 0)],
)
def test_who_has_said_everything_and_closes_that_side_gets_its_answers(
    emulator: Emulator, said: str, answers: int
) -> None:
    """As `nc -N` does."""
    with serve(emulator) as running:
        url = httpx.URL(running.base_url)
        with socket.create_connection((url.host, url.port or 0), timeout=10) as connection:
            connection.sendall(said.encode())
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while part := connection.recv(65_536):
                received += part

    assert received.count(b"HTTP/1.1 200 ") == answers


def test_it_stops_when_the_block_fails(emulator: Emulator) -> None:
    with pytest.raises(ZeroDivisionError), serve(emulator):
        raise ZeroDivisionError

    assert "carrierx-emulator" not in {thread.name for thread in threading.enumerate()}


def test_it_stops_while_a_client_is_still_writing(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carrierx.emulator.server.serving._GRACE_SECONDS", 0.1)
    with serve(emulator) as running:
        url = httpx.URL(running.base_url)
        silent = socket.create_connection((url.host, url.port or 0))
        silent.sendall(b"POST /core/v2/sms/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{")
    silent.close()

    assert emulator.messages == []


def test_a_port_in_use_is_told_before_anything_is_served(emulator: Emulator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(EmulatorError, match=f"port {port} of 127.0.0.1 can't be served"),
            serve(emulator, port=port),
        ):
            pytest.fail("it was served")
        with pytest.raises(EmulatorError, match="another program may use it"):
            run(emulator, port=port)


@pytest.mark.parametrize("port", [-1, 65536, 10**20])
def test_a_port_must_be_one(emulator: Emulator, port: int) -> None:
    with pytest.raises(EmulatorError, match="a port must be a number from 0 to 65535"), serve(emulator, port=port):
        pytest.fail("it was served")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", "", "127.0.0.1.example.com"])
def test_only_this_machine_is_served(emulator: Emulator, host: str) -> None:
    with pytest.raises(EmulatorError, match="this machine only"), serve(emulator, host=host):
        pytest.fail("it was served")


def test_a_server_that_ends_at_once_is_an_error(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    def end_at_once(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        return None

    monkeypatch.setattr(uvicorn.Server, "run", end_at_once)

    with pytest.raises(EmulatorError, match="before it had started"), serve(emulator):
        pytest.fail("it was served")


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_what_was_accepted_survives_the_death_of_the_process(tmp_path: Path) -> None:
    database = tmp_path / "messages.db"
    with running_program(database) as (process, base_url), httpx.Client(base_url=base_url, headers=HEADERS) as client:
        sids = [client.post("/sms/messages", json=dict(SMS)).json()["message_sid"] for _ in range(5)]
        process.send_signal(signal.SIGKILL)
        process.wait()

    with Emulator(database=database) as emulator:
        assert [message["message_sid"] for message in emulator.messages] == sids


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_in_the_foreground_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    with running_program(tmp_path / "messages.db") as (process, base_url):
        assert httpx.get(f"{base_url}/sms/messages", headers=HEADERS).status_code == 200

        process.send_signal(signal.SIGINT)

        assert process.stdout is not None
        assert process.stdout.read() == "ended\n"
        assert process.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
def test_in_the_foreground_a_termination_closes_the_database(tmp_path: Path) -> None:
    with running_program(tmp_path / "messages.db") as (process, base_url):
        assert httpx.post(f"{base_url}/sms/messages", headers=HEADERS, json=dict(SMS)).status_code == 200

        process.terminate()

        assert process.stdout is not None
        assert process.stdout.read() == ""  # the program ends there
        assert process.wait() == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["messages.db"]


HANDLING = """
import signal, sys
from carrierx.emulator import Emulator, run
signal.signal(signal.SIGTERM, lambda *_: print("handled", flush=True))
with Emulator(database=sys.argv[1]) as emulator:
    run(emulator, announce=lambda running: print(running.base_url, flush=True))
print("ended", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
def test_a_program_can_handle_its_termination_itself(tmp_path: Path) -> None:
    with running_program(tmp_path / "messages.db", HANDLING) as (process, _):
        process.terminate()

        assert process.stdout is not None
        assert process.stdout.read() == "handled\nended\n"
        assert process.wait() == 0


def test_in_the_foreground_nothing_needs_to_be_announced(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    async def end_at_once(server: uvicorn.Server) -> None:
        return None

    monkeypatch.setattr("carrierx.emulator.server.serving._Server.main_loop", end_at_once)

    run(emulator)
