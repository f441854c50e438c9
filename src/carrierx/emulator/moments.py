"""Points in time as the database keeps them: milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def to_milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds from 1970 to a moment, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the moment so many milliseconds after 1970, in UTC."""
    return _EPOCH + milliseconds * _MILLISECOND


def later(moment: datetime, delay: timedelta) -> datetime | None:
    """Return the moment that comes a delay later; None if that is never, as after `timedelta.max`."""
    try:
        return moment + delay
    except OverflowError:
        return None
