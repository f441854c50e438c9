"""Detail records: reading, listing, and going through them all by the last one's SID."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx import InvalidArgumentError, NotFoundError, PermissionDeniedError, ResponseError, where
from tests.resources.helpers import DR_SID, Resource, answer, paths, scripted
from tests.resources.record_fake import FakeRecords
from tests.support.client_factory import ClientFactory
from tests.support.scripts import page, reply


def faked(factory: ClientFactory, fake: FakeRecords, **options: Any) -> Any:
    """The detail records of a client that a fake answers."""
    return Resource(factory, factory.scripted([fake], **options), "detail_records")


def test_a_list_asks_for_what_was_given(factory: ClientFactory) -> None:
    records, script = scripted(factory, "detail_records", answer("message_drs_list_response"))
    records.list()
    records.list(limit=1, after="a b")
    records.list(limit=1, before="b", order="date_insert desc", filter=where("direction").eq("inbound"))
    found = records.list(limit=5, offset=10)
    assert paths(script) == ["GET /sms/message_drs"] * 4
    assert script.queries == [
        {"limit": "10"},
        {"limit": "1", "after": "a b"},
        {"limit": "1", "before": "b", "order": "date_insert desc", "filter": 'direction eq "inbound"'},
        {"limit": "5", "offset": "10"},
    ]
    assert (found[0].dr_sid, found.total, found.has_more) == (DR_SID, None, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"after": "a", "offset": 1}, "offset or after, not both"),
        ({"before": "a", "offset": 1}, "offset or before, not both"),
        ({"after": "a", "before": "b"}, "after or before, not both"),
        ({"after": " "}, "after must not be blank"),
        ({"before": 5}, "before must be a string"),
        ({"limit": 1001}, "limit"),
    ],
    ids=str,
)
def test_arguments_that_do_not_go_together_are_refused(
    factory: ClientFactory, arguments: dict[str, Any], words: str
) -> None:
    records, script = scripted(factory, "detail_records", page())
    with pytest.raises(InvalidArgumentError, match=words):
        records.list(**arguments)
    assert script.requests == []


def test_a_missing_record_is_not_found(factory: ClientFactory) -> None:
    records, script = scripted(factory, "detail_records", answer("error_404_no_item", 404))
    with pytest.raises(NotFoundError):
        records.get("a/b")
    assert paths(script) == ["GET /sms/message_drs/a%2Fb"]


def test_a_403_names_the_scopes(factory: ClientFactory) -> None:
    records, _ = scripted(factory, "detail_records", reply(403))
    with pytest.raises(PermissionDeniedError, match=r"sms\.manage or sms\.read.*sms\.read_descendant"):
        records.get(DR_SID)


@pytest.mark.parametrize("says_has_more", [True, False])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_every_record_comes_once(factory: ClientFactory, count: int, says_has_more: bool) -> None:
    fake = FakeRecords(count)
    fake.says_has_more = says_has_more
    found = faked(factory, fake).iterate(page_size=2, order="date_insert")
    assert [record.dr_sid for record in found] == fake.sids


def test_each_page_follows_the_last_record_of_the_one_before(factory: ClientFactory) -> None:
    fake = FakeRecords(5)
    found = faked(factory, fake).iterate(page_size=2, after="dr-0000", filter="x eq 1")
    assert [record.dr_sid for record in found] == fake.sids[1:]
    common = {"limit": "2", "filter": "x eq 1"}
    assert fake.queries == [common | {"after": "dr-0000"}, common | {"after": "dr-0002"}]


@pytest.mark.parametrize(("most", "pages"), [(0, 0), (1, 1), (2, 1), (3, 2), (9, 3), (None, 3)])
def test_max_items_ends_the_iteration_and_fetches_no_page_too_many(
    factory: ClientFactory, most: int | None, pages: int
) -> None:
    fake = FakeRecords(5)
    found = faked(factory, fake).iterate(page_size=2, max_items=most)
    assert [record.dr_sid for record in found] == fake.sids[:most]
    assert len(fake.requests) == pages


def test_records_that_come_in_meanwhile_shift_nothing(factory: ClientFactory) -> None:
    fake = FakeRecords(3)
    found = faked(factory, fake).iterate(page_size=2)
    seen = [next(found).dr_sid]
    fake.records.insert(0, {"dr_sid": "late"})
    seen += [record.dr_sid for record in found]
    assert seen == ["dr-0000", "dr-0001", "dr-0002"]


def test_a_server_that_does_not_page_is_told_from_one_that_does(factory: ClientFactory) -> None:
    fake = FakeRecords(4)
    fake.ignores_after = True
    found = faked(factory, fake).iterate(page_size=2)
    with pytest.raises(ResponseError, match="does not page by it"):
        list(found)


@pytest.mark.parametrize(
    "arguments", [{"page_size": 0}, {"max_items": -1}, {"order": "shuffle"}, {"after": ""}], ids=str
)
def test_an_iteration_that_cannot_be_one_is_refused_at_once(factory: ClientFactory, arguments: dict[str, Any]) -> None:
    fake = FakeRecords(1)
    with pytest.raises(InvalidArgumentError):
        faked(factory, fake).iterate(**arguments)
    assert fake.requests == []
