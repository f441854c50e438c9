"""The sync and async classes have the same methods."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from functools import cached_property
from typing import get_overloads

import pytest

import carrierx
from carrierx.resources.context import AsyncResource
from tests.package.source import all_modules

CLIENTS = (carrierx.CarrierXClient, carrierx.AsyncCarrierXClient)

WORDS = {
    r"\bA?[Ss]ync(?=[A-Z])": "",
    r"\b__aenter__\b": "__enter__",
    r"\b__aexit__\b": "__exit__",
    # Where the sync side takes an iterable, the async side takes either kind.
    r"(Iterable\[(?:[^\[\]]|\[[^\[\]]*\])*\]) \| \1": r"\1",
}


def declared_twins() -> list[tuple[type, type]]:
    """Pairs of sync and async classes, as declared with `twin_of`."""
    pairs: list[tuple[type, type]] = []
    for module in all_modules():
        for node in [each for each in module.tree.body if isinstance(each, ast.ClassDef)]:
            for decorator in node.decorator_list:
                match decorator:
                    case ast.Call(func=ast.Name(id="twin_of"), args=[ast.Name(id=sync_name)]):
                        loaded = importlib.import_module(module.name)
                        pairs.append((getattr(loaded, sync_name), getattr(loaded, node.name)))
                    case _:
                        pass
    return pairs


RESOURCES = declared_twins()
TWINS = [*RESOURCES, CLIENTS]


def descendants(owner: type) -> list[type]:
    children: list[type] = owner.__subclasses__()
    return [each for child in children for each in (child, *descendants(child))]


def members(owner: type) -> dict[str, object]:
    """The public members of a class, including inherited ones, its constructor and what `with` calls."""
    own_bases = [base for base in reversed(owner.__mro__) if base.__module__.split(".")[0] == "carrierx"]
    found = {name: value for base in own_bases for name, value in vars(base).items()}
    special = {"__enter__", "__exit__", "__aenter__", "__aexit__"}
    if owner in CLIENTS:  # resources are not created by hand
        special.add("__init__")
    return {in_one_language(name): found[name] for name in found if not name.startswith("_") or name in special}


def in_one_language(text: str) -> str:
    """A name or a signature without what tells sync from async."""
    for word, replacement in WORDS.items():
        text = re.sub(word, replacement, text)
    return text


def signature(member: object) -> str:
    """A member's parameters, defaults and annotations, without what tells sync from async."""
    kind = "method"
    if isinstance(member, cached_property):
        kind, member = "property", vars(member)["func"]
    if isinstance(member, property):
        kind, member = "property", member.fget
    assert inspect.isfunction(member), member
    return f"{kind} {in_one_language(str(inspect.signature(member)))}"


def members_of(pair: tuple[type, type]) -> list[tuple[str, object, object]]:
    sync, other = members(pair[0]), members(pair[1])
    assert sync.keys() == other.keys()
    return [(name, sync[name], other[name]) for name in sync]


def test_every_async_resource_is_declared_a_twin() -> None:
    for module in all_modules():
        if module.name.startswith("carrierx.resources."):
            importlib.import_module(module.name)

    declared = {part for pair in RESOURCES for part in pair[1].__mro__}
    assert [found for found in descendants(AsyncResource) if found not in declared] == []
    assert RESOURCES


@pytest.mark.parametrize("pair", TWINS, ids=lambda pair: pair[0].__name__)
def test_twins_have_the_same_members(pair: tuple[type, type]) -> None:
    assert members(pair[0]).keys() == members(pair[1]).keys()


@pytest.mark.parametrize("pair", RESOURCES, ids=lambda pair: pair[0].__name__)
def test_twins_take_and_give_the_same(pair: tuple[type, type]) -> None:
    for name, sync, other in members_of(pair):
        assert signature(sync) == signature(other), name


@pytest.mark.parametrize("pair", TWINS, ids=lambda pair: pair[0].__name__)
def test_twins_have_the_same_overloads(pair: tuple[type, type]) -> None:
    for name, sync, other in members_of(pair):
        if inspect.isfunction(sync) and inspect.isfunction(other):
            ours = [signature(overload) for overload in get_overloads(sync)]
            assert ours == [signature(overload) for overload in get_overloads(other)], name


def test_the_clients_take_and_give_the_same_but_for_how_they_connect() -> None:
    sync, other = (members(client) for client in CLIENTS)
    constructors = [inspect.signature(client) for client in CLIENTS]
    ours, theirs = (dict(constructor.parameters) for constructor in constructors)

    del theirs["async_backend"]
    assert [str(parameter) for parameter in ours.values()] == [in_one_language(str(each)) for each in theirs.values()]
    for name in sync.keys() - {"__init__"}:
        assert signature(sync[name]) == signature(other[name]), name


@pytest.mark.parametrize("pair", TWINS, ids=lambda pair: pair[0].__name__)
def test_what_waits_in_one_is_awaited_in_the_other(pair: tuple[type, type]) -> None:
    at_once = {"__init__", "with_options"}  # they do nothing on the network, nor does what only begins an iteration
    for name, sync, other in members_of(pair):
        if inspect.isfunction(sync) and inspect.isfunction(other):
            begins = str(inspect.signature(other).return_annotation).startswith("Async")
            assert not inspect.iscoroutinefunction(sync), name
            assert inspect.iscoroutinefunction(other) is (not begins and name not in at_once), name


@pytest.mark.parametrize("pair", RESOURCES, ids=lambda pair: pair[0].__name__)
def test_twins_share_their_docstrings(pair: tuple[type, type]) -> None:
    for name, sync, other in members_of(pair):
        assert inspect.getdoc(sync) is not None, name
        assert sync.__doc__ == other.__doc__, name


def test_the_async_client_says_the_same_or_where_it_is_said() -> None:
    for name, sync, other in members_of(CLIENTS):
        if name not in ("__init__", "__enter__", "__exit__", "close"):  # closing differs: there is a loop
            ours, theirs = inspect.getdoc(sync), inspect.getdoc(other)
            assert ours is not None, name
            assert theirs in (ours, f"{ours.partition('.')[0]}. See `CarrierXClient.{name}`."), name


def test_the_words_that_tell_them_apart_are_taken_out() -> None:
    assert in_one_language("(token: 'AsyncTokenSource', call) -> 'AsyncIterator[Message]'") == (
        "(token: 'TokenSource', call) -> 'Iterator[Message]'"
    )
    assert in_one_language("Iterable[A | B[C]] | AsyncIterable[A | B[C]]") == "Iterable[A | B[C]]"
    assert in_one_language("SyncContext") == in_one_language("AsyncContext")
    assert in_one_language("async_backend") == "async_backend"
