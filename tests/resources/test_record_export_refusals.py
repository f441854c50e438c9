"""Exports of detail records: what is refused, and that nothing is lost by it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from carrierx import ExportError, InvalidArgumentError, ResponseError
from carrierx.resources import record_export
from tests.resources.helpers import Resource, scripted
from tests.resources.record_fake import FakeRecords
from tests.support.client_factory import ClientFactory
from tests.support.scripts import reply


def faked(factory: ClientFactory, fake: FakeRecords, **options: Any) -> Any:
    """The detail records of a client that a fake answers."""
    return Resource(factory, factory.scripted([fake], **options), "detail_records")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"page_size": 0}, "page_size"),
        ({"filter": 5}, "filter"),
        ({"min_age": -1}, "min_age"),
        ({"min_age": 1e9}, "at most a year"),
        ({"min_age": "1"}, "min_age"),
        ({"path": 5}, "path must be a path"),
    ],
    ids=str,
)
def test_an_argument_out_of_its_range_is_refused(
    factory: ClientFactory, tmp_path: Path, arguments: dict[str, Any], words: str
) -> None:
    fake = FakeRecords(1)
    with pytest.raises(InvalidArgumentError, match=words):
        faked(factory, fake).export(**{"path": tmp_path / "records.csv", **arguments})
    assert (fake.requests, list(tmp_path.iterdir())) == ([], [])


def test_a_file_of_somebody_elses_is_left_alone(factory: ClientFactory, tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"precious\n")
    with pytest.raises(InvalidArgumentError, match="no cursor of an export"):
        faked(factory, FakeRecords(1)).export(path)
    assert path.read_bytes() == b"precious\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_or_a_device_is_no_output(factory: ClientFactory, tmp_path: Path) -> None:
    records = faked(factory, FakeRecords(1))
    with pytest.raises(OSError, match=str(tmp_path)):
        records.export(tmp_path, format="csv")
    with pytest.raises(InvalidArgumentError, match="regular file"):
        records.export(os.devnull, format="csv")
    with pytest.raises(FileNotFoundError):
        records.export(tmp_path / "missing" / "records.csv")


@pytest.mark.parametrize("arguments", [{"format": "csv"}, {"filter": 'status eq "sent"'}], ids=str)
def test_an_export_goes_on_only_as_it_began(factory: ClientFactory, tmp_path: Path, arguments: dict[str, Any]) -> None:
    path = tmp_path / "records.jsonl"
    records = faked(factory, FakeRecords(1))
    records.export(path)
    before = path.read_bytes()
    with pytest.raises(InvalidArgumentError, match="another format or filter"):
        records.export(path, **arguments)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "cursor",
    [
        b"",
        b"{}",
        b"\x00" * 40,
        b"[1]",
        b'{"version": 2, "format": "jsonl"}',
        b'{"version": 1, "format": "jsonl", "size": -1}',
        b'{"version": 1, "format": "jsonl", "size": 1, "records": 1}',
        b'{"version": 1, "format": "jsonl", "extra": 1}',
    ],
    ids=repr,
)
def test_a_cursor_that_cannot_be_read_stops_the_export(factory: ClientFactory, tmp_path: Path, cursor: bytes) -> None:
    fake, path = FakeRecords(2), tmp_path / "records.jsonl"
    records = faked(factory, fake)
    records.export(path)
    before = path.read_bytes()
    Path(f"{path}.cursor").write_bytes(cursor)
    with pytest.raises(ExportError, match="cursor"):
        records.export(path)
    assert path.read_bytes() == before


def test_an_output_that_was_cut_stops_the_export(factory: ClientFactory, tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    records = faked(factory, FakeRecords(2))
    records.export(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(ExportError, match="it was truncated or replaced"):
        records.export(path)
    path.unlink()
    with pytest.raises(ExportError, match=f"has 0 bytes, but {len(whole)} were written"):
        records.export(path)


@pytest.mark.parametrize("answers", [400, 404, 422, None])
def test_a_cursor_whose_record_is_gone_says_what_to_do(
    factory: ClientFactory, tmp_path: Path, answers: int | None
) -> None:
    fake, path = FakeRecords(3), tmp_path / "records.jsonl"
    records = faked(factory, fake)
    records.export(path)
    before = path.read_bytes()
    fake.gone, fake.refuses_gone_with = {"dr-0002"}, answers
    with pytest.raises(ExportError) as caught:
        records.export(path)
    text = str(caught.value)
    assert "the record dr-0002" in text
    assert "date_insert ge 2026-03-15T11:00:02.000Z" in text
    assert caught.value.__cause__ is not None
    assert path.read_bytes() == before
    fake.gone = set()
    fake.add(1)
    assert records.export(path).records == 1


def test_a_refusal_without_a_cursor_is_told_as_it_is(factory: ClientFactory, tmp_path: Path) -> None:
    records, _ = scripted(factory, "detail_records", reply(400))
    with pytest.raises(Exception, match="400"):
        records.export(tmp_path / "records.jsonl")


def test_a_server_that_starts_again_is_noticed(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path = FakeRecords(4), tmp_path / "records.jsonl"
    records = faked(factory, fake)
    records.export(path)
    before = path.read_bytes()
    fake.ignores_after = True
    with pytest.raises(ResponseError, match="already in the file"):
        records.export(path, page_size=2)
    assert path.read_bytes() == before


def test_a_page_that_holds_a_record_twice_is_not_written(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path = FakeRecords(1), tmp_path / "records.jsonl"
    fake.records *= 2
    with pytest.raises(ResponseError):
        faked(factory, fake).export(path)
    assert path.read_bytes() == b""


def test_two_exports_at_once_into_one_file_are_refused(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path = FakeRecords(1), tmp_path / "records.jsonl"
    other = record_export.ExportFile(str(path))
    with pytest.raises(ExportError, match="Another export is writing"):
        faked(factory, fake).export(path)
    other.close()
    assert faked(factory, fake).export(path).records == 1


def test_a_file_that_was_put_in_anothers_place_is_refused(
    factory: ClientFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "records.jsonl"

    def replaced_meanwhile(descriptor: int) -> bool:
        path.unlink()
        path.touch()
        return True

    monkeypatch.setattr(record_export, "_lock", replaced_meanwhile)
    with pytest.raises(ExportError, match="Another export is writing"):
        faked(factory, FakeRecords(1)).export(path)
