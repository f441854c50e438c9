"""The table, where no connection to the server comes about, or none is to be had: nothing was sent."""

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from carrierx import (
    APIError,
    AsyncCarrierXClient,
    CarrierXClient,
    CarrierXError,
    ExchangeTimeoutError,
    Outcome,
    RetryPolicy,
    SendOutcomeUnknownError,
)
from carrierx.client_options import ClientOptions
from tests.outcomes.table import Expected, not_sent, not_sent_for_good, unknown
from tests.outcomes.ways import EVERY_WAY, FROM, TEXT, TO, TOKEN, Way, unclosed_ignored
from tests.support import behaviours as do
from tests.support import proxy_server, tls
from tests.support.fault_server import FaultServer
from tests.support.ports import UNRESOLVABLE_HOST, refusing_address, unaccepting_address
from tests.support.proxy_server import ProxyBehaviour, ProxyServer

DIRECT = [way for way in EVERY_WAY if not way.proxied]
PROXIED = [way for way in EVERY_WAY if way.proxied]
TUNNELLED = [way for way in PROXIED if way.tls]
FORWARDED = [way for way in PROXIED if not way.tls]


HANGING = do.after_whole_request(do.STAY_SILENT)


def scheme(way: Way) -> str:
    """The scheme of this way's URLs."""
    return "https" if way.tls else "http"


@pytest.mark.carrierx_allow_network(UNRESOLVABLE_HOST)
@pytest.mark.parametrize("way", DIRECT, ids=str)
def test_a_name_that_is_not_found_means_not_sent(way: Way) -> None:
    not_sent().check(way.send(f"{scheme(way)}://{UNRESOLVABLE_HOST}/core/v2"), read=0)


@pytest.mark.parametrize("way", DIRECT, ids=str)
def test_a_refused_connection_means_not_sent(way: Way) -> None:
    with refusing_address() as address:
        not_sent().check(way.send(f"{scheme(way)}://{address.host}:{address.port}/core/v2"), read=0)


@pytest.mark.parametrize("way", DIRECT, ids=str)
def test_a_connection_that_takes_too_long_means_not_sent(way: Way) -> None:
    with unaccepting_address() as address:
        base_url = f"{scheme(way)}://{address.host}:{address.port}/core/v2"
        not_sent().check(way.send(base_url, connect_timeout=0.1), read=0)


@pytest.mark.parametrize("way", [way for way in EVERY_WAY if way.tls], ids=str)
def test_a_certificate_that_is_not_trusted_means_not_sent_and_stays(way: Way) -> None:
    with FaultServer(use_tls=True) as server, way.proxy() as proxy:
        report = way.send(server.base_url, proxy=proxy, trusting=False)
        server.settle()
        not_sent_for_good().check(report, server.requests_fully_read)
        assert server.connections == 1


@pytest.mark.parametrize("way", [way for way in EVERY_WAY if way.tls and not way.proxied], ids=str)
def test_a_certificate_of_another_name_means_not_sent_and_stays(way: Way) -> None:
    with FaultServer(use_tls=True, tls_names=("sms.example",)) as server:
        report = way.send(server.base_url)
        server.settle()
        not_sent_for_good().check(report, server.requests_fully_read)


# What a proxy does. A tunnel comes before the request; a request to forward goes to the proxy whole.


def check_proxied(way: Way, behaviour: ProxyBehaviour, expected: Expected, *, timeout: float = 10.0) -> ProxyServer:
    """Send through a proxy that behaves so; the server must see nothing of it."""
    with FaultServer(use_tls=way.tls) as server, ProxyServer(behaviour) as proxy:
        report = way.send(server.base_url, proxy=proxy.url, timeout=timeout)
        proxy.settle()
        server.settle()
        expected.check(report, server.requests_fully_read)
    return proxy


@pytest.mark.parametrize("status", [502, 503, 504, 403])
@pytest.mark.parametrize("way", TUNNELLED, ids=str)
def test_a_proxy_that_opens_no_tunnel_means_not_sent(way: Way, status: int) -> None:
    proxy = check_proxied(way, proxy_server.refuse(status), not_sent())
    assert proxy.connects == 3


@pytest.mark.parametrize("way", TUNNELLED, ids=str)
def test_a_proxy_that_wants_credentials_for_a_tunnel_means_not_sent_and_stays(way: Way) -> None:
    proxy = check_proxied(way, proxy_server.demand_credentials(), not_sent_for_good())
    assert proxy.connects == 1


@pytest.mark.parametrize("way", FORWARDED, ids=str)
def test_a_proxy_that_wants_credentials_to_forward_means_not_sent_and_stays(way: Way) -> None:
    check_proxied(way, proxy_server.demand_credentials(), not_sent_for_good(APIError))


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("way", FORWARDED, ids=str)
def test_an_error_of_a_proxy_that_has_the_request_proves_nothing(way: Way, status: int) -> None:
    check_proxied(way, proxy_server.refuse(status), unknown(read=0))


@pytest.mark.parametrize("way", TUNNELLED, ids=str)
def test_a_proxy_that_closes_before_the_tunnel_means_not_sent(way: Way) -> None:
    with FaultServer(use_tls=True) as server, ProxyServer(proxy_server.close_on_accept()) as proxy:
        report = way.send(server.base_url, proxy=proxy.url)
        assert proxy.connections == 3
        assert server.connections == 0
    assert isinstance(report.error, CarrierXError)
    assert [attempt.outcome for attempt in report.attempts] == [Outcome.NOT_SENT] * 3
    assert report.error.safe_to_resend


@pytest.mark.parametrize("way", TUNNELLED, ids=str)
def test_a_proxy_that_says_nothing_about_the_tunnel_means_not_sent(way: Way) -> None:
    with FaultServer(use_tls=True) as server, ProxyServer(proxy_server.silence()) as proxy:
        report = way.send(server.base_url, proxy=proxy.url, timeout=0.3)
        assert server.connections == 0
    assert report.error is not None
    assert [attempt.outcome for attempt in report.attempts] == [Outcome.NOT_SENT] * 3


@pytest.mark.parametrize("way", FORWARDED, ids=str)
def test_a_proxy_that_has_the_request_and_says_nothing_proves_nothing(way: Way) -> None:
    check_proxied(way, proxy_server.silence(), unknown(read=0), timeout=0.4)


@pytest.mark.parametrize("way", PROXIED, ids=str)
def test_a_proxy_that_is_not_there_means_not_sent(way: Way) -> None:
    with FaultServer(use_tls=way.tls) as server, refusing_address() as address:
        report = way.send(server.base_url, proxy=f"http://{address.host}:{address.port}")
        not_sent().check(report, server.requests_fully_read)


@pytest.mark.parametrize("way", PROXIED, ids=str)
def test_a_proxy_that_goes_away_after_the_request_has_passed_proves_nothing(way: Way) -> None:
    with FaultServer(use_tls=way.tls) as server:
        passed = proxy_server.close_when(lambda: server.requests_fully_read > 0)
        with ProxyServer(passed) as proxy:
            report = way.send(server.base_url, proxy=proxy.url)
            server.settle()
            unknown().check(report, server.requests_fully_read)


# Waiting for a free connection.


def pool_options(server: FaultServer) -> ClientOptions:
    return ClientOptions(
        base_url=server.base_url,
        ssl_context=tls.client_context(),
        trust_env=False,
        max_connections=1,
        retry_policy=RetryPolicy(max_retries=2, first_wait=0.0),
    )


@pytest.mark.parametrize("injected", [False, True], ids=["own", "injected httpx"])
@pytest.mark.parametrize("use_tls", [False, True], ids=["plain", "TLS"])
def test_no_free_connection_means_not_sent(use_tls: bool, injected: bool) -> None:
    with contextlib.ExitStack() as stack:
        with FaultServer(HANGING, use_tls=use_tls) as server:
            http_client = None
            if injected:
                limits = httpx.Limits(max_connections=1)
                http_client = stack.enter_context(httpx.Client(limits=limits, verify=tls.client_context()))
            client = stack.enter_context(CarrierXClient(TOKEN, http_client=http_client, **pool_options(server)))
            first = stack.enter_context(ThreadPoolExecutor(1)).submit(send_one, client)
            wait_until_read(server)
            with pytest.raises(ExchangeTimeoutError) as caught:
                client.messages.send(from_=FROM, to=TO, message=TEXT, timeout=0.1)
            server.settle()
            assert server.requests_fully_read == 1
        with pytest.raises(SendOutcomeUnknownError):  # the server has gone
            first.result()
    assert caught.value.safe_to_resend
    assert [attempt.outcome for attempt in caught.value.attempts] == [Outcome.NOT_SENT] * 3


def send_one(client: CarrierXClient) -> None:
    client.messages.send(from_=FROM, to=TO, message=TEXT)


def wait_until_read(server: FaultServer) -> None:
    deadline = time.monotonic() + 20.0
    while server.requests_fully_read < 1:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("backend", ["httpx", "aiohttp", "injected httpx"])
@pytest.mark.parametrize("use_tls", [False, True], ids=["plain", "TLS"])
def test_no_free_connection_means_not_sent_in_async(use_tls: bool, backend: str) -> None:
    async def send_two() -> CarrierXError:
        async with contextlib.AsyncExitStack() as stack:
            with FaultServer(HANGING, use_tls=use_tls) as server:
                http_client = None
                if backend == "injected httpx":
                    limits = httpx.Limits(max_connections=1)
                    http_client = httpx.AsyncClient(limits=limits, verify=tls.client_context())
                    await stack.enter_async_context(http_client)
                client = AsyncCarrierXClient(
                    TOKEN,
                    http_client=http_client,
                    async_backend="aiohttp" if backend == "aiohttp" else "httpx",
                    **pool_options(server),
                )
                await stack.enter_async_context(client)
                first = asyncio.ensure_future(client.messages.send(from_=FROM, to=TO, message=TEXT))
                await asyncio.to_thread(wait_until_read, server)
                with pytest.raises(CarrierXError) as caught:
                    await client.messages.send(from_=FROM, to=TO, message=TEXT, timeout=0.1)
                await server.settled()
                assert server.requests_fully_read == 1
            with pytest.raises(SendOutcomeUnknownError):  # the server has gone
                await first
            return caught.value

    with unclosed_ignored() if backend == "aiohttp" else contextlib.nullcontext():
        error = asyncio.run(send_two())
    assert type(error) is ExchangeTimeoutError
    assert error.safe_to_resend
    assert [attempt.outcome for attempt in error.attempts] == [Outcome.NOT_SENT] * 3
