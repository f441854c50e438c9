"""A small class of your own around the client: what an internal service shows its other parts.

It decides sender, timeouts and wording in one place, fetches the token from where your secrets live, and counts what
happens for your metrics.

CARRIERX_TOKEN and CARRIERX_BASE_URL say where to; `carrierx emulator` prints values to try it with.
"""

import os
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from carrierx import CarrierXClient
from carrierx.events import AttemptFinished, Event, RetryScheduled


class OrderTexts:
    """Texts about orders. Make one for the whole process, and share it between threads."""

    def __init__(self, sender: str, token: Callable[[], str]) -> None:
        self.counts: Counter[str] = Counter()
        self._sender = sender
        self._client = CarrierXClient(token, timeout=10, max_retries=1, auto_reference=True, on_event=self._count)

    def on_its_way(self, phone: str, order: str) -> str:
        """Tell a customer that an order is on its way, and return the message's SID."""
        message = self._client.messages.send(from_=self._sender, to=phone, message=f"Order {order} is on its way.")
        return message.message_sid

    def _count(self, event: Event) -> None:
        # Events hold no token, number or text, so they are fit for metrics and logs.
        if isinstance(event, AttemptFinished):
            self.counts[f"attempts.{event.outcome.value}"] += 1
        elif isinstance(event, RetryScheduled):
            self.counts["retries"] += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()


def current_token() -> str:
    """Fetch the token: from your vault, say. It is asked for again when CarrierX refuses it."""
    return os.environ["CARRIERX_TOKEN"]


def main() -> None:
    with OrderTexts("15162065575", current_token) as texts:
        print("accepted:", texts.on_its_way("15162065574", "17"))
        print("metrics:", dict(texts.counts))


if __name__ == "__main__":
    main()
