"""The account itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import PARTNER_SID, blamed, get, make_emulator, read, refused_fields, write, written
from tests.support.rows import check_rows

PATH = f"/partners/{PARTNER_SID}"
CALLBACK = "https://example.com/sms"


def test_money_and_limits_are_texts(emulator: Emulator) -> None:
    partner = read(emulator, PATH)

    amounts = ("balance", "charge_at", "daily_spending_limit", "daily_spent_amount", "prepay_amount", "spending_limit")
    assert all(isinstance(partner[name], str) for name in amounts)
    assert (partner["partner_sid"], partner["callbacks"]) == (PARTNER_SID, {})


def test_the_list_has_the_account(emulator: Emulator) -> None:
    answer = read(emulator, "/partners")

    assert answer["items"] == [read(emulator, PATH)]
    assert (answer["count"], answer["has_more"], answer["limit"], answer["total"]) == (1, False, 10, 1)


def test_the_list_can_be_filtered_and_ordered(emulator: Emulator) -> None:
    assert read(emulator, "/partners", filter='status eq "closed"')["items"] == []
    assert read(emulator, "/partners", filter="balance gt 300", order="date_created desc")["count"] == 1
    assert blamed(get(emulator, "/partners", order="acls"), 400) == "order"


def test_callbacks_can_be_set_and_taken_away(emulator: Emulator) -> None:
    before = read(emulator, PATH)

    after = written(emulator, "PATCH", PATH, {"callbacks": {"sms": CALLBACK, "phonenumber_order": None}})

    assert after == {**before, "callbacks": {"sms": CALLBACK, "phonenumber_order": None}}
    assert read(emulator, PATH) == after
    assert written(emulator, "PATCH", PATH, {"callbacks": None}) == before


def test_the_whole_gives_the_rest_its_default(emulator: Emulator) -> None:
    after = written(emulator, "PUT", PATH, {"name": "Jane", "callbacks": {"sms": CALLBACK}})

    assert (after["name"], after["company_name"], after["balance"]) == ("Jane", None, "351.52")


def test_what_was_read_can_be_written_back(emulator: Emulator) -> None:
    partner = read(emulator, PATH)

    assert written(emulator, "PUT", PATH, partner) == partner


def test_what_can_not_be_set_is_a_422(emulator: Emulator) -> None:
    def check(row: tuple[str, object]) -> None:
        field, value = row
        before = read(emulator, PATH)

        assert refused_fields(write(emulator, "PATCH", PATH, {field: value})) == [field]
        assert read(emulator, PATH) == before

    check_rows(
        [
            ("callbacks", [CALLBACK]),
            ("callbacks", {"mms": CALLBACK}),
            ("callbacks", {"sms": "example.com"}),
            ("callbacks", {"sms": CALLBACK, "phonenumber_order": 1}),
            ("balance", "1000000"),
            ("spending_limit", "1"),
            ("available_scopes", ["everything"]),
            ("partner_sid", "another"),
            ("name", 7),
            ("colour", "red"),
        ],
        check,
    )


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT"])
def test_other_partners_are_not_found(emulator: Emulator, method: str) -> None:
    assert write(emulator, method, "/partners/another", {}).status == 404


def test_the_partner_can_be_chosen() -> None:
    with make_emulator(EmulatorConfig(partner_sid="another")) as emulator:
        assert read(emulator, "/partners/another")["partner_sid"] == "another"
        assert get(emulator, PATH).status == 404
        assert read(emulator, "/phonenumber/dids")["items"][0]["partner_sid"] == "another"


def test_callbacks_survive_in_a_file(tmp_path: Path) -> None:
    with Emulator(database=tmp_path / "partner.db") as emulator:
        written(emulator, "PATCH", PATH, {"callbacks": {"sms": CALLBACK}})
    with Emulator(database=tmp_path / "partner.db") as emulator:
        assert read(emulator, PATH)["callbacks"] == {"sms": CALLBACK}
