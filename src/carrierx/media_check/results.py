"""Results of a check: the size of each file, the report, and the broken rule if the media are too large."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from carrierx.errors import BrokenRule

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Certainty", "MediaCheckResult", "MediaReport", "media_sizes_fit"]


class Certainty(Enum):
    """Certainty of a media file's size."""

    EXACT = "exact"
    """The file has exactly this many bytes."""
    AT_LEAST = "at_least"
    """This many bytes arrived, and that was not the end of the file."""
    UNKNOWN = "unknown"
    """The size could not be measured. This never counts against a message."""


@dataclass(frozen=True, slots=True)
class MediaCheckResult:
    """Size of one media file. It contains no URL, because URLs may contain secrets.

    Attributes:
        position: Index in `media_urls`, from 0.
        certainty: Certainty of the size.
        size: Size in bytes, or None if it is unknown.
        reason: Reason why the size is unknown, in a few words; None if it is known.
    """

    position: int
    certainty: Certainty
    size: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MediaReport:
    """Report of a check.

    Attributes:
        results: One result for each URL, in the same order.
        limit: Maximum total size in bytes; None for no limit.
    """

    results: tuple[MediaCheckResult, ...]
    limit: int | None

    @property
    def known_bytes(self) -> int:
        """Total of the known bytes."""
        return sum(result.size or 0 for result in self.results)

    @property
    def exceeds(self) -> bool:
        """True if the known bytes alone exceed the limit."""
        return self.limit is not None and self.known_bytes > self.limit


def media_sizes_fit(report: MediaReport) -> Iterator[BrokenRule]:
    """Check the limit for the total size of an MMS's media. Source: CarrierX's send page, 3 MB.

    Args:
        report: Report of a media check.

    Yields:
        The broken rule, if the media exceed the limit. It contains positions and sizes, never a URL.
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
        f"The media have {'' if is_exact else 'at least '}{report.known_bytes:,} bytes in total; the limit is "
        f"{limit:,}: {', '.join(map(_in_words, known))}.{rest} Make them smaller, or send them in several messages. "
        "If CarrierX now allows more, raise the limit with message_limits=MessageLimits(max_media_bytes=...).",
        report.known_bytes,
        limit,
    )


def _in_words(result: MediaCheckResult) -> str:
    at_least = "at least " if result.certainty is Certainty.AT_LEAST else ""
    return f"media_urls[{result.position}] has {at_least}{result.size:,}"
