"""`carrierx emulator`."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig
from tests.cli.helpers import COMMAND, environment, invoke, invoke_send, run_command
from tests.emulator.receivers import SocketReceiver

interruptible = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")


@contextmanager
def running_command(*arguments: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """The command, with what it says once it takes requests."""
    with subprocess.Popen(
        [*COMMAND, "emulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            while lines[-1] and not lines[-1].startswith("Press Ctrl-C"):
                lines.append(process.stdout.readline())
            yield process, "".join(lines)
        finally:
            process.kill()


def interrupt(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    return out


@interruptible
def test_its_example_line_works_as_it_is_printed() -> None:
    with running_command("--port", "0") as (process, said):
        example = said[said.index("  CARRIERX_TOKEN=") : said.index("Press Ctrl-C")].replace("\\\n", " ")
        words = shlex.split(example)
        settings = dict(word.split("=", 1) for word in words[:2])
        assert words[2] == "carrierx"

        sent = run_command(*words[3:], settings=settings)

        assert sent.returncode == 0, sent.stderr
        assert "The emulator has stopped." in interrupt(process)


@interruptible
def test_it_says_where_it_is_and_that_nothing_is_sent() -> None:
    with running_command("--port", "0") as (process, said):
        assert re.search(r"base URL  http://127\.0\.0\.1:\d+/core/v2\n", said)
        assert f"token     {DEMO_TOKEN}\n" in said
        assert "lost when it stops" in said
        assert "Nothing is ever sent." in said
        assert max(map(len, said.splitlines())) <= 80
        interrupt(process)


@interruptible
def test_a_file_keeps_the_messages(tmp_path: Path) -> None:
    database = tmp_path / "messages.db"
    with running_command("--port", "0", "--db", str(database)) as (process, said):
        found = re.search(r"base URL  (\S+)", said)
        assert found is not None
        assert invoke_send("Hello", base_url=found[1]).exit_code == 0
        assert f"kept in {database}" in said
        interrupt(process)

    with Emulator(database=database) as emulator:
        assert [message["message"] for message in emulator.messages] == ["Hello"]


@interruptible
def test_a_termination_stops_it_as_an_interrupt_does(tmp_path: Path) -> None:
    database = tmp_path / "messages.db"
    with running_command("--port", "0", "--db", str(database)) as (process, said):
        found = re.search(r"base URL  (\S+)", said)
        assert found is not None
        assert invoke_send("Hello", base_url=found[1]).exit_code == 0
        process.terminate()
        out, err = process.communicate(timeout=20)

    assert (out, err, process.returncode) == ("\nThe emulator has stopped.\n", "", 128 + signal.SIGTERM)
    assert [path.name for path in tmp_path.iterdir()] == [database.name]


@interruptible
def test_a_termination_before_it_serves_is_its_end_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def terminated(*args: object, **kwargs: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("carrierx.emulator.run", terminated)
    result = invoke("emulator", "--db", str(tmp_path / "messages.db"))

    assert (result.exit_code, result.stdout) == (128 + signal.SIGTERM, "\nThe emulator has stopped.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["messages.db"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@interruptible
def test_a_file_of_faults_is_played(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('{"faults": [{"kind": "lose_answer", "method": "POST", "times": 1}]}', encoding="utf-8")

    with running_command("--port", "0", "--faults", str(faults)) as (process, said):
        found = re.search(r"base URL  (\S+)", said)
        assert found is not None
        assert "faults    1 from the file" in said
        assert invoke_send("Hello", base_url=found[1]).exit_code == 3  # it may be out there
        assert invoke_send("Hello", base_url=found[1]).exit_code == 0
        assert "The emulator has stopped." in interrupt(process)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"faults": [{"kind": "los_answer"}]}', "faults[0].kind must be one of: answer, delay, lose_answer, "),
        (
            '{"faults": [{"kind": "lose_answer", "tims": 1}]}',
            "faults[0].tims is not a field of a rule of the kind ",
        ),
        ("{", "is not valid JSON"),
        (None, "can't be read"),
    ],
)
def test_a_faults_file_with_a_typo_is_told_and_nothing_is_served(
    tmp_path: Path, text: str | None, problem: str
) -> None:
    faults, database = tmp_path / "faults.json", tmp_path / "messages.db"
    if text is not None:
        faults.write_text(text, encoding="utf-8")

    result = invoke("emulator", "--port", "0", "--db", str(database), "--faults", str(faults))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("The emulator can't run.\n")
    assert str(faults) in result.stderr
    assert problem in result.stderr


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        result = invoke("emulator", "--port", str(port))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"The emulator can't run.\nport {port} of 127.0.0.1 can't be served")


def test_a_port_must_be_one() -> None:
    assert invoke("emulator", "--port", "70000").exit_code == 2
    assert invoke("emulator", "--port", "http").exit_code == 2


def test_a_database_that_can_not_be_opened_is_told(tmp_path: Path) -> None:
    result = invoke("emulator", "--port", "0", "--db", str(tmp_path / "missing" / "messages.db"))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("The emulator can't run.\nthe emulator's database ")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("These are notes, and no database at all. " * 50)

    result = invoke("emulator", "--port", "0", "--db", str(text))

    assert result.exit_code == 1
    assert "can't be used: file is not a database" in result.stderr
    assert text.read_text().startswith("These are notes")


def test_a_database_of_another_version_is_told(tmp_path: Path) -> None:
    database = tmp_path / "messages.db"
    Emulator(database=database).close()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 99")

    result = invoke("emulator", "--port", "0", "--db", str(database))

    assert result.exit_code == 1
    assert "was written by another version of the emulator" in result.stderr


def test_an_interrupt_before_it_serves_is_its_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("carrierx.emulator.run", interrupted)

    assert invoke("emulator").exit_code == 0


@interruptible
def test_callbacks_are_posted_to_a_url_and_what_is_accepted_is_not_found_at_once() -> None:
    with (
        SocketReceiver() as receiver,
        running_command("--port", "0", "--callback-url", receiver.url, "--visibility-lag", "3600") as (process, said),
    ):
        found = re.search(r"base URL  (\S+)", said)
        assert found is not None
        assert invoke_send("Hello", base_url=found[1]).exit_code == 0
        message = receiver.next().message
        assert (message["message"], message["status"]) == ("Hello", "sent")

        lookup = httpx.get(
            f"{found[1]}/sms/messages/{message['message_sid']}", headers={"Authorization": f"Bearer {DEMO_TOKEN}"}
        )
        assert lookup.status_code == 404
        interrupt(process)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--callback-url", "https://texts.example.com/"), "the host of the callback URL is not this machine"),
        (("--callback-url", "texts"), "callback_url must be an absolute http or https URL"),
    ],
)
def test_a_callback_url_that_will_not_do_is_told(arguments: tuple[str, ...], said: str) -> None:
    result = invoke("emulator", "--port", "0", *arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("The emulator can't run.\n")
    assert said in result.stderr


def test_a_host_may_be_named_to_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    configs = list[EmulatorConfig]()

    def served(made: Emulator, **options: object) -> None:
        configs.append(made.config)

    monkeypatch.setattr("carrierx.emulator.run", served)
    options = ("--callback-url", "http://app:8000/texts", "--callback-host", "app", "--callback-host", "other")

    assert invoke("emulator", *options).exit_code == 0
    assert configs[0].callback_hosts == {"app", "other"}


def test_the_account_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    configs = list[EmulatorConfig]()

    def served(made: Emulator, **options: object) -> None:
        configs.append(made.config)

    monkeypatch.setattr("carrierx.emulator.run", served)
    flags = ("--strict-query", "--own-numbers-only", "--legacy-objects")
    options = (*flags, "--over-limit", "fail", "--cors-origin", "https://example.com", "--cors-origin", "*")

    assert invoke("emulator", *options).exit_code == 0
    assert invoke("emulator").exit_code == 0
    assert configs[0] == EmulatorConfig(
        strict_query=True,
        own_numbers_only=True,
        legacy_objects=True,
        over_limit="fail",
        cors_origins=frozenset({"https://example.com", "*"}),
    )
    assert configs[1] == EmulatorConfig()
    assert invoke("emulator", "--over-limit", "drop").exit_code == 2


@pytest.mark.parametrize("origin", ["http://app.test/", "app.test", ""])
def test_an_origin_must_be_one(origin: str) -> None:
    result = invoke("emulator", "--port", "0", "--cors-origin", "*", "--cors-origin", origin)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--cors-origin" in result.stderr
    assert "scheme://host[:port]" in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize("lag", ["-1", "soon", "1e9"])
def test_a_lag_must_be_one(lag: str) -> None:
    assert invoke("emulator", "--port", "0", "--visibility-lag", lag).exit_code == 2


def test_a_database_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    database = tmp_path / "messages.db"
    Emulator(database=database).close()
    (tmp_path / "messages.db-wal").mkdir()  # where SQLite must write; permissions would not bind every user

    result = invoke("emulator", "--port", "0", "--db", str(database))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("The emulator can't run.\nthe emulator's database ")
    assert "can't be used: unable to open database file" in result.stderr
