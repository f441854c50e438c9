"""Input and surroundings that can't work: one clear line, the right exit code, no traceback, and nothing private."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from carrierx.emulator import DEMO_TOKEN, RunningEmulator
from tests.cli.helpers import (
    ADDRESSED,
    COMMAND,
    RECIPIENT,
    SENDER,
    TEXT,
    TOKEN,
    assert_discreet,
    credentials,
    invoke,
    run_command,
)
from tests.cli.test_send_many import messages_file
from tests.support.behaviours import respond
from tests.support.fault_server import FaultServer

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


def in_shell(script: str, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """Run the command, as `"$@"`, by a script of bash."""
    ended = run_command(*arguments, settings=settings, command=["bash", "-c", script, "bash", *COMMAND])
    assert_discreet(ended.stderr)
    return ended.returncode, ended.stdout, ended.stderr


@posix
@pytest.mark.parametrize("script", ['"$@" >&-', '"$@" 2>&-', '"$@" >&- 2>&-', '"$@" <&-'])
def test_closed_streams_are_no_bug(served: RunningEmulator, script: str) -> None:
    code, _, told = in_shell(script, "messages", "list", **credentials(served))

    assert (code, told) == (0, "")


@posix
@pytest.mark.parametrize("text", ["--15162065574", "--Meet-me-at-the-lighthouse-tonight", "--hidden_token"])
def test_a_text_that_looks_like_an_option_is_not_repeated(text: str) -> None:
    result = invoke(*ADDRESSED, text)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("No such option: '...'. Put -- before a text that begins with a hyphen.\n")
    assert text not in result.stderr


def test_a_text_of_bytes_that_are_no_text_is_refused() -> None:
    code, out, told = in_shell("\"$@\" $'\\xff'", *ADDRESSED, CARRIERX_TOKEN=TOKEN)

    assert (code, out) == (2, "")
    assert told.startswith("Not sent: the message breaks 1 rule.\nTEXT: It holds 1 lone surrogates")


@posix
def test_files_can_be_pipes(served: RunningEmulator, tmp_path: Path) -> None:
    path = messages_file(tmp_path)
    script = f'"$@" <(cat {path}) --format csv --token-file <(printf %s {DEMO_TOKEN})'
    ended = run_command(
        *("send-many", "--from", SENDER, "--yes"),
        settings={"CARRIERX_BASE_URL": served.base_url},
        command=["bash", "-c", script, "bash", *COMMAND],
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "3 of 3 messages accepted.\n", "")


def test_a_host_that_does_not_exist_is_told() -> None:
    program = """
import socket
def no_network(*arguments, **options):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
socket.getaddrinfo = no_network
from carrierx.cli import main
main()
"""
    settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": "https://api.example.invalid/core/v2"}

    ended = run_command(*ADDRESSED, TEXT, "--timeout", "1", settings=settings, program=program)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "could not connect to api.example.invalid" in ended.stderr
    assert ended.stderr.endswith("You can try again later.\n")
    assert_discreet(ended.stderr)


ANSWERS = {
    "HTML": respond(502, b"<html><body><script>alert(1)</script></body></html>", content_type="text/html"),
    "control characters": respond(400, {"message": "\x1b[2J\x9b31m\u202e [bold]no[/bold] <b>", "errors": ["\x07"]}),
    "another shape": respond(200, ["what"]),
    "nothing": respond(200, b""),
}


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("arguments", [("send-many", "-"), ("messages", "list"), ("doctor",), ("lookup", RECIPIENT)])
def test_answers_of_other_kinds_are_told(kind: str, arguments: tuple[str, ...]) -> None:
    with FaultServer(ANSWERS[kind]) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        options = ["--from", SENDER, "--yes"] if arguments[0] == "send-many" else []
        stdin = f'{{"to": "{RECIPIENT}", "message": "{TEXT}"}}'.encode()
        ended = run_command(*arguments, *options, "--timeout", "1", settings=settings, stdin=stdin)

    assert ended.returncode in (1, 3)
    assert ended.stderr
    assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(ended.stdout + ended.stderr)
    assert "bug" not in ended.stderr
    assert_discreet(ended.stdout + ended.stderr)


WORDS_OF_PYTHON = (
    "MessageLimits",
    "message_limits",
    "default_region",
    "client.",
    "=...",
    "`",
    "base_url",
    "ca_file",
    "()",
)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from", "1", "--to", RECIPIENT, "x"],
        ["--from", SENDER, "--to", RECIPIENT[1:], "x"],
        ["--from", SENDER, "--to", RECIPIENT],
        ["--from", SENDER, "--to", RECIPIENT, "x" * 1601],
        ["--from", SENDER, "--to", RECIPIENT, *["--media-url", "https://example.com/a"] * 11],
        ["--from", SENDER, "--to", RECIPIENT, "--group", "15162065573", "--group", "15162065573", "x"],
        ["--from", SENDER, "--to", RECIPIENT, *(f"--group=151620655{n}" for n in range(10, 22)), "x"],
        ["--from", SENDER, "--to", "447700900123", "--media-url", "https://example.com/a"],
        ["--from", "72345", "--to", "447700900123", "x"],
        ["--from", SENDER, "--to", RECIPIENT, "--media-url", "https://joe:x@example.com/a"],
        ["--from", SENDER, "--to", RECIPIENT, "--media-url", "https://"],
        ["--from", SENDER, "--to", RECIPIENT, "--reference", " ", "x"],
        ["--from", SENDER, "--to", RECIPIENT, "--timeout", "-1", "x"],
        ["--from", SENDER, "--to", RECIPIENT, "--base-url", "ftp://x", "x"],
        ["--from", SENDER, "--to", RECIPIENT, "--base-url", "https://joe:x@example.com", "x"],
    ],
)
def test_messages_for_people_use_the_words_of_the_command_line(arguments: list[str]) -> None:
    result = invoke("send", *arguments, CARRIERX_TOKEN=TOKEN)

    assert (result.exit_code, result.stdout) == (2, "")
    assert [word for word in WORDS_OF_PYTHON if word in result.stderr] == []
    assert not {"media_urls", "group_recipients", "user_data"} & set(result.stderr.replace("[", " ").split())
    assert_discreet(result.stderr)


def test_a_results_file_in_an_impossible_place_sends_nothing(served: RunningEmulator, tmp_path: Path) -> None:
    arguments = ("send-many", str(messages_file(tmp_path)), "--from", SENDER, "--yes", "--results")

    for place, said in (
        (tmp_path, "is a folder. Give a file."),
        (tmp_path / "missing" / "r.jsonl", "does not exist."),
        (tmp_path / "messages.csv", "exists. Give another file, or replace it with --force."),
    ):
        result = invoke(*arguments, str(place), **credentials(served))
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("Nothing was sent.\n--results: ")
        assert said in result.stderr
    assert served.emulator.requests_seen == ()
