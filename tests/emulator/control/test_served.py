"""The control API on a socket: waiting for messages, host names, and callbacks that are really posted."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from carrierx.emulator import BASE_PATH, Credential, Emulator, EmulatorConfig, RunningEmulator, serve
from tests.cli.test_emulator import interrupt, interruptible, running_command
from tests.emulator.helpers import DID, PHONE, accept
from tests.emulator.receivers import SocketReceiver
from tests.support.rows import check_rows

PASSWORD = "correct-horse"


def client_of(running: RunningEmulator) -> httpx.Client:
    root = running.base_url.removesuffix(BASE_PATH)
    return httpx.Client(base_url=f"{root}/control/", timeout=20, limits=httpx.Limits(max_connections=200))


@pytest.fixture
def served(emulator: Emulator) -> Iterator[httpx.Client]:
    with serve(emulator) as running, client_of(running) as client:
        yield client


def test_a_request_waits_until_its_messages_are_there(emulator: Emulator, served: httpx.Client) -> None:
    with ThreadPoolExecutor() as pool:
        one = pool.submit(served.get, "messages", params={"wait": 10})
        two = pool.submit(served.get, "messages", params={"wait": 10, "count": 2})
        time.sleep(0.2)
        is_early = one.done() or two.done()
        accept(emulator, message="first")
        first = one.result(10)
        time.sleep(0.2)
        is_early = is_early or two.done()
        accept(emulator, message="second")
        second = two.result(10)

    assert not is_early
    assert (first.status_code, first.json()["count"]) == (200, 1)
    assert (second.status_code, second.json()["count"]) == (200, 2)


def test_a_wait_ends_in_time(emulator: Emulator, served: httpx.Client) -> None:
    start = time.monotonic()
    nothing = served.get("messages", params={"wait": 0.3})
    too_few = served.get("messages", params={"wait": 0.3, "count": 1})

    assert 0.6 <= time.monotonic() - start < 20
    assert (nothing.status_code, nothing.json()["items"]) == (200, [])
    assert (too_few.status_code, too_few.json()["message"]) == (409, "count 0 messages match, not 1")


def test_many_waiting_requests_hold_up_no_other(emulator: Emulator, served: httpx.Client) -> None:
    with ThreadPoolExecutor(max_workers=80) as pool:
        waiting = [pool.submit(served.get, "messages", params={"wait": 30}) for _ in range(80)]
        time.sleep(0.5)
        start = time.monotonic()
        assert served.get("health").status_code == 200
        took = time.monotonic() - start
        assert not any(each.done() for each in waiting)
        served.post("receive", json={"from": PHONE, "to": DID, "message": "Hi"})
        counts = [each.result(40).json()["count"] for each in waiting]

    assert took < 15
    assert counts == [1] * 80


def test_a_server_stops_while_a_request_waits(emulator: Emulator) -> None:
    def wait(client: httpx.Client) -> None:
        with pytest.raises(httpx.HTTPError):
            client.get("messages", params={"wait": 30})

    with serve(emulator) as running:
        client = client_of(running)
        waiting = threading.Thread(target=wait, args=(client,))
        waiting.start()
        time.sleep(0.3)
        start = time.monotonic()
    waiting.join(10)
    client.close()

    assert time.monotonic() - start < 15


def test_health_is_told_under_any_name_and_nothing_else(served: httpx.Client) -> None:
    def check(row: tuple[str, int]) -> None:
        path, status = row
        answer = served.get(path, headers={"Host": "emulator.example:8025"})
        assert answer.status_code == status
        if status == 403:
            assert "localhost, 127.0.0.1 and [::1]" in answer.json()["message"]
            assert "--password" in answer.json()["message"]

    check_rows([("health", 200), ("messages", 403), ("about", 403), ("openapi.json", 403), ("nothing", 403)], check)


def test_health_is_told_to_a_check_with_head(served: httpx.Client) -> None:
    answer = served.head("health")

    assert (answer.status_code, answer.content) == (200, b"")


def test_with_a_password_any_name_leads_to_it() -> None:
    config = EmulatorConfig(credentials=(Credential.bearer(PASSWORD),))
    with Emulator(config) as emulator, serve(emulator, password=PASSWORD) as running, client_of(running) as client:
        name = {"Host": "emulator:8025"}

        received = client.post(
            "receive", json={"from": PHONE, "to": DID, "message": "Hi"}, headers=name, auth=("", PASSWORD)
        )

        assert received.status_code == 200
        assert client.get("messages", headers=name).status_code == 401
        assert client.get("messages", headers=name, auth=("any", PASSWORD)).json()["count"] == 1


def test_a_host_that_is_refused_shows_in_the_log(emulator: Emulator, served: httpx.Client) -> None:
    url = str(served.base_url.join(f"{BASE_PATH}/sms/messages"))

    httpx.post(url, json={}, headers={"Host": "emulator:8025", "Authorization": "Bearer x"})

    [logged] = served.get("requests", params={"problems": "true"}).json()["items"]
    assert (logged["status"], "--password" in logged["problem"]) == (403, True)


def test_a_retried_callback_is_posted() -> None:
    with SocketReceiver() as receiver:
        config = EmulatorConfig(callback_url=receiver.url)
        with Emulator(config) as emulator, serve(emulator) as running, client_of(running) as client:
            client.post("receive", json={"from": PHONE, "to": DID, "message": "Hi"})
            assert _state_after(client, 1) == "accepted"

            assert client.post("callbacks/1/retry").status_code == 200
            assert _state_after(client, 2) == "accepted"


def _state_after(client: httpx.Client, attempts: int) -> str:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        [callback] = client.get("callbacks").json()["items"]
        if len(callback["attempts"]) == attempts:
            return str(callback["state"])
        time.sleep(0.05)
    raise TimeoutError(f"there were never {attempts} attempts")


@interruptible
def test_a_reset_of_the_command_brings_its_faults_back(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('{"faults": [{"kind": "answer", "status": 503, "times": 1}]}')

    with running_command("--port", "0", "--faults", str(faults)) as (process, said):
        found = re.search(r"inbox     (\S+/)\n", said)
        assert found is not None
        with httpx.Client(base_url=f"{found[1]}control/") as client:
            before = client.get("faults").json()
            client.delete("faults")
            client.post("reset")
            after = client.get("faults").json()
        interrupt(process)

    assert [rule["id"] for rule in before["items"]] == ["fault-1"]
    assert after == before
