"""The proxy, the clock and the addresses do what their names say."""

import socket
import threading
import time
from datetime import timedelta

import httpx
import pytest

from tests.support import behaviours as do
from tests.support import proxy_server as via
from tests.support.clocks import START, SteppingClock
from tests.support.fault_server import FaultServer
from tests.support.ports import UNRESOLVABLE_HOST, refusing_address, unaccepting_address
from tests.support.proxy_server import ProxyServer

MESSAGE = {"from": "15162065575", "to": "15162065574", "message": "Hi"}


def client_of(proxy: ProxyServer, server: FaultServer) -> httpx.Client:
    return httpx.Client(proxy=httpx.Proxy(proxy.url, auth=("user", "password")), verify=server.client_context())


def test_forwarding_in_absolute_form() -> None:
    with FaultServer() as server, ProxyServer() as proxy, client_of(proxy, server) as client:
        for _ in range(3):
            assert client.post(f"{server.base_url}/sms/messages?a=b", json=MESSAGE).json()["message"] == "Hi"
        assert (proxy.forwarded, proxy.connects, server.requests_fully_read) == (3, 0, 3)
        assert proxy.requests[0].target == f"{server.base_url}/sms/messages?a=b"
        assert proxy.requests[0].header("proxy-authorization") is not None
        assert server.requests[0].target == "/core/v2/sms/messages?a=b"
        assert server.requests[0].header("proxy-authorization") is None


def test_forwarding_a_chunked_request() -> None:
    with FaultServer() as server, ProxyServer() as proxy, client_of(proxy, server) as client:
        assert client.post(server.base_url, content=iter([b"ab", b"cd"])).status_code == 200
        assert server.requests[0].body == b"abcd"


def test_tunnelling() -> None:
    with FaultServer(use_tls=True) as server, ProxyServer() as proxy, client_of(proxy, server) as client:
        for _ in range(3):
            assert client.post(server.base_url, json=MESSAGE).json()["message"] == "Hi"
        assert (proxy.forwarded, proxy.connects, proxy.tunnels) == (0, 1, 1)
        assert (server.connections, server.requests_fully_read) == (1, 3)


@pytest.mark.parametrize("use_tls", [False, True], ids=["forwarding", "tunnelling"])
@pytest.mark.parametrize(
    ("behaviour", "status"), [(via.demand_credentials(), 407), (via.refuse(502), 502), (via.refuse(503), 503)], ids=str
)
def test_refusals(behaviour: via.ProxyBehaviour, status: int, use_tls: bool) -> None:
    with FaultServer(use_tls=use_tls) as server, ProxyServer(behaviour) as proxy, client_of(proxy, server) as client:
        if use_tls:
            with pytest.raises(httpx.ProxyError, match=str(status)):
                client.post(server.base_url, json=MESSAGE)
        else:
            assert client.post(server.base_url, json=MESSAGE).status_code == status
        proxy.settle()
        assert (proxy.connects, proxy.tunnels, proxy.forwarded) == (int(use_tls), 0, 0)
        assert server.connections == 0


@pytest.mark.parametrize("use_tls", [False, True], ids=["forwarding", "tunnelling"])
def test_closing_on_accept(use_tls: bool) -> None:
    with FaultServer(use_tls=use_tls) as server, ProxyServer(via.close_on_accept()) as proxy:
        with client_of(proxy, server) as client, pytest.raises(httpx.TransportError):
            client.post(server.base_url, json=MESSAGE)
        proxy.settle()
        assert (proxy.connections, proxy.requests_started, server.connections) == (1, 0, 0)


@pytest.mark.parametrize("use_tls", [False, True], ids=["forwarding", "tunnelling"])
def test_silence(use_tls: bool) -> None:
    with FaultServer(use_tls=use_tls) as server, ProxyServer(via.silence()) as proxy:
        with client_of(proxy, server) as client, pytest.raises(httpx.TimeoutException):
            client.post(server.base_url, json=MESSAGE, timeout=httpx.Timeout(5, read=0.1))
        proxy.settle()
        assert (proxy.requests_fully_read, proxy.connects, server.connections) == (1, int(use_tls), 0)


@pytest.mark.parametrize("answering", [do.respond_sms(), do.after_whole_request(do.STAY_SILENT)], ids=str)
@pytest.mark.parametrize("use_tls", [False, True], ids=["forwarding", "tunnelling"])
def test_closing_when_the_request_has_passed(answering: do.Behaviour, use_tls: bool) -> None:
    with FaultServer(answering, use_tls=use_tls) as server:
        with ProxyServer(via.close_when(lambda: server.requests_fully_read > 0)) as proxy:
            with client_of(proxy, server) as client, pytest.raises(httpx.TransportError):
                client.post(server.base_url, json=MESSAGE)
            proxy.settle()
        server.settle()
        assert server.requests_fully_read == 1
        assert proxy.tunnels + proxy.forwarded == 1


def test_what_a_target_got_through_a_proxy_is_counted_after_settling_both() -> None:
    with FaultServer(do.after_headers(do.STAY_SILENT), use_tls=True) as server, ProxyServer() as proxy:
        with client_of(proxy, server) as client, pytest.raises(httpx.ReadTimeout):
            client.post(server.base_url, json=MESSAGE, timeout=httpx.Timeout(5, read=0.5))
        proxy.settle()
        server.settle()
        assert server.requests_fully_read == 1


def test_targets_that_cannot_be_reached() -> None:
    with ProxyServer() as proxy, httpx.Client(proxy=proxy.url) as client, refusing_address() as nobody:
        assert client.get(nobody.base_url).status_code == 502
        assert client.get("http://nothing.invalid/").status_code == 502
        assert proxy.forwarded == 0


def test_proxies_stop_quickly_with_open_tunnels() -> None:
    with (
        FaultServer(do.after_whole_request(do.STAY_SILENT)) as server,
        ProxyServer() as proxy,
        socket.create_connection((proxy.host, proxy.port), timeout=5) as sock,
    ):
        sock.sendall(b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % server.port)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        started = time.monotonic()
    assert time.monotonic() - started < 10
    assert not [thread for thread in threading.enumerate() if str(proxy.port) in thread.name]


def test_nobody_listens_at_a_refusing_address() -> None:
    with refusing_address() as address, pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)


def test_connecting_to_an_unaccepting_address_times_out() -> None:
    with unaccepting_address() as address, httpx.Client(timeout=0.2) as client:
        for _ in range(2):
            with pytest.raises(httpx.ConnectTimeout):
                client.get(address.base_url)


def test_an_unresolvable_host_has_no_address() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(UNRESOLVABLE_HOST, 80)


async def test_time_passes_only_when_told() -> None:
    clock = SteppingClock()
    first = clock.monotonic()
    clock.advance(1)
    clock.sleep(2)
    await clock.sleep_async(0.5)
    assert (clock.monotonic() - first, clock.sleeps) == (3.5, [2, 0.5])
    assert clock.now() - START == timedelta(seconds=3.5)
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)
