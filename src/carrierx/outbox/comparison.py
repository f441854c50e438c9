"""Comparing what the outbox says with what CarrierX has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx.outbox.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx.outbox.ports import FoundMessage, SentRecord

__all__ = ["RecordComparison", "VerifyReport"]

_SENT = frozenset({State.ACCEPTED, State.DELIVERED, State.FAILED})


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The result of comparing an outbox with CarrierX's records.

    Attributes:
        checked: The number of messages that were compared.
        sent_twice: Keys of messages that CarrierX has more than once.
        missing: Keys of messages that the outbox believes accepted, and CarrierX doesn't have.
        unexpected: Keys of messages that the outbox believes not sent, and CarrierX has.
        not_answered: Keys of messages whose lookup failed.
        last_id: The number of the last message, for the next comparison.
    """

    checked: int
    sent_twice: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    not_answered: tuple[str, ...]
    last_id: int

    @property
    def ok(self) -> bool:
        """True if both agree about all messages."""
        return not (self.sent_twice or self.missing or self.unexpected or self.not_answered)


class RecordComparison:
    """A comparison under way.

    Args:
        last_id: The number of the message after which it begins.
    """

    def __init__(self, last_id: int) -> None:
        self.checked: int = 0
        self.last_id: int = last_id
        self._sent_twice: list[str] = []
        self._missing: list[str] = []
        self._unexpected: list[str] = []
        self._not_answered: list[str] = []

    def compare(self, record: SentRecord, found: Sequence[FoundMessage]) -> None:
        """Compare one message with what CarrierX has under its reference."""
        self._count(record)
        if len(found) > 1:
            self._sent_twice.append(record.key)
        if record.state in _SENT and not found:
            self._missing.append(record.key)
        if record.state not in _SENT and found:
            self._unexpected.append(record.key)

    def failed(self, record: SentRecord) -> None:
        """Note that a lookup failed."""
        self._count(record)
        self._not_answered.append(record.key)

    def report(self) -> VerifyReport:
        """Return the result."""
        return VerifyReport(
            self.checked,
            tuple(self._sent_twice),
            tuple(self._missing),
            tuple(self._unexpected),
            tuple(self._not_answered),
            self.last_id,
        )

    def _count(self, record: SentRecord) -> None:
        self.checked += 1
        self.last_id = record.id
