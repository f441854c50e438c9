"""In a test run no client reaches a host that is not this machine, unless the run allows it."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Literal
from unittest import mock

import httpx
import httpx2
import pytest

from carrierx import (
    AsyncCarrierXClient,
    CarrierXClient,
    NetworkBlockedError,
    Outcome,
    SendOutcomeUnknownError,
    network_guard,
)
from carrierx.events import AttemptFinished
from carrierx.testing import respx_router
from carrierx.testing.emulator import EmulatorForTests
from tests.support.behaviours import Step, after_whole_request, redirect, respond_sms
from tests.support.client_factory import Driven
from tests.support.connection import Connection
from tests.support.fault_server import FaultServer
from tests.support.proxy_server import ProxyServer
from tests.support.scripts import Script

HOST = "api.example"
TOKEN = "0d7a8c3e-token"
TEXT: dict[str, Any] = {"from_": "15162065575", "to": "15162065574", "message": "Hello"}


@pytest.fixture(autouse=True)
def nothing_is_allowed() -> Iterator[None]:
    """The guard as a test run without settings has it."""
    before = network_guard.state()
    network_guard.allow_every_host()
    network_guard.allow_also([])
    yield
    network_guard.restore(before)


@pytest.fixture(autouse=True)
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were looked up: all of them are this machine's."""
    look_up = socket.getaddrinfo
    names: list[str] = []

    def on_this_machine(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name != "127.0.0.1":
            names.append(name)
        return look_up("127.0.0.1", *arguments, **options)

    monkeypatch.setattr("socket.getaddrinfo", on_this_machine)
    return names


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as made:
        yield made


def url_of(server: FaultServer, host: str = HOST) -> str:
    return f"http://{host}:{server.port}/core/v2"


KINDS = ("sync", "async", "aiohttp", "sync httpx", "sync httpx2", "async httpx", "async httpx2")
Make = Callable[..., Driven]


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes a client of one kind: with its own session, over aiohttp, or with an injected client."""
    kind, _, library = request.param.partition(" ")
    clients: list[Driven] = []
    with asyncio.Runner() as runner:

        def made(**options: Any) -> Driven:
            settings: dict[str, Any] = {
                "allow_http": True,
                "trust_env": False,
                "timeout": 10.0,
                "max_retries": 2,
                **options,
            }
            if kind == "sync":
                given: Any = (httpx if library == "httpx" else httpx2).Client(trust_env=False) if library else None
                client = Driven(CarrierXClient(TOKEN, http_client=given, **settings), lambda value: value)
                if given is not None:
                    closing.append(given.close)
            else:
                backend: Literal["httpx", "aiohttp"] = "aiohttp" if kind == "aiohttp" else "httpx"
                theirs: Any = (
                    (httpx if library == "httpx" else httpx2).AsyncClient(trust_env=False) if library else None
                )
                made_async = AsyncCarrierXClient(TOKEN, http_client=theirs, async_backend=backend, **settings)
                client = Driven(made_async, runner.run)
                if theirs is not None:
                    closing.append(lambda: runner.run(theirs.aclose()))
            clients.append(client)
            return client

        closing: list[Callable[[], object]] = []
        yield made
        for client in clients:
            client.close()
        for close in closing:
            close()


def refused(client: Driven, **message: Any) -> NetworkBlockedError:
    with pytest.raises(NetworkBlockedError) as caught:
        client.send(**{**TEXT, **message})
    return caught.value


def test_a_text_to_a_real_host_goes_nowhere(make: Make, server: FaultServer, looked_up: list[str]) -> None:
    error = refused(make(base_url=url_of(server)), reference="table-17")

    assert server.connections == 0
    assert looked_up == []
    assert (error.outcome, error.safe_to_resend, error.reference) == (Outcome.NOT_SENT, False, "table-17")
    assert error.host == HOST
    assert [(attempt.outcome, attempt.reason) for attempt in error.attempts] == [
        (Outcome.NOT_SENT, "NetworkBlockedError")
    ]


def test_a_read_is_refused_once(make: Make, server: FaultServer) -> None:
    with pytest.raises(NetworkBlockedError) as caught:
        make(base_url=url_of(server)).get("a-message")

    assert server.connections == 0
    assert len(caught.value.attempts) == 1


def test_the_error_says_what_to_do_and_keeps_nothing_of_the_request(make: Make, server: FaultServer) -> None:
    error = refused(make(base_url=url_of(server)))

    for words in (HOST, "carrierx_client", "carrierx_emulator.base_url", "respx_router", "carrierx_allow_hosts"):
        assert words in str(error)
    assert "@pytest.mark.carrierx_allow_network" in str(error)
    assert "--carrierx-allow-network" in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.host, copy.attempts) == (type(error), str(error), HOST, error.attempts)


def test_an_open_connection_is_not_used_either(make: Make, server: FaultServer) -> None:
    client = make(base_url=url_of(server))
    allowed = network_guard.state()
    network_guard.allow_also([HOST])
    client.send(**TEXT)
    network_guard.restore(allowed)

    refused(client)

    assert (server.connections, server.requests_started) == (1, 1)
    network_guard.allow_also([HOST])
    client.send(**TEXT)  # what refused has left nothing behind
    assert server.requests_fully_read == 2


def test_the_other_connections_of_a_client_stay_open(server: FaultServer) -> None:
    both_there = Barrier(2, timeout=10)

    def wait_for_both(connection: Connection) -> None:
        both_there.wait()

    meet = Step("wait for the other request", wait_for_both)
    server.then(*[after_whole_request(meet, *respond_sms().steps)] * 2, respond_sms())
    with (
        CarrierXClient(TOKEN, base_url=url_of(server), allow_http=True, trust_env=False) as client,
        ThreadPoolExecutor(2) as threads,
    ):
        allowed = network_guard.state()
        network_guard.allow_also([HOST])
        driven = Driven(client, lambda value: value)
        for sending in [threads.submit(driven.send, **TEXT) for _ in range(2)]:
            sending.result()
        network_guard.restore(allowed)
        refused(driven)
        network_guard.allow_also([HOST])

        client.messages.send(**TEXT)

    assert (server.connections, server.requests_fully_read) == (2, 3)


@pytest.mark.parametrize("make", ["sync", "async", "aiohttp"], indirect=True)
def test_a_proxy_on_this_machine_does_not_let_it_pass(
    make: Make, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.proxy_server.LOOPBACK", (HOST,))
    with ProxyServer() as proxy:
        client = make(base_url=url_of(server), proxy=proxy.url)

        refused(client)

        assert proxy.connections == 0
        network_guard.allow_also([HOST])
        client.send(**TEXT)
        assert (proxy.connections, proxy.forwarded) == (1, 1)


def test_this_machine_can_be_reached(make: Make, server: FaultServer) -> None:
    make(base_url=url_of(server, "localhost")).send(**TEXT)

    assert server.requests_fully_read == 1


def test_a_test_that_clears_its_environment_is_guarded(make: Make, server: FaultServer) -> None:
    with mock.patch.dict(os.environ, clear=True):
        refused(make(base_url=url_of(server)))

    assert server.connections == 0


def test_the_events_say_that_it_was_not_sent(make: Make, server: FaultServer) -> None:
    events: list[object] = []

    refused(make(base_url=url_of(server), on_event=events.append))

    [finished] = [event for event in events if isinstance(event, AttemptFinished)]
    assert (finished.outcome, finished.error) == (Outcome.NOT_SENT, "NetworkBlockedError")


@pytest.mark.parametrize("make", ["sync", "async"], indirect=True)
def test_a_router_of_respx_answers_before_the_network(make: Make) -> None:
    with respx_router() as router:
        make().send(**TEXT)
        make().send(**TEXT, media_urls=["https://media.example/cat.png"])

        assert router["messages.send"].call_count == 2


def test_a_transport_of_the_tests_own_is_not_asked_about() -> None:
    script = Script()

    with (
        httpx.Client(transport=httpx.MockTransport(script)) as given,
        CarrierXClient(TOKEN, http_client=given) as client,
    ):
        client.messages.send(**TEXT)

    assert script.requests[0].url.host == "api.carrierx.com"


class Wrapping(httpx.HTTPTransport):
    """A transport that raises exceptions of its own."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().handle_request(request)
        except Exception as error:
            raise RuntimeError("it went wrong") from error


def test_a_transport_that_wraps_exceptions_hides_nothing(server: FaultServer) -> None:
    with (
        httpx.Client(transport=Wrapping()) as given,
        CarrierXClient(TOKEN, base_url=url_of(server), allow_http=True, http_client=given) as client,
    ):
        refused(Driven(client, lambda value: value))

    assert server.connections == 0


def test_a_refused_hook_does_not_make_a_sent_text_unsent(server: FaultServer) -> None:
    def hook(response: httpx.Response) -> None:
        raise NetworkBlockedError("the hook's own client was refused", host="elsewhere.example")

    with (
        httpx.Client(event_hooks={"response": [hook]}) as given,
        CarrierXClient(TOKEN, base_url=server.base_url, http_client=given) as client,
        pytest.raises(SendOutcomeUnknownError),
    ):
        client.messages.send(**TEXT)

    assert server.requests_fully_read == 1


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("api.example", "API.Example."),
        ("API.example.", "api.example"),
        ("api.example:8443", "api.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("[2001:db8::17]", "2001:db8::17"),
        ("2001:DB8:0::17", "2001:db8::17"),
        ("[2001:db8::17]:443", "[2001:db8::17]"),
    ],
)
def test_a_host_is_allowed_however_it_is_written(allowed: str, host: str) -> None:
    assert network_guard.is_blocked(host)

    network_guard.allow_also([allowed])

    assert not network_guard.is_blocked(host)
    assert network_guard.is_blocked(f"sub.{HOST}")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.3.2.1", "::1", "[::1]", "[::1]:80"])
def test_this_machine_is_always_allowed(host: str) -> None:
    assert not network_guard.is_blocked(host)


@pytest.mark.parametrize("host", ["", "localhost.example", "127.0.0.1.example", "10.0.0.1", "0.0.0.0", "xn--\u00fc"])
def test_nothing_else_is(host: str) -> None:
    assert network_guard.is_blocked(host)


CAT = "https://media.example/cat.png"


@pytest.mark.parametrize("make", ["sync", "async"], indirect=True)
class TestMedia:
    """The check of an MMS's media asks other hosts than CarrierX."""

    def test_the_check_asks_nobody_and_nothing_is_sent(
        self, make: Make, server: FaultServer, looked_up: list[str]
    ) -> None:
        client = make(base_url=url_of(server, "localhost"))

        error = refused(client, media_urls=[CAT, CAT], reference="table-17")

        assert (error.host, error.outcome, error.reference) == ("media.example", Outcome.NOT_SENT, "table-17")
        assert 'media_check="off"' in str(error)
        assert "carrierx_allow_hosts" in str(error)
        assert "media.example" not in looked_up
        assert server.connections == 0

    def test_without_the_check_it_is_sent(self, make: Make, server: FaultServer, looked_up: list[str]) -> None:
        make(base_url=url_of(server, "localhost"), media_check="off").send(**TEXT, media_urls=[CAT])

        assert server.requests_fully_read == 1
        assert "media.example" not in looked_up

    def test_an_allowed_host_is_asked(self, make: Make, server: FaultServer, looked_up: list[str]) -> None:
        network_guard.allow_also(["media.example"])

        make(base_url=url_of(server, "localhost")).send(**TEXT, media_urls=[CAT])

        assert "media.example" in looked_up

    def test_a_redirect_to_a_real_host_is_not_followed(
        self, make: Make, server: FaultServer, looked_up: list[str]
    ) -> None:
        with FaultServer(redirect(302, "http://elsewhere.example/cat.png")) as media:
            client = make(base_url=url_of(server, "localhost"), allow_private_media=True)

            error = refused(client, media_urls=[f"{media.origin}/cat.png"])

        assert error.host == "elsewhere.example"
        assert "elsewhere.example" not in looked_up
        assert server.connections == 0

    def test_an_address_that_is_never_asked_is_no_reason(self, make: Make, server: FaultServer) -> None:
        make(base_url=url_of(server, "localhost")).send(**TEXT, media_urls=["http://169.254.169.254/cat.png"])

        assert server.requests_fully_read == 1


def test_the_kits_own_clients_send_media_as_ever(carrierx_emulator: EmulatorForTests, looked_up: list[str]) -> None:
    carrierx_emulator.client().messages.send(**TEXT, media_urls=[CAT])
    asyncio.run(carrierx_emulator.async_client().messages.send(**TEXT, media_urls=[CAT]))

    assert len(carrierx_emulator.messages.media_url(CAT)) == 2
    assert looked_up == []


def test_a_token_function_that_would_reach_a_real_host_is_refused_as_itself(server: FaultServer) -> None:
    tokens = CarrierXClient("another-token", base_url=url_of(server), allow_http=True)
    answered = httpx.MockTransport(lambda request: httpx.Response(200, json={"message_sid": "sid"}))

    def fetch() -> str:
        return tokens.messages.get("sid").message_sid

    with (
        httpx.Client(transport=answered) as http,
        CarrierXClient(fetch, http_client=http) as client,
        tokens,
        pytest.raises(NetworkBlockedError) as caught,
    ):
        client.messages.send(**TEXT, reference="table-17")
    assert (caught.value.host, caught.value.safe_to_resend, caught.value.reference) == (HOST, False, "table-17")
    assert server.connections == 0


def test_a_proxy_elsewhere_gets_nothing_either(server: FaultServer) -> None:
    with ProxyServer() as proxy:
        elsewhere = proxy.url.replace("127.0.0.1", HOST)
        with CarrierXClient(TOKEN, base_url=server.base_url, proxy=elsewhere, max_retries=2) as client:
            assert refused(Driven(client, lambda value: value)).host == HOST

        async def scene() -> None:
            async with AsyncCarrierXClient(
                TOKEN, base_url=server.base_url, proxy=elsewhere, async_backend="aiohttp"
            ) as over_aiohttp:
                with pytest.raises(NetworkBlockedError):
                    await over_aiohttp.messages.send(**TEXT)

        asyncio.run(scene())
        assert (proxy.connections, server.connections) == (0, 0)
