"""Numbers whose messages take another way than the usual one, to try what an application makes of it.

They are the emulator's own: CarrierX documents none. All lie in the block 555-0100 to 555-0199, which belongs to
nobody. What CarrierX calls a message that failed is not documented: `failed` and `undelivered` are assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Status: TypeAlias = Literal["sent", "delivered", "failed", "undelivered"]
"""What can become of an accepted message."""

ECHO: Final = "{message}"
"""The reply that says what the message said."""


@dataclass(frozen=True)
class MagicNumber:
    """What becomes of the messages to a number.

    Attributes:
        number: The number, in digits.
        effect: What it does, in a few words.
        statuses: The statuses after `queued`: the first comes when messages are sent, the second when they arrive.
        reply: The text that comes back, if any does; `ECHO` for the message itself, its media included.
    """

    number: str
    effect: str
    statuses: tuple[Status, ...] = ("sent", "delivered")
    reply: str | None = None


USUAL_STATUSES: Final[tuple[Status, ...]] = ("sent", "delivered")
"""The statuses of every other message. Source: the guide to receiving messages."""

MAGIC_NUMBERS: Final[Mapping[str, MagicNumber]] = {
    magic.number: magic
    for magic in (
        MagicNumber("12025550101", "fails before it is sent", ("failed",)),
        MagicNumber("12025550102", "is sent, and never arrives", ("sent", "undelivered")),
        MagicNumber("12025550103", "stays queued", ()),
        MagicNumber("12025550104", "stays sent", ("sent",)),
        MagicNumber("12025550110", "is answered with itself", reply=ECHO),
        MagicNumber("12025550111", "is answered with STOP", reply="STOP"),
        MagicNumber("12025550112", "is answered with HELP", reply="HELP"),
        MagicNumber("12025550113", "is answered with START", reply="START"),
    )
}
"""Every magic number. A message is treated so for its `to` alone, also in a group."""


def statuses_to(number: str) -> tuple[Status, ...]:
    """Return the statuses that a message to this number takes after `queued`, in their order."""
    magic = MAGIC_NUMBERS.get(number)
    return USUAL_STATUSES if magic is None else magic.statuses
