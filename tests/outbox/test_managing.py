"""What a person or a script does with an outbox: look, cancel, change, decide, pause, purge."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from carrierx import CarrierXClient, ConfigurationError, InvalidArgumentError, SendMessageRequest
from carrierx.emulator import Emulator
from carrierx.outbox import Outbox, OutboxEvent, OutboxMessage, OutboxStateError, State
from carrierx.outbox.events import LookupFailed, MessagesPurged, OutboxPaused, OutboxResumed, StateChanged
from tests.outbox.conftest import FAST

Make = Callable[..., SendMessageRequest]


class TestMakingOne:
    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("texts.db", "must be sqlite:///PATH"),
            ("mysql://localhost/texts", "must be sqlite:///PATH"),
            ("sqlite://", "must name a file"),
            ("sqlite:///", "must name a file"),
            ("sqlite:///:memory:", "would be lost with the process"),
            ("sqlite:///texts.db?mode=ro", "must name a file"),
            ("sqlite://host/texts.db", "must name a file"),
        ],
    )
    def test_a_url_that_can_not_work(self, url: str, said: str) -> None:
        with pytest.raises(ConfigurationError, match=said):
            Outbox(url)

    def test_paths(self) -> None:
        assert Outbox("sqlite:////var/lib/texts.db").path == "/var/lib/texts.db"
        assert Outbox("sqlite:///texts.db").path == str(Path.cwd() / "texts.db")

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"namespace": ""}, "namespace"),
            ({"namespace": "x" * 65}, "namespace"),
            ({"on_event": 5}, "on_event must be a function, not int"),
            ({"fingerprint_key": b"short"}, "at least 16 bytes"),
            ({"fingerprint_key": "text" * 10}, "at least 16 bytes"),
        ],
    )
    def test_options_that_can_not_work(self, options: dict[str, Any], said: str) -> None:
        with pytest.raises((ConfigurationError, InvalidArgumentError), match=said):
            Outbox("sqlite:///texts.db", **options)

    def test_it_opens_nothing(self, tmp_path: Path) -> None:
        Outbox(f"sqlite:///{tmp_path}/texts.db")
        assert list(tmp_path.iterdir()) == []

    def test_creating_again_changes_nothing(self, outbox: Outbox, message: Make) -> None:
        outbox.add(None, message(), key="a")
        assert not outbox.create_schema()
        assert outbox.get("a") is not None

    def test_its_repr(self, outbox: Outbox) -> None:
        assert repr(outbox) == f"Outbox('sqlite:///{outbox.path}', namespace='default')"


class TestListing:
    @pytest.fixture(autouse=True)
    def several(self, outbox: Outbox, message: Make) -> None:
        outbox.add_many(None, [OutboxMessage(message(), key=f"order-{n}") for n in range(5)])
        outbox.add(None, message(), key="other")
        outbox.cancel("order-3")

    def test_pages(self, outbox: Outbox) -> None:
        first = outbox.list(limit=4)
        second = outbox.list(limit=4, after_id=first[-1].id)

        assert [each.key for each in (*first, *second)] == [f"order-{n}" for n in range(5)] + ["other"]

    @pytest.mark.parametrize("state", ["cancelled", State.CANCELLED, ["cancelled", "review"]])
    def test_by_state(self, outbox: Outbox, state: Any) -> None:
        assert [each.key for each in outbox.list(state=state)] == ["order-3"]
        assert [each.key for each in outbox.iterate(state=state)] == ["order-3"]

    def test_by_prefix(self, outbox: Outbox) -> None:
        assert [each.key for each in outbox.list(key_prefix="ot")] == ["other"]

    @pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 1001}, {"after_id": -1}, {"state": "sent"}])
    def test_arguments(self, outbox: Outbox, options: dict[str, Any]) -> None:
        with pytest.raises(InvalidArgumentError, match=next(iter(options))):
            outbox.list(**options)


class TestChanging:
    def test_cancel_and_retry(
        self, outbox: Outbox, message: Make, client: CarrierXClient, events: list[OutboxEvent]
    ) -> None:
        outbox.add(None, message(), key="a")
        outbox.cancel("a")
        assert outbox.drain(client).accepted == 0
        outbox.retry("a")
        assert outbox.drain(client).accepted == 1

        changes = [event for event in events if isinstance(event, StateChanged)]
        assert changes == [StateChanged("a", "cancel", State.CANCELLED), StateChanged("a", "retry", State.QUEUED)]

    def test_what_is_retried_after_a_recovery_is_said_to_be_unknown(
        self, outbox: Outbox, message: Make, events: list[OutboxEvent]
    ) -> None:
        outbox.add(None, message(), key="a")
        outbox.cancel("a")
        outbox.recover(force=True)

        assert outbox.retry("a") is State.UNKNOWN
        assert events[-1] == StateChanged("a", "retry", State.UNKNOWN)

    def test_an_accepted_message_stays(self, outbox: Outbox, message: Make, client: CarrierXClient) -> None:
        outbox.add(None, message(), key="a")
        outbox.drain(client)
        operations: list[Callable[[], object]] = [
            lambda: outbox.cancel("a"),
            lambda: outbox.retry("a"),
            lambda: outbox.resolve("a", sent=False),
            lambda: outbox.reschedule("a", due_at=timedelta(0)),
        ]
        for operation in operations:
            with pytest.raises(OutboxStateError, match="'a' is accepted") as caught:
                operation()
            assert caught.value.state is State.ACCEPTED

    def test_a_message_that_is_not_there(self, outbox: Outbox) -> None:
        with pytest.raises(OutboxStateError, match="no message with the key 'a'") as caught:
            outbox.cancel("a")
        assert (caught.value.key, caught.value.state) == ("a", None)

    def test_reschedule(self, outbox: Outbox, message: Make) -> None:
        outbox.add(None, message(), key="a")
        due = datetime(2040, 1, 2, tzinfo=UTC)
        outbox.reschedule("a", due_at=due, expires_at=due + timedelta(hours=1))
        found = outbox.get("a")
        assert found is not None
        assert (found.due_at, found.expires_at) == (due, due + timedelta(hours=1))
        with pytest.raises(InvalidArgumentError, match="later than due_at"):
            outbox.reschedule("a", due_at=due, expires_at=due)

    def test_a_person_decides(self, outbox: Outbox, message: Make) -> None:
        outbox.add(None, message(), key="a")
        with closing(sqlite3.connect(outbox.path)) as connection, connection:
            connection.execute("UPDATE carrierx_outbox_message SET state = 'review'")
        with pytest.raises(InvalidArgumentError, match="sent must be True or False"):
            outbox.resolve("a", sent=1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        outbox.resolve("a", sent=True, message_sid="sid-1")
        found = outbox.get("a")
        assert found is not None
        assert (found.state, found.message_sid, found.reason) == (State.ACCEPTED, "sid-1", "decided by a person")


def test_arguments_that_a_database_would_choke_on(outbox: Outbox) -> None:
    outbox.add(None, SendMessageRequest(from_="15162065575", to="15162065574", message="Hello"), key="a")

    assert list(outbox.list(after_id=2**70)) == []
    for prefix in (5, None, "\ud800", "x" * 256):
        with pytest.raises(InvalidArgumentError, match="key_prefix"):
            outbox.list(key_prefix=prefix)  # type: ignore[arg-type]
    for sid in (5, "", "\ud800", "x" * 256):
        with pytest.raises(InvalidArgumentError, match="message_sid"):
            outbox.resolve("a", sent=True, message_sid=sid)  # type: ignore[arg-type]
    outbox.pause("half a pair: \ud800")
    assert outbox.stats().paused == "half a pair: ?"


def test_pause_and_resume(outbox: Outbox, events: list[OutboxEvent]) -> None:
    outbox.pause("maintenance")
    outbox.pause("again")
    assert outbox.stats().paused == "maintenance"
    outbox.resume()
    outbox.resume()
    assert outbox.stats().paused is None
    assert events == [OutboxPaused("maintenance"), OutboxResumed()]


def test_purged_numbers_and_texts_are_nowhere_in_the_file(outbox: Outbox) -> None:
    request = SendMessageRequest(from_="15162065575", to="15162065574", message="A text to forget. " * 5)
    outbox.add_many(None, [OutboxMessage(request, key=f"key {n}", data={"note": "private"}) for n in range(50)])
    for number in range(50):
        outbox.cancel(f"key {number}")
    assert outbox.purge(older_than=timedelta(0)) == 50
    outbox.close()

    content = Path(outbox.path).read_bytes()
    assert b"key 49" in content
    for private in (b"15162065575", b"15162065574", b"text to forget", b"private"):
        assert private not in content


def test_purge(outbox: Outbox, message: Make, client: CarrierXClient, events: list[OutboxEvent]) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(600)])
    for each in outbox.iterate():
        outbox.cancel(each.key)

    assert outbox.purge(older_than=timedelta(days=1)) == 0
    assert outbox.purge(older_than=timedelta(0)) == 600
    assert events[-1] == MessagesPurged(600)
    assert outbox.request("key 1") is None
    assert not outbox.add(None, message("Another"), key="key 1").created  # without a fingerprint key, it can't tell
    for given in (5, timedelta(-1), None):
        with pytest.raises(InvalidArgumentError, match="older_than"):
            outbox.purge(older_than=given)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_verify_says_what_it_could_not_compare(
    outbox: Outbox, message: Make, client: CarrierXClient, emulator: Emulator
) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(2)])
    outbox.drain(client)
    with closing(sqlite3.connect(outbox.path)) as connection, connection:
        connection.execute("UPDATE carrierx_outbox_message SET reference = 'elsewhere' WHERE key = 'key 1'")
    report = outbox.verify(client)
    assert (report.missing, report.not_answered) == (("key 1",), ())

    emulator.faults.answer(403, path="/sms/messages", method="GET")
    report = outbox.verify(client)
    assert (report.missing, report.not_answered) == ((), ("key 0", "key 1"))
    assert not report.ok


def test_lookups_that_fail_for_longer_than_the_canary_wait_may_still_find_it(
    outbox: Outbox, message: Make, client: CarrierXClient, emulator: Emulator
) -> None:
    settings = replace(FAST, canary_wait=2.0)
    emulator.faults.answer(503, path="/sms/messages", method="GET")
    emulator.faults.lose_answer(path="/sms/messages", method="POST")
    with Outbox(f"sqlite:///{outbox.path}", settings=settings) as hasty:
        hasty.add(None, message(), key="a")
        end = time.monotonic() + 2.5
        hasty.run(client, until=lambda: time.monotonic() > end)
        assert hasty.stats().unknown == 1

        emulator.faults.clear()
        hasty.run(client, until=lambda: not hasty.stats().unknown)

        assert hasty.stats().counts == {State.ACCEPTED: 1}


def test_lookups_that_fail_end_with_a_person(
    outbox: Outbox, message: Make, client: CarrierXClient, emulator: Emulator, events: list[OutboxEvent]
) -> None:
    settings = replace(FAST, canary_wait=0.8)
    emulator.faults.answer(403, path="/sms/messages", method="GET")
    emulator.faults.lose_answer(path="/sms/messages", method="POST")
    with Outbox(f"sqlite:///{outbox.path}", settings=settings, on_event=events.append) as hasty:
        hasty.add(None, message(), key="a")
        hasty.run(client, until=lambda: hasty.stats().review == 1)
        found = hasty.get("a")

    assert found is not None
    assert found.reason == "lookups fail: PermissionDeniedError"
    assert LookupFailed("a", "PermissionDeniedError") in events
