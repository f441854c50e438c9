"""The states of a message in the outbox."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["FINAL", "State", "UnknownKind"]


class State(StrEnum):
    """The state of a message in the outbox."""

    QUEUED = "queued"
    """It waits to be sent."""
    SENDING = "sending"
    """A worker holds a lease on it, and might be sending it right now."""
    ACCEPTED = "accepted"
    """CarrierX accepted it."""
    REJECTED = "rejected"
    """CarrierX read it and rejected it, or it breaks a rule. It was not sent."""
    UNKNOWN = "unknown"
    """It might have been sent. The outbox looks it up, and doesn't send it again before it is proven absent."""
    REVIEW = "review"
    """The outbox can't find out whether it was sent. A person decides, with `resolve`."""
    EXPIRED = "expired"
    """Its `expires_at` passed before it was sent."""
    CANCELLED = "cancelled"
    """You cancelled it before it was sent."""
    SUPPRESSED = "suppressed"
    """Its recipient doesn't want any messages. It was not sent."""
    DELIVERED = "delivered"
    """CarrierX reported that it was delivered."""
    FAILED = "failed"
    """CarrierX accepted it and could not deliver it."""


FINAL: frozenset[State] = frozenset(
    {
        State.ACCEPTED,
        State.REJECTED,
        State.EXPIRED,
        State.CANCELLED,
        State.SUPPRESSED,
        State.DELIVERED,
        State.FAILED,
    }
)
"""The states of messages that a worker has nothing left to do for."""


class UnknownKind(StrEnum):
    """The reason why it is unknown whether a message was sent. It decides when its absence counts."""

    REPORTED = "reported"
    """The worker that sent it reported that the outcome is unknown. Its connection is closed."""
    LEASE = "lease"
    """The lease expired without a result: the worker may be dead, stopped, or unable to reach the database."""
    RECOVERY = "recovery"
    """The database lost commits, so it may have been sent by a claim that was lost."""
    ADDED = "added"
    """It was added after the database lost commits, so it may have been added and sent before, and been lost."""
