"""Each fault of the served emulator, seen from raw sockets."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, RunningEmulator, serve
from tests.emulator.faults.raw import dial, exchange, list_request, read_to_end, send_request
from tests.emulator.helpers import MESSAGES, SMS, upload


def says_nothing(sock: object) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)  # type: ignore[arg-type]
        return not selector.select(0)


def test_an_answer_comes_as_it_was_told(running: RunningEmulator, emulator: Emulator) -> None:
    emulator.faults.answer(503, {"busy": True}, {"X-Request-Id": "17"}, retry_after=2)

    answer = exchange(running.base_url, send_request())

    assert (answer.status, json.loads(answer.body)) == (503, {"busy": True})
    assert (answer.headers["retry-after"], answer.headers["x-request-id"]) == ("2", "17")
    assert answer.headers["content-length"] == str(len(answer.body))
    assert emulator.messages == []


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_may_have_no_body(running: RunningEmulator, emulator: Emulator, status: int) -> None:
    emulator.faults.answer(status)

    answer = exchange(running.base_url, list_request())

    assert (answer.status, answer.body) == (status, b"")


def test_a_lost_answer_closes_the_connection_without_a_byte(running: RunningEmulator, emulator: Emulator) -> None:
    emulator.faults.lose_answer(times=1)

    lost = exchange(running.base_url, send_request(close=False))

    assert (lost.received, lost.reset) == (b"", False)
    assert len(emulator.messages) == 1
    assert exchange(running.base_url, list_request()).status == 200


def test_a_truncated_answer_breaks_off_in_its_body(running: RunningEmulator, emulator: Emulator) -> None:
    whole = exchange(running.base_url, send_request())
    emulator.faults.truncate_answer()

    cut = exchange(running.base_url, send_request(close=False))

    assert cut.status == 200
    assert cut.headers["content-length"] == whole.headers["content-length"]
    assert cut.reset is False
    assert 0 < len(cut.body) == int(cut.headers["content-length"]) // 2
    assert cut.body[:20] == whole.body[:20]
    assert len(emulator.messages) == 2


def test_a_large_answer_breaks_off_just_as_well(running: RunningEmulator, emulator: Emulator) -> None:
    file_sid = upload(emulator, b"x" * 4_000_000)["file_sid"]
    emulator.faults.truncate_answer(path="/f/*")

    cut = exchange(running.base_url, f"GET /f/{file_sid} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert cut.headers["content-length"] == "4000000"
    assert len(cut.body) == 2_000_000


def test_an_answer_that_nobody_reads_does_not_hold_up_the_end(emulator: Emulator) -> None:
    file_sid = upload(emulator, b"x" * 9_900_000)["file_sid"]
    emulator.faults.truncate_answer(path="/f/*")
    with serve(emulator) as running:
        sock = dial(running.base_url, receive_buffer=4096)  # so that not all of it fits into the kernel
        sock.sendall(f"GET /f/{file_sid} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        sock.recv(1)  # it has begun

    with sock:
        assert len(read_to_end(sock).received) < 4_950_000


def test_a_garbled_answer_is_declared_as_json_and_is_none(running: RunningEmulator, emulator: Emulator) -> None:
    emulator.faults.garble_answer()

    answer = exchange(running.base_url, send_request())

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r"."):
        json.loads(answer.body)
    assert answer.headers["content-length"] == str(len(answer.body))
    assert len(emulator.messages) == 1


def test_a_late_answer_is_late(running: RunningEmulator, emulator: Emulator) -> None:
    emulator.faults.delay(0.2)

    began = time.monotonic()
    answer = exchange(running.base_url, send_request())

    assert time.monotonic() - began >= 0.2
    assert answer.status == 200


def test_while_one_answer_is_late_others_come(running: RunningEmulator, emulator: Emulator) -> None:
    emulator.faults.delay(3600, method="POST")

    with dial(running.base_url) as sock:
        sock.sendall(send_request())
        while not emulator.messages:  # dealt with at once
            time.sleep(0.001)
        answers = [exchange(running.base_url, list_request()) for _ in range(3)]

        assert [answer.status for answer in answers] == [200] * 3
        assert says_nothing(sock)


def test_a_connection_that_was_kept_serves_on_after_a_late_answer(running: RunningEmulator, emulator: Emulator) -> None:
    emulator.faults.delay(0.01)
    with closing(HTTPConnection(urlsplit(running.base_url).netloc, timeout=20)) as connection:
        connection.connect()
        kept = connection.sock
        for _ in range(3):
            connection.request("GET", MESSAGES, headers={"Authorization": f"Bearer {DEMO_TOKEN}"})
            answer = connection.getresponse()
            assert (answer.status, answer.read()[:1]) == (200, b"{")

        assert connection.sock is kept


PROGRAM = """
import json, sys, threading
from carrierx.emulator import DEMO_TOKEN, Emulator, serve
from tests.emulator.faults.raw import dial, exchange, list_request, read_to_end, send_request

with Emulator() as emulator:
    with serve(emulator) as running:
        emulator.faults.lose_answer(times=1)
        emulator.faults.truncate_answer(times=1)
        emulator.faults.garble_answer(times=1)
        got = [len(exchange(running.base_url, send_request(close=False)).body) > 0 for _ in range(2)]
        emulator.faults.delay(3600)
        waiting, gone = dial(running.base_url), dial(running.base_url)
        for sock in (waiting, gone):
            sock.sendall(send_request())
        while len(emulator.messages) < 4:
            pass
        gone.close()
    with waiting:
        print(got, read_to_end(waiting).received)
"""


def test_nothing_is_said_about_it_and_the_end_does_not_wait_for_late_answers() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (finished.stdout, finished.stderr) == ("[False, True] b''\n", "")


def test_a_seed_repeats_a_run_exactly_on_the_wire() -> None:
    def run() -> list[tuple[int, bool]]:
        with Emulator() as emulator, serve(emulator) as running:
            emulator.faults.lose_answer(probability=0.3, seed=5)
            emulator.faults.answer(503, probability=0.4, seed=6)
            found = [exchange(running.base_url, send_request()).received for _ in range(25)]
            return [(len(bytes_) and int(bytes_.split(b" ")[1]), bool(bytes_)) for bytes_ in found]

    first = run()

    assert first == run()
    assert {status for status, _ in first} == {0, 200, 503}


def test_a_rule_may_be_added_while_it_is_served(running: RunningEmulator, emulator: Emulator) -> None:
    assert exchange(running.base_url, send_request()).status == 200
    rule = emulator.faults.answer(500, number=str(SMS["to"]))
    assert exchange(running.base_url, send_request()).status == 500
    emulator.faults.remove(rule.id)
    assert exchange(running.base_url, send_request()).status == 200
