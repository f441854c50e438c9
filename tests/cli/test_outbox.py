"""`carrierx outbox`: adding, sending, looking and deciding, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from carrierx import SendMessageRequest
from carrierx.emulator import DEMO_TOKEN, RunningEmulator
from carrierx.outbox import Outbox, OutboxMessage
from tests.cli.helpers import (
    COMMAND,
    RECIPIENT,
    SENDER,
    TEXT,
    assert_discreet,
    credentials,
    environment,
    invoke,
)
from tests.outbox.postgres_server import new_schema, shared_database

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")


class OutboxCommands:
    """The commands of one outbox, with a served emulator behind them."""

    def __init__(self, folder: Path, served: RunningEmulator) -> None:
        self.url = f"sqlite:///{folder / 'texts.db'}"
        self.settings = {"CARRIERX_OUTBOX": self.url, **credentials(served)}
        self.emulator = served.emulator

    def __call__(self, *arguments: str) -> Result:
        return invoke("outbox", *arguments, **self.settings)

    def json(self, *arguments: str) -> Any:
        result = self(*arguments, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def add(self, key: str, *arguments: str, text: str = TEXT) -> Result:
        return self("add", "--key", key, "--from", SENDER, "--to", RECIPIENT, *arguments, text)

    def state(self, key: str) -> str:
        state: str = self.json("show", key)["message"]["state"]
        return state


@pytest.fixture
def outbox(tmp_path: Path, served: RunningEmulator) -> OutboxCommands:
    commands = OutboxCommands(tmp_path, served)
    assert commands("init").exit_code == 0
    return commands


def test_a_text_is_added_once_and_sent_once(outbox: OutboxCommands) -> None:
    first, second = outbox.add("order-17"), outbox.add("order-17")
    drained = outbox.json("drain")

    assert first.stdout.startswith("Added to the outbox.")
    assert second.stdout.startswith("It's in the outbox already. Nothing was added.")
    assert drained["accepted"] == 1
    assert drained["stopped_because"] == "drained"
    assert [message["message"] for message in outbox.emulator.messages] == [TEXT]
    assert outbox.state("order-17") == "accepted"


def test_the_same_key_with_another_text_is_refused_without_showing_either(outbox: OutboxCommands) -> None:
    outbox.add("order-17")

    result = outbox.add("order-17", text="Something else")

    assert result.exit_code == 1
    assert "differs in message" in result.stderr
    assert "Something else" not in result.output
    assert_discreet(result.output)


def test_without_a_database_or_its_tables_the_next_command_is_named(tmp_path: Path) -> None:
    nowhere = invoke("outbox", "status")
    no_file = invoke("outbox", "status", "--database", f"sqlite:///{tmp_path / 'none.db'}")

    assert nowhere.exit_code == 2
    assert "use --database, or set CARRIERX_OUTBOX" in nowhere.stderr
    assert no_file.exit_code != 0
    assert "carrierx outbox init" in " ".join(no_file.stderr.split())


def test_lists_and_details_mask_numbers_and_show_texts_only_in_full(outbox: OutboxCommands) -> None:
    outbox.add("order-17", "--due", TOMORROW)

    listed, shown, full = outbox("list"), outbox("show", "order-17"), outbox("show", "order-17", "--full")

    assert "order-17" in listed.stdout
    assert "***5574" in listed.stdout
    assert_discreet(listed.output + shown.output)
    assert TEXT in full.stdout
    assert RECIPIENT in full.stdout


def test_a_list_goes_on_after_its_last_message(outbox: OutboxCommands) -> None:
    for number in range(3):
        outbox.add(f"order-{number}", "--due", TOMORROW)

    page = outbox.json("list", "--limit", "2", "--state", "queued")
    rest = outbox.json("list", "--after", str(page["items"][-1]["id"]), "--prefix", "order")

    assert [item["key"] for item in page["items"]] == ["order-0", "order-1"]
    assert page["has_more"]
    assert [item["key"] for item in rest["items"]] == ["order-2"]
    assert not rest["has_more"]


def test_a_list_longer_than_a_page_is_not_cut_off(outbox: OutboxCommands) -> None:
    request = SendMessageRequest(from_=SENDER, to=RECIPIENT, message=TEXT)
    with Outbox(outbox.url) as opened:
        opened.add_many(None, [OutboxMessage(request, key=f"order-{number}") for number in range(1002)])

    page = outbox.json("list", "--limit", "1001")
    assert (len(page["items"]), page["has_more"]) == (1001, True)
    page = outbox.json("list", "--limit", "5000")
    assert (len(page["items"]), page["has_more"]) == (1002, False)


def test_a_message_is_cancelled_queued_again_and_rescheduled(outbox: OutboxCommands) -> None:
    outbox.add("order-17")

    assert outbox.json("cancel", "order-17") == {"key": "order-17", "state": "cancelled"}
    assert outbox.json("retry", "order-17") == {"key": "order-17", "state": "queued"}
    assert outbox.json("reschedule", "order-17", "--due", TOMORROW) == {"key": "order-17", "state": "queued"}
    assert outbox.json("drain")["accepted"] == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["cancel", "none"], "There is no message with the key 'none'."),
        (["show", "none"], "There is no message with this key."),
        (["resolve", "order-17", "--sent"], "resolve needs a message in review, and 'order-17' is queued."),
        (["resolve", "order-17"], "Give --sent if the message was sent, or --not-sent to send it now."),
        (["resolve", "order-17", "--not-sent", "--message-sid", "x"], "--message-sid goes with --sent."),
        (["list", "--state", "posted"], "There is no such state. There are: queued, sending,"),
        (["purge", "--older-than", "1"], "Confirm it with --yes. Nothing was deleted."),
        (["purge", "--older-than", "1e300"], "--older-than is too large."),
        (["run", "--rate", "0"], "rate"),
        (["drain", "--seconds", "-1"], "seconds"),
        (["reschedule", "order-17", "--due", "soon"], "write a time as 2026-11-29T12:30"),
    ],
)
def test_what_makes_no_sense_is_an_error_with_a_reason(outbox: OutboxCommands, arguments: list[str], text: str) -> None:
    outbox.add("order-17", "--due", TOMORROW)

    result = outbox(*arguments)

    assert result.exit_code in (1, 2)
    assert text in " ".join(result.stderr.split())
    assert outbox.state("order-17") == "queued"


def test_a_refused_token_pauses_the_outbox_until_it_is_resumed(outbox: OutboxCommands) -> None:
    outbox.add("order-17")
    outbox.settings["CARRIERX_TOKEN"] = "not-the-token"

    drained = outbox.json("drain")
    status = outbox("status")
    outbox.settings["CARRIERX_TOKEN"] = DEMO_TOKEN
    outbox("resume")

    assert drained["stopped_because"] == "paused"
    assert "Paused: CarrierX answered 401" in " ".join(status.stdout.split())
    assert "carrierx outbox resume" in status.stdout
    assert outbox.json("drain")["accepted"] == 1


def test_pause_says_why_and_status_repeats_it(outbox: OutboxCommands) -> None:
    outbox.add("order-17")
    outbox("pause", "--reason", "the shop is closed")

    assert outbox.json("status")["paused"] == "the shop is closed"
    assert outbox.json("drain")["stopped_because"] == "paused"
    assert outbox.json("resume") == {"paused": None}
    assert outbox.json("status")["paused"] is None


def test_status_exits_with_6_above_a_limit(outbox: OutboxCommands) -> None:
    outbox.add("order-17")
    time.sleep(0.01)

    without, within = outbox("status"), outbox("status", "--max-age", "600", "--max-unknown", "0", "--max-review", "0")
    above = outbox("status", "--max-age", "0", "--json")

    assert (without.exit_code, within.exit_code, above.exit_code) == (0, 0, 6)
    assert json.loads(above.stdout)["problems"] == ["age"]
    assert above.stderr == ""
    assert "Above your limit" not in within.stdout
    assert "Above your limit: oldest due." in " ".join(outbox("status", "--max-age", "0").stdout.split())


def test_a_paused_outbox_is_unhealthy_once_somebody_watches_a_limit(outbox: OutboxCommands) -> None:
    outbox("pause", "--reason", "the shop is closed")

    assert outbox("status").exit_code == 0
    assert outbox.json("status")["problems"] == ["paused"]
    assert outbox("status", "--max-unknown", "5").exit_code == 6


@pytest.mark.parametrize("limit", ["--max-age=-1", "--max-age=nan", "--max-unknown=-1", "--max-review=x"])
def test_a_limit_that_can_not_be_is_a_usage_error(outbox: OutboxCommands, limit: str) -> None:
    assert outbox("status", limit).exit_code == 2


def test_purge_keeps_the_key_so_that_it_never_sends_again(outbox: OutboxCommands) -> None:
    outbox.add("order-17")
    outbox.json("drain")

    purged = outbox.json("purge", "--older-than", "0", "--yes")
    again = outbox.json("add", "--key", "order-17", "--from", SENDER, "--to", RECIPIENT, TEXT)
    outbox.json("drain")

    assert purged == {"purged": 1}
    assert not again["created"]
    assert len(outbox.emulator.messages) == 1


def test_verify_compares_with_carrierx_and_fails_if_they_differ(outbox: OutboxCommands) -> None:
    outbox.add("order-17")
    outbox.json("drain")
    agreed = outbox("verify")
    reference = outbox.json("show", "order-17")["message"]["reference"]
    sent_by_hand = invoke(
        "send", "--from", SENDER, "--to", RECIPIENT, "--reference", reference, TEXT, **outbox.settings
    )

    differing = outbox("verify", "--json")

    assert agreed.exit_code == 0
    assert "Both agree." in agreed.stdout
    assert sent_by_hand.exit_code == 0
    assert differing.exit_code == 1
    assert json.loads(differing.stdout)["sent_twice"] == ["order-17"]


def test_a_copied_database_sends_nothing_before_recover(outbox: OutboxCommands, tmp_path: Path) -> None:
    outbox.add("order-17")
    original = tmp_path / "texts.db"
    copy = tmp_path / "copy.db"
    copy.write_bytes(original.read_bytes())
    for kind in ("-wal", "-shm"):
        beside = Path(f"{original}{kind}")
        if beside.exists():
            Path(f"{copy}{kind}").write_bytes(beside.read_bytes())
    outbox.settings["CARRIERX_OUTBOX"] = f"sqlite:///{copy}"

    stopped = outbox.json("drain")
    status = outbox("status")
    recovered = outbox.json("recover")

    assert stopped["accepted"] == 0
    assert stopped["stopped_because"] == "lost_commits"
    assert "carrierx outbox recover" in status.stdout
    assert recovered == {"unknown": 1}
    assert len(outbox.emulator.messages) == 0


def test_status_says_that_carrierx_asked_to_wait(outbox: OutboxCommands) -> None:
    outbox.add("order-17")
    outbox.emulator.faults.answer(429, retry_after=500, path="/sms/messages", method="POST", times=1)
    outbox("drain", "--seconds", "1")

    status, held = outbox("status"), outbox.json("status")
    outbox("resume")

    assert "CarrierX asked to wait: " in " ".join(status.stdout.split())
    assert 400 < held["held_seconds"] <= 500
    assert outbox.json("status")["held_seconds"] == 0


def test_a_recovery_without_a_loss_must_be_forced(outbox: OutboxCommands) -> None:
    outbox.add("order-17")
    outbox.add("order-18")
    outbox("cancel", "order-18")

    refused = outbox("recover")
    forced = outbox.json("recover", "--force")
    retried = outbox("retry", "order-18")

    assert refused.exit_code == 1
    said = " ".join(refused.stderr.split())
    assert "It would make 1 message unknown" in said
    assert "use --force" in said
    assert forced == {"unknown": 1}
    assert "It may have been sent in what the database lost" in " ".join(retried.stdout.split())


def test_a_worker_says_what_a_person_should_know(outbox: OutboxCommands) -> None:
    outbox.add("order-17")
    outbox.add("order-18")
    outbox.emulator.faults.lose_answer(times=1)

    result = outbox("drain", "--seconds", "2", "--concurrency", "1")

    notes = " ".join(result.stderr.split())
    assert "order-17: it may have been sent. It will be looked up." in notes
    assert_discreet(result.output)
    assert len(outbox.emulator.messages) == 2


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_worker_stops_cleanly_on_a_signal(outbox: OutboxCommands, name: str) -> None:
    with subprocess.Popen(
        [*COMMAND, "outbox", "run", "--json"],
        env=environment(outbox.settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        outbox.add("order-17")
        deadline = time.monotonic() + 30
        while outbox.state("order-17") != "accepted":
            assert time.monotonic() < deadline
            assert worker.poll() is None
            time.sleep(0.05)
        os.kill(worker.pid, signal.Signals[name])
        out, err = worker.communicate(timeout=30)

    assert err == ""
    assert worker.returncode == 0
    report = json.loads(out)
    assert report["accepted"] == 1
    assert report["stopped_because"] == name


def test_an_outbox_in_a_schema_of_postgresql(served: RunningEmulator) -> None:
    place = ("--schema", new_schema())
    settings = {"CARRIERX_OUTBOX": shared_database(), **credentials(served)}
    added = ("outbox", "add", "--key", "order-17", "--from", SENDER, "--to", RECIPIENT, TEXT, *place)

    assert invoke("outbox", "init", *place, **settings).exit_code == 0
    assert invoke(*added, **settings).exit_code == 0
    assert invoke("outbox", "drain", *place, **settings).exit_code == 0

    assert len(served.emulator.messages) == 1


def test_a_schema_is_for_postgresql(outbox: OutboxCommands) -> None:
    result = outbox("status", "--schema", "texts")

    assert result.exit_code == 2
    assert "--schema is for PostgreSQL only" in result.stderr
