"""Exports of detail records: what is written, and how it goes on."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from carrierx import AsyncCarrierXClient, ExportError, InvalidArgumentError, ServerError, where
from carrierx.resources import record_export
from carrierx.resources.record_export import COLUMNS, csv_cell
from tests.resources.helpers import Resource
from tests.resources.record_fake import FakeRecords
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import Script, reply


def faked(factory: ClientFactory, fake: FakeRecords, **options: Any) -> Any:
    """The detail records of a client that a fake answers."""
    return Resource(factory, factory.scripted([fake], **options), "detail_records")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def cursor_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(f"{path}.cursor").read_bytes())
    return found


def test_json_lines_hold_records_as_they_came(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path = FakeRecords(5), tmp_path / "records.jsonl"
    result = faked(factory, fake).export(path, page_size=2)
    assert lines(path) == fake.records
    assert (result.path, result.records, result.total_records, result.cursor) == (str(path), 5, 5, "dr-0004")
    assert fake.queries == [
        {"limit": "2", "order": "date_insert"},
        {"limit": "2", "order": "date_insert", "after": "dr-0001"},
        {"limit": "2", "order": "date_insert", "after": "dr-0003"},
    ]


def test_an_export_goes_on_where_it_stood(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path = FakeRecords(3), tmp_path / "records.ndjson"
    records = faked(factory, fake)
    records.export(path)
    fake.add(2)
    result = records.export(str(path))
    assert (result.records, result.total_records) == (2, 5)
    assert records.export(path).records == 0
    assert lines(path) == fake.records
    assert cursor_of(path)["date_insert"] == fake.records[-1]["date_insert"]


def test_a_torn_end_is_cut_off_also_if_nothing_follows(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path = FakeRecords(2), tmp_path / "records.jsonl"
    records = faked(factory, fake)
    records.export(path)
    with path.open("ab") as file:
        file.write(b'{"dr_sid": "torn')
    assert records.export(path).records == 0
    assert lines(path) == fake.records


def test_a_csv_has_a_fixed_header_and_a_cell_for_every_field(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path = FakeRecords(2), tmp_path / "records.csv"
    records = faked(factory, fake)
    records.export(path)
    fake.add(1, message='="a"\nb')
    records.export(path)
    assert path.read_bytes().startswith(",".join(COLUMNS).encode() + b"\r\n")
    found = rows(path)
    assert [row["dr_sid"] for row in found] == fake.sids
    assert (
        found[0]
        | {
            "message": "text 0, with a comma",
            "number_group_dst": '["17575000929"]',
            "user_data": '{"order":0}',
            "price": "0.0150",
            "delay_sent": "-1",
            "date_insert": "2026-03-15T11:00:00.000Z",
            "mcc": "",
        }
        == found[0]
    )
    assert found[2]["message"] == '\'="a"\nb'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_becomes_a_formula(start: str) -> None:
    assert csv_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


def test_other_cells_stay_as_they_are() -> None:
    values: list[Any] = ["text", "", None, 0, -1, 1.5, True, [], {"a": None}]
    assert [csv_cell(value) for value in values] == ["text", "", "", "0", "-1", "1.5", "true", "[]", '{"a":null}']


def test_an_export_of_nothing_leaves_a_header_or_nothing(factory: ClientFactory, tmp_path: Path) -> None:
    records = faked(factory, FakeRecords(0))
    result = records.export(tmp_path / "a.csv")
    records.export(tmp_path / "a.jsonl")
    assert (result.records, result.total_records, result.cursor) == (0, 0, None)
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == ",".join(COLUMNS) + "\n"
    assert (tmp_path / "a.jsonl").read_bytes() == b""


def test_a_csv_that_was_begun_with_other_columns_keeps_them(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path = FakeRecords(1), tmp_path / "records.csv"
    header = b"dr_sid,price,dropped\r\n"
    path.write_bytes(header)
    cursor = {"version": 1, "format": "csv", "columns": ["dr_sid", "price", "dropped"], "size": len(header)}
    Path(f"{path}.cursor").write_text(json.dumps(cursor), encoding="utf-8")
    faked(factory, fake).export(path)
    assert path.read_bytes() == header + b"dr-0000,0.0150,\r\n"


def test_the_format_goes_by_the_path_or_by_the_argument(factory: ClientFactory, tmp_path: Path) -> None:
    records = faked(factory, FakeRecords(1))
    records.export(tmp_path / "A.CSV")
    records.export(tmp_path / "b.csv", format="jsonl")
    assert len(rows(tmp_path / "A.CSV")) == len(lines(tmp_path / "b.csv")) == 1
    with pytest.raises(InvalidArgumentError, match="pass format="):
        records.export(tmp_path / "records")
    with pytest.raises(InvalidArgumentError, match='"jsonl" or "csv"'):
        records.export(tmp_path / "records.csv", format="xml")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_new_files_are_for_their_owner_alone(factory: ClientFactory, tmp_path: Path) -> None:
    faked(factory, FakeRecords(1)).export(tmp_path / "records.csv")
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_the_cursor_holds_no_number(factory: ClientFactory, tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    faked(factory, FakeRecords(1)).export(path, filter=where("number_dst").eq("17575000929"))
    assert "17575000929" not in Path(f"{path}.cursor").read_text(encoding="utf-8")


def test_young_records_are_left_for_the_next_time(factory: ClientFactory, tmp_path: Path, clock: SteppingClock) -> None:
    fake, path = FakeRecords(5), tmp_path / "records.jsonl"  # from 11:00:00 to 11:00:04; now it is 12:00:00
    records = faked(factory, fake, clock=clock)
    assert records.export(path, min_age=3598, page_size=2).records == 3
    assert records.export(path, min_age=3598).records == 0
    clock.advance(1)
    assert records.export(path, min_age=3598).records == 1
    assert records.export(path).records == 1
    assert lines(path) == fake.records


def test_an_error_on_the_way_keeps_what_was_written(
    factory: ClientFactory, tmp_path: Path, clock: SteppingClock
) -> None:
    fake, path = FakeRecords(5), tmp_path / "records.jsonl"
    script = Script(fake, fake, reply(500))
    records = Resource(factory, factory.scripted(script, clock=clock), "detail_records")
    with pytest.raises(ServerError):
        records.export(path, page_size=2)
    assert lines(path) == fake.records[:4]
    assert faked(factory, fake).export(path).records == 1


def test_a_symbolic_link_leads_to_the_same_export(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path, link = FakeRecords(1), tmp_path / "records.jsonl", tmp_path / "link.jsonl"
    records = faked(factory, fake)
    records.export(path)
    link.symlink_to(path)
    assert records.export(link).records == 0


async def test_a_cancelled_export_finishes_its_write_and_lets_go_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, path = FakeRecords(4), tmp_path / "records.jsonl"
    writing, let_go = threading.Event(), threading.Event()
    append_at = record_export.ExportFile.append_at

    def slow(self: Any, size: int, content: bytes) -> None:
        writing.set()
        assert let_go.wait(10)
        append_at(self, size, content)

    monkeypatch.setattr(record_export.ExportFile, "append_at", slow)
    async with httpx.AsyncClient(transport=httpx.MockTransport(fake)) as http:
        client = AsyncCarrierXClient("token", http_client=http)
        exporting = asyncio.create_task(client.detail_records.export(path, page_size=2))
        assert await asyncio.to_thread(writing.wait, 10)
        exporting.cancel()
        threading.Timer(0.1, let_go.set).start()
        with pytest.raises(asyncio.CancelledError):
            await exporting
        assert lines(path) == fake.records[:2]
        result = await client.detail_records.export(path)
    assert result.records == 2
    assert lines(path) == fake.records


def test_an_export_that_was_closed_does_nothing_more(tmp_path: Path) -> None:
    from carrierx import Clock
    from carrierx.models.detail_record import DetailRecord
    from carrierx.models.page import Page
    from carrierx.resources.record_export import RecordExport

    export = RecordExport(tmp_path / "records.jsonl", None, None, 10, 0, Clock())
    call = export.begin()
    export.close()
    export.close()
    with pytest.raises(ExportError, match="was closed"):
        export.take(call, Page[DetailRecord](items=()))
    with pytest.raises(ExportError, match="was closed"):
        export.begin()
