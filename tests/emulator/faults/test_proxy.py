"""Each fault below HTTP, seen from raw sockets on both of the proxy's sides."""

from __future__ import annotations

import json
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from carrierx.emulator import Emulator, EmulatorError, FaultProxy, ProxyFault, ProxyMode, RunningEmulator
from tests.emulator.faults.raw import Exchange, dial, exchange, list_request, read_to_end, send_request
from tests.emulator.helpers import SMS

BODY = json.dumps(dict(SMS)).encode()


@pytest.fixture
def proxy(running: RunningEmulator) -> Iterator[FaultProxy]:
    with FaultProxy(running.base_url) as made:
        yield made


def says_nothing(sock: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return not selector.select(0)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_at_first_everything_passes_unchanged(proxy: FaultProxy, running: RunningEmulator, emulator: Emulator) -> None:
    direct = exchange(running.base_url, list_request())

    assert exchange(proxy.base_url, send_request()).status == 200
    assert len(emulator.messages) == 1
    assert emulator.requests_seen[-1].body == BODY
    assert direct.headers.keys() == exchange(proxy.base_url, list_request()).headers.keys()
    assert proxy.base_url == f"http://127.0.0.1:{proxy.port}/core/v2"
    assert (proxy.counts.connections, proxy.counts.hits) == (2, {})


def test_large_bodies_pass_both_ways(running: RunningEmulator, proxy: FaultProxy) -> None:
    answer = exchange(proxy.base_url, send_request(b"x" * 3_000_000))

    assert answer.status == 413


def test_refused_connections_can_not_be_made(proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.refuse()

    with pytest.raises(ConnectionRefusedError):
        dial(proxy.base_url)

    proxy.pass_on()
    assert exchange(proxy.base_url, send_request()).status == 200
    assert len(emulator.messages) == 1


def test_while_connections_are_refused_nobody_else_gets_the_port(proxy: FaultProxy) -> None:
    proxy.refuse()
    proxy.refuse()

    with pytest.raises(OSError, match="in use"), socket.create_server(("127.0.0.1", proxy.port)):
        pytest.fail("the port was given away")


def test_a_reset_on_accept_comes_before_anything_is_read(proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.reset_on_accept()

    assert exchange(proxy.base_url, b"") == Exchange(b"", reset=True)
    assert emulator.requests_seen == ()
    assert proxy.counts.hits == {ProxyFault.RESET_ON_ACCEPT: 1}


@pytest.mark.parametrize("after", [0, 10, 10_000])
def test_a_reset_in_the_request_waits_for_so_many_bytes(proxy: FaultProxy, emulator: Emulator, after: int) -> None:
    proxy.reset_in_request(after=after)
    request = send_request(b"x" * 20_000)
    head = len(request) - 20_000

    with dial(proxy.base_url) as sock:
        sock.sendall(request[: head - 1])
        assert proxy.counts.hits == {}
        if after:
            sock.sendall(request[head - 1 : head + after - 1])
            assert says_nothing(sock)
            sock.sendall(request[head + after - 1 : head + after])
        else:
            sock.sendall(request[head - 1 : head])

        assert read_to_end(sock) == Exchange(b"", reset=True)

    assert emulator.requests_seen == ()
    assert proxy.counts.hits == {ProxyFault.RESET_IN_REQUEST: 1}


def test_a_short_request_is_reset_at_its_end(proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.reset_in_request(after=1_000_000)

    assert exchange(proxy.base_url, send_request()) == Exchange(b"", reset=True)
    assert emulator.messages == []


@pytest.mark.parametrize(("after", "read"), [(0, 0), (10, 10), (10_000, None)])
def test_a_reset_in_the_answer_comes_within_its_body(
    proxy: FaultProxy, emulator: Emulator, after: int, read: int | None
) -> None:
    proxy.reset_in_answer(after=after)

    answer = exchange(proxy.base_url, send_request())

    announced = int(answer.headers["content-length"])
    assert answer.reset
    assert answer.status == 200
    assert len(answer.body) == (announced - 1 if read is None else read)
    assert len(emulator.messages) == 1
    assert proxy.counts.hits == {ProxyFault.RESET_IN_ANSWER: 1}


def test_silence_reads_and_says_nothing(proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.silence()

    with dial(proxy.base_url) as sock:
        sock.sendall(send_request(b"x" * 20_000_000))  # more than fits unread
        assert says_nothing(sock)
        sock.shutdown(socket.SHUT_WR)
        assert read_to_end(sock) == Exchange(b"")

    assert emulator.requests_seen == ()
    assert proxy.counts.hits == {ProxyFault.SILENCE: 1}


def test_a_dripping_answer_comes_in_small_pieces(proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.drip(0.002, size=25)
    parts: list[int] = []

    began = time.monotonic()
    with dial(proxy.base_url) as sock:
        sock.sendall(send_request())
        while data := sock.recv(65536):
            parts.append(len(data))

    assert time.monotonic() - began >= 0.002 * sum(parts) / 25
    assert len(parts) > 1
    assert len(emulator.messages) == 1


def test_a_dripping_answer_ends_with_the_proxy(running: RunningEmulator, emulator: Emulator) -> None:
    with FaultProxy(running.base_url) as proxy:
        proxy.drip(3600)
        sock = dial(proxy.base_url)
        sock.sendall(send_request())
        wait_until(lambda: len(emulator.messages) == 1)

    with sock:
        assert read_to_end(sock).received == b""


@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize("chunked", [False, True])
def test_after_reading_everything_the_connection_closes_without_a_byte(
    proxy: FaultProxy, emulator: Emulator, forward: bool, chunked: bool
) -> None:
    proxy.close_after_reading(forward=forward)
    request = send_request()
    if chunked:
        head = request.partition(b"\r\n\r\n")[0].replace(
            b"Content-Length: %d" % len(BODY), b"Transfer-Encoding: chunked"
        )
        request = head + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)

    with dial(proxy.base_url) as sock:
        sock.sendall(request[:-1])
        assert says_nothing(sock)
        sock.sendall(request[-1:])
        assert read_to_end(sock) == Exchange(b"")

    assert len(emulator.messages) == forward
    assert proxy.counts.hits == {ProxyFault.CLOSE_AFTER_READING: 1}


@pytest.mark.parametrize("junk", [b"\x16\x03\x01 no HTTP\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_http_is_reset_as_well(proxy: FaultProxy, junk: bytes) -> None:
    proxy.reset_in_request(after=100)

    assert exchange(proxy.base_url, junk) == Exchange(b"", reset=True)


@pytest.mark.parametrize("name", ["reset_in_request", "close_after_reading"])
def test_a_connection_without_a_request_is_not_counted(proxy: FaultProxy, name: str) -> None:
    getattr(proxy, name)()

    with dial(proxy.base_url) as sock:
        sock.shutdown(socket.SHUT_WR)
        assert read_to_end(sock) == Exchange(b"")

    assert (proxy.counts.connections, proxy.counts.hits) == (1, {})


def test_a_switch_ends_open_connections_and_new_ones_meet_the_new_mode(proxy: FaultProxy, emulator: Emulator) -> None:
    kept, waiting = dial(proxy.base_url), None
    with kept:
        kept.sendall(send_request(close=False))
        assert kept.recv(1) == b"H"

        proxy.silence()
        assert read_to_end(kept).received.startswith(b"TTP/1.1 200 ")
        waiting = dial(proxy.base_url)
        waiting.sendall(send_request())

    with waiting:
        proxy.reset_on_accept()
        assert read_to_end(waiting).received == b""

    assert proxy.mode == ProxyMode(ProxyFault.RESET_ON_ACCEPT)
    assert exchange(proxy.base_url, b"") == Exchange(b"", reset=True)
    proxy.pass_on()
    assert exchange(proxy.base_url, send_request()).status == 200
    assert len(emulator.messages) == 2


def test_where_nobody_is_behind_it_the_connection_closes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with FaultProxy(f"http://127.0.0.1:{port}/core/v2") as proxy:
        assert exchange(proxy.base_url, send_request()).received == b""


def test_it_may_begin_in_any_mode_and_on_any_port(running: RunningEmulator) -> None:
    proxy = FaultProxy(running.base_url)
    proxy.refuse()

    with proxy, pytest.raises(ConnectionRefusedError):
        dial(proxy.base_url)
    port = 0
    with FaultProxy(running.base_url) as other:
        port = other.port
    with FaultProxy(running.base_url, port=port) as again:
        assert exchange(again.base_url, list_request()).status == 200


def test_its_threads_end_with_it(running: RunningEmulator) -> None:
    with FaultProxy(running.base_url) as proxy:
        proxy.silence()
        socks = [dial(proxy.base_url) for _ in range(5)]
        wait_until(lambda: proxy.counts.connections == 5)
        own = [thread for thread in threading.enumerate() if thread.name.startswith("fault proxy")]
        assert len(own) == 6
    for sock in socks:
        with closing(sock):
            assert read_to_end(sock).received == b""

    assert not any(thread.is_alive() for thread in own)


def test_a_port_in_use_is_told(running: RunningEmulator, proxy: FaultProxy) -> None:
    with (
        pytest.raises(EmulatorError, match=f"can't use port {proxy.port} of 127.0.0.1"),
        FaultProxy(running.base_url, port=proxy.port),
    ):
        pytest.fail("it ran")


def test_it_runs_once_at_a_time(running: RunningEmulator, proxy: FaultProxy) -> None:
    with pytest.raises(EmulatorError, match="running already"):
        proxy.__enter__()
    with pytest.raises(EmulatorError, match="not running"):
        _ = FaultProxy(running.base_url).port


@pytest.mark.parametrize("target", ["https://api.carrierx.com/core/v2", "127.0.0.1:80", "", "http://"])
def test_only_http_can_be_proxied(target: str) -> None:
    with pytest.raises(ValueError, match="the target must be the http URL of a server"):
        FaultProxy(target)


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ({"after": -1}, "after must be 0 bytes or more, not -1"),
        ({"times": 0}, "times must be 1 connection or more, or None for all, not 0"),
        ({"size": 0}, "size must be 1 byte or more, not 0"),
        ({"pause": -0.1}, "pause must be from 0 to 3600 seconds, not -0.1"),
        ({"pause": float("inf")}, "pause must be from 0 to 3600 seconds, not inf"),
    ],
)
def test_a_mode_that_can_not_be_is_refused(numbers: dict[str, int], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        ProxyMode(ProxyFault.DRIP, **numbers)  # type: ignore[arg-type]


def test_a_fault_can_end_after_some_connections(proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.close_after_reading(times=2)

    for _ in range(2):
        with closing(dial(proxy.base_url)) as sock:
            sock.sendall(send_request())
            assert read_to_end(sock) == Exchange(b"")
    assert emulator.messages == []
    assert [exchange(proxy.base_url, send_request()).status for _ in range(2)] == [200, 200]
    assert proxy.counts.hits == {ProxyFault.CLOSE_AFTER_READING: 2}
    proxy.reset_on_accept(times=1)
    assert proxy.mode.times == 1


def test_refused_connections_can_not_be_counted() -> None:
    with pytest.raises(ValueError, match="the proxy doesn't see them"):
        ProxyMode(ProxyFault.REFUSE, times=1)
