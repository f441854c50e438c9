"""Contract of a store: what a result does to a message, whatever its state and whoever holds it."""

import pytest

from carrierx.errors import Outcome
from carrierx.outbox import rules
from carrierx.outbox.ports import Claimed, SendReport
from carrierx.outbox.states import State
from tests.outbox.contract.stores import Bench

HELD = [State.QUEUED, State.SENDING, State.UNKNOWN, State.REVIEW, State.ACCEPTED, State.REJECTED, State.EXPIRED]


def brought_to(bench: Bench, state: State) -> Claimed:
    """Bring a message to a state, and return the claim that the state is about, or the last one."""
    expires = {"expires_at": None} if state is not State.EXPIRED else {}
    bench.add("a", **expires)
    claimed = bench.claim()
    reports = {
        State.QUEUED: SendReport(Outcome.NOT_SENT, "lost"),
        State.UNKNOWN: SendReport(Outcome.UNKNOWN, "lost"),
        State.REVIEW: SendReport(Outcome.UNKNOWN, "lost"),
        State.ACCEPTED: SendReport(Outcome.ACCEPTED, "accepted", sid="first"),
        State.REJECTED: SendReport(Outcome.REJECTED, "400"),
        State.EXPIRED: SendReport(Outcome.NOT_SENT, "lost"),
    }
    if state in reports:
        bench.store.record(claimed, reports[state])
    if state is State.REVIEW:
        bench.wait(60)
        [row] = bench.due_lookups()
        bench.store.resolve_review(row, "no canary")
    if state is State.EXPIRED:
        bench.wait(60)
        bench.store.reschedule("a", bench.clock.now, bench.clock.now + 1)
        bench.wait(60)
        bench.claim_result()
    assert bench.state("a") == state
    return claimed


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("same_token", [True, False], ids=["same token", "another token"])
@pytest.mark.parametrize("state", HELD)
def test_the_rules_decide(bench: Bench, state: State, same_token: bool, outcome: Outcome) -> None:
    claimed = brought_to(bench, state)
    known_sid = "first" if state is State.ACCEPTED else None
    if not same_token:
        claimed = Claimed(
            claimed.id,
            claimed.key,
            claimed.reference,
            claimed.request,
            "a zombie's",
            claimed.attempt,
            claimed.claimed_at,
            claimed.slot_at,
            claimed.paced,
            claimed.expires_at,
        )
    held = same_token and state not in (State.QUEUED, State.EXPIRED)  # these two forget their token
    sid = "second" if outcome is Outcome.ACCEPTED else None
    expected = rules.decide(outcome, state, same_token=held, same_sid=rules.sids_agree(sid, known_sid))

    recorded = bench.store.record(claimed, SendReport(outcome, "why", sid=sid))

    assert recorded.before == state
    assert bench.state("a") == (expected.state or state) == recorded.state
    assert recorded.duplicate == expected.duplicate
    assert recorded.possible_duplicate == expected.possible_duplicate


def test_accepted_wins_however_late(bench: Bench) -> None:
    bench.add("a")
    zombie = bench.claim()
    bench.wait(31)
    bench.store.expire_leases(10)
    bench.wait(100)
    [row] = bench.due_lookups()
    bench.store.resolve_absent(row)
    second = bench.claim()

    recorded = bench.store.record(zombie, SendReport(Outcome.ACCEPTED, "accepted", sid="one"))
    assert recorded.possible_duplicate
    assert bench.state("a") == "accepted"

    recorded = bench.store.record(second, SendReport(Outcome.ACCEPTED, "accepted", sid="two"))
    assert recorded.duplicate
    assert [entry.outcome for entry in bench.store.attempts("a")] == ["lease_expired", "absent", "accepted", "accepted"]


def test_a_result_written_again_is_written_once(bench: Bench) -> None:
    bench.add("a")
    claimed = bench.claim()
    report = SendReport(Outcome.ACCEPTED, "accepted", sid="one")

    bench.store.record(claimed, report)
    again = bench.store.record(claimed, report)  # its first answer was lost

    assert not again.changed
    assert not again.duplicate
    assert len(bench.store.attempts("a")) == 1


def test_a_sid_may_have_any_character(bench: Bench) -> None:
    bench.add("a")
    claimed = bench.claim()
    bench.add("b")
    bench.claim()
    report = SendReport(Outcome.ACCEPTED, "accepted", sid="a\0b")

    assert bench.store.record(claimed, report).changed
    again = bench.store.record(claimed, report)

    assert not again.duplicate
    assert bench.state("a") == "accepted"
    bench.wait(31)
    bench.store.expire_leases(10)
    bench.wait(100)
    [row] = bench.due_lookups()
    assert bench.store.resolve_found(row, "a\0b").changed
    assert bench.state("b") == "accepted"
    assert bench.store.pause("why\0not")


def test_a_message_that_is_gone_takes_no_result(bench: Bench) -> None:
    bench.add("a")
    claimed = bench.claim()
    other = Claimed(claimed.id, "a", "another-reference", "{}", claimed.token, 1, 0.0, 0.0, False, None)

    recorded = bench.store.record(other, SendReport(Outcome.ACCEPTED, "accepted"))

    assert recorded.before is None
    assert bench.state("a") == "sending"


def test_not_sent_is_tried_again_later_each_time(bench: Bench) -> None:
    bench.add("a")
    waits = list[float]()
    for _ in range(4):
        bench.store.record(bench.claim(), SendReport(Outcome.NOT_SENT, "ConnectionFailedError"))
        found = bench.store.get("a")
        assert found is not None
        waits.append(found.due_at.timestamp() - bench.clock.now)
        bench.wait(waits[-1])

    assert waits == [1.0, 2.0, 4.0, 8.0]


def test_what_the_fence_stopped_is_due_immediately(bench: Bench) -> None:
    bench.add("a")
    bench.store.record(bench.claim(), SendReport(Outcome.NOT_SENT, "slot: missed", fenced=True))

    assert bench.claim().attempt == 2
