"""`carrierx send`: what is sent, and what is said of it."""

from __future__ import annotations

import json
import os
import subprocess
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
    assert_discreet,
    credentials,
    environment,
    invoke,
    invoke_send,
    run_command,
)

PICTURE = "https://storage.carrierx.com/f/cdac0471"


def only_message(running: RunningEmulator) -> dict[str, object]:
    [message] = running.emulator.messages
    return dict(message)


def test_a_text_is_sent(served: RunningEmulator) -> None:
    settings = {"CARRIERX_TOKEN": DEMO_TOKEN, "CARRIERX_BASE_URL": served.base_url}

    ended = run_command(*ADDRESSED, TEXT, settings=settings)

    message = only_message(served)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "Accepted for sending.",
        f"message_sid: {message['message_sid']}",
        "status:      queued",
        f"reference:   {message['user_data']}",
    ]
    assert (message["from"], message["to"], message["message"]) == (SENDER, RECIPIENT, TEXT)


def test_an_mms_to_a_group_is_sent(served: RunningEmulator) -> None:
    result = invoke_send(
        TEXT,
        *("--media-url", PICTURE, "--media-url", f"{PICTURE}2", "--group", "+1 (516) 206-5573", "--group", RECIPIENT),
        base_url=served.base_url,
    )

    message = only_message(served)
    assert result.exit_code == 0
    assert message["type"] == "mms"
    assert message["media_urls"] == [PICTURE, f"{PICTURE}2"]
    assert message["group_recipients"] == ["15162065573", RECIPIENT]


def test_a_picture_needs_no_text(served: RunningEmulator) -> None:
    assert invoke_send("--media-url", PICTURE, base_url=served.base_url).exit_code == 0
    assert only_message(served)["message"] is None


def test_a_reference_of_ones_own_is_carried(served: RunningEmulator) -> None:
    result = invoke_send(TEXT, "--reference", "order-17", base_url=served.base_url)

    assert only_message(served)["user_data"] == "order-17"
    assert "reference:   order-17" in result.stdout


def test_every_send_has_another_reference(served: RunningEmulator) -> None:
    for _ in range(2):
        invoke_send(TEXT, base_url=served.base_url)

    first, second = served.emulator.messages
    assert first["user_data"] != second["user_data"]


def test_the_option_goes_before_the_environment(served: RunningEmulator) -> None:
    result = invoke_send(TEXT, "--base-url", served.base_url, base_url="http://127.0.0.1:9/core/v2")

    assert result.exit_code == 0


def test_a_text_may_begin_with_a_dash(served: RunningEmulator) -> None:
    assert invoke_send("--", "-5 degrees", base_url=served.base_url).exit_code == 0
    assert only_message(served)["message"] == "-5 degrees"


def test_a_dry_run_sends_nothing_and_needs_no_token() -> None:
    result = invoke(
        *(*ADDRESSED, "--dry-run", "--media-url", PICTURE, "--group", "15162065573", "--reference", "order-17", TEXT)
    )

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Dry run: nothing was sent. The message would be:",
        "through:   https://api.carrierx.com/core/v2",
        "kind:      MMS",
        "from:      ***5575",
        "to:        ***5574",
        "group:     ***5573",
        f"text:      {len(TEXT)} characters",
        "media:     1",
        "segments:  2, one for each recipient",
        "price:     unknown without a token or --prices",
        "reference: order-17",
    ]
    assert_discreet(result.output)


def test_a_dry_run_leaves_out_what_is_not_there(served: RunningEmulator) -> None:
    result = invoke_send(TEXT, "--dry-run", base_url=served.base_url)

    assert [line.partition(":")[0] for line in result.stdout.splitlines()[1:]] == [
        *("through", "kind", "from", "to", "text", "segments", "price", "reference")
    ]
    assert served.base_url in result.stdout


def test_a_dry_run_asks_carrierx_for_the_price_and_sends_nothing(served: RunningEmulator) -> None:
    result = invoke_send("é€" * 81, "--dry-run", base_url=served.base_url)

    assert "segments:  2 (GSM-7)\nprice:     $0.02000\n" in result.stdout
    assert [seen.method for seen in served.emulator.requests_seen] == ["GET"]
    assert not served.emulator.messages


def test_the_price_of_a_group_counts_each_recipient(served: RunningEmulator) -> None:
    result = invoke_send(TEXT, "--dry-run", "--group", "15162065573", "--group", RECIPIENT, base_url=served.base_url)

    assert "segments:  2, one for each recipient\nprice:     $0.0" in result.stdout
    assert len(served.emulator.requests_seen) == 2


def test_a_file_of_prices_needs_no_carrierx(served: RunningEmulator, tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("prefix,sms\n1516,0.0123\n44,0.04\n")

    result = invoke_send(TEXT, "--dry-run", "--prices", str(prices), base_url=served.base_url)

    assert "price:     $0.0123\n" in result.stdout
    assert served.emulator.requests_seen == ()


def test_an_unknown_price_says_why(served: RunningEmulator, tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("prefix,sms\n44,0.04\n")

    listed = invoke_send(TEXT, "--dry-run", "--prices", str(prices), base_url=served.base_url)
    refused = invoke_send(TEXT, "--dry-run", base_url=served.base_url, token="another-token")

    assert "price:     unknown in prices.csv\n" in listed.stdout
    assert "price:     unknown (CarrierX answered 401 to GET /rating/sms/toll: " in refused.stdout
    assert (listed.exit_code, refused.exit_code) == (0, 0)


@pytest.mark.parametrize(
    "wrong", [["--reference", "it's"], ["--base-url", "http://example.com"], ["--to", "05"], ["--group", RECIPIENT] * 2]
)
def test_a_dry_run_finds_what_a_send_would_refuse(wrong: list[str]) -> None:
    arguments = ["send", "--from", SENDER, TEXT, "--dry-run", *wrong]

    result = invoke(*arguments, *([] if "--to" in wrong else ["--to", RECIPIENT]))

    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX pipes and devices")
@pytest.mark.parametrize("stdout", ["a pipe that nobody reads", "a full disk"])
def test_a_receipt_that_can_not_be_written_does_not_make_a_failure(served: RunningEmulator, stdout: str) -> None:
    if stdout == "a full disk":
        if not os.path.exists("/dev/full"):
            pytest.skip("this system has no /dev/full")
        writing = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, writing = os.pipe()
        os.close(reading)
    settings = {"CARRIERX_TOKEN": DEMO_TOKEN, "CARRIERX_BASE_URL": served.base_url}

    ended = subprocess.run(
        [*COMMAND, *ADDRESSED, TEXT],
        stdout=writing,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(settings),
        check=False,
    )
    os.close(writing)

    message = only_message(served)
    assert ended.returncode == 0
    assert ended.stderr.startswith("The message was sent, but the receipt can't be written:")
    assert f"message_sid: {message['message_sid']}" in ended.stderr


def test_a_receipt_in_another_alphabet_is_written_as_far_as_can_be(served: RunningEmulator) -> None:
    settings = {"CARRIERX_TOKEN": DEMO_TOKEN, "CARRIERX_BASE_URL": served.base_url, "PYTHONIOENCODING": "latin-1"}

    ended = run_command(*ADDRESSED, "--reference", "заказ", TEXT, settings=settings)

    assert ended.returncode == 0
    assert "reference:   \\u0437" in ended.stdout


def test_it_waits_until_the_message_is_delivered(served: RunningEmulator) -> None:
    result = invoke_send(TEXT, "--wait", base_url=served.base_url)

    assert result.exit_code == 0
    assert result.stdout.startswith("Accepted for sending.\n")
    assert result.stdout.endswith("status: delivered\n")
    assert result.stderr == "Waiting until it's delivered, at most 60 s ...\n"


def test_a_wait_that_runs_out_of_time_is_no_failure_of_the_send(served: RunningEmulator) -> None:
    stuck = ("--to", "12025550103", "--wait", "--within", "0.05")

    result = invoke("send", "--from", SENDER, *stuck, TEXT, **credentials(served))
    as_json = invoke("send", "--from", SENDER, *stuck, TEXT, "--json", **credentials(served))

    assert result.exit_code == 5
    assert "After 0.05 s the message has the status queued" in result.stderr
    assert "Not sent" not in result.stderr
    assert as_json.exit_code == 5
    assert json.loads(as_json.stdout)["outcome"] == "accepted"
    error = json.loads(as_json.stderr)
    assert (error["status"], error["exit_code"], error["safe_to_resend"]) == ("queued", 5, False)
    assert (error["outcome"], error["reference"]) == ("accepted", json.loads(as_json.stdout)["reference"])
    assert result.stderr.endswith("The message was accepted: don't send it again.\n")


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_wait_that_breaks_off_does_not_look_like_a_failed_send(served: RunningEmulator, status: int) -> None:
    served.emulator.faults.answer(status, {"message": "no"}, method="GET")

    result = invoke_send(TEXT, "--wait", "--timeout", "1", base_url=served.base_url)

    assert result.exit_code == 5
    assert result.stdout.startswith("Accepted for sending.\n")
    assert "Not sent" not in result.stderr
    assert result.stderr.endswith("The message was accepted: don't send it again.\n")


def test_a_text_comes_from_standard_input(served: RunningEmulator) -> None:
    ended = run_command(*ADDRESSED, "-", settings=credentials(served), stdin=f"{TEXT}\n".encode())

    assert ended.returncode == 0, ended.stderr
    assert only_message(served)["message"] == TEXT


@pytest.mark.parametrize(
    ("stdin", "arguments", "said"),
    [
        (b"\xff\xfe", ["-"], "Standard input is not UTF-8."),
        (b"", ["-"], "TEXT: The text is empty or only whitespace."),
        (b"x", ["-", "--token-stdin"], "--token-stdin and TEXT - can't both read standard input."),
    ],
)
def test_standard_input_that_can_be_no_text_is_refused(
    served: RunningEmulator, stdin: bytes, arguments: list[str], said: str
) -> None:
    ended = run_command(*ADDRESSED, *arguments, settings=credentials(served), stdin=stdin)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert not served.emulator.messages
