"""Containers: what is sent, and what is refused before it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carrierx import InvalidArgumentError, NotFoundError, SendOutcomeUnknownError, where
from tests.resources.helpers import CONTAINER_SID, answer, paths, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import page, reply


def test_a_container_is_made_of_the_fields_that_were_given(factory: ClientFactory) -> None:
    containers, script = scripted(factory, "containers", answer("container_create_response"))

    containers.create()
    containers.create(name="Media", allow_publish=False, default_file_lifecycle_ttl=-1)
    containers.create(string_key_1="media", extra_body={"unique": True})

    assert paths(script) == ["POST /storage/containers"] * 3
    assert script.bodies == [
        {},
        {"name": "Media", "allow_publish": False, "default_file_lifecycle_ttl": -1},
        {"string_key_1": "media", "unique": True},
    ]
    assert {request.headers["content-type"] for request in script.requests} == {"application/json"}


def test_a_container_that_may_have_been_made_is_not_made_again(factory: ClientFactory, clock: SteppingClock) -> None:
    containers, script = scripted(factory, "containers", reply(502), answer("container_create_response"), clock=clock)
    with pytest.raises(SendOutcomeUnknownError):
        containers.create()
    assert len(script.requests) == 1


def test_a_change_sends_what_was_given_and_clears_by_none(factory: ClientFactory, clock: SteppingClock) -> None:
    containers, script = scripted(factory, "containers", reply(502), answer("container_create_response"), clock=clock)

    containers.update(CONTAINER_SID, string_key_1=None, allow_publish=True)

    assert paths(script) == [f"PATCH /storage/containers/{CONTAINER_SID}"] * 2
    assert script.bodies == [{"string_key_1": None, "allow_publish": True}] * 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "Nothing to change"),
        ({"extra_body": {}}, "Nothing to change"),
        ({"name": "a", "extra_body": {"name": "b"}}, "as an argument and in extra_body: name"),
        ({"name": " "}, "name must not be blank"),
        ({"name": 5}, "name must be a string"),
        ({"allow_publish": "no"}, "allow_publish must be True or False"),
        ({"default_file_lifecycle_ttl": -2}, "-1 or more"),
        ({"default_file_lifecycle_ttl": True}, "-1 or more"),
        ({"extra_body": ["name"]}, "extra_body must map"),
    ],
    ids=str,
)
def test_a_change_that_cannot_be_one_is_refused(factory: ClientFactory, arguments: dict[str, Any], words: str) -> None:
    containers, script = scripted(factory, "containers", answer("container_create_response"))
    with pytest.raises(InvalidArgumentError, match=words):
        containers.update(CONTAINER_SID, **arguments)
    assert script.requests == []


def test_a_list_is_filtered_and_paged_through(factory: ClientFactory) -> None:
    containers, script = scripted(
        factory, "containers", page({"container_sid": "a"}, has_more=True), page({"container_sid": "b"})
    )
    found = containers.iterate(filter=where("string_key_1").eq("media"), order="name", page_size=1)
    assert [container.container_sid for container in found] == ["a", "b"]
    assert script.queries == [
        {"limit": "1", "order": "name", "filter": 'string_key_1 eq "media"'},
        {"limit": "1", "order": "name", "filter": 'string_key_1 eq "media"', "offset": "1"},
    ]


@pytest.mark.parametrize("arguments", [{"page_size": 0}, {"max_items": -1}, {"order": "shuffle"}], ids=str)
def test_an_iteration_that_cannot_be_one_is_refused_at_once(factory: ClientFactory, arguments: dict[str, Any]) -> None:
    containers, script = scripted(factory, "containers", page())
    with pytest.raises(InvalidArgumentError):
        containers.iterate(**arguments)
    assert script.requests == []


def test_a_missing_container_is_not_found(factory: ClientFactory) -> None:
    containers, _ = scripted(factory, "containers", answer("error_404_no_item", 404))
    with pytest.raises(NotFoundError, match="cannot find item by sid"):
        containers.get("../x")


def test_options_reach_the_request(factory: ClientFactory) -> None:
    containers, script = scripted(factory, "containers", answer("container_list_response"))
    assert json.loads(containers.list(extra_headers={"X-Trace": "7"}).to_json())["total"] == 1
    assert script.requests[0].headers["x-trace"] == "7"


def test_quotas_and_classifications_are_set(factory: ClientFactory) -> None:
    made = answer("container_create_response")
    containers, script = scripted(factory, "containers", made, made)

    containers.create(allowed_classifications=("media",), quota_files=10, quota_bytes=1_000_000)
    containers.update(CONTAINER_SID, allowed_classifications=[], quota_files=None)

    assert [body for *_, body in wire(script)] == [
        {"allowed_classifications": ["media"], "quota_files": 10, "quota_bytes": 1_000_000},
        {"allowed_classifications": [], "quota_files": None},
    ]


@pytest.mark.parametrize(
    "field",
    [
        {"quota_files": -1},
        {"quota_bytes": "10"},
        {"quota_files": True},
        {"allowed_classifications": "media"},
        {"allowed_classifications": [5]},
        {"allowed_classifications": 5},
    ],
    ids=repr,
)
def test_what_is_no_quota_or_classification_is_refused(factory: ClientFactory, field: dict[str, Any]) -> None:
    containers, script = scripted(factory, "containers")

    with pytest.raises(InvalidArgumentError, match=next(iter(field))):
        containers.create(**field)
    with pytest.raises(InvalidArgumentError, match=next(iter(field))):
        containers.update(CONTAINER_SID, **field)
    assert script.requests == []


def test_numbers_and_switches_that_come_as_strings_are_read(factory: ClientFactory) -> None:
    strings = {"integer_key_1": "39984", "quota_files": "100", "available_bytes_percent": "99.5"}
    containers, _ = scripted(factory, "containers", answer("container_create_response", **strings, unique="false"))

    container = containers.get(CONTAINER_SID)

    assert (container.integer_key_1, container.quota_files, container.unique) == (39984, 100, False)
    assert container.available_bytes_percent == 99.5
    assert container.unreadable_fields == {}
