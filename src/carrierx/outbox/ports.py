"""The ports of the outbox: what its core needs from a clock, a store and CarrierX, and the data that passes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from carrierx.outbox.states import State, UnknownKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from carrierx.errors import Outcome
    from carrierx.outbox.connections import StatementPlan

__all__ = [
    "Added",
    "ClaimRequest",
    "ClaimResult",
    "ClaimStop",
    "Claimed",
    "FoundMessage",
    "ListQuery",
    "LookupFailedError",
    "LookupWork",
    "ManagedStore",
    "NewMessage",
    "OutboxClock",
    "OutboxStats",
    "Pace",
    "Reading",
    "Recorded",
    "Retried",
    "SendReport",
    "SentRecord",
    "Store",
    "StoredAttempt",
    "StoredMessage",
    "Unknown",
]


class Reading(NamedTuple):
    """One reading of both clocks."""

    boot: float
    wall: float


class OutboxClock(Protocol):
    """The clocks of the worker's machine."""

    def boot(self) -> float:
        """Return seconds from an arbitrary point. They go on while the machine sleeps, and never go back."""
        ...

    def wall(self) -> float:
        """Return seconds since 1970. They may jump."""
        ...


class Pace(NamedTuple):
    """The rates of an outbox; None for no limit.

    Attributes:
        rate: Messages per second of all workers together.
        sender_rate: Messages per second of each sending number.
    """

    rate: float | None = None
    sender_rate: float | None = None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to add. Its `repr` shows nothing of it."""

    key: str
    reference: str
    request: str = field(repr=False)
    fingerprints: str = field(repr=False)
    sender: str = field(repr=False)
    priority: int
    due_at: float
    expires_at: float | None
    data: str | None = field(repr=False)
    created_at: float


class ClaimRequest(NamedTuple):
    """A worker's request for messages.

    Attributes:
        tokens: A new fencing token for each message that the worker wants.
        pace: The rates.
    """

    tokens: Sequence[str]
    pace: Pace


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that a worker holds.

    Attributes:
        id: The number of its row.
        key: Its key.
        reference: The reference under which CarrierX knows it.
        request: The message as JSON.
        token: The fencing token of this claim. Only its holder may write a result, except that it was accepted.
        attempt: The number of the attempt, from 1.
        claimed_at: When it was claimed, by the database's clock.
        slot_at: The time slot of its send, by the database's clock.
        paced: Whether the slot binds. Without a rate it doesn't.
        expires_at: The time after which it must not be sent, or None.
    """

    id: int
    key: str
    reference: str
    request: str = field(repr=False)
    token: str = field(repr=False)
    attempt: int
    claimed_at: float
    slot_at: float
    paced: bool
    expires_at: float | None


class ClaimStop(Enum):
    """The reason why a claim returned fewer messages than it could have."""

    EMPTY = "empty"
    """No message is due."""
    NO_SLOT = "no_slot"
    """The rate has no time slot near enough."""
    PAUSED = "paused"
    """The outbox is paused."""
    TOO_MANY_UNKNOWN = "too_many_unknown"
    """Too many messages are unknown."""
    LOST_COMMITS = "lost_commits"
    """The database is another one than before, so commits may be lost: call `recover`."""


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """The result of a claim.

    Attributes:
        now: The time of the claim, by the database's clock.
        messages: The messages.
        expired: The keys of messages that had expired.
        stop: Why there are no more messages, if there are fewer than asked for.
        wait: Seconds until another claim can return more; 0 if that isn't known.
        detail: Why the outbox is paused.
    """

    now: float
    messages: Sequence[Claimed] = ()
    expired: Sequence[str] = ()
    stop: ClaimStop | None = None
    wait: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SendReport:
    """The end of a send.

    Attributes:
        outcome: The proven outcome.
        reason: A word or two on it, without private data: the name of an error, or a status.
        sid: The SID of an accepted message, if it is known.
        retry_after: Seconds that CarrierX asked everybody to wait.
        pause: Why the outbox must be paused, such as a refused token; empty if it needn't.
        fenced: Whether the fence stopped it. It costs no attempt, and the message may be sent again immediately.
        failure: An error of this worker's own client, such as one that was closed. It ends the worker, and no other.
    """

    outcome: Outcome
    reason: str
    sid: str | None = None
    retry_after: float | None = None
    pause: str = ""
    fenced: bool = False
    failure: Exception | None = None


class Recorded(NamedTuple):
    """The effect of what was recorded about a message.

    Attributes:
        before: Its state before; None if there is no such message.
        state: Its state now.
        changed: Whether the record changed it.
        duplicate: Whether CarrierX accepted this message in two attempts.
        possible_duplicate: Whether another attempt may be accepted, too.
        key: Its key.
        sid: The SID of the accepted message.
    """

    before: State | None
    state: State | None
    changed: bool
    duplicate: bool = False
    possible_duplicate: bool = False
    key: str = ""
    sid: str | None = None


class Retried(NamedTuple):
    """The effect of retrying a message.

    Attributes:
        before: Its state before; None if there is no such message.
        state: Its state now.
    """

    before: State | None
    state: State | None


class Unknown(NamedTuple):
    """An unknown message whose lookup is due.

    Attributes:
        id: The number of its row.
        key: Its key.
        reference: The reference to look up.
        token: The token of the attempt that is unknown.
        first_sent_after: A time before its **first** attempt. A later attempt's would hide what the first one sent.
        unknown_at: Since when it is unknown.
        kind: Why it is unknown.
        looks: How many lookups there were.
        lost_claims: How many of its claims ended without a result.
        expires_at: Its end, or None.
        created_at: When it was added.
        accepted_until: Until when CarrierX may accept it, by the settings with which it was claimed; 0 if it wasn't.
    """

    id: int
    key: str
    reference: str
    token: str
    first_sent_after: float
    unknown_at: float
    kind: UnknownKind
    looks: int
    lost_claims: int
    expires_at: float | None
    created_at: float = 0.0
    accepted_until: float = 0.0


class LookupWork(NamedTuple):
    """The lookups that are due.

    Attributes:
        now: The time, by the database's clock. Every lookup is sent later than that.
        seen_until: The latest time of acceptance up to which lookups are proven to show everything.
        canary: The reference of an accepted message that hasn't been found yet, or None.
        canary_after: A time before that message was accepted.
        rows: The messages to look up.
        wait: Seconds until the next lookup is due; 0 if none is.
    """

    now: float
    seen_until: float
    canary: str | None
    canary_after: float
    rows: Sequence[Unknown]
    wait: float = 0.0


class FoundMessage(NamedTuple):
    """A message that CarrierX has under a reference."""

    sid: str
    created: datetime | None


class LookupFailedError(Exception):
    """A lookup got no answer, or one that proves nothing."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message in the outbox.

    The message itself isn't part of it: `Outbox.request(key)` reads it. Numbers are masked.

    Attributes:
        id: Its number in the outbox.
        key: Your key.
        state: Its state.
        reference: The reference under which CarrierX knows it.
        message_sid: CarrierX's SID, once it is known.
        sender: The sending number, masked.
        recipient: The recipient, masked.
        priority: Its priority; higher goes first.
        attempts: The number of attempts.
        reason: The reason for its state.
        due_at: The time from which it may be sent.
        expires_at: The time after which it is no longer sent, or None.
        created_at: The time at which it was added.
        updated_at: The time of its last change.
        data: Your own data.
    """

    id: int
    key: str
    state: State
    reference: str
    message_sid: str | None
    sender: str
    recipient: str
    priority: int
    attempts: int
    reason: str
    due_at: datetime
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    data: object = field(repr=False)


class Added(NamedTuple):
    """The result of adding one message.

    Attributes:
        id: The number of the message in the outbox.
        key: Its key.
        created: Whether it was added. If not, there was the same message with this key already.
        state: Its state.
        reference: The reference under which CarrierX will know it.
    """

    id: int
    key: str
    created: bool
    state: State
    reference: str


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """One entry in the history of a message.

    Attributes:
        attempt: The number of the attempt, from 1.
        outcome: What happened: an outcome of a send, `lease_expired`, `found`, `absent` or `review`.
        reason: A word or two on it.
        message_sid: The SID of the message that was accepted or found.
        applied: Whether it changed the message's state.
        claimed_at: The time at which the attempt's claim was committed.
        recorded_at: The time of the entry.
    """

    attempt: int
    outcome: str
    reason: str
    message_sid: str | None
    applied: bool
    claimed_at: datetime | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """Numbers about an outbox.

    Attributes:
        counts: The number of messages in each state that has any. Quick numbers leave out those that are done.
        depth: The number of queued messages, due or not.
        due: The number of queued messages that are due.
        oldest_due_seconds: For how long the oldest of those has been due; 0.0 if there is none.
        sending: The number of messages that a worker holds.
        unknown: The number of messages that are looked up.
        review: The number of messages that wait for a person.
        accepted_last_minute: The number of messages accepted in the last 60 seconds, without those purged since.
        paused: Why the outbox is paused; None if it isn't.
        lost_commits: Whether the database is another one than before, so that workers wait for `recover`.
        held_seconds: For how long nothing more is sent, because CarrierX answered with `Retry-After`; 0.0 if it didn't.
    """

    counts: Mapping[State, int]
    depth: int
    due: int
    oldest_due_seconds: float
    sending: int
    unknown: int
    review: int
    accepted_last_minute: int
    paused: str | None
    lost_commits: bool
    held_seconds: float = 0.0


class SentRecord(NamedTuple):
    """A message that verification compares with CarrierX's records."""

    id: int
    key: str
    reference: str
    state: State
    sid: str | None


class ListQuery(NamedTuple):
    """The messages to list, and from where on."""

    states: tuple[State, ...] = ()
    key_prefix: str = ""
    after_id: int = 0
    limit: int = 100


class Store(Protocol):
    """A store: a database with the outbox's tables, for one namespace.

    Each method is one durable transaction: when it returns, a power failure can't undo it. Each raises
    `OutboxUnavailableError` if the database doesn't answer; the transaction may then have been committed or not.
    All times are the database's own.
    """

    def claim(self, request: ClaimRequest) -> ClaimResult:
        """Claim the next messages: state `sending`, a lease, a token and a time slot, in one transaction.

        A free slot that is too far ahead for the present rate is brought back: see `pace.latest_free`.
        """
        ...

    def record(self, message: Claimed, report: SendReport) -> Recorded:
        """Write the result of a send, if the rules allow it, and always a row about the attempt."""
        ...

    def expire_leases(self, limit: int) -> Sequence[str]:
        """Make messages unknown whose lease has expired. Return their keys."""
        ...

    def take_lookups(self, limit: int) -> LookupWork:
        """Take the lookups that are due. Nobody else gets them for a while."""
        ...

    def postpone_lookup(self, row: Unknown, seconds: float) -> None:
        """Set when an unknown message is looked up again."""
        ...

    def resolve_found(self, row: Unknown, sid: str) -> Recorded:
        """Write that an unknown message was found."""
        ...

    def resolve_absent(self, row: Unknown) -> Recorded:
        """Write that an unknown message is proven absent, if it is still the same attempt that is unknown."""
        ...

    def release(self, row: Unknown) -> Recorded:
        """Queue an unknown message that wasn't found, as `resolve_absent` does, if it will be the only one on its way.

        It changes nothing if another one is due, is being sent, or is the canary.
        """
        ...

    def resolve_review(self, row: Unknown, reason: str) -> Recorded:
        """Hand an unknown message to a person, if it is still the same attempt that is unknown."""
        ...

    def canary_found(self, reference: str) -> float:
        """Write that the canary was found. Return the time up to which lookups are now proven to show everything."""
        ...

    def drop_canary(self, reference: str) -> None:
        """Forget a canary, so that the next accepted message becomes one."""
        ...

    def forget_canaries(self) -> None:
        """Forget everything that canaries have proven, because the times of it are wrong."""
        ...

    def hold(self, seconds: float) -> None:
        """Let no worker send for a while, or until `resume`. It doesn't shorten a hold that is longer."""
        ...

    def pause(self, reason: str) -> bool:
        """Pause the outbox. Return whether it was running before."""
        ...

    def resume(self) -> bool:
        """Let the outbox go on, also if it was held. Return whether it was paused or held before."""
        ...

    def recover(self, *, force: bool = False) -> int:
        """Accept the database as it is, after commits were lost. Return how many messages are unknown now.

        Raises:
            NothingLostError: No loss was noticed, and `force` isn't set.
        """
        ...

    def release_slot(self, message: Claimed, pace: Pace) -> None:
        """Release a time slot that was not used."""
        ...

    def start_worker(self) -> None:
        """Register this process as a worker.

        Raises:
            WorkerConflictError: The database allows one worker, and there is one.
        """
        ...

    def stop_worker(self) -> None:
        """End the registration."""
        ...


class ManagedStore(Store, Protocol):
    """A store with everything that an application does with its outbox, besides sending."""

    @property
    def kind(self) -> str:
        """The kind of database, as SQLAlchemy calls it: `sqlite` or `postgresql`."""
        ...

    @property
    def shown(self) -> str:
        """The URL, without user and password."""
        ...

    def identity(self) -> object:
        """Return a value that is another one if the database may be another one."""
        ...

    def close(self) -> None:
        """Close the connections. The store opens them again when it is used."""
        ...

    def create_schema(self) -> bool:
        """Create the tables. Return whether they were created."""
        ...

    def upgrade(self) -> tuple[int, int]:
        """Bring the tables up to date. Return their version before and now."""
        ...

    def instance_id(self) -> str:
        """Return the random id of the tables."""
        ...

    def lost_commits(self) -> bool:
        """Return whether the database is another one than before, so that it may lack commits."""
        ...

    def adding(self, messages: Sequence[NewMessage], instance_id: str) -> StatementPlan[Sequence[Added]]:
        """Plan the statements that add messages, for any connection to the same database.

        For a while after a recovery, a message that is added is unknown: see `rules.added_state`.

        Raises:
            OutboxConnectionError: The connection is to another database.
            KeyConflictError: There is another message with the same key.
        """
        ...

    def add(self, messages: Sequence[NewMessage], instance_id: str) -> Sequence[Added]:
        """Add messages in a transaction of their own, in the given order.

        Raises:
            KeyConflictError: There is another message with the same key.
        """
        ...

    def get(self, key: str) -> StoredMessage | None:
        """Return one message, or None."""
        ...

    def request_of(self, key: str) -> str | None:
        """Return a message itself as JSON, or None if there is none or it was purged."""
        ...

    def list(self, query: ListQuery) -> Sequence[StoredMessage]:
        """Return messages, in the order of their numbers."""
        ...

    def attempts(self, key: str) -> Sequence[StoredAttempt]:
        """Return the history of a message, oldest entry first."""
        ...

    def stats(self, *, quick: bool = False) -> OutboxStats:
        """Return how the outbox is doing. If it must be quick, don't count the messages that are done."""
        ...

    def cancel(self, key: str) -> State | None:
        """Cancel a queued message. Return its state before, or None if there is none."""
        ...

    def reschedule(self, key: str, due_at: float, expires_at: float | None) -> State | None:
        """Set when a queued message is due. Return its state before, or None if there is none."""
        ...

    def retry(self, key: str) -> Retried:
        """Queue a message again that was rejected, expired or cancelled.

        If that state is from before lost commits, the message becomes unknown instead.
        """
        ...

    def resolve(self, key: str, *, sent: bool, sid: str | None) -> State | None:
        """Decide about a message in review. Return its state before, or None if there is none."""
        ...

    def purge(self, before: float, limit: int) -> int:
        """Delete the contents of final messages that last changed before a time. Return how many there were."""
        ...

    def sent_records(self, after_id: int, limit: int) -> Sequence[SentRecord]:
        """Return final messages, in the order of their numbers."""
        ...
