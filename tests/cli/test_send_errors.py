"""`carrierx send`: how it ends when a message is not sent, or may have been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from carrierx.cli.failures import SENDING, failure_of
from carrierx.cli.signals import StoppedError
from carrierx.cli.waiting import SendWatch
from carrierx.errors import Outcome
from carrierx.events import AttemptFinished, AttemptInterrupted, AttemptStarted, Event
from tests.cli.helpers import (
    ADDRESSED,
    COMMAND,
    RECIPIENT,
    SENDER,
    TEXT,
    TOKEN,
    assert_discreet,
    environment,
    invoke,
    invoke_send,
)
from tests.support.behaviours import CLOSE, STAY_SILENT, after_whole_request, cut_body, respond
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address

LOUD = "UNCONFIRMED: the message may have been sent; do not send it again."
NOWHERE = "http://127.0.0.1:9/core/v2"


def invoke_send_to(server: FaultServer, *arguments: str) -> tuple[int, list[str]]:
    result = invoke_send(*(arguments or [TEXT]), base_url=server.base_url, token=TOKEN)
    assert result.stdout == ""
    assert_discreet(result.stderr)
    return result.exit_code, result.stderr.splitlines()


# Exit code 2: nothing was tried.


def test_every_broken_rule_has_its_line() -> None:
    result = invoke("send", "--from", "1516206557", "--to", "0" + RECIPIENT, "--media-url", "ftp://x", " ")

    lines = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert lines[0] == "Not sent: the message breaks 4 rules."
    assert [line.partition(":")[0] for line in lines[1:]] == ["--from", "--to", "TEXT", "--media-url (1)"]


def test_a_number_that_is_not_clear_is_refused() -> None:
    result = invoke("send", "--from", SENDER, "--to", RECIPIENT[1:], "--group", "51 6206-5573", "--dry-run", TEXT)

    assert result.exit_code == 2
    assert result.stderr.startswith("Not sent: the message breaks 2 rules.\n--to: It has ten digits and no +")
    assert "\n--group (1): It has ten digits" in result.stderr
    assert "another country" not in result.stderr.replace("a number of another country with a +", "")


def test_other_broken_rules_are_told_beside_a_number_that_is_not_clear() -> None:
    result = invoke("send", "--from", "1516206557", "--to", RECIPIENT[1:], "--media-url", "ftp://x", TEXT)

    assert result.exit_code == 2
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == [
        "Not sent",
        "--from",
        "--to",
        "--media-url (1)",
    ]


def test_a_number_that_is_not_clear_is_refused_even_if_nothing_else_is_wrong() -> None:
    result = invoke("send", "--from", SENDER, "--to", RECIPIENT[1:], "--dry-run", TEXT)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Not sent: the message breaks 1 rule.\n--to: It has ten digits")


def test_a_plus_makes_a_number_clear() -> None:
    assert invoke("send", "--from", SENDER, "--to", "+5162065574", "--dry-run", TEXT).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([*ADDRESSED, "Meet", "me"], "TEXT accepts one value but got 2. Put the text in quotes."),
        (
            [*ADDRESSED, "--to", RECIPIENT, TEXT],
            "--to accepts one value but got 2. For a group MMS",
        ),
        ([*ADDRESSED, "--reference", "it's", TEXT], "The reference contains a quote"),
        ([*ADDRESSED], "TEXT: A text is missing. Give the text, or --media-url for an MMS."),
        ([*ADDRESSED, "--until", "sent", TEXT], "--until goes with --wait."),
        ([*ADDRESSED, "--wait", "--within", "0", TEXT], "--within must be a finite number of seconds above 0"),
        ([*ADDRESSED, "--wait", "--within", "nan", TEXT], "--within must be a finite number of seconds above 0"),
        ([*ADDRESSED, "--prices", "prices.csv", TEXT], "--prices goes with --dry-run."),
        (["send", "--to", RECIPIENT, TEXT], "Missing option '--from'"),
        (["send", "--from", SENDER, TEXT], "Missing option '--to'"),
        ([*ADDRESSED, f"--token={TOKEN}", TEXT], "There is no option --token"),
    ],
)
def test_a_wrong_command_is_refused(arguments: list[str], said: str) -> None:
    settings = {"CARRIERX_TOKEN": TOKEN} if "--reference" in arguments else {}

    result = invoke(*arguments, **settings)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert_discreet(result.stderr)


@pytest.mark.parametrize(
    ("token", "base_url", "code", "said"),
    [
        ("", NOWHERE, 4, "The token from CARRIERX_TOKEN is empty."),
        (f"{TOKEN}\n", NOWHERE, 4, "The token from CARRIERX_TOKEN begins or ends with a space or a line break."),
        (f"{TOKEN} x", NOWHERE, 4, "The token from CARRIERX_TOKEN contains an invalid character"),
        (TOKEN, "http://example.com", 2, "CARRIERX_BASE_URL must start with https://"),
    ],
)
def test_a_wrong_environment_is_refused(token: str, base_url: str, code: int, said: str) -> None:
    result = invoke_send(TEXT, base_url=base_url, token=token)

    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert_discreet(result.stderr)


# Exit code 1: it was tried, and proven not sent.


def test_no_connection_can_be_tried_again() -> None:
    with refusing_address() as address:
        result = invoke_send(TEXT, base_url=address.base_url, token=TOKEN)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "was not sent: could not connect to 127.0.0.1:" in result.stderr
    assert result.stderr.endswith("You can try again later.\n")
    assert_discreet(result.stderr)


def test_without_a_token_it_says_how_to_give_one() -> None:
    result = invoke(*ADDRESSED, TEXT)

    assert (result.exit_code, result.stdout) == (4, "")
    assert "There is no token: set the environment variable CARRIERX_TOKEN, or use --token-file" in result.stderr


def test_a_refused_token_has_an_exit_code_of_its_own() -> None:
    with FaultServer(respond(401, {"message": "Bad credentials"})) as server:
        code, lines = invoke_send_to(server)

    assert code == 4
    assert lines[0] == "Not sent."
    assert "CarrierX answered 401" in lines[1]
    assert lines[-1] == "carrierx doctor"


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (403, "Fix it before you try again."),
        (409, "You can try again later."),
        (422, "Fix it before you try again."),
    ],
)
def test_a_refusal_says_whether_trying_again_can_help(status: int, advice: str) -> None:
    complaint = {"message": f"{RECIPIENT} can't get {TEXT!r}\x1b[31m", "errors": [{"field": "to", "message": SENDER}]}
    with FaultServer(respond(status, complaint)) as server:
        code, lines = invoke_send_to(server)

    assert code == 1
    assert lines[0] == "Not sent."
    assert f"CarrierX answered {status}" in lines[1]
    assert lines[2] == advice
    assert "\x1b" not in "".join(lines)
    assert len(server.requests) == 1


# Exit code 3: it may be out there.


def test_an_unconfirmed_send_is_told_apart() -> None:
    with FaultServer(after_whole_request(CLOSE)) as server:
        code, lines = invoke_send_to(server)
        [request] = server.requests

    reference = request.json()["user_data"]
    assert code == 3
    assert lines[0] == LOUD
    assert f"reference: {reference}" in lines
    assert lines[-1] == f"carrierx messages reconcile {reference}"


def test_a_server_error_is_unconfirmed() -> None:
    with FaultServer(respond(503, {"message": f"{TEXT} to {RECIPIENT}"})) as server:
        code, lines = invoke_send_to(server, TEXT, "--reference", "order-17")

    assert (code, lines[0], len(server.requests)) == (3, LOUD, 1)
    assert "reference: order-17" in lines


def test_a_lost_receipt_is_unconfirmed() -> None:
    body = b'{"message_sid": "097b49df", "status": "queued"}'
    with FaultServer(cut_body(body, len(body) - 1)) as server:
        code, lines = invoke_send_to(server)

    assert (code, lines[0]) == (3, LOUD)
    assert "its response was lost" in lines[1]
    assert "message_sid: 097b49df" in lines


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("SIGINT", "You interrupted it"),
        ("SIGTERM", "It was terminated"),
        ("SIGHUP", "Its terminal was closed"),
    ],
)
def test_a_signal_while_it_is_on_its_way_is_unconfirmed(name: str, what: str) -> None:
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        with subprocess.Popen(
            [*COMMAND, *ADDRESSED, TEXT], stderr=subprocess.PIPE, encoding="utf-8", env=environment(settings)
        ) as process:
            deadline = time.monotonic() + 20
            while not server.requests and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.3)  # by now it waits for the response: between two lines Python can lose an interrupt
            process.send_signal(getattr(signal, name))
            _, told = process.communicate(timeout=60)
        reference = server.requests[0].json()["user_data"]

    assert process.returncode == 3
    assert told.startswith(f"{LOUD}\n{what} while it was being sent.\nreference: {reference}\n")
    assert_discreet(told)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_more_signals_while_it_ends_change_nothing(name: str) -> None:
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        with subprocess.Popen(
            [*COMMAND, *ADDRESSED, TEXT], stderr=subprocess.PIPE, encoding="utf-8", env=environment(settings)
        ) as process:
            deadline = time.monotonic() + 20
            while not server.requests and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.3)
            while process.poll() is None and time.monotonic() < deadline:
                process.send_signal(getattr(signal, name))
                time.sleep(0.01)
            _, told = process.communicate(timeout=60)
        reference = server.requests[0].json()["user_data"]

    assert process.returncode == 3
    assert f"\nreference: {reference}\n" in told
    assert_discreet(told)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX pipes")
def test_the_exit_code_is_right_where_nobody_reads() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with FaultServer(after_whole_request(CLOSE)) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        ended = subprocess.run([*COMMAND, *ADDRESSED, TEXT], stderr=writing, env=environment(settings), check=False)
    os.close(writing)

    assert ended.returncode == 3


STARTED = AttemptStarted("POST", "/sms/messages", 1)


def finished(outcome: Outcome) -> Event:
    return AttemptFinished("POST", "/sms/messages", 1, 0.1, outcome, None, None, None)


def interrupted(outcome: Outcome) -> Event:
    return AttemptInterrupted("POST", "/sms/messages", 1, 0.1, outcome, "order-17")


@pytest.mark.parametrize(
    ("events", "may_be_out"),
    [
        ([], False),
        ([STARTED], True),
        ([STARTED, finished(Outcome.NOT_SENT)], False),
        ([STARTED, finished(Outcome.NOT_SENT), STARTED], True),
        ([STARTED, finished(Outcome.REJECTED)], False),
        ([STARTED, finished(Outcome.ACCEPTED)], True),
        ([STARTED, finished(Outcome.UNKNOWN)], True),
        ([STARTED, interrupted(Outcome.UNKNOWN)], True),
        ([STARTED, interrupted(Outcome.NOT_SENT)], False),
    ],
)
def test_an_interrupt_is_judged_by_what_happened_before(events: list[Event], may_be_out: bool) -> None:
    watch = SendWatch()
    for event in events:
        watch(event)

    failure = failure_of(KeyboardInterrupt(), SENDING, "order-17", may_be_done=watch.may_be_out)

    assert watch.may_be_out is may_be_out
    assert failure.code == (3 if may_be_out else 130)
    assert failure.heading == (LOUD if may_be_out else "Not sent: you interrupted it.")
    assert failure.reference == "order-17"


def test_reads_before_the_send_do_not_make_it_unconfirmed() -> None:
    watch = SendWatch()
    watch(AttemptStarted("GET", "/storage/containers", 1))

    assert not watch.may_be_out


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_before_the_send_has_the_exit_code_of_shells(name: str, code: int) -> None:
    failure = failure_of(StoppedError(name), SENDING, "order-17")

    assert failure.code == code
    assert failure.heading.startswith("Not sent: it")
    assert failure.safe_to_resend
