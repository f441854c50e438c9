"""What every command prints with `--json`, against the schema that the documentation shows."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from carrierx import SendMessageRequest
from carrierx.cli.documents import DOCUMENTS, JSON_LINES
from carrierx.emulator import RunningEmulator
from carrierx.outbox import Outbox
from tests.cli.helpers import (
    COMMAND,
    RECIPIENT,
    SENDER,
    TEXT,
    TOKEN,
    assert_discreet,
    credentials,
    environment,
    run_command,
)
from tests.cli.test_messages import sent
from tests.support.behaviours import CLOSE, after_whole_request, cut_body, respond
from tests.support.fault_server import FaultServer

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "command-line.schema.json").read_text(encoding="utf-8")
)


def validate(name: str, document: object) -> None:
    """Validate a document against the schema of a command."""
    schema = {"$defs": SCHEMA["$defs"], **SCHEMA["properties"][name]}
    jsonschema_rs.validator_for(schema).validate(document)


def test_the_schema_is_one_and_refuses_what_is_wrong() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    for name in DOCUMENTS:
        with pytest.raises(jsonschema_rs.ValidationError):
            validate(name, {"nothing": "like it"} if name != "completion" else {"shell": "bash"})


@dataclass
class Place:
    """The emulator with a message, a file and files of the test."""

    served: RunningEmulator
    folder: Path
    message_sid: str

    def file(self, name: str, content: str) -> str:
        path = self.folder / name
        path.write_text(content)
        return str(path)

    @property
    def settings(self) -> dict[str, str]:
        """The environment of the commands."""
        return {**credentials(self.served), "CARRIERX_OUTBOX": f"sqlite:///{self.folder / 'texts.db'}"}

    def in_outbox(self, state: str = "queued") -> str:
        """The key of a message in the outbox."""
        with Outbox(self.settings["CARRIERX_OUTBOX"]) as outbox:
            outbox.create_schema()
            request = SendMessageRequest(from_=SENDER, to=RECIPIENT, message=TEXT)
            outbox.add(None, request, key="order-17", due_at=timedelta(days=1))
        with sqlite3.connect(self.folder / "texts.db") as connection:
            connection.execute("UPDATE carrierx_outbox_message SET state = ?", (state,))
        connection.close()
        return "order-17"

    def outbox(self) -> str:
        """The namespace of an outbox with a message."""
        self.in_outbox()
        return "default"

    def uploaded(self) -> str:
        return str(document_of("files upload", self, [self.file("a.txt", "x")])["file_sid"])


@pytest.fixture
def place(served: RunningEmulator, tmp_path: Path) -> Place:
    return Place(served, tmp_path, sent(served, "Hello", reference="order-17").message_sid)


ROWS = json.dumps({"to": RECIPIENT, "message": TEXT})
ADDRESS = ["--from", SENDER, "--to", RECIPIENT]
ARGUMENTS: dict[str, Callable[[Place], list[str]]] = {
    "send": lambda _: [*ADDRESS, TEXT],
    "messages list": lambda _: [],
    "messages get": lambda place: [place.message_sid],
    "messages watch": lambda place: [place.message_sid, "--interval", "0.1"],
    "messages reconcile": lambda _: ["order-17"],
    "numbers list": lambda _: [],
    "numbers get": lambda _: [SENDER],
    "numbers search": lambda _: ["1516"],
    "numbers rent": lambda _: ["--yes"],
    "numbers enable": lambda _: [SENDER, "--yes"],
    "numbers disable": lambda _: [SENDER],
    "lookup": lambda _: [RECIPIENT, "--carrier", "--cnam", "--lrn"],
    "records list": lambda _: [],
    "records export": lambda place: [str(place.folder / "records.csv")],
    "files upload": lambda place: [place.file("a.txt", "x")],
    "files get": lambda place: [place.uploaded()],
    "files delete": lambda place: [place.uploaded(), "--yes"],
    "send-many": lambda place: [place.file("m.jsonl", f"{ROWS}\n{ROWS}\n"), "--from", SENDER, "--yes"],
    "segments": lambda _: ["It’s 5 o’clock", "--normalise"],
    "estimate": lambda place: [place.file("m.jsonl", ROWS)],
    "doctor": lambda _: [],
    "outbox init": lambda _: [],
    "outbox add": lambda place: [*ADDRESS, "--key", f"{place.in_outbox()}b", TEXT],
    "outbox drain": lambda place: ["--namespace", place.outbox()],
    "outbox status": lambda place: ["--namespace", place.outbox()],
    "outbox list": lambda place: ["--prefix", place.in_outbox()],
    "outbox show": lambda place: [place.in_outbox(), "--full"],
    "outbox cancel": lambda place: [place.in_outbox()],
    "outbox reschedule": lambda place: [place.in_outbox(), "--due", "2030-01-01"],
    "outbox retry": lambda place: [place.in_outbox("cancelled")],
    "outbox resolve": lambda place: [place.in_outbox("review"), "--not-sent"],
    "outbox pause": lambda place: ["--reason", place.in_outbox()],
    "outbox resume": lambda place: ["--namespace", place.outbox()],
    "outbox purge": lambda place: ["--namespace", place.outbox(), "--older-than", "1", "--yes"],
    "outbox verify": lambda place: ["--namespace", place.outbox(), "--most", "1"],
    "outbox recover": lambda place: ["--force", "--namespace", place.outbox()],
    "completion": lambda _: ["zsh"],
    "demo": lambda _: [],
}


ENDED_BY_SIGNAL = ("emulator", "outbox run")


def document_of(command: str, place: Place, arguments: list[str]) -> dict[str, Any]:
    """What a command prints; of JSON Lines, the last one."""
    ended = run_command(*command.split(), *arguments, "--json", settings=place.settings)
    assert (ended.returncode, ended.stderr) == (0, "")
    documents = (
        [json.loads(line) for line in ended.stdout.splitlines()]
        if command in JSON_LINES
        else [json.loads(ended.stdout)]
    )
    for document in documents:
        validate(command, document)
    found: dict[str, Any] = documents[-1]
    return found


@pytest.mark.parametrize("command", [name for name in DOCUMENTS if name not in ENDED_BY_SIGNAL])
def test_what_a_command_prints_fits_the_schema(place: Place, command: str) -> None:
    document_of(command, place, ARGUMENTS[command](place))


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("send", [*ADDRESS, TEXT, "--dry-run"]),
        ("send", [*ADDRESS, "--media-url", "https://example.com/a", "--dry-run", "--reference", "order-18"]),
        ("send", [*ADDRESS, TEXT, "--wait"]),
        ("messages reconcile", ["order-0", "--settle", "0", "--known", "order-17"]),
        ("segments", ["Hello"]),
        ("messages list", ["--status", "nothing"]),
    ],
)
def test_other_forms_fit_it_too(place: Place, command: str, arguments: list[str]) -> None:
    document_of(command, place, arguments)


def test_records_fit_it(place: Place) -> None:
    document_of("messages watch", place, [place.message_sid, "--interval", "0.1"])

    assert len(document_of("records list", place, [])["items"]) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_the_emulator_says_where_it_is() -> None:
    with subprocess.Popen(
        [*COMMAND, "emulator", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
    ) as process:
        assert process.stdout is not None
        validate("emulator", json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
def test_a_worker_says_what_it_did(place: Place) -> None:
    place.in_outbox()
    with subprocess.Popen(
        [*COMMAND, "outbox", "run", "--json", "--verbose"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(place.settings),
    ) as process:
        assert process.stderr is not None
        while "WorkerStarted" not in (line := process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)

    validate("outbox run", json.loads(out))
    assert_discreet(err)


def error_of(*arguments: str, **settings: str) -> dict[str, Any]:
    """The error of a command."""
    ended = run_command(*arguments, "--json", settings=settings)
    assert_discreet(ended.stderr)
    assert len(ended.stderr.splitlines()) == 1
    error: dict[str, Any] = json.loads(ended.stderr)
    validate("error", error)
    assert ended.returncode == error["exit_code"]
    return error


@pytest.mark.parametrize(
    "arguments",
    [
        ["send", *ADDRESS],
        ["send", "--from", "5", "--to", RECIPIENT[1:], "--group", "x", "--group", "x", TEXT],
        ["pigeon"],
        ["messages", "get"],
        ["messages", "list"],
        ["emulator", "--port", "99999"],
        ["emulator", "--db", "/nowhere/messages.db"],
        ["records", "export", "/"],
        ["files", "upload", "/nowhere"],
        ["outbox", "status"],
        ["outbox", "status", "--database", "postgres://nowhere"],
        ["outbox", "add", "--key", "", *ADDRESS, TEXT, "--database", "sqlite:////nowhere/texts.db"],
        ["outbox", "run", "--database", "sqlite:////nowhere/texts.db"],
        ["completion", "tcsh"],
        ["estimate", "/nowhere.csv"],
        ["doctor"],
    ],
)
def test_an_error_fits_the_schema(arguments: list[str]) -> None:
    error_of(*arguments)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 422, 503])
@pytest.mark.parametrize("command", [["send", *ADDRESS, TEXT], ["messages", "list"], ["numbers", "rent", "--yes"]])
def test_a_refusal_fits_the_schema(status: int, command: list[str]) -> None:
    text = TEXT if "send" in command else ""  # of other commands, the server knows no text
    complaint = {"message": f"{RECIPIENT} {text} {TOKEN}", "errors": [{"field": "to", "message": SENDER}]}
    with FaultServer(respond(status, complaint)) as server:
        error_of(*command, "--timeout", "2", CARRIERX_TOKEN=TOKEN, CARRIERX_BASE_URL=server.base_url)


def test_an_unconfirmed_send_fits_the_schema() -> None:
    body = b'{"message_sid": "097b49df", "status": "queued"}'
    with FaultServer(after_whole_request(CLOSE), cut_body(body, len(body) - 1)) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        unknown = error_of("send", *ADDRESS, TEXT, **settings)
        lost = error_of("send", *ADDRESS, TEXT, **settings)

    assert (unknown["outcome"], unknown["message_sid"]) == ("unknown", None)
    assert (lost["outcome"], lost["message_sid"]) == ("accepted", "097b49df")


def test_invalid_lines_fit_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(f'{{"to": "5", "message": "{TEXT}"}}\n[]\n')

    assert set(error_of("send-many", str(path), "--yes")["lines"]) == {"1", "2"}
