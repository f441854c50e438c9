"""`carrierx send-many`: a file of messages."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from carrierx import Prices
from carrierx.cli import send_many, waiting
from carrierx.cli import signals as cli_signals
from carrierx.cli.estimate import CheckedFile, check_file
from carrierx.cli.line_numbers import LineNumbers
from carrierx.cli.message_file import MessageFile
from carrierx.cli.waiting import BatchNotes
from carrierx.emulator import DEMO_TOKEN, RunningEmulator
from carrierx.events import RetryScheduled
from carrierx.sending import batch
from carrierx.sending.batch import SendBatch
from tests.cli.helpers import (
    COMMAND,
    RECIPIENT,
    SENDER,
    TEXT,
    TOKEN,
    assert_discreet,
    credentials,
    environment,
    invoke,
    run_command,
)
from tests.support.behaviours import (
    CLOSE,
    READ_REQUEST,
    STAY_SILENT,
    after_whole_request,
    behave,
    pause,
    respond,
    respond_sms,
)
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address
from tests.support.signal_after_steps import SignalAfterSteps

FROM = ("--from", SENDER)


def messages_file(folder: Path, count: int = 3, name: str = "messages.csv") -> Path:
    path = folder / name
    lines = [f"{RECIPIENT},{TEXT} {number},order-{number}" for number in range(1, count + 1)]
    path.write_text("\n".join(["to,message,reference", *lines, ""]))
    return path


def test_a_file_is_sent(served: RunningEmulator, tmp_path: Path) -> None:
    result = invoke("send-many", str(messages_file(tmp_path)), *FROM, "--yes", **credentials(served))

    assert (result.exit_code, result.stdout, result.stderr) == (0, "3 of 3 messages accepted.\n", "")
    assert {(str(m["message"]), str(m["user_data"])) for m in served.emulator.messages} == {
        (f"{TEXT} {number}", f"order-{number}") for number in (1, 2, 3)
    }


def test_json_lines_come_from_standard_input(served: RunningEmulator) -> None:
    rows = [{"from": SENDER, "to": RECIPIENT, "message": TEXT}, {"to": RECIPIENT, "message": TEXT}]
    stdin = "\n".join(map(json.dumps, rows)).encode()

    ended = run_command("send-many", "-", *FROM, "--yes", "--json", settings=credentials(served), stdin=stdin)

    results = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(result["line"] for result in results) == [1, 2]
    assert {result["reference"] for result in results} == {str(m["user_data"]) for m in served.emulator.messages}
    assert {(result["outcome"], result["status"]) for result in results} == {("accepted", "queued")}


def test_nothing_is_sent_if_one_message_is_invalid(served: RunningEmulator, tmp_path: Path) -> None:
    path = messages_file(tmp_path)
    path.write_text(f"{path.read_text()}5,{TEXT},\n")

    result = invoke("send-many", str(path), *FROM, "--yes", **credentials(served))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Nothing was sent.\n1 message of {path} is invalid.\nline 5: to: ")
    assert served.emulator.requests_seen == ()
    assert_discreet(result.stderr)


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_it_asks_before_it_sends(served: RunningEmulator, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("prefix,sms\n1,0.01\n")
    path = messages_file(tmp_path)

    result = invoke("send-many", str(path), *FROM, "--prices", str(prices), *arguments, **credentials(served))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Send 3 messages, 3 segments, $0.03? Confirm it with --yes. Nothing was sent." in result.stderr
    assert served.emulator.requests_seen == ()


def test_results_are_kept_in_a_file(served: RunningEmulator, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    arguments = ("send-many", str(messages_file(tmp_path)), *FROM, "--yes", "--results", str(results))

    first = invoke(*arguments, **credentials(served))
    again = invoke(*arguments, **credentials(served))
    forced = invoke(*arguments, "--force", **credentials(served))

    assert (first.exit_code, again.exit_code, forced.exit_code) == (0, 2, 0)
    assert f"--results: {results} exists. Give another file, or replace it with --force." in again.stderr
    assert len(served.emulator.messages) == 6
    assert {json.loads(line)["reference"] for line in results.read_text().splitlines()} == {
        "order-1",
        "order-2",
        "order-3",
    }
    if sys.platform != "win32":
        assert stat.S_IMODE(results.stat().st_mode) == 0o600


def test_results_do_not_replace_the_messages(served: RunningEmulator, tmp_path: Path) -> None:
    path = messages_file(tmp_path)
    before, link = path.read_text(), tmp_path / "link.csv"
    link.symlink_to(path)

    for results in (path, link):
        result = invoke(
            "send-many", str(path), *FROM, "--yes", "--results", str(results), "--force", **credentials(served)
        )
        assert (result.exit_code, path.read_text()) == (2, before)
        assert result.stderr == f"Nothing was sent.\n--results: {results} is the file of messages. Give another file.\n"


def test_a_field_that_occurs_twice_is_refused(served: RunningEmulator, tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_text(f'{{"to": "{RECIPIENT}", "message": "{TEXT}", "message": "Bye"}}\n')

    result = invoke("send-many", str(path), *FROM, "--yes", **credentials(served))

    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "line 1: A field occurs twice. Write each field once."
    assert served.emulator.messages == []


def test_it_can_send_some_lines(served: RunningEmulator, tmp_path: Path) -> None:
    path = messages_file(tmp_path)

    result = invoke("send-many", str(path), *FROM, "--yes", "--lines", "3-", **credentials(served))

    assert result.stdout == "2 of 2 messages accepted.\n"
    assert {str(m["user_data"]) for m in served.emulator.messages} == {"order-2", "order-3"}


def test_a_rate_is_kept(served: RunningEmulator, tmp_path: Path) -> None:
    start = time.monotonic()

    result = invoke("send-many", str(messages_file(tmp_path)), *FROM, "--yes", "--rate", "5", **credentials(served))

    assert result.exit_code == 0
    assert time.monotonic() - start >= 0.35


def test_refused_messages_are_listed(served: RunningEmulator, tmp_path: Path) -> None:
    served.emulator.faults.answer(422, {"message": f"{RECIPIENT} no", "errors": []}, times=1)
    path = messages_file(tmp_path)

    result = invoke("send-many", str(path), *FROM, "--yes", "--concurrency", "1", **credentials(served))

    lines = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (1, "")
    assert lines[0] == "2 of 3 messages accepted."
    assert lines[1].startswith("line 2  rejected  CarrierX answered 422 to POST /sms/messages")
    assert_discreet(result.stderr)


def test_an_unconfirmed_message_has_the_command_that_looks_it_up(served: RunningEmulator, tmp_path: Path) -> None:
    served.emulator.faults.lose_answer(times=1)
    path = messages_file(tmp_path)
    arguments = ("send-many", str(path), *FROM, "--yes", "--concurrency", "1")

    result = invoke(*arguments, **credentials(served))
    served.emulator.faults.lose_answer(times=1)
    as_json = invoke(*arguments, "--json", **credentials(served))

    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "2 of 3 messages accepted.",
        "line 2: UNCONFIRMED; it may have been sent. Look it up with:",
        "carrierx messages reconcile order-1",
    ]
    error = json.loads(as_json.stderr)
    assert (error["exit_code"], error["outcome"], error["unconfirmed"]) == (3, "unknown", ["order-1"])
    assert error["counts"] == {"accepted": 2, "rejected": 0, "not_sent": 0, "unknown": 1, "not_begun": 0}
    assert len(as_json.stdout.splitlines()) == 3


def test_a_refused_token_stops_it(tmp_path: Path) -> None:
    path = messages_file(tmp_path, 20)
    rest = f"carrierx send-many {path} --lines 2-"
    with FaultServer(respond(401, {"message": "Bad credentials"})) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        result = invoke("send-many", str(messages_file(tmp_path, 20)), *FROM, "--yes", "--concurrency", "1", **settings)

    assert result.exit_code == 4
    assert len(server.requests) < 5
    assert result.stderr.startswith("0 of 20 messages accepted.\nCarrierX answered 401")
    assert result.stderr.endswith(f"20 messages were not sent.\nTo send the rest, add your options to:\n{rest}\n")
    assert_discreet(result.stderr)


def test_no_token_sends_nothing(tmp_path: Path) -> None:
    result = invoke("send-many", str(messages_file(tmp_path)), *FROM, "--yes")

    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr.startswith("Nothing was sent.\nThere is no token")


def test_an_empty_file_is_told(served: RunningEmulator, tmp_path: Path) -> None:
    path = messages_file(tmp_path, 0)

    result = invoke("send-many", str(path), *FROM, "--yes", **credentials(served))

    assert (result.exit_code, result.stderr) == (2, f"Nothing was sent.\n{path} has no messages.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_it_after_the_sends_in_progress(
    served: RunningEmulator, tmp_path: Path, name: str, code: int
) -> None:
    path = messages_file(tmp_path, 200)
    command = [*COMMAND, "send-many", str(path), *FROM, "--yes", "--rate", "20"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment(credentials(served))
    ) as process:
        while len(served.emulator.messages) < 3:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(getattr(signal, name))
        out, told = process.communicate(timeout=20)

    count = len(served.emulator.messages)
    lines = told.splitlines()
    assert (process.returncode, out) == (code, "")
    assert lines[0] == f"{count} of 200 messages accepted."
    assert lines[1:3] == [lines[1], f"{200 - count} messages were not sent."]
    sent_lines = {int(str(message["user_data"]).removeprefix("order-")) + 1 for message in served.emulator.messages}
    rest = LineNumbers(lines[-1].rpartition(" ")[2])
    assert lines[-1].startswith(f"carrierx send-many {path} --lines ")
    assert {line for line in range(2, 202) if line not in rest} == sent_lines


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_a_second_ctrl_c_leaves_the_sends_in_progress_unconfirmed(tmp_path: Path) -> None:
    path = messages_file(tmp_path, 4)
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        settings = {"CARRIERX_TOKEN": DEMO_TOKEN, "CARRIERX_BASE_URL": server.base_url}
        command = [*COMMAND, "send-many", str(path), *FROM, "--yes", "--concurrency", "2", "--timeout", "200"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8", env=environment(settings)) as process:
            while len(server.requests) < 2:
                assert process.poll() is None
                time.sleep(0.01)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            deadline = time.monotonic() + 60
            # Any that come in the first two seconds are taken for the first one.
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.5)
                process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=30)

    assert process.returncode == 3
    lines = told.splitlines()
    looked_up = [line.rpartition(" ")[2] for line in lines if line.startswith("carrierx messages reconcile ")]
    assert sorted(looked_up) == ["order-1", "order-2"]
    assert lines[-1] == f"carrierx send-many {path} --lines 4-"


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
def test_a_signal_at_any_moment_of_waiting_and_taking_is_a_signal_and_leaves_nothing_unconfirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = messages_file(tmp_path, 1)
    modules = tuple(module.__file__ or "" for module in (batch, cli_signals, contextlib, send_many, threading))
    enter = SendBatch.__enter__
    steps, came = 0, True
    with FaultServer(behave(READ_REQUEST, pause(0.003), respond_sms().steps[-1])) as server:
        while came:
            steps += 1
            signals = SignalAfterSteps(steps, lambda code: code.co_filename in modules, where_handled=True)

            def enter_and_start(self: SendBatch, signals: SignalAfterSteps = signals) -> SendBatch:
                entered = enter(self)
                signals.start()
                return entered

            monkeypatch.setattr(SendBatch, "__enter__", enter_and_start)
            settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
            before = len(server.requests)
            arguments = ("send-many", str(path), *FROM, "--yes", "--concurrency", "1")
            result = signals.run(partial(invoke, *arguments, **settings))

            sent = len(server.requests) - before
            moment = f"with a signal after {steps} instructions: {result.output}"
            assert result.exit_code in (143, 0), moment
            assert f"{sent} of 1 message accepted." in result.output, moment
            assert result.exit_code == 143 or sent == 1, moment
            came = signals.remaining <= 0
    assert steps > 50


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
def test_a_signal_after_the_last_result_hides_no_unconfirmed_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = messages_file(tmp_path, 1)
    sending = send_many._Sending  # pyright: ignore[reportPrivateUsage] - it has the moments that matter
    take = sending._take  # pyright: ignore[reportPrivateUsage]
    codes = {sending.run.__code__, sending._take_all.__code__}  # pyright: ignore[reportPrivateUsage]
    steps, came = 0, True
    with FaultServer(respond(500, {})) as server:
        while came:
            steps += 1
            signals = SignalAfterSteps(steps, codes.__contains__)

            def take_and_start(*arguments: Any, signals: SignalAfterSteps = signals) -> None:
                take(*arguments)
                signals.start()

            monkeypatch.setattr(sending, "_take", take_and_start)
            settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
            result = signals.run(partial(invoke, "send-many", str(path), *FROM, "--yes", **settings))

            assert result.exit_code == 3, f"with a signal after {steps} instructions"
            assert "carrierx messages reconcile order-1\n" in result.stderr
            came = signals.remaining <= 0
    assert steps > 20
    assert sys.exc_info() == (None, None, None)


def test_a_file_that_changes_is_told(served: RunningEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = messages_file(tmp_path)

    def changed(file: MessageFile, prices: Prices | None) -> CheckedFile:
        checked = check_file(file, prices)
        path.write_text(path.read_text().replace(f"{RECIPIENT},{TEXT} 3", "5,x"))
        return checked

    monkeypatch.setattr(send_many, "check_file", changed)
    result = invoke("send-many", str(path), *FROM, "--yes", **credentials(served))

    assert result.exit_code == 1
    assert "has changed while it was being sent: line 4 is invalid." in result.stderr
    assert len(served.emulator.messages) == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_results_that_can_not_be_written_stop_it(served: RunningEmulator, tmp_path: Path) -> None:
    shell = ["bash", "-c", '"$@" >/dev/full', "bash", *COMMAND]
    arguments = ("send-many", str(messages_file(tmp_path, 50)), *FROM, "--yes", "--json", "--concurrency", "1")

    ended = run_command(*arguments, settings=credentials(served), command=shell)

    error = json.loads(ended.stderr)
    assert ended.returncode == 1
    assert "The output can't be written: No space left on device." in error["message"]
    assert error["counts"]["not_begun"] > 40
    assert error["counts"]["accepted"] == len(served.emulator.messages)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_keeps_the_exit_code_of_an_unconfirmed_message(tmp_path: Path) -> None:
    arguments = ("send-many", str(messages_file(tmp_path)), *FROM, "--yes", "--json", "--concurrency", "1")
    with FaultServer(after_whole_request(CLOSE)) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        result = invoke(*arguments, "--results", "/dev/full", "--force", **settings)

    error = json.loads(result.stderr)
    assert (result.exit_code, error["exit_code"]) == (3, 3)
    assert error["unconfirmed"][0] == "order-1"
    assert "The output can't be written: No space left on device." in error["message"]


def test_a_wait_that_carrierx_asks_for_is_told(served: RunningEmulator, tmp_path: Path) -> None:
    served.emulator.faults.answer(429, retry_after=1, times=1)

    result = invoke("send-many", str(messages_file(tmp_path)), *FROM, "--yes", **credentials(served))

    assert (result.exit_code, result.stdout) == (0, "3 of 3 messages accepted.\n")
    assert result.stderr == "Waiting 1 s before more attempts (status 429).\n"


def test_messages_that_did_not_reach_carrierx_can_be_sent_again(tmp_path: Path) -> None:
    path = messages_file(tmp_path)
    with refusing_address() as address:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": address.base_url}
        result = invoke("send-many", str(path), *FROM, "--yes", "--timeout", "0.5", **settings)

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == f"carrierx send-many {path} --lines 2-4"


def test_the_command_for_the_rest_reads_a_file_whose_name_begins_with_a_hyphen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages_file(tmp_path, 1, "-x.csv")
    monkeypatch.chdir(tmp_path)
    with refusing_address() as address:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": address.base_url}
        result = invoke("send-many", *FROM, "--yes", "--timeout", "0.5", "--", "-x.csv", **settings)

    assert result.stderr.splitlines()[-1] == "carrierx send-many ./-x.csv --lines 2"


@pytest.mark.parametrize("lines", ["x", "", "5-4-3", "-5", "5;6"])
def test_lines_must_be_numbers(tmp_path: Path, lines: str) -> None:
    result = invoke("send-many", str(messages_file(tmp_path)), *FROM, "--yes", f"--lines={lines}")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--lines must be line numbers and ranges, such as 5,7-9,12-." in result.stderr
    assert "Nothing was sent." in result.stderr


@pytest.mark.parametrize(
    ("chosen", "unsent", "after", "rest"),
    [
        ("1-", [3, 9, 4, 12, 11], 12, "3-4,9,11-"),
        ("1-", [5], None, "5"),
        ("3,7-9,12-", [3], 8, "3,9,12-"),
        ("12-,3,7-9", [], 9, "12-"),
        ("0-4,2-6", [], 0, "1-6"),
    ],
)
def test_the_rest_of_some_lines_has_only_these_lines(
    chosen: str, unsent: list[int], after: int | None, rest: str
) -> None:
    text = LineNumbers(chosen).rest(unsent, after=after)

    assert text == rest
    wanted = [
        line for line in range(1, 20) if line in unsent or (after and line > after and line in LineNumbers(chosen))
    ]
    assert not after or [line for line in range(1, 20) if line in LineNumbers(text)] == wanted


def test_the_command_for_the_rest_keeps_to_the_given_lines(tmp_path: Path) -> None:
    path = messages_file(tmp_path, 20)
    with FaultServer(respond(401, {"message": "Bad credentials"})) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        result = invoke(
            "send-many", str(path), *FROM, "--yes", "--concurrency", "1", "--lines", "3,7-9,15-", **settings
        )

    # Lines 4 to 6 and 10 to 14 may have been sent before.
    assert result.stderr.splitlines()[-1] == f"carrierx send-many {path} --lines 3,7-9,15-"


def test_one_wait_of_several_sends_is_told_once() -> None:
    told = list[str]()
    notes = BatchNotes(told.append)

    for delay in (0.2, 30.0, 31.0):
        notes(RetryScheduled("POST", "/sms/messages", 1, delay, "status 429"))

    assert told == ["Waiting 30 s before more attempts (status 429)."]
    assert re.fullmatch(r"CarrierX asks to wait 3[01] s", notes.now())


def test_a_display_shows_why_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    told = list[str]()
    notes = BatchNotes(told.append)
    notes.has_display = True

    assert notes.now() == ""
    monkeypatch.setattr(waiting, "SLOW_AFTER", 0.0)
    assert notes.now() == "no answer for 0 s"
    notes(RetryScheduled("POST", "/sms/messages", 1, 30.0, "status 429"))
    assert told == []
