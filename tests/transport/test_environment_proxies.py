"""The environment's proxy is used as other programs use it, but never for this machine itself."""

from __future__ import annotations

import pytest

from carrierx import ConfigurationError, ConnectionFailedError, Outcome
from tests.support.client_factory import ClientFactory, Driven
from tests.support.fault_server import FaultServer
from tests.support.proxy_server import ProxyServer
from tests.support.scripts import SMS

pytestmark = pytest.mark.carrierx_allow_network("far.example")  # only proxies of the tests are asked for it

HTTP, HTTPS = "http://far.example/core/v2", "https://far.example/core/v2"


def client_for(factory: ClientFactory, base_url: str, **options: object) -> Driven:
    return factory.at(base_url, allow_http=True, max_retries=0, connect_timeout=1, **options)


def fails_to_send(client: Driven) -> None:
    """Send to a host that there is not; only who was asked about it matters."""
    with pytest.raises(Exception, match="POST /sms/messages"):
        client.send(**SMS)


@pytest.mark.parametrize(
    ("variable", "base_url", "connects", "forwarded"),
    [
        ("http_proxy", HTTP, 0, 1),
        ("https_proxy", HTTPS, 1, 0),
        ("HTTPS_PROXY", HTTPS, 1, 0),
        ("all_proxy", HTTPS, 1, 0),
        ("all_proxy", HTTP, 0, 1),
    ],
)
def test_the_proxy_of_the_base_urls_scheme_is_asked(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch, variable: str, base_url: str, connects: int, forwarded: int
) -> None:
    with ProxyServer() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        fails_to_send(client_for(factory, base_url))
        asked = [request.method for request in proxy.requests]
        assert (asked.count("CONNECT"), asked.count("POST")) == (connects, forwarded)


def test_a_proxy_may_be_written_without_its_scheme(factory: ClientFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProxyServer() as proxy:
        monkeypatch.setenv("https_proxy", f"{proxy.host}:{proxy.port}")
        fails_to_send(client_for(factory, HTTPS))
        assert proxy.connects == 1


def test_a_proxy_that_cannot_reach_the_host_lets_nothing_through(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProxyServer() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(ConnectionFailedError, match="the proxy refused to connect") as caught:
            client_for(factory, HTTPS).send(**SMS)
    assert caught.value.outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached_without_a_proxy(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    with ProxyServer() as proxy, FaultServer() as server:
        monkeypatch.setenv(variable, proxy.url)
        factory.at(server.base_url.replace("127.0.0.1", host)).send(**SMS)
        assert (proxy.connections, server.requests_fully_read) == (0, 1)


def test_a_proxy_that_is_given_is_used_for_this_machine_too(factory: ClientFactory) -> None:
    with ProxyServer() as proxy, FaultServer() as server:
        factory.at(server.base_url, proxy=proxy.url).send(**SMS)
        assert (proxy.forwarded, server.requests_fully_read) == (1, 1)


@pytest.mark.parametrize("exempt", ["far.example", ".example", "other.test, far.example", "*"])
def test_no_proxy_exempts_hosts(factory: ClientFactory, monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    with ProxyServer() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", exempt)
        fails_to_send(client_for(factory, HTTPS))
        assert proxy.connections == 0


def test_the_environment_can_be_ignored(factory: ClientFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProxyServer() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        fails_to_send(client_for(factory, HTTPS, trust_env=False))
        assert proxy.connections == 0


def test_a_given_proxy_goes_before_the_environments(factory: ClientFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProxyServer() as theirs, ProxyServer() as ours:
        monkeypatch.setenv("https_proxy", theirs.url)
        fails_to_send(client_for(factory, HTTPS, proxy=ours.url))
        assert (theirs.connections, ours.connects) == (0, 1)


@pytest.mark.parametrize("value", ["ftp://proxy.example", "http://", "http://joe:s3cr3t@:80", "http://p:s3cr3t"])
def test_an_environments_proxy_that_is_none_is_refused_and_not_repeated(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("https_proxy", value)
    with pytest.raises(ConfigurationError, match="The environment's proxy") as caught:
        client_for(factory, HTTPS).send(**SMS)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.outcome is Outcome.NOT_SENT
