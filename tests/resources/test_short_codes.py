"""Short codes: with both clients, over sockets and as they are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carrierx import APIError, InvalidArgumentError, NotFoundError, where
from carrierx.emulator import Emulator, serve
from tests.resources.helpers import Resource, answer, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import broken, reply

URL = "https://example.com/mellon"
PATH = "/phonenumber/short_codes/531f65b7"


def test_a_short_code_is_found_changed_and_sent_from(factory: ClientFactory, emulator: Emulator) -> None:
    with serve(emulator) as served:
        client = factory.at(served.base_url)
        codes = Resource(factory, client, "short_codes")
        page = codes.list(filter=where("short_code").like("26%"), order="short_code desc")
        [code] = page
        assert (page.total, page.limit) == (1, 10)
        assert codes.get(code.short_code_sid) == code == next(codes.iterate())
        assert list(codes.iterate(max_items=0)) == list(codes.iterate(filter=where("state").eq("NY"))) == []

        changed = codes.update(code.short_code_sid, name="Alerts", string_key_1="a", attributes={"desk": 1})
        assert (changed.name, changed.string_key_1, changed.attributes) == ("Alerts", "a", {"desk": 1})
        assert codes.update(code.short_code_sid, did_group_sid=None).did_group_sid is None
        assert codes.get(code.short_code_sid).name == "Alerts"
        assert client.send(from_=code.short_code, to="15162065574", message="Hello").from_ == "26399"
        calls: list[Callable[[], object]] = [
            lambda: codes.get("unknown"),
            lambda: codes.update("unknown", name="Alerts"),
        ]
        for call in calls:
            with pytest.raises(NotFoundError):
                call()


def test_only_what_was_given_is_sent(factory: ClientFactory) -> None:
    codes, script = scripted(factory, "short_codes", answer("short_code_update_response"))
    fields = {"did_group_sid": "9cf3c0aa", "string_key_2": None, "attributes": {"a": [1]}, "callback_url": URL}

    codes.get("531f65b7")
    codes.update("531f65b7", **fields)

    assert wire(script) == [("GET", PATH, {}, None), ("PATCH", PATH, {}, fields)]


@pytest.mark.parametrize(
    "fields",
    [{"name": " "}, {"callback_url": "ftp://example.com"}, {"attributes": [1]}, {"did_group_sid": 5}],
    ids=repr,
)
def test_what_can_not_be_set_is_refused(factory: ClientFactory, fields: dict[str, Any]) -> None:
    codes, script = scripted(factory, "short_codes", answer("short_code_update_response"))

    with pytest.raises(InvalidArgumentError, match=next(iter(fields))):
        codes.update("531f65b7", **fields)
    with pytest.raises(InvalidArgumentError, match="Nothing to change"):
        codes.update("531f65b7")
    calls: list[Callable[[], object]] = [
        lambda: codes.list(limit=1001),
        lambda: codes.iterate(page_size=0),
        lambda: codes.get(" "),
    ]
    for call in calls:
        with pytest.raises(InvalidArgumentError):
            call()
    assert script.requests == []


def test_a_change_is_repeated_and_its_error_repeats_nothing_private(
    factory: ClientFactory, clock: SteppingClock
) -> None:
    refusal = reply(422, {"message": f"bad {URL}"})
    codes, script = scripted(factory, "short_codes", broken(), refusal, clock=clock)

    with pytest.raises(APIError) as caught:
        codes.update("531f65b7", callback_url=URL)
    assert len(script.requests) == 2
    assert "mellon" not in str(caught.value)
    assert caught.value.required_scopes == ("phonenumber.manage", "phonenumber.update")
