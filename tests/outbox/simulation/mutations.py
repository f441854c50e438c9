"""Each rule, broken: what the outbox would be without it. The simulation must notice every one.

A mutation replaces functions of the core from the outside. The product has no switch for any of them.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from carrierx.errors import Outcome
from carrierx.outbox import rules
from carrierx.outbox.errors import OutboxUnavailableError
from carrierx.outbox.ports import LookupFailedError, LookupWork, OutboxClock, Reading, Unknown
from carrierx.outbox.settings import OutboxSettings
from carrierx.outbox.states import State, UnknownKind
from carrierx.outbox.worker import LookUp, Plan, Worker
from tests.outbox.simulation.world import World

__all__ = ["MUTATIONS", "Mutation"]


@dataclass(frozen=True)
class Mutation:
    """One broken rule.

    Attributes:
        name: The rule that is broken.
        patches: The functions of `rules` that are replaced.
        worker_class: The worker.
        prepare: Changes the world before the run.
        seeds: The most seeds within which it must be noticed.
    """

    name: str
    patches: dict[str, Any]
    worker_class: type[Worker] = Worker
    prepare: Callable[[World], None] = lambda world: None
    seeds: int = 900

    def applied(self) -> AbstractContextManager[object]:
        """Break the rule."""
        stack = ExitStack()
        for name, replacement in self.patches.items():
            target, _, attribute = name.rpartition(".")
            stack.enter_context(patch.object(getattr(rules, target) if target else rules, attribute, replacement))
        return stack


def _no_problem(fence: rules.Fence) -> str | None:
    return None


def _monotonic_only(clock: OutboxClock, since: Reading) -> float:
    return clock.monotonic() - since.boot  # type: ignore[attr-defined,no-any-return] # pyright: ignore[reportAttributeAccessIssue]


def _monotonic_reading(clock: OutboxClock) -> Reading:
    return Reading(clock.monotonic(), clock.wall())  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]


def _no_settle(settings: OutboxSettings, kind: UnknownKind, unknown_at: float, recorded: float = 0.0) -> float:
    return 0.0


def _short_settle(settings: OutboxSettings, kind: UnknownKind, unknown_at: float, recorded: float = 0.0) -> float:
    """Wait for what the network may delay, and not for the index."""
    return _real_accepted_until(settings, kind, unknown_at)


_real_accepted_until = rules.accepted_until


def _absence_without_lag(settings: OutboxSettings, row: Unknown, sent_at: float, seen_until: float) -> bool:
    """As the real rule, with an opt-in that doesn't wait for the index either."""
    if sent_at < rules.accepted_until(settings, row.kind, row.unknown_at):
        return False
    return settings.absence_without_canary is not None or rules.canary_covers(
        settings, row.kind, row.unknown_at, seen_until
    )


def _absence_immediately(settings: OutboxSettings, row: Unknown, sent_at: float, seen_until: float) -> bool:
    return settings.absence_without_canary is not None or rules.canary_covers(
        settings, row.kind, row.unknown_at, seen_until
    )


_real_decide = rules.decide


def _not_fenced(outcome: Outcome, state: State, **facts: Any) -> rules.Decision:
    return _real_decide(outcome, state, **(facts | {"same_token": True}))


def _zombie_ignored(outcome: Outcome, state: State, **facts: Any) -> rules.Decision:
    if outcome is Outcome.ACCEPTED and (state is not State.SENDING or not facts["same_token"]):
        return rules.Decision(None)
    return _real_decide(outcome, state, **facts)


def _any_canary(
    settings: OutboxSettings, kind: UnknownKind, unknown_at: float, seen_until: float, recorded: float = 0.0
) -> bool:
    return seen_until > 0.0


class _ReadsLate(Worker):
    """Reads its clock after the claim."""

    def _claim(self) -> Generator[Any, Any, Any]:
        _, result = yield from super()._claim()
        return rules.reading(self._clock), result


class _CanaryAfterwards(Worker):
    """Looks the canary up after the messages whose absence it is to prove."""

    def _look_up_all(self, work: LookupWork) -> Plan[None]:
        for row in work.rows:
            try:
                answer = yield LookUp(row.reference)
            except LookupFailedError:
                yield from self._postpone(row, work.now)
                continue
            seen_until = yield from self._look_up_canary(work)
            plan = self._look_up(row, work.now, seen_until)
            next(plan)  # its own lookup, which has been answered already
            yield from _going_on(plan, answer)


def _going_on(plan: Plan[None], answer: object) -> Plan[None]:
    """Follow a plan whose present step has been answered."""
    try:
        step = plan.send(answer)
        while True:
            try:
                result = yield step
            except OutboxUnavailableError as error:
                step = plan.throw(error)
            else:
                step = plan.send(result)
    except StopIteration:
        return


_real_problem = rules.Fence.problem


def _without_slot(fence: rules.Fence) -> str | None:
    problem = _real_problem(fence)
    return None if problem is not None and problem.startswith("slot") else problem


def _no_jump(watch: rules.ClockWatch, now: float) -> float:
    return 0.0


def _always(*arguments: object, **facts: object) -> bool:
    return True


def _queued() -> State:
    return State.QUEUED


def _released_immediately(settings: OutboxSettings, row: Unknown, sent_at: float) -> bool:
    return row.kind is UnknownKind.ADDED


def _added_as_if_nothing_was_lost(settings: OutboxSettings, recovered_at: float, created_at: float) -> State:
    return State.QUEUED


def _of_the_last_attempt(first_claimed_at: float | None, created_at: float, kind: UnknownKind) -> float:
    """Of a message that was lost with the attempts that the database knew, the last one is yet to come."""
    return float("inf") if first_claimed_at is None else first_claimed_at


def _claims_lost_in_a_crash(world: World) -> None:
    world.claims_are_durable = False


MUTATIONS = [
    Mutation("no check before the POST", {"Fence.problem": _no_problem}),
    Mutation("monotonic clock only", {"elapsed": _monotonic_only, "reading": _monotonic_reading}),
    Mutation("expired lease to queued", {"state_after_lost_lease": _queued}),
    Mutation("absence without settle", {"absent_from": _no_settle, "absence_is_proven": _absence_immediately}),
    Mutation("settle below the lag", {"absent_from": _short_settle, "absence_is_proven": _absence_without_lag}),
    Mutation("claim not committed first", {}, prepare=_claims_lost_in_a_crash),
    Mutation("results not fenced by token", {"decide": _not_fenced}),
    Mutation("absence without compare-and-set", {"may_resolve": _always}),
    Mutation("lease start read after the claim", {}, worker_class=_ReadsLate),
    Mutation("no canary", {"canary_covers": _always}),
    Mutation("a stale canary", {"canary_covers": _any_canary}),
    Mutation("late slots used", {"Fence.problem": _without_slot}),
    Mutation("the canary looked up after the absence", {}, worker_class=_CanaryAfterwards),
    Mutation("a zombie's ACCEPTED ignored", {"decide": _zombie_ignored}),
    Mutation("a clock that jumps, unnoticed", {"ClockWatch.jump": _no_jump}),
    Mutation("added after lost commits, and not looked up", {"added_state": _added_as_if_nothing_was_lost}),
    Mutation("released before absence counts", {"may_release": _released_immediately}),
    Mutation(
        "sent_after of a later attempt",
        {"sent_after": _of_the_last_attempt},
    ),
]
