"""Pages and objects as rows, and as DataFrames."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas
import pytest

from carrierx import ConfigurationError, InvalidArgumentError, Message, Page
from carrierx.models.api_object import ApiObject
from carrierx.models.detail_record import DetailRecord
from carrierx.models.did import Capability, Did
from carrierx.models.rate import Rate, RatePage
from carrierx.models.tables import to_dicts, to_pandas

TIME = "datetime64[us, UTC]"
FIRST: dict[str, Any] = {
    "message_sid": "097b49df",
    "from": "15162065575",
    "to": "05162065574",
    "message_segments": 2,
    "media_urls": ["https://media.example/a.png"],
    "status": "delivered",
    "price": "0.0150",
    "date_created": "2023-12-06T15:18:29.189Z",
}
SECOND: dict[str, Any] = {"message_sid": "1e71", "media_urls": None, "price": None}
PAGE: Page[Message] = Page[Message].model_validate({"items": [FIRST, SECOND], "has_more": False})
EMPTY: dict[str, object] = {"items": [], "has_more": False}


def dtypes_of(frame: pandas.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def test_rows_have_the_same_keys_by_the_names_of_the_wire() -> None:
    first, second = PAGE.to_dicts()

    assert list(first) == list(second)
    assert list(first)[:4] == ["message_sid", "partner_sid", "from", "to"]
    assert {name: first[name] for name in ("from", "to", "status", "media_urls")} == {
        "from": "15162065575",
        "to": "05162065574",
        "status": "delivered",
        "media_urls": ["https://media.example/a.png"],
    }
    assert first["price"] == Decimal("0.0150")
    assert first["date_created"] == datetime(2023, 12, 6, 15, 18, 29, 189000, tzinfo=UTC)
    assert (second["from"], second["media_urls"], second["price"], second["date_created"]) == (None, [], None, None)


def test_rows_hold_plain_values() -> None:
    did = Did.model_validate({"did_sid": "a", "capabilities": 7, "attributes": {"a": [1]}, "transformations": [{}, 1]})
    (row,) = to_dicts([did])

    assert type(row["capabilities"]) is int
    assert type(PAGE.to_dicts()[0]["status"]) is str
    assert (row["capabilities"], row["attributes"], row["transformations"]) == (7, {"a": [1]}, [{}, 1])
    assert Capability(7) == row["capabilities"]


class Outer(ApiObject):
    inner: Rate | None = None
    others: tuple[Rate, ...] = ()
    fresh: bool | None = None
    share: float | None = None
    either: int | str | None = None


OUTER = Outer.model_validate({"inner": {"mnc": 4}, "others": [{"mcc": 230}], "fresh": True, "share": 0.5, "either": 1})


def test_objects_within_objects_are_dicts() -> None:
    assert to_dicts([OUTER]) == [
        {"inner": {"mnc": 4}, "others": [{"mcc": 230}], "fresh": True, "share": 0.5, "either": 1}
    ]
    assert dtypes_of(to_pandas([OUTER])) == {
        "inner": "object",
        "others": "object",
        "fresh": "boolean",
        "share": "Float64",
        "either": "object",
    }


def test_unknown_fields_are_columns_and_unreadable_ones_are_empty() -> None:
    page = Page[Message].model_validate({"items": [SECOND, {**FIRST, "colour": "red", "mcc": "many"}]})
    rows = page.to_dicts()

    assert [row["colour"] for row in rows] == [None, "red"]
    assert [row["mcc"] for row in rows] == [None, None]
    assert list(rows[0])[-1] == "colour"
    assert dtypes_of(page.to_pandas())["colour"] == "object"


def test_columns_have_the_right_dtypes() -> None:
    frame = PAGE.to_pandas()
    dtypes = dtypes_of(frame)

    assert len(frame) == 2
    assert {name for name, dtype in dtypes.items() if dtype == "Int64"} == {"message_segments", "mcc", "mnc"}
    assert {name for name, dtype in dtypes.items() if dtype == TIME} == {
        "date_created",
        "date_changed",
        "date_status_changed",
    }
    assert {name for name, dtype in dtypes.items() if dtype == "object"} == {"media_urls", "group_recipients", "price"}
    assert all(dtypes[name] == "string" for name in ("message_sid", "partner_sid", "from", "to", "status", "user_data"))


def test_values_survive() -> None:
    frame = PAGE.to_pandas()

    assert frame["to"][0] == "05162065574"
    assert frame["price"].dropna().sum() == Decimal("0.0150")
    assert frame["message_segments"].sum() == 2
    assert frame["date_created"][0] == pandas.Timestamp("2023-12-06T15:18:29.189Z")
    assert frame["date_created"].max() - frame["date_created"].min() == timedelta(0)
    assert frame["message_segments"].isna().tolist() == [False, True]
    assert frame["price"].dropna().astype(float).tolist() == [0.015]


@pytest.mark.parametrize("model", [Message, DetailRecord, Did, Rate])
def test_an_empty_page_has_the_columns_of_a_full_one(model: type[ApiObject]) -> None:
    empty = Page[model].model_validate(EMPTY)  # type: ignore[valid-type]
    full = to_pandas([model.model_validate({"message_sid": "a", "did_sid": "a", "dr_sid": "a"})])

    assert empty.to_dicts() == []
    assert len(empty.to_pandas()) == 0
    expected = {name: dtype for name, dtype in dtypes_of(full).items() if name in dtypes_of(empty.to_pandas())}
    assert dtypes_of(empty.to_pandas()) == expected
    assert dtypes_of(to_pandas([], model)) == expected


def test_a_page_that_is_a_class_of_its_own_knows_its_items() -> None:
    assert dtypes_of(RatePage.model_validate(EMPTY).to_pandas()) == {
        "country_code": "string",
        "country_name": "string",
        "mcc": "Int64",
        "mnc": "Int64",
        "network": "string",
        "operator": "string",
        "price": "object",
    }


def test_the_functions_take_pages_lists_and_iterators() -> None:
    given: list[Any] = [PAGE, PAGE.items, list(PAGE), iter(PAGE)]

    assert [to_dicts(each) for each in given] == [PAGE.to_dicts()] * 4
    for each in given[:3]:
        pandas.testing.assert_frame_equal(to_pandas(each), PAGE.to_pandas())
    assert list(to_pandas(Page[Message].model_validate(EMPTY)).columns) == list(PAGE.to_pandas().columns)
    assert to_pandas([]).empty


def test_different_objects_share_a_table() -> None:
    rate = Rate.model_validate({"mcc": 310, "price": "0.08"})
    frame = to_pandas([PAGE[0], rate])

    assert frame["price"].tolist() == [Decimal("0.0150"), Decimal("0.08")]
    assert dtypes_of(frame)["network"] == "string"
    assert frame["mcc"].isna().tolist() == [True, False]


def test_a_value_beyond_its_column_is_kept_as_it_is() -> None:
    page = Page[Message].model_validate({"items": [{**FIRST, "mcc": 10**30}, SECOND]})
    frame = page.to_pandas()

    assert frame["mcc"].tolist() == [10**30, None]
    assert dtypes_of(frame)["mcc"] == "object"


@pytest.mark.parametrize("year", [1, 1677, 2263, 9999])
def test_times_far_away_are_kept(year: int) -> None:
    page = Page[Message].model_validate({"items": [{**FIRST, "date_created": f"{year:04}-06-01T00:00:00.000Z"}]})
    frame = page.to_pandas()

    assert dtypes_of(frame)["date_created"] == TIME
    assert frame["date_created"].dt.year.tolist() == [year]


def test_what_is_no_object_of_carrierx_is_refused() -> None:
    numbers: Page[int] = Page[int].model_validate({"items": [3, 5]})
    mixed: Any = [PAGE[0], {"message_sid": "a"}]

    with pytest.raises(InvalidArgumentError, match="not int"):
        numbers.to_dicts()
    with pytest.raises(InvalidArgumentError, match="not int"):
        numbers.to_pandas()
    with pytest.raises(InvalidArgumentError, match="not dict"):
        to_dicts(mixed)


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(ConfigurationError, match=r'pip install "pandas>=2\.2\.1"'):
        PAGE.to_pandas()
    assert len(PAGE.to_dicts()) == 2


def test_pandas_is_loaded_only_for_a_frame() -> None:
    program = (
        "import sys; from carrierx import Message, Page; "
        "Page[Message].model_validate({'items': []}).to_dicts(); print('pandas' in sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert finished.stdout == "False\n"


def test_masked_rows_show_what_a_repr_shows() -> None:
    given = {
        **FIRST,
        "message": "See you at noon",
        "group_recipients": ["15162065573"],
        "user_data": "guest 7",
        "colour": "red",
    }
    page = Page[Message].model_validate({"items": [given, SECOND]})
    first, second = page.to_dicts(masked=True)

    assert list(first) == list(page.to_dicts()[0])
    shown = {name: first[name] for name in ("from", "to", "message", "group_recipients", "media_urls", "user_data")}
    assert shown == {
        "from": "***5575",
        "to": "***5574",
        "message": "<15 characters>",
        "group_recipients": ["***5573"],
        "media_urls": "<1>",
        "user_data": "<set>",
    }
    assert (first["message_sid"], first["status"], first["price"]) == ("097b49df", "delivered", Decimal("0.0150"))
    assert first["colour"] == "<set>"
    assert (second["from"], second["message"], second["colour"]) == (None, None, None)
    assert all(type(value) in (str, type(None)) for value in (first["to"], first["message"], second["to"]))


def test_a_masked_frame_has_the_same_columns_and_dtypes() -> None:
    masked, whole = PAGE.to_pandas(masked=True), PAGE.to_pandas()

    assert dtypes_of(masked) == dtypes_of(whole)
    assert masked["to"][0] == "***5574"
    assert "05162065574" not in masked.to_csv()
    assert "05162065574" in whole.to_csv()


def test_objects_within_objects_are_masked_too() -> None:
    class Holder(ApiObject):
        message: Message | None = None
        messages: tuple[Message, ...] = ()

    (row,) = to_dicts([Holder.model_validate({"message": FIRST, "messages": [FIRST]})], masked=True)
    assert "5162065574" not in repr(row)
    assert "***5574" in repr(row["message"])
    assert "***5574" in repr(row["messages"])


@pytest.mark.parametrize("version", ["0.25.3", "1.5.3", "2.1.4", "2.0.0rc1"])
def test_an_old_pandas_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(pandas, "__version__", version)
    with pytest.raises(ConfigurationError) as caught:
        PAGE.to_pandas()
    assert str(caught.value) == (
        f'pandas {version} is too old for to_pandas. Install a newer one with: pip install "pandas>=2.2"'
    )


@pytest.mark.parametrize("version", ["2.2.0", "2.10.1", "3.0.0.dev0+1", "10.0"])
def test_a_newer_pandas_is_used(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(pandas, "__version__", version)
    assert len(PAGE.to_pandas()) == 2
