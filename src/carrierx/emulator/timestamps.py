"""Timestamps as the API writes them, and as the database stores them: milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def to_milliseconds(time: datetime) -> int:
    """Return the milliseconds since 1970, rounded down."""
    return (time - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the time that is this many milliseconds after 1970, in UTC."""
    return _EPOCH + milliseconds * _MILLISECOND


def later(time: datetime, delay: timedelta) -> datetime | None:
    """Return the time after a delay; None if that is out of range, as with `timedelta.max`."""
    try:
        return time + delay
    except OverflowError:
        return None


def format_time(moment: datetime) -> str:
    """Return a time in the API's format: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
