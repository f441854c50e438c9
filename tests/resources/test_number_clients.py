"""How a client comes by its resources."""

from __future__ import annotations

import inspect

import pytest

from carrierx import CarrierXClient
from carrierx.resources.lazy import AsyncResources, SyncResources
from tests.client.twins import Twin

NAMES = sorted(name for name, value in vars(SyncResources).items() if isinstance(value, property))


def test_both_clients_have_the_same_resources() -> None:
    assert NAMES == sorted(name for name, value in vars(AsyncResources).items() if isinstance(value, property))
    assert len(NAMES) == 11
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
