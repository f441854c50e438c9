"""Metrics of an outbox: its numbers at each collection, from one reading, with nothing private."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from carrierx import SendMessageRequest
from carrierx.otel import observe_outbox
from carrierx.outbox import Outbox, OutboxStats, OutboxUnavailableError, State
from tests.telemetry.recording import Recording

NUMBERS = OutboxStats(
    counts={State.QUEUED: 7, State.UNKNOWN: 3, State.REVIEW: 2, State.ACCEPTED: 40},
    depth=7,
    due=5,
    oldest_due_seconds=12.5,
    sending=1,
    unknown=3,
    review=2,
    accepted_last_minute=90,
    paused=None,
    lost_commits=False,
)
NAMES = ("depth", "oldest.age", "unknown", "review", "accepted.rate")
LABELS = {"carrierx.outbox.namespace": "orders"}


class Numbers:
    """An outbox with these numbers, which counts how often it is read."""

    namespace = "orders"

    def __init__(self) -> None:
        self.readings = 0
        self.away = False

    def stats(self, *, quick: bool = False) -> OutboxStats:
        self.readings += 1
        if self.away:
            raise OutboxUnavailableError("postgresql://user:secret@host")
        return NUMBERS


def values(recording: Recording) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in NAMES:
        for labels, value, _ in recording.points(f"carrierx.outbox.{name}"):
            assert labels == LABELS
            found[name] = value
    return found


def test_each_number_is_a_metric(recording: Recording) -> None:
    observe_outbox(Numbers(), meter_provider=recording.meter_provider)

    assert values(recording) == {"depth": 7, "oldest.age": 12.5, "unknown": 3, "review": 2, "accepted.rate": 1.5}


def test_a_collection_reads_the_outbox_once_and_the_next_one_again(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Numbers()
    observe_outbox(outbox, meter_provider=recording.meter_provider)

    recording.metrics_text()
    assert outbox.readings == 1

    monkeypatch.setattr("carrierx.otel._READ_AGAIN_AFTER", -1.0)
    recording.points("carrierx.outbox.depth")
    assert outbox.readings > 1


def test_a_database_that_is_away_gives_no_values_and_one_line_without_its_address(
    recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = Numbers()
    outbox.away = True
    observe_outbox(outbox, meter_provider=recording.meter_provider)

    with caplog.at_level(logging.WARNING, "carrierx"):
        assert values(recording) == {}

    (line,) = caplog.messages
    assert line == "outbox metrics: the database can't be read: OutboxUnavailableError"


def test_a_real_outbox_shows_its_depth_and_nothing_private(recording: Recording, tmp_path: Path) -> None:
    with Outbox(f"sqlite:///{tmp_path}/texts.db", namespace="orders") as outbox:
        outbox.create_schema()
        request = SendMessageRequest(from_="15162065575", to="15162065574", message="Meet me at the lighthouse")
        outbox.add(None, request, key="order-17")
        observe_outbox(outbox, meter_provider=recording.meter_provider)

        text = recording.metrics_text()
        assert values(recording)["depth"] == 1

    assert "carrierx.outbox.oldest.age" in text
    for private in ("15162065575", "15162065574", "lighthouse", "order-17"):
        assert private not in text
