"""What a check found: a result for each of the media, the report of all, and the rule that an excess breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from carrierx.errors import BrokenRule

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Certainty", "MediaCheckResult", "MediaReport", "media_sizes_fit"]


class Certainty(Enum):
    """How sure the size of one of the media is."""

    EXACT = "exact"
    """It has so many bytes."""
    AT_LEAST = "at_least"
    """So many bytes arrived, and it was not the end."""
    UNKNOWN = "unknown"
    """It could not be measured. This never counts against a message."""


@dataclass(frozen=True, slots=True)
class MediaCheckResult:
    """The size of one of the media. It holds no URL, since URLs may hold secrets.

    Attributes:
        position: Its place in `media_urls`, from 0.
        certainty: How sure the size is.
        size: The bytes, or None if they are unknown.
        reason: Why they are unknown, in a few words, else None.
    """

    position: int
    certainty: Certainty
    size: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MediaReport:
    """What a check found.

    Attributes:
        results: One for each URL, in their order.
        limit: What was allowed for all together, in bytes; None for any size.
    """

    results: tuple[MediaCheckResult, ...]
    limit: int | None

    @property
    def known_bytes(self) -> int:
        """The bytes that are known, all together."""
        return sum(result.size or 0 for result in self.results)

    @property
    def exceeds(self) -> bool:
        """Whether the known bytes alone are over the limit."""
        return self.limit is not None and self.known_bytes > self.limit


def media_sizes_fit(report: MediaReport) -> Iterator[BrokenRule]:
    """The media of one MMS have together at most so many bytes. Source: CarrierX's send page, 3 MB.

    Args:
        report: What a check found.

    Yields:
        The broken rule, if they have more. It names positions and sizes, never a URL.
    """
    limit = report.limit
    if limit is None or not report.exceeds:
        return
    known = [result for result in report.results if result.size is not None]
    is_exact = all(result.certainty is Certainty.EXACT for result in report.results)
    unmeasured = len(report.results) - len(known)
    rest = f" {unmeasured} could not be measured." if unmeasured else ""
    yield BrokenRule(
        "media_urls",
        "media_too_large",
        f"The media have together {'' if is_exact else 'at least '}{report.known_bytes:,} bytes; the limit is "
        f"{limit:,}: {', '.join(map(_in_words, known))}.{rest} Make them smaller, or send them in several messages. "
        "If CarrierX allows more by now, lift it with message_limits=MessageLimits(max_media_bytes=...).",
        report.known_bytes,
        limit,
    )


def _in_words(result: MediaCheckResult) -> str:
    at_least = "at least " if result.certainty is Certainty.AT_LEAST else ""
    return f"media_urls[{result.position}] has {at_least}{result.size:,}"
