"""How a client comes by its resources."""

from __future__ import annotations

import inspect
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from unittest import mock

import pytest

from carrierx import CarrierXClient, Message
from carrierx.resources.lazy import AsyncResources, SyncResources
from tests.client.scripts import SMS
from tests.client.twins import Twin
from tests.processes.scripts import run
from tests.support.fault_server import FaultServer

NAMES = sorted(name for name, value in vars(SyncResources).items() if isinstance(value, property))


def test_both_clients_have_the_same_resources() -> None:
    assert NAMES == [
        "containers",
        "detail_records",
        "dids",
        "external_dids",
        "files",
        "lookup",
        "messages",
        "partners",
        "rates",
        "ratings",
        "verification",
    ]
    for name in NAMES:
        ours, theirs = getattr(SyncResources, name), getattr(AsyncResources, name)
        assert ours.__doc__ == theirs.__doc__
        assert f"Async{inspect.get_annotations(ours.fget)['return']}" == inspect.get_annotations(theirs.fget)["return"]


@pytest.mark.parametrize("name", NAMES)
def test_a_resource_belongs_to_its_client(twin: Twin, name: str) -> None:
    client = twin.make()
    resource = getattr(client.client, name)

    wanted = name.replace("_", "")
    prefix = "" if isinstance(client.client, CarrierXClient) else "async"
    assert type(resource).__name__.lower() == f"{prefix}{wanted}"
    assert vars(resource) == {"_context": vars(client.client)["_context"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_resource_is_one_object_for_the_life_of_its_client(twin: Twin, name: str) -> None:
    client = twin.make().client

    assert getattr(client, name) is getattr(client, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_with_other_options_has_resources_of_its_own(twin: Twin, name: str) -> None:
    client = twin.make().client
    before = getattr(client, name)
    copy = client.with_options(timeout=5)

    assert getattr(copy, name) is not before
    assert vars(getattr(copy, name)) == {"_context": vars(copy)["_context"]}
    assert getattr(client, name) is before


def test_a_method_of_a_resource_can_be_patched(twin: Twin) -> None:
    """As the tests of an application do, which must not send."""
    driven = twin.make()
    client = driven.client
    copy = client.with_options(timeout=5)
    message = Message(message_sid="097b49df")

    with mock.patch.object(client.messages, "send", return_value=message) as send:
        assert driven.send(**SMS) is message
        assert copy.messages.send is not send
    send.assert_called_once_with(None, **SMS)
    assert client.messages.send is not send


@pytest.mark.parametrize("name", NAMES)
def test_threads_that_touch_a_resource_first_together_get_one_object(twin: Twin, name: str) -> None:
    client = twin.make().client
    threads = 8
    together = Barrier(threads)

    def touch(_: int) -> object:
        together.wait()
        return getattr(client, name)

    switch_interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for _ in range(20):
                found = set(map(id, pool.map(touch, range(threads))))
                assert len(found) == 1
                vars(client)["_made"].clear()
    finally:
        sys.setswitchinterval(switch_interval)


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
            assert not [name for name in loaded if not name.startswith("carrierx.transport.")], loaded
            """,
            server.base_url,
        )
        assert server.requests_fully_read == 1
