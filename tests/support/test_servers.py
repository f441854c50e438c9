"""The fault server counts, settles and stops, and ends connections when told."""

import socket
import ssl
import threading
import time
from contextlib import closing

import httpx
import pytest

from tests.support import behaviours as do
from tests.support.behaviours import CLOSE, RESET, STAY_SILENT, UNBUFFERABLE, Behaviour
from tests.support.fault_server import FaultServer
from tests.support.raw_client import (
    HEADERS,
    MESSAGE,
    REQUEST,
    assert_says_nothing,
    dial,
    exchange,
    write_until_blocked,
)


@pytest.mark.parametrize("use_tls", [False, True], ids=["plain", "tls"])
def test_keep_alive_requests_get_an_sms_object_each(use_tls: bool) -> None:
    with FaultServer(use_tls=use_tls) as server, httpx.Client(verify=server.client_context()) as client:
        first, second = (client.post(f"{server.base_url}/sms/messages", json=MESSAGE) for _ in range(2))
    assert first.json()["user_data"] == "order-17"
    assert first.json().keys() == second.json().keys()
    assert first.json()["message_sid"] != second.json()["message_sid"]
    assert (server.connections, server.requests_started, server.requests_fully_read) == (1, 2, 2)
    request = server.requests[0]
    assert (request.method, request.target, request.connection) == ("POST", "/core/v2/sms/messages", 0)
    assert request.json() == MESSAGE
    assert request.header("content-type") == "application/json"
    assert (b"Host", f"127.0.0.1:{server.port}".encode()) in request.headers
    assert request.raw_head.startswith(b"POST /core/v2/sms/messages HTTP/1.1\r\n")


def test_clients_can_trust_the_certificate_file_by_name_and_by_address() -> None:
    with FaultServer(use_tls=True) as server:
        assert server.ca_file is not None
        context = ssl.create_default_context(cafile=server.ca_file)
        for name in ("127.0.0.1", "localhost"):
            with dial(server) as sock, context.wrap_socket(sock, server_hostname=name) as secure:
                secure.sendall(REQUEST)
                assert secure.recv(12) == b"HTTP/1.1 200"


def test_a_refused_certificate_shows_as_a_connection_without_request() -> None:
    with FaultServer(use_tls=True) as strange, FaultServer(use_tls=True, tls_names=("elsewhere.example",)) as elsewhere:
        for server, context in ((strange, ssl.create_default_context()), (elsewhere, elsewhere.client_context())):
            with httpx.Client(verify=context) as client, pytest.raises(httpx.ConnectError):
                client.post(server.base_url)
            server.settle()
            assert (server.connections, server.requests_started) == (1, 0)


def test_chunked_requests_are_read_to_their_end() -> None:
    parts = [b"abc", b"", b"x" * 70000]
    with FaultServer(do.respond(204)) as server, httpx.Client() as client:
        for _ in range(2):
            client.post(server.base_url, content=iter(parts))
    assert [request.body for request in server.requests] == [b"".join(parts)] * 2
    assert server.connections == 1


def test_behaviours_apply_in_order_and_the_last_repeats() -> None:
    script = do.respond(500), do.respond(429, headers=[("Retry-After", "1")]), do.respond_sms()
    with FaultServer(*script) as server, httpx.Client() as client:
        assert [client.get(server.base_url).status_code for _ in range(4)] == [500, 429, 200, 200]
        server.then(do.respond(503))
        assert client.get(server.base_url).status_code == 503


def test_then_shrinks_the_receive_buffer_of_later_connections() -> None:
    with FaultServer() as server:
        server.then(do.after_headers(STAY_SILENT))
        with dial(server) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % UNBUFFERABLE)
            assert write_until_blocked(sock) < UNBUFFERABLE


@pytest.mark.parametrize("use_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("behaviour", [do.close_on_accept(), do.reset_on_accept()], ids=str)
def test_ending_on_accept(behaviour: Behaviour, use_tls: bool) -> None:
    with (
        FaultServer(behaviour, do.respond_sms(), use_tls=use_tls) as server,
        httpx.Client(verify=server.client_context()) as client,
    ):
        with pytest.raises(httpx.TransportError):
            client.post(server.base_url, json=MESSAGE)
        server.settle()
        assert (server.connections, server.requests_started, server.requests_fully_read) == (1, 0, 0)
        assert client.post(server.base_url, json=MESSAGE).status_code == 200


def test_a_reset_on_accept_waits_until_the_client_has_begun_with_tls() -> None:
    with FaultServer(do.reset_on_accept(), use_tls=True) as server, dial(server) as sock:
        assert_says_nothing(sock)  # a slow client would find the connection reset before it begins
        with pytest.raises(ConnectionResetError):
            server.client_context().wrap_socket(sock, server_hostname="localhost")
        server.settle()
        assert (server.connections, server.requests_started) == (1, 0)


def test_a_connection_kept_alive_is_ended_when_the_next_request_begins() -> None:
    with FaultServer(do.respond(204), do.close_on_accept()) as server, httpx.Client() as client:
        assert client.get(server.base_url).status_code == 204
        with pytest.raises(httpx.TransportError):
            client.post(server.base_url, json=MESSAGE)
        server.settle()
    assert (server.connections, server.requests_started, server.requests_fully_read) == (1, 2, 1)


def test_silence_on_accept_reads_nothing_until_settled() -> None:
    with FaultServer(do.silence_on_accept()) as server:
        with dial(server) as sock:
            sock.sendall(REQUEST)
            assert_says_nothing(sock)
            assert server.requests_started == 0
        server.settle()
        assert server.requests_fully_read == 1


def test_silence_on_accept_leaves_a_tls_handshake_unanswered() -> None:
    with FaultServer(do.silence_on_accept(), use_tls=True) as server, dial(server) as sock:
        sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.client_context().wrap_socket(sock, server_hostname="localhost")
        server.settle()
        assert (server.connections, server.requests_started) == (1, 0)


def test_reading_only_headers_leaves_the_body() -> None:
    with FaultServer(do.after_headers(RESET)) as server:
        with pytest.raises(ConnectionResetError):
            exchange(server)
        server.settle()
        assert (server.requests_started, server.requests_fully_read) == (1, 0)
        assert [request.body for request in server.unfinished_requests] == [b""]


def test_closing_after_headers() -> None:
    with FaultServer(do.after_headers(CLOSE)) as server:
        assert exchange(server, HEADERS) == b""
        server.settle()
        assert (server.requests_started, server.requests_fully_read) == (1, 0)


@pytest.mark.parametrize("behaviour", [do.after_headers(STAY_SILENT), do.after_part_of_body(9, STAY_SILENT)], ids=str)
def test_silence_before_the_body_blocks_a_large_one(behaviour: Behaviour) -> None:
    with FaultServer(behaviour) as server:
        with dial(server) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % UNBUFFERABLE)
            written = write_until_blocked(sock)
            assert 0 < written < UNBUFFERABLE
        server.settle()
        assert server.requests_fully_read == 0
        assert len(server.unfinished_requests[0].body) == written


def test_resetting_in_the_body_makes_the_write_fail() -> None:
    with FaultServer(do.after_part_of_body(100_000, RESET)) as server:
        with dial(server) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % UNBUFFERABLE)
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                sock.sendall(b"x" * UNBUFFERABLE)
        server.settle()
        assert server.requests_fully_read == 0
        assert len(server.unfinished_requests[0].body) == 100_000


def test_settling_counts_what_a_client_wrote_before_it_gave_up() -> None:
    with FaultServer(do.after_headers(STAY_SILENT)) as server:
        with dial(server) as sock:
            sock.sendall(REQUEST)
            assert_says_nothing(sock)
            assert server.requests_fully_read == 0
        server.settle()
        assert (server.requests_started, server.requests_fully_read) == (1, 1)


def test_settling_waits_for_a_body_still_in_the_senders_buffer() -> None:
    body = b"x" * 100_000  # goes into the client's send buffer at once, and over to the server only when read
    with FaultServer(do.after_headers(STAY_SILENT)) as server:
        with dial(server) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200_000)
            sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body))
            sock.sendall(body)
        server.settle()
        assert [request.body for request in server.requests] == [body]


def test_settling_counts_a_second_request_on_a_silent_connection() -> None:
    with FaultServer(do.after_whole_request(STAY_SILENT)) as server:
        with dial(server) as sock:
            sock.sendall(REQUEST * 2 + HEADERS)
        server.settle()
        assert (server.requests_started, server.requests_fully_read) == (3, 2)


def test_settling_while_a_client_stays_connected() -> None:
    with FaultServer() as server, dial(server) as idle, dial(server) as halfway:
        idle.sendall(REQUEST)
        halfway.sendall(HEADERS + b"hel")
        server.settle()
        assert (server.connections, server.requests_started, server.requests_fully_read) == (2, 2, 1)


async def test_settling_from_a_coroutine() -> None:
    with FaultServer() as server:
        async with httpx.AsyncClient() as client:
            await client.post(server.base_url, json=MESSAGE)
        await server.settled()
        assert server.requests_fully_read == 1


def test_settling_gives_up_on_a_client_that_goes_on() -> None:
    enough = threading.Event()

    def write(sock: socket.socket) -> None:
        while not enough.wait(0.01):
            sock.sendall(b"x" * 1000)

    with FaultServer() as server, dial(server) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n")
        writer = threading.Thread(target=write, args=(sock,))
        writer.start()
        with pytest.raises(TimeoutError):
            server.settle(timeout=0.3)
        enough.set()
        writer.join()


@pytest.mark.parametrize("use_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    "behaviour",
    [do.silence_on_accept(), do.after_headers(STAY_SILENT), do.respond_endlessly(), do.drip_body(30), do.respond_sms()],
    ids=str,
)
def test_stopping_is_quick_and_leaves_no_thread_while_clients_hang(behaviour: Behaviour, use_tls: bool) -> None:
    with FaultServer(behaviour, use_tls=use_tls) as server:
        silent = dial(server)
        asking = dial(server)
        asking.sendall(REQUEST)
        while server.connections < 2:
            time.sleep(0.001)
        started = time.monotonic()
    assert time.monotonic() - started < 10
    assert not [thread for thread in threading.enumerate() if str(server.port) in thread.name]
    silent.close()
    asking.close()


def test_a_failing_behaviour_fails_the_test() -> None:
    def fail(request: object) -> bytes:
        raise LookupError("a mistake in a test")

    with pytest.raises(ExceptionGroup) as caught, FaultServer(do.respond(body=fail)) as server:
        exchange(server)
    assert isinstance(caught.value.exceptions[0], LookupError)


def test_concurrent_connections_are_served_at_once() -> None:
    together = threading.Barrier(5)
    with FaultServer(do.respond(body=lambda _: str(together.wait(5)))) as server:
        socks = [dial(server) for _ in range(5)]
        for sock in socks:
            sock.sendall(REQUEST)
        for sock in socks:
            with closing(sock):
                assert sock.recv(12) == b"HTTP/1.1 200"
