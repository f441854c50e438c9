"""Planned events of a message: its next statuses, and the reply of a magic number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

REPLY: Final = "reply"
"""The event in which a magic number replies. Every other event has the name of a status."""


class PlannedEvent(NamedTuple):
    """An event that is planned for a message.

    Attributes:
        due_milliseconds: The time at which it is due, in milliseconds since 1970.
        name: A status that the message gets, or `REPLY`.
    """

    due_milliseconds: int
    name: str


def write_plan(events: Iterable[PlannedEvent]) -> str:
    """Return the events of a message as the text that the database stores."""
    return " ".join([f"{due} {name}" for due, name in events])


def read_plan(text: str) -> tuple[PlannedEvent, ...]:
    """Return the events from the text that the database stores."""
    words = text.split()
    return tuple([PlannedEvent(int(due), name) for due, name in zip(words[::2], words[1::2], strict=True)])
