"""Uploads and exports against the emulator: the way from a file to an MMS, and from messages to a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrierx import NotFoundError, where
from carrierx.emulator import Emulator
from tests.resources.helpers import Resource
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import SMS


def test_an_uploaded_file_goes_into_an_mms(factory: ClientFactory, emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100_000))
    client = factory.over(emulator)
    files = Resource(factory, client, "files")

    file = files.upload(path)

    assert (file.name, file.file_bytes) == ("cat.png", path.stat().st_size)
    sent = client.send(from_=SMS["from_"], to=SMS["to"], media_urls=[file.publish_uri])
    assert sent.media_urls == (file.publish_uri,)
    assert files.get(file.file_sid) == file
    assert list(files.list(filter=where("name").eq("cat.png"))) == list(files.iterate()) == [file]
    assert files.download(file.file_sid) == path.read_bytes()
    files.delete(file.file_sid)
    with pytest.raises(NotFoundError):
        files.download(file.file_sid)


def test_a_file_with_more_fields_is_uploaded(factory: ClientFactory, emulator: Emulator) -> None:
    files = Resource(factory, factory.over(emulator), "files")

    file = files.upload(b"GIF89a", name="cat.gif", extra_body={"string_key_1": "grey", "lifecycle_ttl": 60})

    assert (file.name, file.string_key_1, file.lifecycle_ttl, file.file_bytes) == ("cat.gif", "grey", 60, 6)
    assert files.download(file.file_sid) == b"GIF89a"


def test_type_access_name_and_quotas_are_what_was_set(factory: ClientFactory, emulator: Emulator) -> None:
    client = factory.over(emulator)
    files, containers = Resource(factory, client, "files"), Resource(factory, client, "containers")

    file = files.upload(b"GIF89a", type="file", file_access_name="cats/grey.gif", extra_body={"unique": "false"})
    assert (file.type, file.file_access_name, file.unique) == ("file", "cats/grey.gif", False)
    assert files.update(file.file_sid, file_access_name="cats/black.gif").file_access_name == "cats/black.gif"

    container = containers.list(limit=1)[0]
    changed = containers.update(
        container.container_sid, allowed_classifications=["media", "unknown"], quota_files=7, quota_bytes=5_000
    )
    assert (changed.allowed_classifications, changed.quota_files, changed.quota_bytes) == (
        ("media", "unknown"),
        7,
        5000,
    )
    assert containers.get(container.container_sid) == changed


def test_every_message_is_exported_once(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock, tmp_path: Path
) -> None:
    path = tmp_path / "records.jsonl"
    client = factory.over(emulator)
    records = Resource(factory, client, "detail_records")
    marks = [f"mark-{number}" for number in range(7)]
    for mark in marks:
        client.send(**SMS, user_data=mark)
        clock.advance(1)
        if mark in ("mark-2", "mark-6"):
            records.export(path, page_size=2)
    written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [record["user_data"] for record in written] == marks
    assert records.export(path).records == 0
