"""Pages of a list."""

from __future__ import annotations

import json
import pickle

import pytest
from pydantic import BaseModel, ValidationError

from carrierx.models.api_object import ApiObject
from carrierx.models.message import Message
from carrierx.models.page import Page
from tests.models.helpers import as_json
from tests.support.samples import sample


class Record(ApiObject):
    dr_sid: str


MESSAGES = {"items": [{"message_sid": "a"}, {"message_sid": "b", "price": "n/a"}], "count": 2, "has_more": False}


def test_a_page_is_a_sequence_of_its_items() -> None:
    page = Page[Message].model_validate(MESSAGES)
    assert [message.message_sid for message in page] == ["a", "b"]
    assert len(page) == 2
    assert page[-1].unreadable_fields == {"price": "n/a"}
    assert page[:1] == page.items[:1]
    assert not Page[Message].model_validate({"items": []})


def test_a_documented_page_is_read_and_written_back_equal() -> None:
    page = Page[Record].model_validate_json(sample("message_drs_list_response"))
    assert (page.count, page.has_more, page.limit, page.offset, page.total) == (1, True, 1, 0, None)
    assert page.pagination.next is None
    assert page.pagination.previous is not None
    assert page.pagination.previous.startswith("https://")
    assert page[0].unknown_fields["provider"] == "tsg"
    assert as_json(page.to_json()) == as_json(sample("message_drs_list_response"))


def test_further_top_level_keys_are_kept() -> None:
    class Rate(ApiObject):
        price: str

    page = Page[Rate].model_validate_json(sample("sms_rates_outbound_response"))
    assert page.unknown_fields["active"] == "yes"
    assert page.total == 1778
    assert as_json(page.to_json()) == as_json(sample("sms_rates_outbound_response"))


def test_nothing_but_the_items_is_needed() -> None:
    page = Page[Message].model_validate({"items": [], "count": "many", "pagination": None, "total": {}})
    assert (page.count, page.has_more, page.limit, page.total) == (None, None, None, None)
    assert page.pagination.next is None
    assert page.unreadable_fields == {"count": "many", "total": {}}
    assert page.to_dict() == {"items": [], "count": "many", "pagination": None, "total": {}}


def test_an_unreadable_link_spoils_only_itself() -> None:
    page = Page[Message].model_validate({"items": [], "pagination": {"next": 5, "previous": "https://x"}})
    assert page.pagination.previous == "https://x"
    assert page.pagination.unreadable_fields == {"next": 5}
    assert not page.unreadable_fields


@pytest.mark.parametrize("items", [[{"message_sid": "a"}, {"price": "1"}], {}, None, [None]])
def test_items_that_cannot_be_read_fail_the_page(items: object) -> None:
    with pytest.raises(ValidationError, match="items"):
        Page[Message].model_validate_json(json.dumps({"items": items}))


def test_so_do_missing_items() -> None:
    with pytest.raises(ValidationError, match="items"):
        Page[Message].model_validate({"count": 0})


def test_a_page_survives_pickle() -> None:
    page = Page[Message].model_validate(MESSAGES)
    assert pickle.loads(pickle.dumps(page)) == page


def test_a_page_can_be_part_of_a_model_of_yours() -> None:
    class Report(BaseModel):
        page: Page[Message]

    assert Report.model_validate({"page": MESSAGES}).page[0].message_sid == "a"
    assert "Message" in Report.model_json_schema(mode="serialization")["$defs"]
