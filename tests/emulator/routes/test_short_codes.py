"""Short codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrierx.emulator import Emulator
from tests.emulator.helpers import (
    PARTNER_SID,
    PHONE,
    accept,
    blamed,
    call,
    get,
    read,
    refused_fields,
    write,
    written,
)
from tests.support.rows import check_rows

SHORT_CODES = "/phonenumber/short_codes"
PATH = f"{SHORT_CODES}/531f65b7-dff7-42b4-b638-597f91da9ccc"


def test_a_new_account_has_one_which_is_in_a_group(emulator: Emulator) -> None:
    answer = read(emulator, SHORT_CODES)

    assert (answer["count"], answer["has_more"], answer["limit"], answer["total"]) == (1, False, 10, 1)
    [short_code] = answer["items"]
    assert short_code == read(emulator, PATH, with_related="true")
    assert (short_code["short_code"], short_code["partner_sid"]) == ("26399", PARTNER_SID)
    assert read(emulator, f"/phonenumber/did_groups/{short_code['did_group_sid']}")["name"] == "N/A"


def test_it_can_send(emulator: Emulator) -> None:
    short_code = read(emulator, PATH)["short_code"]

    assert accept(emulator, {"from": short_code, "to": PHONE, "message": "Hello"})["from"] == short_code


def test_it_is_changed_and_replaced(emulator: Emulator) -> None:
    before = read(emulator, PATH)

    changed = written(emulator, "PATCH", PATH, {"name": "Alerts", "attributes": {"desk": 1}, "string_key_1": "a"})
    assert changed == {**before, "name": "Alerts", "attributes": {"desk": 1}, "string_key_1": "a"}
    assert read(emulator, PATH) == changed
    assert written(emulator, "PUT", PATH, changed) == changed
    replaced = written(emulator, "PUT", PATH, {"name": "Alerts"})
    assert replaced == {**changed, "attributes": {}, "string_key_1": None, "did_group_sid": None}


def test_the_list_can_be_filtered(emulator: Emulator) -> None:
    assert read(emulator, SHORT_CODES, filter='short_code like "263%"', order="name")["count"] == 1
    assert read(emulator, SHORT_CODES, filter="country_code eq CAN")["count"] == 0
    assert blamed(get(emulator, SHORT_CODES, filter="attributes eq 1"), 400) == "filter"


def test_what_can_not_be_set_is_a_422(emulator: Emulator) -> None:
    before = read(emulator, PATH)

    def check(row: tuple[str, object]) -> None:
        field, value = row
        assert refused_fields(write(emulator, "PATCH", PATH, {field: value})) == [field]

    rows: list[tuple[str, object]] = [
        ("attributes", []),
        ("callback_url", "example.com"),
        ("country_code", "CAN"),
        ("did_group_sid", 5),
        ("locality", "CHICAGO"),
        ("name", 5),
        ("short_code", "26400"),
        ("state", "NY"),
        ("string_key_2", {}),
        ("members", []),
    ]
    check_rows(rows, check)
    assert read(emulator, PATH) == before


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT"])
def test_one_that_is_not_there_is_a_404(emulator: Emulator, method: str) -> None:
    assert call(emulator, method, f"/core/v2{SHORT_CODES}/unknown", body=b"{}").status == 404
    assert read(emulator, SHORT_CODES)["total"] == 1


def test_none_can_be_created_or_deleted(emulator: Emulator) -> None:
    """Only CarrierX's support creates one."""
    assert call(emulator, "POST", f"/core/v2{SHORT_CODES}", body=b"{}").status == 405
    assert call(emulator, "DELETE", f"/core/v2{PATH}").status == 405


def test_a_change_survives_in_a_file(tmp_path: Path) -> None:
    with Emulator(database=tmp_path / "codes.db") as emulator:
        changed = written(emulator, "PATCH", PATH, {"name": "Alerts"})
    with Emulator(database=tmp_path / "codes.db") as emulator:
        assert read(emulator, PATH) == changed
