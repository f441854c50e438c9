"""The stub server of the benchmarks answers immediately, or after a wait."""

from __future__ import annotations

import socket
import time

import httpx
import pytest
from benchmarks.stub import NoCompilerError, StubControl, find_compiler, stub_server


def post(stub: StubControl, target: str = "/core/v2/sms/messages", body: bytes = b"{}") -> httpx.Response:
    return httpx.post(f"http://127.0.0.1:{stub.port}{target}", content=body, trust_env=False)


def test_a_send_is_answered_with_a_complete_sms_object(stub: StubControl) -> None:
    response = post(stub)

    assert response.status_code == 200
    assert response.json()["message_sid"] == "097b49df-c54e-4eaf-97d0-89cf7d5a655b"
    assert response.headers["content-type"].startswith("application/json")


def test_every_request_is_counted_once_and_control_is_not(stub: StubControl) -> None:
    before = stub.stats().requests

    post(stub)
    post(stub, body=b"x" * 5000)

    assert stub.stats().requests - before == 2


def test_a_request_in_pieces_is_waited_for(stub: StubControl) -> None:
    before = stub.stats().requests
    with socket.create_connection(("127.0.0.1", stub.port), timeout=10) as connection:
        for piece in (b"POST /core/v2/sms/messages HT", b"TP/1.1\r\nContent-Length: 4\r\n\r\n{"):
            connection.sendall(piece)
            assert stub.stats().requests == before
        connection.sendall(b"  }")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")

    assert stub.stats().requests == before + 1


def test_a_response_can_be_delayed(stub: StubControl) -> None:
    stub.wait(50)
    begun = time.monotonic()

    assert post(stub).status_code == 200

    assert time.monotonic() - begun >= 0.05


def test_an_unknown_path_is_not_found(stub: StubControl) -> None:
    assert post(stub, "/elsewhere").status_code == 404


def test_it_ends_with_its_block() -> None:
    try:
        with stub_server() as stub:
            port = stub.port
    except NoCompilerError as error:
        pytest.skip(str(error))

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_without_a_compiler_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)

    with pytest.raises(NoCompilerError, match=r"gcc|Linux"):
        find_compiler()
