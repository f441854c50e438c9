"""A worker: `python -m tests.outbox.processes.worker_process JSON`. It prints a line, and runs until it is killed."""

import asyncio
import json
import sys
import time

from carrierx import AsyncCarrierXClient, CarrierXClient
from carrierx.emulator import DEMO_TOKEN
from carrierx.outbox import Outbox, OutboxEvent, postgres_store, sqlite_store
from carrierx.outbox.events import WorkerStarted
from carrierx.outbox.ports import ClaimRequest, ClaimResult
from carrierx.outbox.postgres_store import PostgresStore
from tests.outbox.processes.mutations import applied
from tests.outbox.processes.settings import scaled


def main(
    url: str, base_url: str, scale: float, rate: float, mutation: str | None, asynchronous: bool, claims: str | None
) -> None:
    """Run it."""
    # Of a worker that was killed while it looked messages up.
    sqlite_store._LOOKUP_LEASE *= scale  # type: ignore[misc] # pyright: ignore[reportPrivateUsage, reportConstantRedefinition]
    postgres_store._LOOKUP_LEASE *= scale  # type: ignore[misc] # pyright: ignore[reportPrivateUsage, reportConstantRedefinition]
    if claims is not None:
        _write_down_claims(claims)
    with applied(mutation):
        outbox = Outbox(url, settings=scaled(scale), on_event=_say_started)
        if asynchronous:
            asyncio.run(_run_async(outbox, base_url, rate))
        else:
            with CarrierXClient(DEMO_TOKEN, base_url=base_url) as client:
                outbox.run(client, rate=rate)


def _write_down_claims(path: str) -> None:
    """Write down the milliseconds that each claim of a message takes."""
    claim, file = PostgresStore.claim, open(path, "a", buffering=1)  # noqa: SIM115 - open for as long as the process

    def timed(store: PostgresStore, request: ClaimRequest) -> ClaimResult:
        begun = time.perf_counter()
        result = claim(store, request)
        if result.messages:
            file.write(f"{(time.perf_counter() - begun) * 1000:.3f}\n")
        return result

    PostgresStore.claim = timed  # type: ignore[method-assign, assignment]


def _say_started(event: OutboxEvent) -> None:
    if isinstance(event, WorkerStarted):
        sys.stdout.write("started\n")
        sys.stdout.flush()


async def _run_async(outbox: Outbox, base_url: str, rate: float) -> None:
    async with AsyncCarrierXClient(DEMO_TOKEN, base_url=base_url) as client:
        await outbox.run_async(client, rate=rate)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
