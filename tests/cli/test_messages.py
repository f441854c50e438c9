"""`carrierx messages`: list, get, watch and reconcile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from carrierx import CarrierXClient, Message
from carrierx.emulator import DEMO_TOKEN, RunningEmulator
from tests.cli.helpers import (
    COMMAND,
    RECIPIENT,
    SENDER,
    TEXT,
    assert_discreet,
    credentials,
    environment,
    invoke,
    run_command,
)


def sent(running: RunningEmulator, text: str = TEXT, *, to: str = RECIPIENT, reference: str | None = None) -> Message:
    with CarrierXClient(DEMO_TOKEN, base_url=running.base_url) as client:
        return client.messages.send(from_=SENDER, to=to, message=text, reference=reference)


def test_the_newest_messages_come_first(served: RunningEmulator) -> None:
    sids = [sent(served).message_sid for _ in range(3)]

    result = invoke("messages", "list", "--limit", "2", **credentials(served))

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert [line.split()[0] for line in lines[:2]] == [sids[2], sids[1]]
    assert "***5575 > ***5574" in lines[0]
    assert lines[2:] == ["There are more messages: raise --limit."]
    assert_discreet(result.output)


def test_messages_are_chosen_by_what_they_are(served: RunningEmulator) -> None:
    sent(served)
    other = sent(served, to="15162065573")
    after = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    def listed(*options: str) -> list[str]:
        result = invoke("messages", "list", "--json", *options, **credentials(served))
        return [item["message_sid"] for item in json.loads(result.stdout)["items"]]

    assert listed("--to", "15162065573") == [other.message_sid]
    assert len(listed("--from", SENDER)) == 2
    assert listed("--status", "received") == []
    assert listed("--sent-after", after) == []
    assert len(listed("--sent-before", after)) == 2
    assert listed("--filter", 'to eq "15162065573"') == [other.message_sid]


def test_no_messages_are_none(served: RunningEmulator) -> None:
    assert invoke("messages", "list", **credentials(served)).stdout == "There are no messages.\n"


def test_complete_numbers_and_texts_are_shown_if_asked_for(served: RunningEmulator) -> None:
    message = sent(served, "[red]It's\x1b[31m <b>there</b>\u202e[/red]\nnow")

    listed = invoke("messages", "list", "--full", **credentials(served)).stdout
    read = invoke("messages", "get", message.message_sid, "--full", **credentials(served)).stdout

    assert f"{SENDER} > {RECIPIENT}" in listed
    for shown in (listed, read):
        assert "[red]It's?[31m <b>there</b>?[/red] now" in shown


def test_a_message_is_read(served: RunningEmulator) -> None:
    message = sent(served, reference="order-17")

    result = invoke("messages", "get", message.message_sid, **credentials(served))
    as_json = invoke("messages", "get", message.message_sid, "--json", **credentials(served))

    assert result.exit_code == 0
    assert f"message_sid:      {message.message_sid}\n" in result.stdout
    assert "from:             ***5575\n" in result.stdout
    assert f"message:          <{len(TEXT)} characters>\n" in result.stdout
    assert_discreet(result.output)
    assert json.loads(as_json.stdout)["to"] == RECIPIENT


def test_a_message_that_does_not_exist_is_refused(served: RunningEmulator) -> None:
    result = invoke("messages", "get", "nowhere", **credentials(served))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("CarrierX answered 404 to GET /sms/messages/nowhere")
    assert "Not sent" not in result.stderr


def test_a_message_is_followed_until_it_is_delivered(served: RunningEmulator) -> None:
    message = sent(served)

    result = invoke("messages", "watch", message.message_sid, "--interval", "0.1", "--json", **credentials(served))

    steps = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, result.stderr) == (0, "")
    assert [step["status"] for step in steps] == ["queued", "sent", "delivered"]
    assert {step["message_sid"] for step in steps} == {message.message_sid}


def test_a_watch_that_runs_out_of_time_says_so(served: RunningEmulator) -> None:
    message = sent(served, to="12025550103")

    result = invoke("messages", "watch", message.message_sid, "--within", "0.1", **credentials(served))

    assert result.exit_code == 5
    assert result.stdout.startswith(f"{message.message_sid}  queued")
    assert result.stderr.startswith("After 0.1 s the message has the status queued, not yet delivered.")


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_all_new_messages_are_watched_until_ctrl_c(served: RunningEmulator) -> None:
    old = sent(served, to="12025550103")
    command = [*COMMAND, "messages", "watch", "--interval", "0.1", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment(credentials(served))
    ) as process:
        assert process.stdout is not None
        while not any(seen.method == "GET" for seen in served.emulator.requests_seen):
            assert process.poll() is None
        new = sent(served)
        steps = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)

    assert [step["status"] for step in steps] == ["queued", "sent", "delivered"]
    assert {step["message_sid"] for step in steps} == {new.message_sid} != {old.message_sid}
    assert process.returncode == 130
    assert json.loads(told)["error"] == "Interrupted"


def test_a_watch_of_all_messages_ends_when_its_time_is_over(served: RunningEmulator) -> None:
    result = invoke("messages", "watch", "--within", "0.2", "--interval", "0.1", **credentials(served))

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Watching for new messages. Press Ctrl-C to stop.\n"


def test_a_sent_message_is_found_by_its_reference(served: RunningEmulator) -> None:
    message = sent(served, reference="order-17")

    result = invoke("messages", "reconcile", "order-17", **credentials(served))
    recorded = invoke(
        "messages", "reconcile", "order-17", "--records", "--settle", "1", "--json", **credentials(served)
    )

    assert result.exit_code == 0
    assert result.stdout.startswith("It was sent: CarrierX accepted it. Don't send it again.\n")
    assert message.message_sid in result.stdout
    document = json.loads(recorded.stdout)
    assert (document["outcome"], document["message"], document["record"]["user_data"]) == ("accepted", None, "order-17")


def test_finding_nothing_proves_nothing_by_itself(served: RunningEmulator) -> None:
    result = invoke("messages", "reconcile", "order-17", "--settle", "0", **credentials(served))

    assert (result.exit_code, result.stdout) == (3, "")
    assert "proves nothing" in result.stderr
    assert "--known" in result.stderr


def test_a_known_reference_proves_that_a_message_was_not_sent(served: RunningEmulator) -> None:
    sent(served, reference="order-16")

    result = invoke(
        "messages", "reconcile", "order-17", "--settle", "0", "--known", "order-16", "--json", **credentials(served)
    )

    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert (document["outcome"], document["safe_to_resend"]) == ("not_sent", True)


def test_an_unknown_known_reference_proves_nothing(served: RunningEmulator) -> None:
    result = invoke(
        "messages", "reconcile", "order-17", "--settle", "0", "--known", "order-16", "--json", **credentials(served)
    )

    assert (result.exit_code, result.stdout) == (3, "")
    assert json.loads(result.stderr)["exit_code"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--sent-after", "yesterday"), "write a time as 2026-11-29T12:30"),
        (("list", "--limit", "0"), "'--limit'"),
        (("list", "--order", "shuffle"), "You can't iterate over a shuffled list"),
        (("watch", "--until", "sent"), "it needs a MESSAGE_SID"),
        (("watch", "--interval", "nan"), "--interval must be a finite number of seconds above 0"),
        (("watch", "x", "--within", "-1"), "--within must be a finite number of seconds above 0"),
        (("reconcile", "x", "--settle", "nan"), "--settle must be a finite number of seconds 0 or more"),
        (("reconcile", "it's"), "The reference contains a quote"),
        (("get",), "Missing argument 'MESSAGE_SID'"),
        (("get", "a", SENDER), "Got unexpected extra argument. Put a text with spaces in quotes."),
        (("fetch",), "No such command 'fetch'"),
        ((TEXT,), "No such command '...'"),
    ],
)
def test_a_wrong_command_is_refused(served: RunningEmulator, arguments: tuple[str, ...], said: str) -> None:
    result = invoke("messages", *arguments, **credentials(served))

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert_discreet(result.stderr)
    assert served.emulator.requests_seen == ()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_a_reader_that_has_seen_enough_is_no_error(served: RunningEmulator) -> None:
    for _ in range(2):
        sent(served)
    script = '{ "$@"; echo "code $?" >&2; } | head -1'

    ended = run_command(
        "messages", "list", settings=credentials(served), command=["bash", "-c", script, "bash", *COMMAND]
    )

    assert len(ended.stdout.splitlines()) == 1
    assert ended.stderr == "code 0\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX pipes")
def test_a_closed_pipe_is_no_error(served: RunningEmulator) -> None:
    sent(served)
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run(
        [*COMMAND, "messages", "list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment(credentials(served)),
        check=False,
    )
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (0, b"")
