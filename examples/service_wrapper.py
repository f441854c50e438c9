"""Wrap the client in a small class for the rest of your service.

The class sets the sender, timeouts and wording in one place. It fetches the token from your secret store and counts
attempts for your metrics.

Set CARRIERX_TOKEN and CARRIERX_BASE_URL. `carrierx emulator` prints values to try it with.
"""

import os
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from carrierx import CarrierXClient
from carrierx.events import AttemptFinished, Event, RetryScheduled


class OrderTexts:
    """Sends texts about orders. Create one object per process, and share it between threads."""

    def __init__(self, sender: str, token: Callable[[], str]) -> None:
        self.counts: Counter[str] = Counter()
        self._sender = sender
        self._client = CarrierXClient(token, timeout=10, max_retries=1, auto_reference=True, on_event=self._count)

    def on_its_way(self, phone: str, order: str) -> str:
        """Tell a customer that an order is on its way, and return the message's SID."""
        message = self._client.messages.send(from_=self._sender, to=phone, message=f"Order {order} is on its way.")
        return message.message_sid

    def _count(self, event: Event) -> None:
        # Events contain no token, number or text, so you can use them in metrics and logs.
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
    """Fetch the token, for example from your vault. The client calls this again if CarrierX rejects the token."""
    return os.environ["CARRIERX_TOKEN"]


def main() -> None:
    with OrderTexts("15162065575", current_token) as texts:
        print("accepted:", texts.on_its_way("15162065574", "17"))
        print("metrics:", dict(texts.counts))


if __name__ == "__main__":
    main()
