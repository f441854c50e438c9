"""What an application for callbacks counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["CallbackCounts"]


@dataclass(slots=True)
class CallbackCounts:
    """What became of the requests that came in, and of the callbacks that were taken, since the start.

    Attributes:
        taken: New callbacks that were answered with 200 and queued.
        duplicates: Callbacks that had come before.
        out_of_order: Status updates that came after a later one.
        strangers: Requests without a valid secret.
        refused: Requests with a wrong method, or that were no callback, too large or too slow.
        turned_away: Callbacks answered with 503: the queue was full, or the ledger out of order.
        handled: Callbacks that the handler has dealt with.
        unconfirmed: Callbacks that were dropped, since CarrierX contradicts them or does not know them.
        failed: Callbacks that the handler could not deal with.
        interrupted: Callbacks whose handler was stopped in the middle, at the end of the program.
    """

    taken: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    strangers: int = 0
    refused: int = 0
    turned_away: int = 0
    handled: int = 0
    unconfirmed: int = 0
    failed: int = 0
    interrupted: int = 0

    def copy(self) -> CallbackCounts:
        """Give the counts as they are now."""
        return replace(self)
