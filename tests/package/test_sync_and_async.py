"""The sync and the async client differ in nothing but the wait. Their resources are generated from one source."""

from __future__ import annotations

import inspect
import re

import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient

CONSTRUCTED = {"async_backend"}
"""Parameters of the async client alone."""


def without_async(text: str) -> str:
    """A signature or a docstring without what tells async from sync."""
    text = re.sub(r"\bawait |\bA?[Ss]ync(?=[A-Z])", "", text)
    return text.replace("async with", "with")


def methods(client: type) -> dict[str, object]:
    return {
        name: member for name, member in vars(client).items() if inspect.isfunction(member) and not name.startswith("_")
    }


def test_both_have_the_same_methods() -> None:
    assert methods(CarrierXClient).keys() == methods(AsyncCarrierXClient).keys() == {"execute", "with_options", "close"}


@pytest.mark.parametrize("name", methods(CarrierXClient))
def test_a_method_takes_and_returns_the_same(name: str) -> None:
    ours, theirs = (str(inspect.signature(getattr(each, name))) for each in (CarrierXClient, AsyncCarrierXClient))

    assert ours == without_async(theirs)


def test_the_constructors_take_the_same_but_for_the_backend() -> None:
    ours, theirs = (dict(inspect.signature(each).parameters) for each in (CarrierXClient, AsyncCarrierXClient))

    assert theirs.keys() - ours.keys() == CONSTRUCTED
    for name, parameter in ours.items():
        assert str(parameter) == without_async(str(theirs[name]))


@pytest.mark.parametrize("name", ["execute", "with_options"])
def test_a_method_is_described_in_full_on_both(name: str) -> None:
    ours, theirs = (inspect.getdoc(getattr(each, name)) for each in (CarrierXClient, AsyncCarrierXClient))

    assert ours is not None
    assert theirs is not None
    assert ours == without_async(theirs)


def test_the_sync_methods_are_not_awaited_and_the_async_ones_are() -> None:
    for name in ("execute", "close"):
        assert not inspect.iscoroutinefunction(getattr(CarrierXClient, name))
        assert inspect.iscoroutinefunction(getattr(AsyncCarrierXClient, name))
