"""Own numbers, of CarrierX and of others: listing, choosing, reading and changing them."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import pytest

from carrierx import APIError, ExchangeFailedError, InvalidArgumentError, ResponseError, where
from carrierx.resources._sync.dids import Dids
from tests.resources.helpers import DID_SID, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.samples import did, external_did
from tests.support.scripts import broken, page, reply


@dataclass(frozen=True)
class Kind:
    """A kind of numbers: how the client calls them, where they are, and what names them."""

    resource: str
    path: str
    sid: str

    def number(self, **changes: object) -> dict[str, Any]:
        return (did if self.sid == "did_sid" else external_did)(**changes)


KINDS = [
    Kind("dids", "/phonenumber/dids", "did_sid"),
    Kind("external_dids", "/phonenumber/external_dids", "external_did_sid"),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.resource)
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


def test_a_list_says_what_it_wants(factory: ClientFactory, kind: Kind) -> None:
    numbers, script = scripted(factory, kind.resource, page(kind.number()))

    found = numbers.list(filter=where("phonenumber").like("1516%"), order="phonenumber desc", limit=50, offset=20)

    query = {"limit": "50", "offset": "20", "order": "phonenumber desc", "filter": 'phonenumber like "1516%"'}
    assert wire(script) == [("GET", kind.path, query, None)]
    assert getattr(found[0], kind.sid) == DID_SID


def test_the_numbers_of_a_trunk_group_are_asked_for(factory: ClientFactory) -> None:
    numbers, script = scripted(factory, "dids", page(did()))

    numbers.list(trunk_group_sid="832d7042")
    list(numbers.iterate(trunk_group_sid="832d7042", page_size=5))

    assert [query for _, _, query, _ in wire(script)] == [
        {"limit": "10", "trunk_group_sid": "832d7042"},
        {"limit": "5", "trunk_group_sid": "832d7042"},
    ]


def test_an_iteration_fetches_page_by_page(factory: ClientFactory, kind: Kind) -> None:
    first, second = kind.number(name="a"), kind.number(name="b")
    numbers, script = scripted(factory, kind.resource, page(first, has_more=True), page(second))

    found = numbers.iterate(page_size=1)

    assert script.requests == []
    assert [number.name for number in found] == ["a", "b"]
    assert [query for _, _, query, _ in wire(script)] == [{"limit": "1"}, {"limit": "1", "offset": "1"}]


def test_an_iteration_follows_no_link_to_another_list(factory: ClientFactory) -> None:
    elsewhere = {"next": "https://api.carrierx.com/core/v2/phonenumber/dids?limit=1&offset=1"}
    numbers, script = scripted(factory, "external_dids", page(external_did(), has_more=True, pagination=elsewhere))

    with pytest.raises(ResponseError, match="another path"):
        list(numbers.iterate(page_size=1))
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"page_size": 0},
        {"page_size": 1001},
        {"max_items": -1},
        {"max_items": True},
        {"order": "shuffle"},
        {"filter": " "},
    ],
    ids=repr,
)
@pytest.mark.parametrize("method", ["iterate", "textable"])
def test_an_iteration_refuses_at_once(
    factory: ClientFactory, kind: Kind, method: str, arguments: dict[str, Any]
) -> None:
    numbers, script = scripted(factory, kind.resource)

    with pytest.raises(InvalidArgumentError):
        getattr(numbers, method)(**arguments)
    assert script.requests == []


@pytest.mark.parametrize(
    "arguments", [{"limit": 1001}, {"limit": "10"}, {"offset": -1}, {"order": ""}, {"filter": 5}], ids=repr
)
def test_a_list_refuses_before_it_asks(factory: ClientFactory, kind: Kind, arguments: dict[str, Any]) -> None:
    numbers, script = scripted(factory, kind.resource)

    with pytest.raises(InvalidArgumentError):
        numbers.list(**arguments)
    assert script.requests == []


@pytest.mark.parametrize("trunk_group_sid", ["", " ", 5])
def test_what_names_no_trunk_group_is_refused(factory: ClientFactory, trunk_group_sid: Any) -> None:
    numbers, script = scripted(factory, "dids")

    with pytest.raises(InvalidArgumentError, match="trunk_group_sid"):
        numbers.list(trunk_group_sid=trunk_group_sid)
    assert script.requests == []


def test_those_that_can_text_are_chosen_by_their_capabilities(factory: ClientFactory, kind: Kind) -> None:
    numbers = [
        kind.number(name="now", active_capabilities=27, capabilities=31),
        kind.number(name="once enabled", active_capabilities=4, capabilities=7),
        kind.number(name="receives only", active_capabilities=1, capabilities=1),
        kind.number(name="not known", active_capabilities=None, capabilities=None),
        kind.number(name="with a new bit", active_capabilities=66, capabilities=66),
    ]
    resource, _ = scripted(factory, kind.resource, page(*numbers))

    assert [number.name for number in resource.textable()] == ["now", "with a new bit"]
    assert [number.name for number in resource.textable(active=False)] == ["now", "once enabled", "with a new bit"]


@pytest.mark.parametrize(("most", "requests"), [(0, 0), (1, 1), (2, 2)])
def test_no_more_is_fetched_than_is_wanted(factory: ClientFactory, kind: Kind, most: int, requests: int) -> None:
    able = kind.number(active_capabilities=3)
    numbers, script = scripted(factory, kind.resource, page(able, has_more=True))

    assert len(list(numbers.textable(page_size=1, max_items=most))) == most
    assert len(script.requests) == requests


def test_a_number_is_read_by_its_sid(factory: ClientFactory, kind: Kind) -> None:
    numbers, script = scripted(factory, kind.resource, reply(200, kind.number()))

    assert numbers.get("../a b").name == kind.number()["name"]
    assert wire(script) == [("GET", f"{kind.path}/..%2Fa%20b", {}, None)]


def test_only_given_fields_are_changed(factory: ClientFactory, kind: Kind) -> None:
    numbers, script = scripted(factory, kind.resource, reply(200, kind.number(name="Front desk")))

    changed = numbers.update(DID_SID, callback_url="https://u:p@example.com/sms", name="Front desk", string_key_1=None)

    body = {"callback_url": "https://u:p@example.com/sms", "name": "Front desk", "string_key_1": None}
    assert wire(script) == [("PATCH", f"{kind.path}/{DID_SID}", {}, body)]
    assert changed.name == "Front desk"


def test_every_field_can_be_given_and_cleared(factory: ClientFactory) -> None:
    fields: dict[str, Any] = {
        "callback_url": "https://example.com/sms",
        "name": "a",
        "string_key_1": "b",
        "string_key_2": "c",
        "attributes": {"floor": 3},
        "trunk_group_sid": "832d7042",
    }
    numbers, script = scripted(factory, "dids", reply(200, did()))

    numbers.update(DID_SID, **fields)
    numbers.update(DID_SID, **dict.fromkeys(fields))

    assert [body for _, _, _, body in wire(script)] == [fields, dict.fromkeys(fields)]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"callback_url": "example.com/sms"},
        {"callback_url": "ftp://example.com"},
        {"callback_url": "https://"},
        {"callback_url": "https://example.com/a b"},
        {"callback_url": ""},
        {"callback_url": 5},
        {"name": " "},
        {"name": "\ud800"},
        {"string_key_1": 17},
        {"attributes": "floor"},
        {"attributes": {"floor": float("nan")}},
    ],
    ids=repr,
)
def test_a_change_that_cannot_be_made_is_refused(factory: ClientFactory, kind: Kind, fields: dict[str, Any]) -> None:
    numbers, script = scripted(factory, kind.resource)

    with pytest.raises(InvalidArgumentError) as caught:
        numbers.update(DID_SID, **fields)
    assert script.requests == []
    assert "example.com" not in str(caught.value)


def test_a_change_is_tried_again_like_a_read(factory: ClientFactory, kind: Kind, clock: Any) -> None:
    numbers, script = scripted(factory, kind.resource, broken(), reply(503), reply(200, kind.number()), clock=clock)

    numbers.update(DID_SID, name="Front desk")

    assert len(script.requests) == 3


def test_a_change_that_was_never_answered_may_have_been_made(factory: ClientFactory, kind: Kind, clock: Any) -> None:
    numbers, _ = scripted(factory, kind.resource, broken(), clock=clock)

    with pytest.raises(ExchangeFailedError) as caught:
        numbers.update(DID_SID, name="Front desk")
    assert caught.value.outcome is None


def test_an_error_does_not_repeat_the_callback(factory: ClientFactory, kind: Kind) -> None:
    url = "https://example.com/hooks/mellon"
    numbers, _ = scripted(factory, kind.resource, reply(422, {"message": f"bad callback {url}"}))

    with pytest.raises(APIError) as caught:
        numbers.update(DID_SID, callback_url=url)
    assert "mellon" not in str(caught.value)
    assert caught.value.required_scopes == ("phonenumber.manage", "phonenumber.update")


def test_help_says_that_a_field_is_left_alone_by_default() -> None:
    assert "name: 'str | NotGiven | None' = NOT_GIVEN" in str(inspect.signature(Dids.update))


def test_a_missing_scope_is_named(factory: ClientFactory) -> None:
    for resource, scope in (("dids", "partners.read"), ("external_dids", "phonenumber.read")):
        numbers, _ = scripted(factory, resource, reply(403))
        with pytest.raises(APIError, match=scope):
            numbers.list()
