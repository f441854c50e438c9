"""Magic numbers: messages to them fail, get stuck or get a reply, so that you can test your application.

They are the emulator's own: CarrierX documents none. All are in the block 555-0100 to 555-0199, which is reserved for
fiction. CarrierX doesn't document the statuses of failed messages: `failed` and `undelivered` are assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Status: TypeAlias = Literal["sent", "delivered", "failed", "undelivered"]
"""The statuses of an accepted message after `queued`."""

ECHO: Final = "{message}"
"""The reply that repeats the message."""


@dataclass(frozen=True)
class MagicNumber:
    """A number with special behavior for the messages to it.

    Attributes:
        number: The number, in digits.
        effect: A short description of what happens to a message.
        statuses: The statuses after `queued`: the first when messages are sent, the second when they are delivered.
        reply: The text of the reply, if there is one; `ECHO` for the message itself, including its media.
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
        MagicNumber("12025550102", "is sent but never arrives", ("sent", "undelivered")),
        MagicNumber("12025550103", "stays queued", ()),
        MagicNumber("12025550104", "stays sent", ("sent",)),
        MagicNumber("12025550110", "gets a copy of itself as the reply", reply=ECHO),
        MagicNumber("12025550111", "gets the reply STOP", reply="STOP"),
        MagicNumber("12025550112", "gets the reply HELP", reply="HELP"),
        MagicNumber("12025550113", "gets the reply START", reply="START"),
    )
}
"""All magic numbers. Only the `to` of a message counts, also in a group."""


def statuses_to(number: str) -> tuple[Status, ...]:
    """Return the statuses of a message to this number after `queued`, in order."""
    magic = MAGIC_NUMBERS.get(number)
    return USUAL_STATUSES if magic is None else magic.statuses
