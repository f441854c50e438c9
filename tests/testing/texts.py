"""The numbers of these tests, and a way to send without saying everything."""

from __future__ import annotations

from typing import Final

from carrierx import CarrierXClient, Message

OURS: Final = "15162065575"
THEIRS: Final = "15162065574"
OTHERS: Final = "15162065570"


def send(client: CarrierXClient, message: str = "Hello", *, to: str = THEIRS, reference: str | None = None) -> Message:
    """Send an SMS from our number."""
    if reference is None:
        return client.messages.send(from_=OURS, to=to, message=message)
    return client.messages.send(from_=OURS, to=to, message=message, reference=reference)
