"""Contract of a store: adding, finding and changing messages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from carrierx.errors import Outcome
from carrierx.models.send_request import SendMessageRequest
from carrierx.outbox.errors import KeyConflictError, OutboxStateError
from carrierx.outbox.ports import ListQuery, SendReport
from carrierx.outbox.states import State
from tests.outbox.contract.stores import Bench

OTHER = SendMessageRequest(from_="15162065575", to="15162065599", message="Another text")
KEY = b"0123456789abcdef"


def test_adding_again_changes_nothing(bench: Bench) -> None:
    [first] = bench.store.add([bench.message("a")], bench.instance_id)
    [again] = bench.store.add([bench.message("a")], bench.instance_id)

    assert (first.created, again.created) == (True, False)
    assert (again.id, again.reference, again.state) == (first.id, first.reference, State.QUEUED)


def test_another_message_with_the_same_key(bench: Bench) -> None:
    bench.add("a")

    with pytest.raises(KeyConflictError) as caught:
        bench.add("a", request=OTHER)

    assert caught.value.fields == ("message", "to")
    assert "5599" not in str(caught.value)


def test_a_purge_keeps_the_key(bench: Bench) -> None:
    bench.add("a", fingerprint_key=KEY)
    bench.store.record(bench.claim(), SendReport(Outcome.ACCEPTED, "accepted", sid="sid-1"))
    bench.wait(100)
    assert bench.store.purge(bench.clock.now - 200, 10) == 0
    assert bench.store.purge(bench.clock.now, 10) == 1
    assert bench.store.purge(bench.clock.now, 10) == 0

    found = bench.store.get("a")
    assert found is not None
    assert (found.state, found.message_sid, found.recipient) == ("accepted", "sid-1", "")
    assert bench.store.request_of("a") is None
    assert bench.store.attempts("a") == []
    [again] = bench.store.add([bench.message("a", fingerprint_key=KEY)], bench.instance_id)
    assert not again.created
    with pytest.raises(KeyConflictError) as caught:
        bench.add("a", request=OTHER, fingerprint_key=KEY)
    assert caught.value.fields == ("message", "to")


def test_a_purge_leaves_what_is_not_done(bench: Bench) -> None:
    bench.add("queued", "sending")
    bench.claim()
    bench.wait(100)

    assert bench.store.purge(bench.clock.now, 10) == 0


def test_what_was_purged_is_not_sent_again(bench: Bench) -> None:
    bench.add("a")
    bench.store.cancel("a")
    bench.wait(1)
    bench.store.purge(bench.clock.now, 10)

    with pytest.raises(OutboxStateError):
        bench.store.retry("a")


def test_a_page_of_messages(bench: Bench) -> None:
    bench.add("order-1", "order-2", "other", "order-3")
    bench.store.cancel("order-2")
    store = bench.store

    assert [each.key for each in store.list(ListQuery(key_prefix="order-"))] == ["order-1", "order-2", "order-3"]
    assert [each.key for each in store.list(ListQuery(states=(State.CANCELLED,)))] == ["order-2"]
    first = store.list(ListQuery(limit=3))
    assert [each.key for each in store.list(ListQuery(after_id=first[-1].id))] == ["order-3"]


def test_numbers_are_masked(bench: Bench) -> None:
    bench.add("a", data={"order": 17})
    found = bench.store.get("a")

    assert found is not None
    assert (found.sender, found.recipient, found.data) == ("***5575", "***5574", {"order": 17})
    assert "15162065574" not in repr(found)


def test_cancel_and_retry(bench: Bench) -> None:
    bench.add("a", expires_at=timedelta(seconds=10))
    assert bench.store.cancel("a") == State.QUEUED
    assert bench.store.cancel("a") == State.CANCELLED  # it says what kept it from being cancelled
    bench.wait(20)
    assert bench.store.retry("a") == (State.CANCELLED, State.QUEUED)
    assert bench.claim().key == "a"  # it no longer expires
    assert bench.store.cancel("a") == State.SENDING
    assert bench.store.retry("a") == (State.SENDING, State.SENDING)
    assert bench.store.retry("nobody") == (None, None)
    assert bench.store.cancel("nobody") is None


def test_reschedule(bench: Bench) -> None:
    bench.add("a")
    bench.store.reschedule("a", bench.clock.now + 50, None)

    assert not bench.claim_result().messages
    bench.wait(51)
    assert bench.claim().key == "a"


def test_stats(bench: Bench) -> None:
    bench.add("a", "b", "c")
    bench.add("later", due_at=timedelta(hours=1))
    bench.store.record(bench.claim(), SendReport(Outcome.ACCEPTED, "accepted", sid="sid"))
    bench.claim()
    bench.wait(30)

    stats = bench.store.stats()

    assert stats.counts == {State.ACCEPTED: 1, State.SENDING: 1, State.QUEUED: 2}
    assert (stats.depth, stats.due, stats.sending, stats.unknown, stats.review) == (2, 1, 1, 0, 0)
    assert stats.oldest_due_seconds == pytest.approx(30)
    assert stats.accepted_last_minute == 1
    assert stats.paused is None
    assert not stats.lost_commits
    quick = bench.store.stats(quick=True)
    assert quick.counts == {State.SENDING: 1, State.QUEUED: 2}
    assert replace(quick, counts=stats.counts) == stats


def test_records_to_verify(bench: Bench) -> None:
    bench.add("a", "b", "c")
    bench.store.record(bench.claim(), SendReport(Outcome.ACCEPTED, "accepted", sid="sid"))
    bench.store.cancel("b")

    records = bench.store.sent_records(0, 10)

    assert [(each.key, each.state, each.sid) for each in records] == [
        ("a", "accepted", "sid"),
        ("b", "cancelled", None),
    ]
    assert [each.key for each in bench.store.sent_records(records[0].id, 10)] == ["b"]
