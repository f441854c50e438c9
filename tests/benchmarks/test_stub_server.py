"""The stub server of the benchmarks: it answers at once, or as badly as it is told."""

from __future__ import annotations

import http.client
import socket
import time

import httpx
import pytest
from benchmarks.answers import SID
from benchmarks.stub import NoCompilerError, StubControl, StubServer, find_compiler


def post(server: StubServer, target: str = "/core/v2/sms/messages", body: bytes = b"{}") -> httpx.Response:
    return httpx.post(f"http://127.0.0.1:{server.port}{target}", content=body, trust_env=False)


def test_a_send_is_answered_with_a_whole_sms_object(stub_server: StubServer, control: StubControl) -> None:
    control.behave()

    answer = post(stub_server)

    assert answer.status_code == 200
    assert answer.json()["message_sid"] == SID
    assert answer.headers["content-type"].startswith("application/json")


def test_every_request_is_counted_once_and_control_is_not(stub_server: StubServer, control: StubControl) -> None:
    control.behave()
    before = control.stats().requests

    post(stub_server)
    post(stub_server, body=b"x" * 5000)

    assert control.stats().requests - before == 2


def test_a_request_in_pieces_is_waited_for(stub_server: StubServer, control: StubControl) -> None:
    control.behave()
    before = control.stats().requests
    with socket.create_connection(("127.0.0.1", stub_server.port), timeout=10) as connection:
        for piece in (b"POST /core/v2/sms/messages HT", b"TP/1.1\r\nContent-Length: 4\r\n\r\n{"):
            connection.sendall(piece)
            assert control.stats().requests == before
        connection.sendall(b"  }")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")

    assert control.stats().requests == before + 1


def test_the_close_fault_reads_the_request_and_answers_nothing(stub_server: StubServer, control: StubControl) -> None:
    control.behave("close")
    before = control.stats().requests

    with pytest.raises(httpx.RemoteProtocolError):
        post(stub_server)

    assert control.stats().requests - before == 1


def test_the_error_fault_answers_500(stub_server: StubServer, control: StubControl) -> None:
    control.behave("error")

    assert post(stub_server).status_code == 500


def test_the_huge_fault_answers_with_megabytes(stub_server: StubServer, control: StubControl) -> None:
    control.behave("huge")

    assert len(post(stub_server).content) == 4_000_000


def test_an_answer_can_be_made_to_wait(stub_server: StubServer, control: StubControl) -> None:
    control.behave(latency_ms=50)
    begun = time.monotonic()

    assert post(stub_server).status_code == 200

    assert time.monotonic() - begun >= 0.05


def test_what_nobody_asked_for_is_not_found(stub_server: StubServer, control: StubControl) -> None:
    control.behave()

    assert post(stub_server, "/elsewhere").status_code == 404


def test_it_ends_with_its_block() -> None:
    try:
        with StubServer() as server:
            port = server.port
    except NoCompilerError as error:
        pytest.skip(str(error))

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with pytest.raises(ConnectionRefusedError):
        connection.request("GET", "/-/stats")


def test_without_a_compiler_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)

    with pytest.raises(NoCompilerError, match=r"gcc|Linux"):
        find_compiler()
