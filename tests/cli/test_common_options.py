"""The options that every command has, and errors as every command reports them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import cast

import pytest

from carrierx.cli import waiting
from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import CommandError, failure_of
from carrierx.emulator import DEMO_TOKEN, RunningEmulator
from carrierx.events import AttemptStarted
from tests.cli.helpers import (
    ADDRESSED,
    COMMAND,
    ESCAPE,
    RECIPIENT,
    TEXT,
    TOKEN,
    assert_discreet,
    credentials,
    invoke,
    run_command,
)
from tests.support.behaviours import CLOSE, after_whole_request, respond
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX modes")
LIST = ("messages", "list")


def token_file(folder: Path, content: str = DEMO_TOKEN, mode: int = 0o600) -> str:
    path = folder / "token"
    path.write_text(content)
    path.chmod(mode)
    return str(path)


# The token.


def test_a_token_comes_from_a_file(served: RunningEmulator, tmp_path: Path) -> None:
    path = token_file(tmp_path, f"{DEMO_TOKEN}\n")

    by_option = invoke(*LIST, "--token-file", path, CARRIERX_BASE_URL=served.base_url)
    by_variable = invoke(*LIST, CARRIERX_TOKEN_FILE=path, CARRIERX_BASE_URL=served.base_url)

    assert (by_option.exit_code, by_variable.exit_code) == (0, 0)


def test_a_token_comes_from_standard_input(served: RunningEmulator) -> None:
    settings = {"CARRIERX_BASE_URL": served.base_url, "CARRIERX_TOKEN": TOKEN}

    ended = run_command(*LIST, "--token-stdin", settings=settings, stdin=f"{DEMO_TOKEN}\n".encode())

    assert (ended.returncode, ended.stderr) == (0, "")


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602, 0o666])
def test_a_token_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = token_file(tmp_path, TOKEN, mode)

    result = invoke(*LIST, "--token-file", path)

    assert (result.exit_code, result.stdout) == (4, "")
    assert f"other users can read or change {path} (its mode is {mode:04o})" in result.stderr
    assert_discreet(result.stderr)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (f" {TOKEN}", "begins or ends with a space or a line break"),
        (f"{TOKEN}\n{TOKEN}", "has several lines"),
        (f"{TOKEN}\u00e9", "contains an invalid character"),
        (f"{TOKEN}\x00", "contains an invalid character"),
    ],
)
def test_what_can_be_no_token_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = token_file(tmp_path, content)

    result = invoke(*LIST, "--token-file", path, "--debug")

    assert (result.exit_code, result.stdout) == (4, "")
    assert f"The token from the file {path} {said}" in result.stderr
    assert TOKEN not in result.stderr


def test_a_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    missing = invoke(*LIST, "--token-file", str(tmp_path / "missing"))
    folder = invoke(*LIST, CARRIERX_TOKEN_FILE=str(tmp_path))
    both = invoke(*LIST, "--token-file", "x", "--token-stdin")

    assert (missing.exit_code, folder.exit_code, both.exit_code) == (4, 4, 4)
    assert "can't be read: No such file or directory." in missing.stderr
    assert folder.stderr.startswith(f"CARRIERX_TOKEN_FILE: {tmp_path} can't be read: Is a directory.")
    assert both.stderr == "Give --token-stdin or --token-file, not both.\n"


def test_a_refused_token_leads_to_the_doctor() -> None:
    with FaultServer(respond(401, {"message": f"Bad credentials {TOKEN}"})) as server:
        result = invoke(*LIST, CARRIERX_TOKEN=TOKEN, CARRIERX_BASE_URL=server.base_url)

    assert (result.exit_code, result.stdout) == (4, "")
    assert "CarrierX answered 401" in result.stderr
    assert result.stderr.endswith("To find out more, run:\ncarrierx doctor\n")
    assert_discreet(result.stderr)


# Errors as JSON.


def error_of(*arguments: str, **settings: str) -> dict[str, object]:
    result = invoke(*arguments, "--json", **settings)
    assert result.stdout == ""
    assert_discreet(result.stderr)
    error: dict[str, object] = json.loads(result.stderr)
    assert error["exit_code"] == result.exit_code
    return error


def test_an_unconfirmed_send_is_one_object() -> None:
    with FaultServer(after_whole_request(CLOSE)) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        error = error_of(*ADDRESSED, "--reference", "order-17", TEXT, **settings)

    assert error["error"] == "SendOutcomeUnknownError"
    assert (error["outcome"], error["safe_to_resend"], error["reference"]) == ("unknown", False, "order-17")
    assert error["exit_code"] == 3


def test_a_refused_send_is_one_object() -> None:
    complaint = {"message": "no", "errors": [{"field": "to", "message": f"{RECIPIENT} is {TEXT}"}]}
    with FaultServer(respond(422, complaint)) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        error = error_of(*ADDRESSED, TEXT, **settings)

    assert (error["error"], error["outcome"], error["status_code"]) == ("ObjectValidationError", "rejected", 422)
    assert error["errors"] == [{"field": "to", "message": "***5574 is ***"}]


def test_no_connection_is_safe_to_resend() -> None:
    with refusing_address() as address:
        error = error_of(*ADDRESSED, TEXT, CARRIERX_TOKEN=TOKEN, CARRIERX_BASE_URL=address.base_url)

    assert (error["outcome"], error["safe_to_resend"], error["exit_code"]) == ("not_sent", True, 1)


def test_a_message_that_breaks_rules_lists_them() -> None:
    error = error_of("send", "--from", "1", "--to", RECIPIENT[1:], "--media-url", "x", " ")

    assert error["exit_code"] == 2
    rules = cast("list[dict[str, object]]", error["rules"])
    assert [(rule["field"], rule["option"]) for rule in rules] == [
        ("from", "--from"),
        ("to", "--to"),
        ("message", "TEXT"),
        ("media_urls[0]", "--media-url (1)"),
    ]


@pytest.mark.parametrize("arguments", [("send",), ("send", "--tox"), ("messages", "get"), ("pigeon",)])
def test_a_wrong_command_line_is_one_object(arguments: tuple[str, ...]) -> None:
    error = error_of(*arguments)

    assert (error["error"], error["exit_code"], error["reference"]) == ("UsageError", 2, None)


def test_no_token_is_one_object() -> None:
    assert error_of(*LIST)["exit_code"] == 4


def test_a_traceback_is_part_of_the_object() -> None:
    result = invoke("messages", "get", " ", "--debug", "--json", CARRIERX_TOKEN=TOKEN)

    error = json.loads(result.stderr)
    assert error["error"] == "InvalidArgumentError"
    assert error["traceback"].startswith("Traceback (most recent call last):")
    assert TOKEN not in result.stderr


# Notes, logs and tracebacks.


def test_a_traceback_is_shown_only_for_debugging() -> None:
    plain = invoke(*LIST)
    debugged = invoke(*LIST, "--debug")

    assert "Traceback" not in plain.stderr
    assert debugged.stderr.startswith("Traceback (most recent call last):\n")
    assert debugged.stderr.endswith(plain.stderr)


def test_a_bug_says_where_to_look_and_hides_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError(f"{RECIPIENT} {TEXT}")

    monkeypatch.setattr("carrierx.cli.session.find_token", broken)
    result = invoke(*LIST)

    assert result.exit_code == 1
    assert result.stderr.startswith("This is a bug in carrierx: RuntimeError. Run the command with --debug")
    assert_discreet(result.stderr)


def test_a_bug_after_the_send_began_is_unconfirmed() -> None:
    from carrierx.cli.failures import SENDING

    failure = failure_of(RuntimeError(TEXT), SENDING, "order-17", may_be_done=True)

    assert (failure.code, failure.reference) == (ExitCode.UNCONFIRMED, "order-17")
    assert TEXT not in str(failure)


def test_requests_are_logged_if_asked_for(served: RunningEmulator) -> None:
    once = invoke(*LIST, "-v", **credentials(served))
    twice = invoke(*LIST, "-vv", **credentials(served))
    never = invoke(*LIST, **credentials(served))

    assert "INFO GET /sms/messages: attempt 1 got status 200" in once.stderr
    assert "DEBUG" not in once.stderr
    assert "DEBUG GET /sms/messages: attempt 1" in twice.stderr
    assert never.stderr == ""


def test_a_wait_that_carrierx_asks_for_is_told(served: RunningEmulator) -> None:
    served.emulator.faults.answer(429, retry_after=1, times=1)
    told = invoke(*LIST, **credentials(served))
    served.emulator.faults.answer(429, retry_after=1, times=1)
    quiet = invoke(*LIST, "--quiet", **credentials(served))

    assert told.stderr == "CarrierX asks to wait: too many requests (429). Trying again in 1 s.\n"
    assert (quiet.stderr, quiet.exit_code) == ("", 0)


def test_a_slow_answer_is_told(served: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SLOW_AFTER", 0.2)
    served.emulator.faults.delay(0.5, times=1)

    result = invoke(*LIST, **credentials(served))

    assert result.stderr.startswith("Still waiting for CarrierX's answer (0 s) ...\n")
    assert result.stdout == "There are no messages.\n"


def test_a_request_may_take_only_so_long(served: RunningEmulator) -> None:
    served.emulator.faults.delay(5)

    result = invoke(*LIST, "--timeout", "0.2", **credentials(served))

    assert result.exit_code == 1
    assert "--timeout" in result.stderr
    assert invoke(*LIST, "--timeout", "0", **credentials(served)).exit_code == 2
    assert invoke(*LIST, "--timeout", "nan", **credentials(served)).exit_code == 2


# What is printed.


def test_json_can_not_act_on_a_terminal(served: RunningEmulator) -> None:
    from tests.cli.test_messages import sent

    sent(served, "a\x9b31m\u202eb\u2028\U0001f600\x1b")

    result = invoke(*LIST, "--json", **credentials(served))

    assert not {"\x9b", "\u202e", "\u2028", ESCAPE} & set(result.stdout)
    assert json.loads(result.stdout)["items"][0]["message"] == "a\x9b31m\u202eb\u2028\U0001f600\x1b"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_told(served: RunningEmulator) -> None:
    command = ["bash", "-c", '"$@" >/dev/full', "bash", *COMMAND]

    ended = run_command(*LIST, settings=credentials(served), command=command)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "The output can't be written: No space left on device.\n"


def test_json_on_an_ascii_terminal_is_still_json(served: RunningEmulator) -> None:
    from tests.cli.test_messages import sent

    sent(served, "€ \U0001f600")
    settings = {**credentials(served), "PYTHONIOENCODING": "ascii"}

    ended = run_command(*LIST, "--json", settings=settings)

    assert json.loads(ended.stdout)["items"][0]["message"] == "€ \U0001f600"


def test_an_error_of_a_command_has_the_code_it_says() -> None:
    assert failure_of(CommandError("no", code=ExitCode.TIMED_OUT)).code == 5


def test_what_is_still_being_sent_is_not_waited_for() -> None:
    notes = list[str]()
    watch = waiting.WaitNotes(notes.append)

    watch.restart()  # nothing is under way
    watch(AttemptStarted("POST", "/storage/files", 1))
    first = watch.timer
    watch.restart()

    assert first is not None
    assert first.finished.is_set()
    second = watch.timer
    watch.close()

    assert second is not None
    assert second is not first
    assert second.finished.is_set()
    assert notes == []
