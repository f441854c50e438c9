"""Ledgers that remember callbacks, to detect those that come twice or late."""

from __future__ import annotations

import hashlib
import threading
import time
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

from carrierx.errors import ConfigurationError
from carrierx.models.types import MessageStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrierx.models.message import Message

__all__ = [
    "KEEP_FOR",
    "MAX_CALLBACKS",
    "CallbackLedger",
    "MemoryLedger",
    "SeenStatus",
    "check_bounds",
    "key_of",
    "later_statuses",
]

KEEP_FOR: Final = timedelta(days=7)
"""Default time for which a callback is remembered."""
MAX_CALLBACKS: Final = 100_000
"""Default maximum number of callbacks to remember: about 30 MB in memory."""

_FORWARD: Final = (MessageStatus.QUEUED, MessageStatus.SENT, MessageStatus.DELIVERED)
_LONGEST_KEY: Final = 64


class SeenStatus(Enum):
    """Result of recording a callback: new, duplicate, or out of order."""

    NEW = "new"
    """First callback for this message and status."""
    DUPLICATE = "duplicate"
    """Repeated callback: the same status of the same message came before."""
    OUT_OF_ORDER = "out of order"
    """Late callback: a later status of its message came before. The order is queued, sent, delivered."""


class CallbackLedger(Protocol):
    """Ledger that remembers callbacks. Several threads may use it.

    CarrierX does not document whether it may send a callback twice, or keeps the order. An attacker may also replay a
    request. A ledger identifies a callback by its `message_sid` and status. A status other than queued, sent and
    delivered has no order, so it is new once.
    """

    def record(self, message: Message) -> SeenStatus:
        """Record a callback, and return whether it is new.

        Args:
            message: The callback.

        Raises:
            CallbackLedgerError: The ledger can't be used.
        """
        ...

    def forget(self, message: Message) -> None:
        """Remove a callback that could not be processed, so that it is new if it comes again.

        Args:
            message: The callback.

        Raises:
            CallbackLedgerError: The ledger can't be used.
        """
        ...


class MemoryLedger:
    """Ledger in memory, for one process until it ends.

    Args:
        max_entries: Maximum number of callbacks to remember. The oldest are removed first.
        keep_for: Time for which a callback is remembered.
        clock: Function that returns the time in seconds, for tests.

    Raises:
        ConfigurationError: A limit is not above 0.

    Example:
        >>> from carrierx.callbacks import parse
        >>> ledger = MemoryLedger()
        >>> delivered = parse('{"message_sid": "097b49df", "direction": "outbound", "status": "delivered"}')
        >>> sent = parse('{"message_sid": "097b49df", "direction": "outbound", "status": "sent"}')
        >>> [ledger.record(update).name for update in (delivered, sent, sent)]
        ['NEW', 'OUT_OF_ORDER', 'DUPLICATE']
    """

    def __init__(
        self,
        *,
        max_entries: int = MAX_CALLBACKS,
        keep_for: timedelta = KEEP_FOR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_bounds(max_entries, keep_for)
        self._max_entries = max_entries
        self._seconds = keep_for.total_seconds()
        self._clock = clock
        self._seen: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def record(self, message: Message) -> SeenStatus:
        """Record a callback, and return whether it is new.

        Args:
            message: The callback.
        """
        sid, status = key_of(message)
        with self._lock:
            now = self._clock()
            self._forget_old(now - self._seconds)
            if (sid, status) in self._seen:
                return SeenStatus.DUPLICATE
            late = any((sid, later) in self._seen for later in later_statuses(status))
            while len(self._seen) >= self._max_entries:
                del self._seen[next(iter(self._seen))]
            self._seen[sid, status] = now
            return SeenStatus.OUT_OF_ORDER if late else SeenStatus.NEW

    def forget(self, message: Message) -> None:
        """Remove a callback, so that it is new if it comes again.

        Args:
            message: The callback.
        """
        with self._lock:
            self._seen.pop(key_of(message), None)

    def __len__(self) -> int:
        return len(self._seen)

    def _forget_old(self, limit: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest] > limit:
                break
            del self._seen[oldest]


def key_of(message: Message) -> tuple[str, str]:
    """Return the key of a callback: its SID and its status, each of bounded length.

    Args:
        message: The callback.
    """
    return _bounded(message.message_sid), _bounded(message.status or "")


def _bounded(text: str) -> str:
    if len(text) <= _LONGEST_KEY:
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def later_statuses(status: str) -> tuple[str, ...]:
    """Return the statuses that come after this one; empty if the order isn't documented.

    Args:
        status: Status of a message.

    Example:
        >>> later_statuses("queued"), later_statuses("delivered"), later_statuses("expired")
        (('sent', 'delivered'), (), ())
    """
    known = [str(each) for each in _FORWARD]
    return tuple(known[known.index(status) + 1 :]) if status in known else ()


def check_bounds(max_entries: int, keep_for: timedelta) -> None:
    """Raise an error for a ledger that would remember nothing.

    Args:
        max_entries: Maximum number of callbacks to remember.
        keep_for: Time for which a callback is remembered.

    Raises:
        ConfigurationError: A limit is not above 0.
    """
    if max_entries < 1 or keep_for <= timedelta(0):
        raise ConfigurationError("A callback ledger must remember at least one callback, for a time above 0.")
