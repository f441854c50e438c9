"""How a client comes by its resources."""

from __future__ import annotations

import inspect
import re
from inspect import get_annotations
from unittest import mock

import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, Message
from tests.processes.scripts import run
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS

NAMES = sorted(name for name in get_annotations(CarrierXClient) if not name.startswith("_"))


def test_both_clients_have_the_same_resources() -> None:
    assert NAMES == [
        "access_control",
        "containers",
        "detail_records",
        "did_groups",
        "dids",
        "external_dids",
        "files",
        "lookup",
        "messages",
        "partners",
        "rates",
        "ratings",
        "short_codes",
        "tokens",
        "verification",
    ]
    of_sync, of_async = get_annotations(CarrierXClient), get_annotations(AsyncCarrierXClient)
    assert {name: f"Async{kind}" for name, kind in of_sync.items()} == of_async


@pytest.mark.parametrize("client", [CarrierXClient, AsyncCarrierXClient])
def test_every_resource_is_described_with_its_client(client: type) -> None:
    attributes = (inspect.getdoc(client) or "").partition("Attributes:")[2].partition("Raises:")[0]

    assert sorted(re.findall(r"^ {4}(\w+): ", attributes, re.MULTILINE)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_resource_belongs_to_its_client(factory: ClientFactory, name: str) -> None:
    client = factory.make()
    resource = getattr(client.client, name)

    wanted = name.replace("_", "")
    prefix = "" if isinstance(client.client, CarrierXClient) else "async"
    assert type(resource).__name__.lower() == f"{prefix}{wanted}"
    assert vars(resource) == {"_context": vars(client.client)["_context"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_resource_is_one_object_for_the_life_of_its_client(factory: ClientFactory, name: str) -> None:
    client = factory.make().client

    assert getattr(client, name) is getattr(client, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_with_other_options_has_resources_of_its_own(factory: ClientFactory, name: str) -> None:
    client = factory.make().client
    before = getattr(client, name)
    copy = client.with_options(timeout=5)

    assert getattr(copy, name) is not before
    assert vars(getattr(copy, name)) == {"_context": vars(copy)["_context"]}
    assert getattr(client, name) is before


def test_a_method_of_a_resource_can_be_patched(factory: ClientFactory) -> None:
    """As the tests of an application do, which must not send."""
    driven = factory.make()
    client = driven.client
    copy = client.with_options(timeout=5)
    message = Message(message_sid="097b49df")

    with mock.patch.object(client.messages, "send", return_value=message) as send:
        assert driven.send(**SMS) is message
        assert copy.messages.send is not send
    send.assert_called_once_with(None, **SMS)
    assert client.messages.send is not send


@pytest.mark.parametrize(
    ("client", "send"), [("CarrierXClient", "{}"), ("AsyncCarrierXClient", "asyncio.run({})")], ids=["sync", "async"]
)
def test_all_that_the_resources_need_for_a_send_is_loaded_with_the_client(client: str, send: str) -> None:
    """A process that forks while another thread imports can leave its child waiting for a lock that nobody holds."""
    with FaultServer() as server:
        run(
            f"""
            import sys
            client = {client}("token", base_url=BASE_URL)
            before = set(sys.modules)
            media = ["https://example.com/a.png"]
            {send.format("client.messages.send(**SMS, media_urls=media, media_check='off', reference='order-17')")}
            loaded = sorted(name for name in set(sys.modules) - before if name.startswith("carrierx."))
            assert loaded == [], loaded
            """,
            server.base_url,
        )
        assert server.requests_fully_read == 1
