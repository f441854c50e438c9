"""State of one check: the size of each URL so far, and their total. It does no I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpcore
import httpx

from carrierx.errors import NetworkBlockedError
from carrierx.media_check.public_addresses import InsideAddressError, blocked_media_error
from carrierx.media_check.results import Certainty, MediaCheckResult, MediaReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from carrierx.media_check.network import Deadline
    from carrierx.media_check.size_cache import SizeCache

__all__ = ["CheckState", "Item", "Stage", "UnmeasuredError", "host_of"]

NO_LIMIT = "there is no limit"
NOT_A_URL = "not a URL that can be fetched"
NOT_CONFIRMED = "its stated size was not confirmed"
NOT_NEEDED = "the others already exceed the limit"
NOT_PUBLIC = "not a public address"
TIME_RAN_OUT = "time ran out"
UNREACHABLE = "the host can't be reached"

_UNREACHABLE = (httpcore.ConnectError, httpcore.TimeoutException)


class UnmeasuredError(Exception):
    """A URL can't be measured. The text is the reason shown in its result."""


def host_of(url: httpx.URL) -> tuple[str, int]:
    """Return the host and port of a URL."""
    return url.host, url.port or (443 if url.scheme == "https" else 80)


@dataclass(slots=True, eq=False)
class Item:
    """One URL and its size, as far as it is known.

    Attributes:
        url: The URL, without its fragment.
        weight: Number of times that the message names it.
        stated: Its size as stated by the server.
        is_proven: True if `stated` may count against the message.
        is_remembered: True if `stated` comes from an earlier check.
        counted: Number of bytes that arrived.
        reason: Reason why its size is unknown.
        asking: Host and port to which a request is in progress.
        unreachable: Host and port that could not be reached.
        blocked_host: Host that a test run may not connect to.
    """

    url: httpx.URL
    weight: int = 1
    stated: int | None = None
    is_proven: bool = False
    is_remembered: bool = False
    counted: int = 0
    reason: str | None = None
    asking: tuple[str, int] | None = None
    unreachable: tuple[str, int] | None = None
    blocked_host: str | None = None

    @property
    def known(self) -> int:
        """Known size in bytes, proven or not."""
        return self.counted if self.stated is None else self.stated

    @property
    def proven(self) -> int:
        """Number of bytes that may count against the message."""
        return self.stated if self.stated is not None and self.is_proven else self.counted

    def settle(self, size: int, *, proven: bool) -> None:
        """Record the size of the file."""
        self.is_proven, self.is_remembered = proven, False
        self.stated = size

    def fail(self, error: BaseException) -> None:
        """Record a failure. The stated size is dropped, the counted bytes are kept."""
        self.stated = None
        match error:
            case UnmeasuredError():
                self.reason = str(error)
            case NetworkBlockedError():
                self.blocked_host = error.host
            case InsideAddressError():
                self.reason = NOT_PUBLIC
            case httpcore.TimeoutException():
                self.reason = TIME_RAN_OUT
            case httpcore.ConnectError():
                self.reason = UNREACHABLE
            case _:
                self.reason = f"the request failed: {type(error).__name__}"
        if isinstance(error, _UNREACHABLE):
            self.unreachable = self.asking
        self.asking = None

    def end(self) -> None:
        """Record that no request about it is in progress any more."""
        self.asking = None

    def result(self, position: int) -> MediaCheckResult:
        """Return the result for a position."""
        if self.stated is not None:
            return MediaCheckResult(position, Certainty.EXACT, self.stated)
        if self.counted:
            return MediaCheckResult(position, Certainty.AT_LEAST, self.counted)
        return MediaCheckResult(position, Certainty.UNKNOWN, reason=self.reason or TIME_RAN_OUT)


@dataclass(slots=True)
class Stage:
    """Items for several workers to process, as long as that is needed."""

    items: deque[Item]
    is_proof: bool
    is_needed: Callable[[], bool]

    def take(self) -> Item | None:
        """Return the next item, or None at the end. Threads may share it."""
        try:
            return self.items.popleft() if self.is_needed() else None
        except IndexError:
            return None


@dataclass(slots=True)
class CheckState:
    """All URLs of one message.

    Attributes:
        limit: Maximum total size in bytes.
        cache: Results of earlier checks.
        deadline: End of the check.
        by_position: Item of each position.
        items: Items without repetition, one per URL.
        is_stopped: True once the caller no longer waits for the check.
    """

    limit: int
    cache: SizeCache
    deadline: Deadline
    by_position: list[Item] = field(default_factory=list[Item])
    items: list[Item] = field(default_factory=list[Item])
    is_stopped: bool = False

    def add(self, urls: Sequence[str]) -> None:
        """Add the URLs of the message. Remembered sizes count as stated."""
        known: dict[str, Item] = {}
        for url in urls:
            item = _item_for(url)
            key = str(item.url)
            if item.reason is None and key in known:
                item = known[key]
                item.weight += 1
            else:
                self.items.append(item)
                known[key] = item
                item.stated = self.cache.size_of(key)
                item.is_remembered = item.stated is not None
            self.by_position.append(item)

    @property
    def is_over(self) -> bool:
        """True if the workers of the check should stop."""
        return self.is_stopped or self.deadline.left() <= 0

    @property
    def known(self) -> int:
        """Total of the known bytes, proven or not."""
        return sum(item.known * item.weight for item in self.items)

    @property
    def proven(self) -> int:
        """Total of the bytes that may count against the message."""
        return sum(item.proven * item.weight for item in self.items)

    def remaining_for(self, item: Item) -> int:
        """Return the largest size of an item that keeps the message within the limit, by the proven sizes of others."""
        return (self.limit - (self.proven - item.proven * item.weight)) // item.weight

    def is_unreachable(self, host: tuple[str, int]) -> bool:
        """Tell whether a host and port could not be reached, now or recently."""
        return any(item.unreachable == host for item in self.items) or self.cache.is_unreachable(host)

    def stages(self) -> Iterator[Stage]:
        """Yield the stages: first find the sizes, then prove them if they exceed the limit."""
        unknown = deque(item for item in self.items if item.stated is None and item.reason is None)
        if unknown:
            yield Stage(unknown, False, lambda: not self.is_over and self.proven <= self.limit)
        if self.proven > self.limit:
            for item in unknown:
                item.reason = NOT_NEEDED
        stated = sorted(
            (item for item in self.items if item.stated is not None and not item.is_proven),
            key=lambda item: item.known * item.weight,
            reverse=True,
        )
        if stated and self._needs_proof():
            yield Stage(deque(stated), True, self._needs_proof)

    def _needs_proof(self) -> bool:
        return not self.is_over and self.proven <= self.limit < self.known

    def fail(self, error: Exception) -> None:
        """Record a failure for every item whose size is still unknown."""
        for item in self.items:
            if item.stated is None and item.reason is None:
                item.fail(error)

    def finish(self) -> MediaReport:
        """Decide which sizes count, store them for later checks, and return the report.

        Raises:
            NetworkBlockedError: A test run may not connect to a host of the media.
        """
        # A thread that was left behind may still change an item, so the report is made from copies.
        kept = {id(item): replace(item) for item in self.items}
        self.items, self.by_position = list(kept.values()), [kept[id(item)] for item in self.by_position]
        for item in self.items:
            if item.blocked_host is not None:
                raise blocked_media_error(item.blocked_host)
        if self.proven <= self.limit < self.known:
            for item in self.items:
                if not item.is_proven and item.stated is not None:
                    item.stated, item.reason = None, NOT_CONFIRMED
        for item in self.items:
            host = item.unreachable or item.asking
            if host is not None:
                self.cache.note_unreachable(host)
            if item.stated is None or not item.is_remembered:
                self.cache.note_size(str(item.url), item.stated)
        return MediaReport(tuple(item.result(position) for position, item in enumerate(self.by_position)), self.limit)


def _item_for(url: str) -> Item:
    try:
        return Item(httpx.URL(url).copy_with(fragment=None))
    except (httpx.InvalidURL, TypeError, ValueError):
        return Item(httpx.URL(), reason=NOT_A_URL)
