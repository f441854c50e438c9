"""`carrierx records` and `carrierx files`: also where their files can't be."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from carrierx.emulator import RunningEmulator
from tests.cli.helpers import TOKEN, assert_discreet, credentials, invoke, run_command
from tests.cli.test_messages import sent
from tests.support.behaviours import CLOSE, after_whole_request
from tests.support.fault_server import FaultServer

unprivileged = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root and Windows can write anywhere"
)


@pytest.fixture
def delivered(served: RunningEmulator) -> RunningEmulator:
    """The emulator with two messages that have detail records."""
    sids = [sent(served).message_sid for _ in range(2)]
    for sid in sids:
        assert invoke("messages", "watch", sid, "--interval", "0.1", **credentials(served)).exit_code == 0
    return served


def test_records_are_listed_and_exported(delivered: RunningEmulator, tmp_path: Path) -> None:
    listed = invoke("records", "list", "--limit", "1", **credentials(delivered))
    path = tmp_path / "records.jsonl"

    first = invoke("records", "export", str(path), **credentials(delivered))
    again = invoke("records", "export", str(path), "--json", **credentials(delivered))
    forced = invoke("records", "export", str(path), "--force", "-q", **credentials(delivered))

    assert "delivered  SMS  outbound  ***5575 > ***5574" in listed.stdout
    assert listed.stdout.endswith("There are more detail records: raise --limit.\n")
    assert_discreet(listed.stdout)
    assert first.stdout.startswith(f"new records: 2\nin the file: 2\nfile:        {path}\nlast:        ")
    assert first.stderr == "Exporting. Ctrl-C stops it, and the next export goes on from there.\n"
    exported = json.loads(again.stdout)
    assert (exported["records"], exported["total"], exported["file"]) == (0, 2, str(path))
    assert forced.stdout.startswith("new records: 2\n")
    assert forced.stderr == ""
    assert len(path.read_text().splitlines()) == 2


def test_another_format_is_chosen(delivered: RunningEmulator, tmp_path: Path) -> None:
    path = tmp_path / "records.txt"

    refused = invoke("records", "export", str(path), **credentials(delivered))
    result = invoke("records", "export", str(path), "--format", "csv", **credentials(delivered))

    assert refused.exit_code == 2
    assert "give --format jsonl or --format csv" in refused.stderr
    assert result.exit_code == 0
    assert path.read_text().startswith("dr_sid,")


def places(folder: Path) -> dict[str, Path]:
    (folder / "notes.csv").write_text("These are notes.")
    locked = folder / "locked"
    locked.mkdir(mode=0o500)
    return {
        "a folder": folder,
        "without its folder": folder / "missing" / "r.csv",
        "another file": folder / "notes.csv",
        "locked": locked / "r.csv",
    }


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("a folder", " is a folder. Give a file."),
        ("without its folder", "missing does not exist."),
        ("another file", "exists and is not the file of an export. Give another file, or replace it with --force."),
        pytest.param("locked", "Permission denied", marks=unprivileged),
    ],
)
def test_an_export_to_an_impossible_place_is_refused(
    served: RunningEmulator, tmp_path: Path, place: str, said: str
) -> None:
    path = places(tmp_path)[place]

    result = invoke("records", "export", str(path), "-q", **credentials(served))

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert (tmp_path / "notes.csv").read_text() == "These are notes."


def test_a_forced_export_replaces_another_file(delivered: RunningEmulator, tmp_path: Path) -> None:
    path = places(tmp_path)["another file"]

    result = invoke("records", "export", str(path), "--force", **credentials(delivered))

    assert result.exit_code == 0
    assert path.read_text().startswith("dr_sid,")


def picture(folder: Path) -> Path:
    path = folder / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return path


def test_a_file_is_uploaded_read_downloaded_and_deleted(served: RunningEmulator, tmp_path: Path) -> None:
    path, output = picture(tmp_path), tmp_path / "copy.png"
    uploaded = invoke("files", "upload", str(path), **credentials(served))
    sid = uploaded.stdout.splitlines()[0].split()[1]

    read = invoke("files", "get", sid, "--output", str(output), **credentials(served))
    again = invoke("files", "get", sid, "--output", str(output), **credentials(served))
    unconfirmed = invoke("files", "delete", sid, **credentials(served))
    deleted = invoke("files", "delete", sid, "--yes", "--json", **credentials(served))
    gone = invoke("files", "get", sid, **credentials(served))

    assert uploaded.stdout.splitlines()[1:] == [
        "Its public link, for --media-url:",
        f"publish_uri: {served.base_url.removesuffix('/core/v2')}/f/{sid}",
    ]
    assert "picture.png\n" in read.stdout
    assert output.read_bytes() == path.read_bytes()
    if sys.platform != "win32":
        assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert (again.exit_code, unconfirmed.exit_code) == (2, 2)
    assert "exists. Give another file, or replace it with --force." in again.stderr
    assert unconfirmed.stderr.startswith("Not deleted.\nDelete the file permanently? Confirm it with --yes.")
    assert json.loads(deleted.stdout) == {"file_sid": sid, "deleted": True}
    assert gone.exit_code == 1


def test_standard_input_is_uploaded(served: RunningEmulator) -> None:
    ended = run_command("files", "upload", "-", "--name", "a.txt", "--json", settings=credentials(served), stdin=b"x")

    assert json.loads(ended.stdout)["name"] == "a.txt"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder", "is a folder. Give a file."),
        ("missing", "missing: No such file or directory."),
        ("empty", "empty"),
        pytest.param("locked", "Permission denied", marks=unprivileged),
    ],
)
def test_what_can_not_be_uploaded_is_refused(served: RunningEmulator, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "locked").write_text("x")
    (tmp_path / "locked").chmod(0o000)

    result = invoke("files", "upload", str(tmp_path / name), **credentials(served))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Not uploaded.\n")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 2
    assert all(seen.method == "GET" for seen in served.emulator.requests_seen)


@pytest.mark.parametrize(
    ("place", "said"), [("a folder", "is a folder. Give a file."), ("without its folder", "does not exist.")]
)
def test_a_download_to_an_impossible_place_is_refused_before_it_begins(
    served: RunningEmulator, tmp_path: Path, place: str, said: str
) -> None:
    result = invoke("files", "get", "x", "--output", str(places(tmp_path)[place]), **credentials(served))

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert served.emulator.requests_seen == ()


def test_a_lost_answer_to_an_upload_is_unconfirmed(tmp_path: Path) -> None:
    with FaultServer(after_whole_request(CLOSE)) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        result = invoke("files", "upload", str(picture(tmp_path)), "--container-sid", "x", **settings)

    assert result.exit_code == 3
    assert result.stderr.startswith("UNCONFIRMED: the file may be stored; another upload would store a second one.\n")
    assert "reconcile" not in result.stderr


def test_an_export_is_replaced_only_if_carrierx_answers(served: RunningEmulator, tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    assert invoke("records", "export", str(path), **credentials(served)).exit_code == 0
    before = path.read_text()

    refused = invoke("records", "export", str(path), "--force", **{**credentials(served), "CARRIERX_TOKEN": TOKEN})

    assert (refused.exit_code, path.read_text()) == (4, before)
