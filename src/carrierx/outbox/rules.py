"""The rules that keep a text from being sent twice. Every store and every worker decides by these functions.

The invariant: for each key, at most one attempt exists that CarrierX may still accept, or has accepted without the
outbox knowing. Each rule names the failure that it prevents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from carrierx.errors import Outcome, SendFencedError
from carrierx.outbox.ports import Reading
from carrierx.outbox.states import State, UnknownKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx.outbox.ports import OutboxClock, Unknown
    from carrierx.outbox.settings import OutboxSettings

__all__ = [
    "ClockWatch",
    "Decision",
    "Fence",
    "absence_is_proven",
    "absent_from",
    "accepted_until",
    "added_state",
    "backoff",
    "canary_covers",
    "decide",
    "decide_found",
    "elapsed",
    "gives_up_from",
    "is_ours",
    "is_recovered",
    "may_probe",
    "may_release",
    "may_resolve",
    "next_look",
    "reading",
    "recovered_prefix",
    "sent_after",
    "sids_agree",
    "state_after_absence",
    "state_after_lost_lease",
]


def reading(clock: OutboxClock) -> Reading:
    """Read both clocks. A worker does so **before** it claims.

    The lease starts in the middle of the claim. A worker that read its clock after the claim would believe that its
    lease ends later than it does: by the time that the commit took, or that the worker was stopped meanwhile.
    """
    return Reading(clock.boot(), clock.wall())


def elapsed(clock: OutboxClock, since: Reading) -> float:
    """Return the seconds since a reading, by the clock that advanced further.

    One clock isn't enough. Most clocks stand still while a laptop sleeps. While a virtual machine is paused, all of
    them do, but its wall clock is set right when it continues. And the wall clock alone can be set back.
    """
    return max(clock.boot() - since.boot, clock.wall() - since.wall)


class Fence:
    """The last check before a message is sent, called at the start of the request's body.

    Anything can take long before that: looking up a name, connecting, fetching a token, measuring media, or a stopped
    process. A check before all of them would prove little. Raised here, the error proves that nothing was sent.

    Args:
        settings: The settings.
        clock: The worker's clock.
        started: A reading from before the claim.
        slot_ends: Seconds after that reading in which the time slot ends; None if the message needs no slot.
        expires_in: Seconds after that reading in which the message expires; None if it doesn't.

    Attributes:
        passed: Whether it let the body start. Until then, the message was not sent, whatever ended the send.
    """

    def __init__(
        self,
        settings: OutboxSettings,
        clock: OutboxClock,
        started: Reading,
        slot_ends: float | None,
        expires_in: float | None,
    ) -> None:
        self.passed: bool = False
        self._sendable_for = settings.sendable_for
        self._clock = clock
        self._started = started
        self._slot_ends = slot_ends
        self._expires_in = expires_in

    def __call__(self) -> None:
        """Let the body start, or raise.

        Raises:
            SendFencedError: The lease may be over before the send is, the slot was missed, or the message expired.
        """
        problem = self.problem()
        if problem is not None:
            raise SendFencedError(problem)
        self.passed = True

    def problem(self) -> str | None:
        """Return why the message must not be sent now, or None."""
        seconds = elapsed(self._clock, self._started)
        if seconds > self._sendable_for:
            return f"lease: {seconds:.1f} s since the claim, and a send may start within {self._sendable_for:.1f} s"
        if self._slot_ends is not None and seconds > self._slot_ends:
            return f"slot: missed by {seconds - self._slot_ends:.3f} s"
        if self._expires_in is not None and seconds >= self._expires_in:
            return "expired"
        return None


class Decision(NamedTuple):
    """The effect of a result on its message.

    Attributes:
        state: The new state; None if it stays as it is.
        duplicate: Whether two attempts are accepted.
        possible_duplicate: Whether another attempt holds the message, and may be accepted, too.
    """

    state: State | None
    duplicate: bool = False
    possible_duplicate: bool = False


_RECOVERED = "recovered-"
_ACCEPTED = frozenset({State.ACCEPTED, State.DELIVERED, State.FAILED})


def decide(
    outcome: Outcome,
    state: State,
    *,
    same_token: bool,
    recovered: bool = False,
    same_sid: bool | None = None,
) -> Decision:
    """Decide what the result of an attempt does to its message.

    `ACCEPTED` is a fact about the world, so it wins, however late it comes and whoever holds the message. Everything
    else is only about the attempt that it names: a worker that was stopped for an hour must not put a message back into
    the queue that another worker is sending.

    Args:
        outcome: The proven outcome of the attempt.
        state: The message's state.
        same_token: Whether the attempt is the one that the message's state is about.
        recovered: Whether the message is unknown because commits were lost. Then no other attempt holds it.
        same_sid: Whether CarrierX's SID is the known one of the message; None if one of them isn't known. A lookup may
            have found what this attempt sent before its own result came.
    """
    if outcome is Outcome.ACCEPTED:
        if state in _ACCEPTED:
            if same_token or same_sid:
                return Decision(None)
            return Decision(None, duplicate=same_sid is False, possible_duplicate=same_sid is None)
        held = not same_token and state in (State.SENDING, State.UNKNOWN) and not recovered
        return Decision(State.ACCEPTED, possible_duplicate=held)
    if not same_token or state not in (State.SENDING, State.UNKNOWN):
        return Decision(None)
    if outcome is Outcome.REJECTED:
        return Decision(State.REJECTED)
    if outcome is Outcome.NOT_SENT:
        return Decision(State.QUEUED)
    return Decision(State.UNKNOWN if state is State.SENDING else None)


def may_resolve(state: State, *, same_token: bool) -> bool:
    """Return whether what a lookup proved about an attempt may still change its message.

    Not if somebody else proved it first, and the message has been claimed and sent again meanwhile.
    """
    return state is State.UNKNOWN and same_token


def sent_after(first_claimed_at: float | None, created_at: float, kind: UnknownKind) -> float:
    """Return a time before the first attempt of a message.

    After lost commits, the first attempt may be one that the database doesn't know, of a message that was lost and
    added again later.
    """
    if kind in (UnknownKind.RECOVERY, UnknownKind.ADDED):
        return 0.0
    return created_at if first_claimed_at is None else first_claimed_at


def added_state(settings: OutboxSettings, recovered_at: float, created_at: float) -> State:
    """Return the state of a message that is added now.

    The database may have lost commits with which the same message was added and sent. Its reference follows from its
    key, so a lookup tells. It is `unknown` since the end of the last lease that may have been lost.

    Args:
        settings: The settings.
        recovered_at: When the database was recovered; 0 if it never was.
        created_at: When the message was made, which may be before a recovery that its transaction waited for.
    """
    is_recent = recovered_at > 0 and created_at < recovered_at + settings.recovery_window
    return State.UNKNOWN if is_recent else State.QUEUED


def recovered_prefix(unique: str) -> str:
    """Return the beginning of the tokens of messages that are unknown because commits were lost.

    What follows makes them unique, such as the number of the message. No attempt has such a token.
    """
    return f"{_RECOVERED}{unique}-"


def is_recovered(token: str | None) -> bool:
    """Return whether a token stands for lost commits."""
    return token is not None and token.startswith(_RECOVERED)


def sids_agree(one: str | None, other: str | None) -> bool | None:
    """Return whether two SIDs are the same; None if one of them isn't known."""
    return None if one is None or other is None else one == other


def decide_found(state: State) -> Decision:
    """Decide what it does to a message that CarrierX has it.

    It was sent, and that counts at any time. But a lookup doesn't say by which attempt: if the message has been sent
    again since the lookup was scheduled, it is probably that attempt's. So it is no sign of a duplicate.
    """
    return Decision(None if state in _ACCEPTED else State.ACCEPTED)


def state_after_lost_lease() -> State:
    """Return the state of a message whose lease expired without a result.

    Never `queued`: its worker may only be slow, and have sent it.
    """
    return State.UNKNOWN


def accepted_until(settings: OutboxSettings, kind: UnknownKind, unknown_at: float, recorded: float = 0.0) -> float:
    """Return the time until which CarrierX may still accept an unknown message.

    Args:
        settings: The settings.
        kind: Why the message is unknown.
        unknown_at: Since when.
        recorded: The same time by the settings that the message was claimed with. A body may have been begun later
            with them than with ours. The later time counts.
    """
    if kind is UnknownKind.REPORTED:
        return max(unknown_at + settings.accepted_until_after_report, recorded)
    return max(unknown_at + settings.accepted_until_after_lease, recorded)


def absent_from(settings: OutboxSettings, kind: UnknownKind, unknown_at: float, recorded: float = 0.0) -> float:
    """Return the time from which a lookup that finds nothing counts.

    Before that, CarrierX may accept the message after the lookup, or have accepted it without showing it yet. The
    clock's step is added because the two times may be on different sides of a jump.
    """
    return accepted_until(settings, kind, unknown_at, recorded) + settings.visibility_lag + settings.clock_step


def canary_covers(
    settings: OutboxSettings, kind: UnknownKind, unknown_at: float, seen_until: float, recorded: float = 0.0
) -> bool:
    """Return whether a canary proves that lookups show everything that this message's attempt can have led to.

    If an accepted message is found, then so is everything that was accepted before it. So the canary must have been
    accepted after the last moment at which CarrierX could accept the unknown message. An older one proves nothing: the
    index may stand still between the two. The clock's step is added because the two times may be on different sides of
    a jump.
    """
    return seen_until >= accepted_until(settings, kind, unknown_at, recorded) + settings.clock_step


class ClockWatch:
    """Notices that the database's clock jumped further than it may, by the worker's own clock.

    All times of a message are by the database's clock. If it jumps ahead, a message that is under way right now looks
    as if it had been unknown for long. If it jumps back, a canary looks as if it had been accepted in the future.

    Args:
        settings: The settings.
        clock: The worker's clock.

    Attributes:
        floor: The time before which absence doesn't count, for messages from before a jump.
        jumped_at: The time of the last jump ahead, by the clock as it is since then.
    """

    def __init__(self, settings: OutboxSettings, clock: OutboxClock) -> None:
        self.floor: float = 0.0
        self.jumped_at: float = 0.0
        self._settings = settings
        self._clock = clock
        self._last: tuple[float, float] | None = None

    def jump(self, now: float) -> float:
        """Take note of the database's time. Return by how far it jumped, or 0.0 if that is within what it may."""
        boot, last = self._clock.boot(), self._last
        self._last = (boot, now)
        if last is None:
            return 0.0
        jump = (now - last[1]) - (boot - last[0])
        if abs(jump) <= self._settings.clock_step + self._settings.claim_timeout:  # an answer may take its time
            return 0.0
        if jump > 0:
            self.jumped_at = now
            self.floor = now + self._settings.lease + self._settings.absent_after_lease
        return jump

    def forbids(self, row: Unknown, sent_at: float, seen_until: float | None) -> bool:
        """Return whether a jump keeps an absence from counting: of the lookup, or of the canary if there is one."""
        if row.unknown_at > self.jumped_at + self._settings.lease:
            return False
        return sent_at < self.floor or (seen_until is not None and seen_until < self.floor)


def absence_is_proven(settings: OutboxSettings, row: Unknown, sent_at: float, seen_until: float) -> bool:
    """Return whether a lookup that found nothing proves that a message was not sent.

    Args:
        settings: The settings.
        row: The unknown message.
        sent_at: The time at which the lookup was sent, or an earlier one.
        seen_until: What canaries proved **before** the lookup was sent. In the other order, the index may catch up
            between the two, so that the lookup missed what the canary then seems to prove.
    """
    if sent_at < absent_from(settings, row.kind, row.unknown_at, row.accepted_until):
        return False
    if canary_covers(settings, row.kind, row.unknown_at, seen_until, row.accepted_until):
        return True
    without = settings.absence_without_canary
    return without is not None and sent_at >= row.unknown_at + without


def may_release(settings: OutboxSettings, row: Unknown, sent_at: float) -> bool:
    """Return whether a message that wasn't found may be sent without a canary, if no other can become one.

    Until then, everything that is added after a recovery waits for a canary, so nobody would ever send one. The store
    releases a message only while none is due, sending or a canary already, so that this is one message at a time.
    """
    return row.kind is UnknownKind.ADDED and sent_at >= absent_from(
        settings, row.kind, row.unknown_at, row.accepted_until
    )


def gives_up_from(settings: OutboxSettings, row: Unknown, *, failing: bool = False) -> float:
    """Return the time from which a person must decide about a message of which nothing can be proven.

    Args:
        settings: The settings.
        row: The message.
        failing: Whether its lookup failed. Then it has as much time again: if CarrierX was away for an hour, one more
            failure mustn't hand all messages to a person.
    """
    return (settings.canary_wait if failing else 0.0) + max(
        max(row.unknown_at, row.created_at) + settings.canary_wait,
        absent_from(settings, row.kind, row.unknown_at, row.accepted_until),
    )


def may_probe(settings: OutboxSettings, unknown: Sequence[tuple[UnknownKind, float, float]], now: float) -> bool:
    """Return whether one message may be sent although more than `max_unknown` are unknown.

    Once the absence of all of them would count, only a canary is missing, and without a send there would never be one:
    after an outage that swallowed many requests, the outbox would stand still until a person decides about them all. If
    the probe becomes unknown, too, the next one waits as long again.

    Args:
        settings: The settings.
        unknown: The kinds of the unknown messages that count, since when they are unknown, and their `accepted_until`.
        now: The time.
    """
    return all(now >= absent_from(settings, kind, since, recorded) for kind, since, recorded in unknown)


def is_ours(settings: OutboxSettings, row: Unknown, created: float | None) -> bool:
    """Return whether a message with our reference can be one that this outbox sent.

    It can't if it is older than the first attempt. A later attempt's time would be wrong: what is found may be what an
    earlier attempt sent.
    """
    return created is None or created >= row.first_sent_after - settings.clock_tolerance


def state_after_absence(settings: OutboxSettings, lost_claims: int, expires_at: float | None, now: float) -> State:
    """Return the state of an unknown message that is proven absent.

    Args:
        settings: The settings.
        lost_claims: How many claims of this message ended without a result. If it was every time, then the message
            itself may be what kills the worker.
        expires_at: Its end, or None. An unknown message expires only here, because until now it might have been sent.
        now: The time.
    """
    if expires_at is not None and now >= expires_at:
        return State.EXPIRED
    if lost_claims >= settings.max_lost_claims:
        return State.REVIEW
    return State.QUEUED


def backoff(settings: OutboxSettings, attempt: int) -> float:
    """Return the seconds before a message that was proven not sent is tried again."""
    return min(settings.max_backoff, settings.first_backoff * 2.0 ** min(max(attempt - 1, 0), 32))


def next_look(settings: OutboxSettings, row: Unknown, now: float) -> float:
    """Return the seconds until an unknown message is looked up again.

    A message that was sent is found at any time, so the first lookups are close together. From the time at which
    absence counts, one is sent immediately. After that, only a canary can change anything.
    """
    until_absence_counts = absent_from(settings, row.kind, row.unknown_at, row.accepted_until) - now
    if until_absence_counts > 0 and row.kind in (UnknownKind.RECOVERY, UnknownKind.ADDED):
        return until_absence_counts  # there may be a great many of them, and most were never sent
    if until_absence_counts > 0:
        return min(settings.lookup_interval, until_absence_counts)
    return min(settings.lookup_interval * 1.5 ** min(row.looks, 8), 60.0)
