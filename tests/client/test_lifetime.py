"""From making a client to closing it, and what its copies share."""

from __future__ import annotations

import asyncio
import gc
import shutil
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, ConfigurationError, Outcome
from carrierx.emulator import DEMO_TOKEN, AsyncEmulatorTransport, Emulator, EmulatorTransport
from tests.support.client_factory import ClientFactory, Driven
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS, Script, sms


def test_a_copy_shares_the_connections(factory: ClientFactory) -> None:
    with FaultServer() as server:
        client = factory.at(server.base_url)
        for each in (client, client.with_options(timeout=5), client.with_options(max_retries=0), client):
            each.send(**SMS)
        assert (server.requests_fully_read, server.connections) == (4, 1)


def test_closing_a_copy_leaves_the_connections_open(factory: ClientFactory) -> None:
    with FaultServer() as server:
        client = factory.at(server.base_url)
        copy = client.with_options(timeout=5)
        copy.send(**SMS)
        copy.close()
        copy.in_block(lambda entered: entered.send(**SMS))
        client.send(**SMS)
        assert server.connections == 1


def test_a_copy_has_its_own_options_and_the_original_keeps_its_own(factory: ClientFactory) -> None:
    script = Script()
    client = factory.scripted(script, extra_headers={"X-A": "1"})
    copy = client.with_options(extra_headers={"X-B": "2"}, legacy_field_names=True)
    client.send(**SMS)
    copy.send(**SMS)
    ours, theirs = script.requests
    assert (ours.headers.get("x-a"), ours.headers.get("x-b")) == ("1", None)
    assert (theirs.headers.get("x-a"), theirs.headers.get("x-b")) == (None, "2")
    assert [sorted(body) for body in script.bodies] == [["from", "message", "to"], ["from_did", "message", "to_did"]]


def test_a_copy_of_a_copy_keeps_what_was_not_changed(factory: ClientFactory) -> None:
    script = Script()
    factory.scripted(script, auto_reference=True).with_options(timeout=5).with_options(max_retries=1).send(**SMS)
    assert len(script.bodies[0]["user_data"]) == 26


@pytest.mark.parametrize("option", ["base_url", "proxy", "max_connections", "token", "clock"])
def test_what_makes_the_connections_cannot_be_changed_in_a_copy(factory: ClientFactory, option: str) -> None:
    with pytest.raises(ConfigurationError, match=f"no option '{option}'"):
        factory.scripted([sms()]).with_options(**{option: "x"})


def test_closing_twice_is_fine(factory: ClientFactory) -> None:
    with FaultServer() as server:
        client = factory.at(server.base_url)
        client.send(**SMS)
        client.close()
        client.close()


def test_closing_before_the_first_call_is_fine(factory: ClientFactory) -> None:
    client = factory.at("http://127.0.0.1:9")
    client.close()
    client.close()


USES: dict[str, Callable[[Driven], object]] = {
    "send": lambda client: client.send(**SMS),
    "get": lambda client: client.get("sid"),
    "list": lambda client: client.list(),
    "iterate": lambda client: list(client.iterate()),
    "a copy": lambda client: client.with_options(timeout=5).send(**SMS),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
@pytest.mark.parametrize("injected", [False, True], ids=["own connections", "injected client"])
def test_a_closed_client_says_so_and_sends_nothing(
    factory: ClientFactory, use: Callable[[Driven], object], injected: bool
) -> None:
    script = Script()
    with FaultServer() as server:
        client = factory.scripted(script) if injected else factory.at(server.base_url)
        client.close()
        with pytest.raises(ConfigurationError, match="closed") as caught:
            use(client)
        assert (server.connections, script.requests) == (0, [])
    assert caught.value.outcome is Outcome.NOT_SENT


def test_a_block_closes_the_client_at_its_end(factory: ClientFactory) -> None:
    client = factory.scripted([sms()])
    assert client.in_block(lambda entered: entered.client) is client.client
    with pytest.raises(ConfigurationError, match="closed"):
        client.send(**SMS)


def test_a_block_closes_the_client_when_it_fails(factory: ClientFactory) -> None:
    client = factory.scripted([sms()])
    with pytest.raises(ZeroDivisionError):
        client.in_block(lambda entered: 1 / 0)
    with pytest.raises(ConfigurationError, match="closed"):
        client.send(**SMS)


def test_an_injected_client_is_never_closed(emulator: Emulator) -> None:
    with httpx.Client(transport=EmulatorTransport(emulator)) as http:
        with CarrierXClient(DEMO_TOKEN, http_client=http) as client:
            client.messages.send(**SMS)
        assert not http.is_closed


async def test_an_injected_async_client_is_never_closed(emulator: Emulator) -> None:
    async with httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator)) as http:
        async with AsyncCarrierXClient(DEMO_TOKEN, http_client=http) as client:
            await client.messages.send(**SMS)
        assert not http.is_closed


def test_what_a_factory_made_is_closed_with_the_client(emulator: Emulator) -> None:
    made: list[httpx.Client] = []

    def make() -> httpx.Client:
        made.append(httpx.Client(transport=EmulatorTransport(emulator)))
        return made[-1]

    with CarrierXClient(DEMO_TOKEN, http_client=make) as client:
        assert made == []
        client.messages.send(**SMS)
        client.with_options(timeout=5).messages.send(**SMS)
    assert [http.is_closed for http in made] == [True]


def test_what_a_factory_made_is_closed_with_the_async_client(emulator: Emulator) -> None:
    made: list[httpx.AsyncClient] = []

    def make() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator)))
        return made[-1]

    async def work() -> None:
        async with AsyncCarrierXClient(DEMO_TOKEN, http_client=make) as client:
            await client.messages.send(**SMS)
            await client.with_options(timeout=5).messages.send(**SMS)

    asyncio.run(work())
    assert [http.is_closed for http in made] == [True]


def test_a_copy_or_a_resource_outlives_the_client_that_nobody_holds() -> None:
    with FaultServer() as server:
        copy = CarrierXClient(DEMO_TOKEN, base_url=server.base_url).with_options(timeout=5)
        messages = CarrierXClient(DEMO_TOKEN, base_url=server.base_url).messages
        gc.collect()
        copy.messages.send(**SMS)
        messages.send(**SMS)
        CarrierXClient(DEMO_TOKEN, base_url=server.base_url).messages.send(**SMS)
        assert server.requests_fully_read == 3
        del copy, messages
        gc.collect()


def test_a_client_shows_where_it_talks_to_and_nothing_else(factory: ClientFactory) -> None:
    client = factory.at("http://127.0.0.1:8025/core/v2").client
    assert repr(client) == f"{type(client).__name__}(base_url='http://127.0.0.1:8025/core/v2')"


def test_clients_share_one_tls_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factory: ClientFactory) -> None:
    made: list[object] = []
    create = ssl.create_default_context

    def counted(*arguments: object, **keywords: object) -> ssl.SSLContext:
        made.append(arguments)
        return create(*arguments, **keywords)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    with FaultServer(use_tls=True) as server:
        assert server.ca_file is not None
        # A file of its own: contexts are kept as long as the process, and other tests have made theirs.
        authorities = shutil.copy(server.ca_file, tmp_path / f"{factory.kind}.pem")
        for _ in range(3):
            factory.at(server.base_url, ca_file=str(authorities)).send(**SMS)
        assert (server.requests_fully_read, server.connections) == (3, 3)
    assert len(made) == 1
