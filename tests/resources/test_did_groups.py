"""DID groups: with both clients, over sockets and as they are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carrierx import APIError, InvalidArgumentError, NotFoundError, SendOutcomeUnknownError, where
from carrierx.emulator import Emulator, serve
from tests.resources.helpers import Resource, answer, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import broken, reply

URL = "https://example.com/mellon"
PATH = "/phonenumber/did_groups"


def test_a_group_is_made_named_and_given_a_number(factory: ClientFactory, emulator: Emulator) -> None:
    with serve(emulator) as served:
        client = factory.at(served.base_url)
        groups, dids = Resource(factory, client, "did_groups"), Resource(factory, client, "dids")
        group = groups.create(name="Support", callback_url=URL)
        assert (group.name, group.callback_url) == ("Support", URL)

        sid = group.did_group_sid
        assert groups.update(sid, name="Sales").callback_url == URL
        assert groups.update(sid, callback_url=None) == groups.get(sid)
        [found] = groups.list(filter=where("name").eq("Sales"))
        assert found == groups.get(sid)
        assert found.partner_sid == emulator.config.partner_sid

        did = dids.list(limit=1)[0]
        assert dids.update(did.did_sid, did_group_sid=sid).did_group_sid == sid
        assert [one.did_sid for one in dids.list(filter=where("did_group_sid").eq(sid))] == [did.did_sid]
        assert dids.update(did.did_sid, did_group_sid=None).did_group_sid is None


def test_groups_are_listed_page_by_page(factory: ClientFactory, emulator: Emulator) -> None:
    with serve(emulator) as served:
        groups = Resource(factory, factory.at(served.base_url), "did_groups")
        third = groups.create()

        page = groups.list(limit=2)
        assert (len(page), page.has_more, page.total) == (2, True, 3)
        assert groups.list(offset=2, order="name")[0] == third
        assert [group.did_group_sid for group in groups.iterate(page_size=1)] == [
            *(group.did_group_sid for group in page),
            third.did_group_sid,
        ]
        assert len(list(groups.iterate(max_items=2))) == 2


def test_a_group_that_is_not_there(factory: ClientFactory, emulator: Emulator) -> None:
    with serve(emulator) as served:
        groups = Resource(factory, factory.at(served.base_url), "did_groups")
        calls: list[Callable[[], object]] = [
            lambda: groups.get("unknown"),
            lambda: groups.update("unknown", name="Sales"),
        ]
        for call in calls:
            with pytest.raises(NotFoundError):
                call()


def test_only_what_was_given_is_sent(factory: ClientFactory) -> None:
    groups, script = scripted(factory, "did_groups", answer("did_group_create_response"))

    groups.create()
    groups.create(name="Support", callback_url=URL)
    groups.update("41e2/1049", name=None)
    groups.update("41e21049", callback_url=URL)
    groups.get("41e21049")

    assert wire(script) == [
        ("POST", PATH, {}, {}),
        ("POST", PATH, {}, {"name": "Support", "callback_url": URL}),
        ("PATCH", f"{PATH}/41e2%2F1049", {}, {"name": None}),
        ("PATCH", f"{PATH}/41e21049", {}, {"callback_url": URL}),
        ("GET", f"{PATH}/41e21049", {}, None),
    ]


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": 5}, {"callback_url": "example.com"}], ids=repr)
def test_what_can_not_be_set_is_refused(factory: ClientFactory, fields: dict[str, Any]) -> None:
    groups, script = scripted(factory, "did_groups", answer("did_group_create_response"))

    calls: list[Callable[[], object]] = [
        lambda: groups.create(**fields),
        lambda: groups.update("41e21049", **fields),
    ]
    for call in calls:
        with pytest.raises(InvalidArgumentError, match=next(iter(fields))):
            call()
    with pytest.raises(InvalidArgumentError, match="Nothing to change: give one of name, callback_url"):
        groups.update("41e21049")
    assert script.requests == []


def test_what_can_not_be_read_is_refused(factory: ClientFactory) -> None:
    groups, script = scripted(factory, "did_groups", answer("did_group_list_response"))

    calls: list[Callable[[], object]] = [
        lambda: groups.list(limit=0),
        lambda: groups.iterate(order="shuffle"),
        lambda: groups.get(".."),
    ]
    for call in calls:
        with pytest.raises(InvalidArgumentError):
            call()
    assert script.requests == []


def test_a_change_is_repeated_and_a_creation_is_not(factory: ClientFactory, clock: SteppingClock) -> None:
    done = answer("did_group_create_response")
    groups, script = scripted(factory, "did_groups", broken(), done, broken(), done, clock=clock)

    assert groups.update("41e21049", name="Sales").name == "N/A"
    with pytest.raises(SendOutcomeUnknownError, match="before you have checked"):
        groups.create(name="Sales")
    assert len(script.requests) == 3


def test_errors_repeat_no_callback(factory: ClientFactory) -> None:
    groups, _ = scripted(factory, "did_groups", reply(422, {"message": f"bad {URL}"}))

    calls: list[Callable[[], object]] = [
        lambda: groups.create(callback_url=URL),
        lambda: groups.update("41e21049", callback_url=URL),
    ]
    for call in calls:
        with pytest.raises(APIError) as caught:
            call()
        assert "mellon" not in str(caught.value)
        assert caught.value.required_scopes[0] == "phonenumber.manage"
