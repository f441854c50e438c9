"""Contract of a store: messages become unknown, are looked up, and leave that state by proof only."""

from datetime import timedelta
from pathlib import Path

import pytest

from carrierx.errors import Outcome
from carrierx.outbox import rules
from carrierx.outbox.errors import NothingLostError
from carrierx.outbox.ports import ClaimStop, FoundMessage, Pace, SendReport, Unknown
from carrierx.outbox.settings import OutboxSettings
from carrierx.outbox.sqlite_store import SqliteStore
from carrierx.outbox.states import UnknownKind
from carrierx.outbox.worker import LookUp, Pause, Transaction, Worker
from tests.outbox.contract.stores import Bench, bench_of

UNKNOWN = SendReport(Outcome.UNKNOWN, "lost")
ACCEPTED = SendReport(Outcome.ACCEPTED, "accepted", sid="sid")


def unknown(bench: Bench, key: str = "a", **changes: object) -> Unknown:
    bench.add(key, **changes)
    bench.store.record(bench.claim(), UNKNOWN)
    bench.wait(bench.settings.lookup_interval)
    [row] = bench.due_lookups()
    return row


def test_an_expired_lease_makes_a_message_unknown(bench: Bench) -> None:
    bench.add("a")
    claimed = bench.claim()
    bench.wait(bench.settings.lease + 1)

    assert list(bench.store.expire_leases(10)) == ["a"]
    assert bench.state("a") == "unknown"
    bench.wait(bench.settings.lookup_interval)
    [row] = bench.due_lookups()
    assert row.kind is UnknownKind.LEASE
    assert row.unknown_at - claimed.claimed_at == pytest.approx(bench.settings.lease)
    assert row.first_sent_after == claimed.claimed_at


def test_a_lease_ends_when_the_worker_that_got_it_believes(tmp_path: Path) -> None:
    long = OutboxSettings(lease=600, send_timeout=500)
    with bench_of("sqlite", long, tmp_path) as bench:
        bench.add("a")
        claimed = bench.claim()
        # A worker with other settings, after a restart.
        later = SqliteStore(str(next(tmp_path.glob("*.db"))), "default", OutboxSettings(), bench.clock)
        bench.wait(601)
        assert list(later.expire_leases(10)) == ["a"]
        bench.wait(OutboxSettings().lookup_interval)
        [row] = later.take_lookups(10).rows
        later.close()

    assert row.unknown_at - claimed.claimed_at == pytest.approx(600)


SHORT_SENDS = OutboxSettings()
LONG_SENDS = OutboxSettings(send_timeout=55, lease=65)
"""With these, a body that was begun at the last moment is over sooner after the end of its lease."""


@pytest.mark.parametrize("changed", ["before the lease expires", "after it expired"])
def test_what_was_claimed_with_other_settings_counts_as_absent_by_those(bench: Bench, changed: str) -> None:
    bench.change_settings(SHORT_SENDS)
    bench.add("a")
    claimed = bench.claim()
    if changed.startswith("before"):
        bench.change_settings(LONG_SENDS)
    bench.wait(SHORT_SENDS.lease + 1)
    assert list(bench.store.expire_leases(10)) == ["a"]
    bench.change_settings(LONG_SENDS)
    bench.wait(LONG_SENDS.lookup_interval)
    [row] = bench.due_lookups()

    lease_until = claimed.claimed_at + SHORT_SENDS.lease
    absent_from = lease_until + SHORT_SENDS.absent_after_lease
    long_after = absent_from + 1000
    assert not rules.absence_is_proven(LONG_SENDS, row, absent_from - 0.1, long_after)
    assert rules.absence_is_proven(LONG_SENDS, row, absent_from + 0.1, long_after)
    covered = lease_until + SHORT_SENDS.accepted_until_after_lease + SHORT_SENDS.clock_step
    assert not rules.absence_is_proven(LONG_SENDS, row, long_after, covered - 0.1)
    assert rules.absence_is_proven(LONG_SENDS, row, long_after, covered + 0.1)


def test_settings_that_were_raised_count_for_what_is_unknown_already(bench: Bench) -> None:
    row = unknown(bench)
    raised = OutboxSettings(acceptance_delay=100)

    absent_from = row.unknown_at + raised.absent_after_report
    assert not rules.absence_is_proven(raised, row, absent_from - 0.1, absent_from + 1000)
    assert rules.absence_is_proven(raised, row, absent_from + 0.1, absent_from + 1000)


def test_settings_that_were_lowered_do_not(bench: Bench) -> None:
    row = unknown(bench)
    lowered = OutboxSettings(acceptance_delay=1)

    absent_from = row.unknown_at + bench.settings.absent_after_report
    assert not rules.absence_is_proven(lowered, row, absent_from - 0.1, absent_from + 1000)


def test_a_probe_waits_by_the_settings_of_what_is_unknown(bench: Bench) -> None:
    bench.add(*(f"key {number}" for number in range(5)))
    for _ in range(3):
        bench.claim()
    bench.wait(bench.settings.lease + 1)
    bench.store.expire_leases(10)
    bench.change_settings(OutboxSettings(send_timeout=55, lease=65, max_unknown=2))
    bench.wait(bench.settings.absent_after_lease)

    assert bench.claim_result().stop is ClaimStop.TOO_MANY_UNKNOWN
    bench.wait(SHORT_SENDS.absent_after_lease)
    assert bench.claim_result().messages


def test_a_lease_that_has_not_expired_stays(bench: Bench) -> None:
    bench.add("a")
    bench.claim()
    bench.wait(bench.settings.lease - 1)

    assert list(bench.store.expire_leases(10)) == []


def test_a_lookup_is_taken_once(bench: Bench) -> None:
    row = unknown(bench)

    assert row.kind is UnknownKind.REPORTED
    assert bench.due_lookups() == []
    bench.store.postpone_lookup(row, 3.0)
    bench.wait(3.1)
    [again] = bench.due_lookups()
    assert (again.id, again.token, again.looks) == (row.id, row.token, 1)


def test_found(bench: Bench) -> None:
    recorded = bench.store.resolve_found(unknown(bench), "sid-7")

    assert recorded.changed
    found = bench.store.get("a")
    assert found is not None
    assert (found.state, found.message_sid) == ("accepted", "sid-7")


def test_what_is_found_is_no_duplicate_of_itself(bench: Bench) -> None:
    bench.add("a")
    claimed = bench.claim()
    bench.store.record(claimed, UNKNOWN)
    bench.wait(10)
    [row] = bench.due_lookups()
    bench.store.resolve_found(row, "sid-7")

    late = bench.store.record(claimed, SendReport(Outcome.ACCEPTED, "accepted", sid="sid-7"))

    assert not late.duplicate
    assert not late.possible_duplicate


def test_absent(bench: Bench) -> None:
    first = unknown(bench)

    assert bench.store.resolve_absent(first).state == "queued"
    bench.wait(100)
    claimed = bench.claim()
    assert claimed.attempt == 2
    bench.store.record(claimed, UNKNOWN)
    bench.wait(10)
    [row] = bench.due_lookups()
    assert row.first_sent_after == first.first_sent_after  # the first attempt's time, not the last's


def test_absence_proven_late_changes_nothing(bench: Bench) -> None:
    """Two workers look the same message up, one of them is stopped, and the message is sent again meanwhile."""
    row = unknown(bench)
    bench.store.resolve_absent(row)
    second = bench.claim()
    assert not bench.store.resolve_absent(row).changed
    bench.store.record(second, UNKNOWN)

    assert not bench.store.resolve_absent(row).changed
    assert not bench.store.resolve_review(row, "late").changed
    assert bench.state("a") == "unknown"


def test_an_unknown_message_expires_when_it_is_proven_absent(bench: Bench) -> None:
    row = unknown(bench, expires_at=timedelta(seconds=20))
    bench.wait(100)
    assert bench.state("a") == "unknown"

    assert bench.store.resolve_absent(row).state == "expired"


def test_a_message_whose_claims_all_get_lost_needs_a_person(bench: Bench) -> None:
    bench.add("a")
    for number in range(bench.settings.max_lost_claims):
        assert bench.claim().attempt == number + 1
        bench.wait(bench.settings.lease + 1)
        bench.store.expire_leases(10)
        bench.wait(bench.settings.lookup_interval)
        [row] = bench.due_lookups()
        bench.store.resolve_absent(row)

    assert bench.state("a") == "review"


def test_a_person_decides(bench: Bench) -> None:
    for key, sent, state in (("a", True, "accepted"), ("b", False, "queued")):
        bench.store.resolve_review(unknown(bench, key), "no canary")
        assert bench.state(key) == "review"
        assert bench.store.resolve(key, sent=sent, sid=None) == "review"
        assert bench.state(key) == state


def test_the_canary_is_the_first_accepted_message(bench: Bench) -> None:
    bench.add("a", "b")
    first = bench.claim()
    bench.wait(5)
    bench.store.record(first, ACCEPTED)
    bench.store.record(bench.claim(), ACCEPTED)

    work = bench.store.take_lookups(10)
    assert work.canary == first.reference
    assert work.canary_after == pytest.approx(
        first.claimed_at, rel=0, abs=1e-3
    )  # a time before it was accepted, not after
    assert bench.store.canary_found(first.reference) == first.claimed_at
    work = bench.store.take_lookups(10)
    assert work.canary is None
    assert work.seen_until == first.claimed_at


def test_after_a_canary_the_next_accepted_message_becomes_one(bench: Bench) -> None:
    bench.add("a", "b", "c")
    first = bench.claim()
    bench.store.record(first, ACCEPTED)
    bench.store.drop_canary(first.reference)
    bench.wait(7)
    second = bench.claim()
    bench.store.record(second, ACCEPTED)

    assert bench.store.take_lookups(10).canary == second.reference
    assert bench.store.canary_found(first.reference) == 0.0  # it isn't the canary any more


def test_canaries_can_be_forgotten(bench: Bench) -> None:
    bench.add("a", "b")
    first, second = bench.claim(), bench.claim()
    bench.store.record(first, ACCEPTED)
    bench.store.canary_found(first.reference)
    bench.store.record(second, ACCEPTED)

    bench.store.forget_canaries()

    work = bench.store.take_lookups(10)
    assert (work.canary, work.seen_until) == (None, 0.0)


def test_a_result_that_comes_late_is_no_canary(bench: Bench) -> None:
    """Of an attempt that doesn't hold its message, the time of the claim isn't known any more."""
    bench.add("a")
    zombie = bench.claim()
    bench.wait(31)
    bench.store.expire_leases(10)
    bench.wait(100)
    [row] = bench.due_lookups()
    bench.store.resolve_absent(row)
    bench.claim()
    bench.store.record(zombie, ACCEPTED)

    assert bench.store.take_lookups(10).canary is None


def test_recovery_treats_what_was_queued_as_unknown(bench: Bench) -> None:
    bench.add("queued", "sending", "unknown", "accepted")
    claims = {message.key: message for message in bench.claim_result(3, Pace()).messages}
    del claims["queued"], claims["sending"]
    bench.store.record(claims["unknown"], UNKNOWN)
    bench.store.record(bench.claim(), ACCEPTED)
    bench.wait(5)

    assert bench.store.recover(force=True) == 3

    assert {key: bench.state(key) for key in ("queued", "sending", "unknown", "accepted")} == {
        "queued": "unknown",
        "sending": "unknown",
        "unknown": "unknown",
        "accepted": "accepted",
    }
    rows = bench.due_lookups()
    assert {row.kind for row in rows} == {UnknownKind.RECOVERY}
    # A worker of the lost time may have got a lease at the last moment.
    assert all(row.unknown_at == pytest.approx(bench.clock.now + bench.settings.lease, rel=0, abs=1e-3) for row in rows)


def test_without_a_loss_a_recovery_must_be_forced(bench: Bench) -> None:
    """It would make all that waits unknown, for nothing."""
    bench.add("queued", "sending", "accepted")
    bench.claim()
    bench.store.record(bench.claim(), ACCEPTED)

    with pytest.raises(NothingLostError, match="would make 2 messages unknown") as caught:
        bench.store.recover()
    assert caught.value.unknown == 2
    assert bench.store.stats().unknown == 0
    assert bench.store.recover(force=True) == 2


def test_what_is_retried_after_a_recovery_is_looked_up_first(bench: Bench) -> None:
    bench.add("before")
    bench.store.cancel("before")
    bench.wait(1)
    bench.store.recover(force=True)
    bench.wait(bench.settings.recovery_window)
    bench.add("after")
    bench.store.cancel("after")

    assert bench.store.retry("before") == ("cancelled", "unknown")
    assert bench.store.retry("after") == ("cancelled", "queued")
    assert bench.state("before") == "unknown"
    assert bench.state("after") == "queued"


def test_a_recovery_counts_with_the_longest_lease_that_there_was(bench: Bench) -> None:
    """Whoever recovers may have other settings than the workers: the command line has the defaults."""
    long = OutboxSettings(send_timeout=500, lease=600)
    usual = bench.settings
    bench.add("claimed", "waiting", "cancelled")
    bench.store.cancel("cancelled")
    bench.change_settings(long)
    bench.claim()
    bench.change_settings(usual)
    bench.wait(1)
    bench.store.recover(force=True)
    recovered_at = bench.clock.now
    bench.wait(1)
    bench.add("added")
    bench.store.retry("cancelled")
    bench.wait(usual.lookup_interval)

    rows = bench.due_lookups()
    assert sorted(row.key for row in rows) == ["added", "cancelled", "claimed", "waiting"]
    absent_from = recovered_at + long.lease + long.absent_after_lease
    for row in rows:
        assert not rules.absence_is_proven(usual, row, absent_from - 0.1, absent_from + 1000)
        assert rules.absence_is_proven(usual, row, absent_from + 0.1, absent_from + 1000)


class TestAddedAfterARecovery:
    """What is added again was lost, and it may have been sent. The reference is the same, so a lookup tells."""

    @pytest.fixture(autouse=True)
    def recovered(self, bench: Bench) -> None:
        bench.store.recover(force=True)
        bench.wait(1)

    def test_it_is_looked_up_before_it_is_sent(self, bench: Bench) -> None:
        message = bench.message("a")
        [added] = bench.store.add([message], bench.instance_id)

        assert (added.created, added.state) == (True, "unknown")
        assert bench.claim_result().stop is ClaimStop.EMPTY
        [row] = bench.due_lookups()
        assert row.kind is UnknownKind.ADDED
        # A worker of the lost time may have got a lease at the last moment.
        assert row.unknown_at == pytest.approx(bench.clock.now - 1 + bench.settings.lease, rel=0, abs=1e-3)
        [again] = bench.store.add([message], bench.instance_id)
        assert (again.created, again.state, again.id) == (False, "unknown", added.id)

    def test_what_was_sent_before_it_was_added_again_is_found(self, bench: Bench) -> None:
        long_ago = bench.clock.now - 86_000
        bench.add("a")
        [row] = bench.due_lookups()

        assert rules.is_ours(bench.settings, row, long_ago)
        assert bench.store.resolve_found(row, "sid-7").state == "accepted"

    def test_it_is_sent_once_it_is_proven_absent(self, bench: Bench) -> None:
        bench.add("a", due_at=timedelta(hours=1))
        [row] = bench.due_lookups()

        assert bench.store.resolve_absent(row).state == "queued"
        assert bench.claim_result().stop is ClaimStop.EMPTY  # it is still not due
        bench.wait(3600)
        assert bench.claim().key == "a"

    def test_it_goes_before_what_the_recovery_made_unknown(self, bench: Bench) -> None:
        bench.wait(bench.settings.recovery_window)
        bench.add("before")
        bench.store.recover(force=True)
        bench.wait(1)
        bench.add("code")

        assert [row.key for row in bench.due_lookups()] == ["code", "before"]

    def test_it_does_not_stop_claiming(self, bench: Bench) -> None:
        bench.add(*(f"key {number}" for number in range(bench.settings.max_unknown + 1)))
        rows = bench.due_lookups()
        bench.store.resolve_absent(rows[0])

        assert bench.claim().key == rows[0].key

    def test_the_window_ends(self, bench: Bench) -> None:
        bench.wait(bench.settings.recovery_window)
        bench.add("a")

        assert bench.claim().key == "a"

    def test_one_of_them_is_released_to_become_the_canary(self, bench: Bench) -> None:
        bench.add("a", "b")
        bench.wait(10)
        first, second = bench.due_lookups()

        assert bench.store.release(first).state == "queued"
        assert not bench.store.release(second).changed  # one is due
        claimed = bench.claim()
        assert not bench.store.release(second).changed  # it is being sent
        bench.store.record(claimed, ACCEPTED)
        assert not bench.store.release(second).changed  # it is the canary
        assert bench.state(second.key) == "unknown"
        bench.store.canary_found(claimed.reference)
        assert bench.store.release(second).changed


def test_a_message_that_is_not_due_stays_so_through_a_recovery(bench: Bench) -> None:
    bench.add("tomorrow", due_at=timedelta(days=1))
    bench.store.recover(force=True)
    [row] = bench.due_lookups()
    bench.store.resolve_absent(row)

    assert bench.claim_result().stop is ClaimStop.EMPTY
    bench.wait(86_400)
    assert bench.claim().key == "tomorrow"


class OtherClock:
    """The clock of a worker's machine, which doesn't jump when the database's does."""

    def __init__(self, bench: Bench) -> None:
        self.jumped = 0.0
        self._bench = bench

    def boot(self) -> float:
        return self._bench.clock.now - self.jumped

    def wall(self) -> float:
        return self.boot()


def one_round(bench: Bench, worker: Worker, *, shown: set[str]) -> None:
    """Let a worker make its lookups. CarrierX shows the messages with these references."""
    plan = worker.maintaining()
    step = next(plan)
    while not isinstance(step, Pause):
        if isinstance(step, Transaction):
            step = plan.send(step.run(bench.store))
        else:
            assert isinstance(step, LookUp)
            step = plan.send([FoundMessage("sid", None)] if step.reference in shown else [])
    plan.close()


def test_a_canary_from_before_the_end_of_a_jump_does_not_keep_later_ones_from_counting(bench: Bench) -> None:
    clock, shown = OtherClock(bench), set[str]()
    worker = Worker(bench.settings, clock, Pace(), lambda event: None)

    def accept(key: str) -> None:
        bench.add(key)
        claimed = bench.claim()
        bench.store.record(claimed, ACCEPTED)
        shown.add(claimed.reference)

    bench.add("lost")
    bench.store.record(bench.claim(), UNKNOWN)
    one_round(bench, worker, shown=shown)
    bench.wait(100)
    clock.jumped = 100.0  # the database's clock went ahead, and not ours
    one_round(bench, worker, shown=shown)
    accept("early")
    bench.wait(70)
    one_round(bench, worker, shown=shown)
    assert bench.state("lost") == "unknown"

    bench.wait(200)
    accept("late")
    bench.wait(70)
    one_round(bench, worker, shown=shown)
    assert bench.state("lost") == "queued"
