"""Groups of numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrierx.emulator import Emulator
from tests.emulator.helpers import (
    PARTNER_SID,
    blamed,
    call,
    get,
    make_emulator,
    read,
    refused_fields,
    write,
    written,
)
from tests.support.rows import check_rows

GROUPS = "/phonenumber/did_groups"
URL = "https://example.com/sms"


def test_a_new_account_has_two(emulator: Emulator) -> None:
    answer = read(emulator, GROUPS, limit=1)

    assert (answer["count"], answer["has_more"], answer["limit"], answer["total"]) == (1, True, 1, 2)
    assert answer["pagination"] == {"next": f"https://api.carrierx.com/core/v2{GROUPS}?limit=1&offset=1"}
    assert answer["items"][0]["partner_sid"] == PARTNER_SID


def test_an_empty_object_creates_one(emulator: Emulator) -> None:
    created = written(emulator, "POST", GROUPS, {})

    assert created == {
        "callback_url": None,
        "did_group_sid": created["did_group_sid"],
        "name": "N/A",
        "partner_sid": PARTNER_SID,
    }
    assert read(emulator, f"{GROUPS}/{created['did_group_sid']}", with_related="true") == created
    assert read(emulator, GROUPS)["items"][-1] == created


def test_it_is_changed_and_replaced(emulator: Emulator) -> None:
    path = f"{GROUPS}/{written(emulator, 'POST', GROUPS, {'name': 'Support', 'callback_url': URL})['did_group_sid']}"

    changed = written(emulator, "PATCH", path, {"name": "Sales"})
    assert (changed["name"], changed["callback_url"]) == ("Sales", URL)
    assert written(emulator, "PUT", path, changed) == changed
    assert written(emulator, "PUT", path, {"name": "Sales"})["callback_url"] is None
    assert written(emulator, "PATCH", path, {"name": None})["name"] == "N/A"


def test_the_list_can_be_filtered_and_ordered(emulator: Emulator) -> None:
    written(emulator, "POST", GROUPS, {"name": "Support"})

    assert [group["name"] for group in read(emulator, GROUPS, filter='name eq "Support"')["items"]] == ["Support"]
    assert read(emulator, GROUPS, order="name desc")["items"][0]["name"] == "Support"
    assert blamed(get(emulator, GROUPS, filter="attributes eq 1"), 400) == "filter"
    assert blamed(get(emulator, GROUPS, with_related="perhaps"), 400) == "with_related"


def test_what_can_not_be_set_is_a_422(emulator: Emulator) -> None:
    [first, _] = read(emulator, GROUPS)["items"]

    def check(row: tuple[str, object]) -> None:
        field, value = row
        assert refused_fields(write(emulator, "POST", GROUPS, {field: value})) == [field]
        assert refused_fields(write(emulator, "PATCH", f"{GROUPS}/{first['did_group_sid']}", {field: value})) == [field]

    check_rows([("callback_url", "example.com"), ("callback_url", 5), ("name", 5), ("did_group_sid", "x")], check)
    assert refused_fields(write(emulator, "POST", GROUPS, {"members": []})) == ["members"]
    assert read(emulator, GROUPS)["total"] == 2


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT"])
def test_one_that_is_not_there_is_a_404(emulator: Emulator, method: str) -> None:
    assert call(emulator, method, f"/core/v2{GROUPS}/unknown", body=b"{}").status == 404
    assert read(emulator, GROUPS)["total"] == 2


def test_none_can_be_deleted(emulator: Emulator) -> None:
    """CarrierX isn't known to document it."""
    [first, _] = read(emulator, GROUPS)["items"]

    assert call(emulator, "DELETE", f"/core/v2{GROUPS}/{first['did_group_sid']}").status == 405


def test_it_survives_in_a_file(tmp_path: Path) -> None:
    with Emulator(database=tmp_path / "groups.db") as emulator:
        created = written(emulator, "POST", GROUPS, {"name": "Support"})
    with Emulator(database=tmp_path / "groups.db") as emulator:
        assert read(emulator, f"{GROUPS}/{created['did_group_sid']}") == created


def test_a_number_is_put_into_one_and_found_by_it() -> None:
    with make_emulator() as emulator:
        [first, _] = read(emulator, GROUPS)["items"]
        did = read(emulator, "/phonenumber/dids")["items"][0]
        written(emulator, "PATCH", f"/phonenumber/dids/{did['did_sid']}", {"did_group_sid": first["did_group_sid"]})

        found = read(emulator, "/phonenumber/dids", filter=f"did_group_sid eq {first['did_group_sid']}")
        assert [one["did_sid"] for one in found["items"]] == [did["did_sid"]]
