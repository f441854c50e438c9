"""A program whose errors Sentry records. Writes what would be sent to Sentry as JSON; nothing leaves the machine."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.scrubber import EventScrubber
from sentry_sdk.transport import Transport

from tests.privacy.secrets import SECRETS, Secrets
from tests.privacy.senders import Senders
from tests.support.behaviours import CLOSE, STAY_SILENT, Behaviour, Step, after_whole_request, respond, respond_sms
from tests.support.fault_server import FaultServer
from tests.support.waits import wait_for_a_request

# Sentry records source lines too, and our docstrings' examples send from the usual number.
PRIVATE: Final = replace(SECRETS, sender="".join(["1", "416", "555", "0163"]))
TOO_LONG: Final = replace(PRIVATE, text=PRIVATE.text * 400)
INTERRUPT: Final = Step("interrupt", lambda connection: os.kill(os.getpid(), signal.SIGINT))


class Collected(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.items += [item.payload.json for item in envelope.items]


def send(way: str, behaviour: Behaviour, secrets: Secrets = PRIVATE) -> str | None:
    """Send, and capture the error as an application would. None of the tests' variables holds a secret."""
    with FaultServer(behaviour) as server, asyncio.Runner() as runner:
        senders = Senders(way, runner)
        messages: Any = senders.make(server.base_url).client.messages
        try:
            if senders.is_async:
                runner.run(messages.send(**secrets.message))
            else:
                messages.send(**secrets.message)
            sentry_sdk.capture_message("taken")
        except BaseException as error:  # noqa: BLE001 - an interrupt is what some of the cases are about
            sentry_sdk.capture_exception(error)
        senders.close()
        return next((request.header("sentry-trace") for request in server.requests), None)


def cancel(way: str) -> str | None:
    """Cancel a send whose request the server has read."""

    async def cancelled(client: Any, server: FaultServer) -> None:
        task = asyncio.ensure_future(client.messages.send(**PRIVATE.message))
        await asyncio.to_thread(wait_for_a_request, server)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            sentry_sdk.capture_exception(error)

    with FaultServer(after_whole_request(STAY_SILENT)) as server, asyncio.Runner() as runner:
        senders = Senders(way, runner)
        runner.run(cancelled(senders.make(server.base_url).client, server))
        senders.close()
    return None


CASES: Final[Mapping[str, Callable[[str], str | None]]] = {
    "taken": lambda way: send(way, respond_sms()),
    "refused": lambda way: send(way, respond(400, PRIVATE.echo)),
    "invalid": lambda way: send(way, respond_sms(), TOO_LONG),
    "unknown outcome": lambda way: send(way, after_whole_request(CLOSE)),
    "interrupted": lambda way: send(way, after_whole_request(INTERRUPT, STAY_SILENT)),
    "cancelled": cancel,
}
WAYS: Final = ("own", "own async", "aiohttp async", "httpx", "httpx async")


def main() -> None:
    """Carry out every case in a transaction of its own."""
    collected = Collected()
    sentry_sdk.init(
        dsn="http://public@127.0.0.1:9/1",
        transport=collected,
        traces_sample_rate=1.0,
        include_local_variables=True,
        event_scrubber=EventScrubber(denylist=[], pii_denylist=[]),  # or it would hide a token that we show
    )
    shown: dict[str, object] = {}
    for way in WAYS:
        for name, case in CASES.items():
            if name == "cancelled" and not way.endswith("async"):
                continue
            collected.items.clear()
            trace = None
            with sentry_sdk.isolation_scope(), sentry_sdk.start_transaction(name=name), suppress(KeyboardInterrupt):
                trace = case(way)
            shown[f"{name}, {way}"] = {"items": list(collected.items), "trace": trace}
    json.dump(shown, sys.stdout)


if __name__ == "__main__":
    main()
