"""Contract of a store: what a claim takes, in which order, and when it takes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from carrierx.errors import Outcome
from carrierx.outbox import rules
from carrierx.outbox.ports import ClaimStop, Pace, SendReport
from tests.outbox.contract.stores import Bench

UNKNOWN = SendReport(Outcome.UNKNOWN, "lost")
ACCEPTED = SendReport(Outcome.ACCEPTED, "accepted", sid="sid")


def test_a_claim_holds_a_message(bench: Bench) -> None:
    bench.add("a")

    claimed = bench.claim()

    assert (claimed.key, claimed.attempt, claimed.paced) == ("a", 1, False)
    assert bench.state("a") == "sending"
    assert bench.claim_result().stop is ClaimStop.EMPTY


def test_higher_priority_first_then_due_then_added(bench: Bench) -> None:
    bench.add("late", due_at=timedelta(seconds=2))
    bench.add("first")
    bench.add("second")
    bench.add("urgent", priority=5, sender="15162065599")
    bench.add("not yet", priority=9, due_at=timedelta(hours=1))
    bench.wait(10)

    assert [bench.claim().key for _ in range(4)] == ["urgent", "first", "second", "late"]
    assert bench.claim_result().stop is ClaimStop.EMPTY


def test_an_expired_message_is_passed_over(bench: Bench) -> None:
    bench.add("a", expires_at=timedelta(seconds=5))
    bench.add("b")
    bench.wait(6)

    result = bench.claim_result()

    assert list(result.expired) == ["a"]
    assert [message.key for message in result.messages] == ["b"]
    assert bench.state("a") == "expired"


def test_several_messages_of_one_claim(bench: Bench) -> None:
    bench.add("a", "b", "c")

    claimed = bench.claim_result(3).messages

    assert [message.key for message in claimed] == ["a", "b", "c"]
    assert len({message.token for message in claimed}) == 3


def test_a_rate_spaces_the_slots(bench: Bench) -> None:
    bench.add(*(f"key {number}" for number in range(10)))
    pace = Pace(rate=10)

    slots = [bench.claim(pace).slot_at - bench.clock.now for _ in range(6)]
    result = bench.claim_result(1, pace)

    assert slots == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=1e-6)
    assert result.stop is ClaimStop.NO_SLOT
    assert result.wait == pytest.approx(0.1, abs=1e-6)


def test_a_pause_is_not_followed_by_a_burst(bench: Bench) -> None:
    bench.add(*(f"key {number}" for number in range(10)))
    pace = Pace(rate=10)
    bench.claim(pace)
    bench.wait(100)

    slots = [bench.claim(pace).slot_at - bench.clock.now for _ in range(3)]

    assert slots == pytest.approx([0.0, 0.1, 0.2], abs=1e-6)


def test_a_sender_without_a_slot_holds_nobody_up(bench: Bench) -> None:
    bench.add("a1", "a2", sender="15162065501")
    bench.add("b1", sender="15162065502")
    pace = Pace(rate=100, sender_rate=1)

    assert [bench.claim(pace).key for _ in range(2)] == ["a1", "b1"]
    result = bench.claim_result(1, pace)
    assert result.stop is ClaimStop.NO_SLOT
    assert result.wait == pytest.approx(1.0, abs=0.02)
    bench.wait(1.1)
    assert bench.claim(pace).key == "a2"


def test_many_messages_of_a_sender_without_a_slot_hold_nobody_up(bench: Bench) -> None:
    bench.add(*(f"a{number:03}" for number in range(300)), sender="15162065501", priority=2)
    bench.add("b1", sender="15162065502")
    bench.add("c1", sender="15162065503", priority=1)
    pace = Pace(rate=100, sender_rate=1)

    assert [bench.claim(pace).key for _ in range(3)] == ["a000", "c1", "b1"]
    assert bench.claim_result(1, pace).stop is ClaimStop.NO_SLOT
    bench.wait(1.1)
    assert bench.claim(pace).key == "a001"


def test_messages_that_are_not_due_hold_nobody_up(bench: Bench) -> None:
    later = datetime.fromtimestamp(bench.clock.now, UTC) + timedelta(hours=1)
    bench.add(*(f"later {number}" for number in range(300)), priority=2, due_at=later)
    bench.add("now")

    assert bench.claim().key == "now"
    assert bench.claim_result().stop is ClaimStop.EMPTY
    bench.wait(3601)
    assert bench.claim().key.startswith("later")


def test_a_slot_that_was_not_used_is_released(bench: Bench) -> None:
    bench.add("a", "b", "c")
    pace = Pace(rate=10)
    bench.claim(pace)
    second = bench.claim(pace)

    bench.store.release_slot(second, pace)

    assert bench.claim(pace).slot_at == pytest.approx(second.slot_at, rel=0, abs=1e-3)


def test_a_slot_before_the_last_is_not_released(bench: Bench) -> None:
    bench.add("a", "b", "c")
    pace = Pace(rate=10)
    first, second = bench.claim(pace), bench.claim(pace)

    bench.store.release_slot(first, pace)

    assert bench.claim(pace).slot_at > second.slot_at


def test_retry_after_holds_everybody(bench: Bench) -> None:
    bench.add("a")
    bench.store.hold(3.0)

    result = bench.claim_result()
    assert result.stop is ClaimStop.NO_SLOT
    assert result.wait == pytest.approx(2.5)
    bench.wait(2.6)
    assert bench.claim().slot_at == pytest.approx(bench.clock.now + 0.4, rel=0, abs=1e-3)


def test_resume_ends_a_hold(bench: Bench) -> None:
    bench.add("a")
    assert bench.store.stats().held_seconds == 0.0
    bench.store.hold(3000.0)
    bench.store.hold(3.0)  # the longer one stays
    assert bench.store.stats().held_seconds == pytest.approx(3000, rel=0, abs=1e-3)

    assert bench.store.resume()
    assert not bench.store.resume()
    assert bench.store.stats().held_seconds == 0.0
    assert bench.claim().key == "a"


def test_a_hold_that_is_over_is_none(bench: Bench) -> None:
    bench.store.hold(3.0)
    bench.wait(4)

    assert bench.store.stats().held_seconds == 0.0
    assert not bench.store.resume()


@pytest.mark.parametrize("slow", [Pace(rate=0.001), Pace(sender_rate=0.001)], ids=["rate", "sender rate"])
def test_a_rate_that_is_raised_counts_immediately(bench: Bench, slow: Pace) -> None:
    bench.add(*(f"key {number}" for number in range(5)))
    bench.claim(slow)  # the next slot is 1,000 seconds ahead
    fast = Pace(*(None if rate is None else 10.0 for rate in slow))

    result = bench.claim_result(1, fast)

    assert not result.messages  # not nearer to the last slot than this rate allows
    assert result.wait <= 0.7
    bench.wait(result.wait + 0.001)
    assert bench.claim(fast).slot_at >= bench.clock.now - 0.001


@pytest.mark.parametrize("pace", [Pace(rate=10), Pace(sender_rate=10)], ids=["rate", "sender rate"])
def test_a_clock_that_is_set_back_does_not_stop_the_pace(bench: Bench, pace: Pace) -> None:
    bench.add(*(f"key {number}" for number in range(5)))
    bench.claim(pace)
    bench.clock.now -= 3000
    bench.add("now")

    bench.claim_result(1, pace)
    bench.wait(0.7)
    assert bench.claim(pace).key == "now"


def test_a_clock_that_is_set_back_does_not_make_a_hold_longer(bench: Bench) -> None:
    bench.add("a")
    bench.store.hold(3600)
    bench.claim_result()
    bench.clock.now -= 86_400
    bench.claim_result()

    assert bench.store.stats().held_seconds == pytest.approx(3600, rel=0, abs=1e-3)


def test_without_a_rate_slots_of_an_old_one_do_not_count(bench: Bench) -> None:
    bench.add("a", "b")
    bench.claim(Pace(rate=0.001))

    assert bench.claim().key == "b"


def test_a_paused_outbox_claims_nothing(bench: Bench) -> None:
    bench.add("a")

    assert bench.store.pause("CarrierX answered 401")
    assert not bench.store.pause("again")
    result = bench.claim_result()
    assert (result.stop, result.detail) == (ClaimStop.PAUSED, "CarrierX answered 401")
    assert bench.store.resume()
    assert not bench.store.resume()
    assert bench.claim().key == "a"


def test_too_many_unknown_messages_stop_claiming(bench: Bench) -> None:
    bench.add("a", "b", "c", "d")
    for _ in range(3):  # the setting is 2
        bench.store.record(bench.claim(), UNKNOWN)

    assert bench.claim_result().stop is ClaimStop.TOO_MANY_UNKNOWN


def test_one_message_probes_once_only_a_canary_is_missing(bench: Bench) -> None:
    # Otherwise, an outage that swallowed many requests would end with all of them in review.
    bench.add(*(f"key {number}" for number in range(8)))
    for _ in range(3):
        bench.store.record(bench.claim(), UNKNOWN)
    bench.wait(bench.settings.absent_after_report - 1)
    assert bench.claim_result().stop is ClaimStop.TOO_MANY_UNKNOWN
    bench.wait(1)

    [probe] = bench.claim_result(2).messages
    assert bench.claim_result().stop is ClaimStop.TOO_MANY_UNKNOWN  # one at a time
    bench.store.record(probe, UNKNOWN)
    assert bench.claim_result().stop is ClaimStop.TOO_MANY_UNKNOWN

    bench.wait(bench.settings.absent_after_report)
    probe = bench.claim()
    bench.store.record(probe, ACCEPTED)
    work = bench.store.take_lookups(10)
    assert work.canary == probe.reference
    seen_until = bench.store.canary_found(probe.reference)
    assert len(work.rows) == 4
    assert all(rules.absence_is_proven(bench.settings, row, work.now, seen_until) for row in work.rows)


def test_messages_unknown_by_a_recovery_do_not_count(bench: Bench) -> None:
    bench.add("a", "b", "c")
    assert bench.store.recover(force=True) == 3
    bench.wait(bench.settings.recovery_window)
    bench.add("d")

    assert bench.claim().key == "d"
