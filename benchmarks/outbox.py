"""Benchmark of the outbox: `python -m benchmarks.outbox`.

It shows what a claim costs as more messages wait, how many messages a second a worker sends compared with `send_many`,
whether its memory grows, and whether it keeps its rate while it is killed and suspended. benchmarks/README.md explains
it.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.outbox_process import CONCURRENCY
from benchmarks.processes import MeasurementError, measured_and_server_cores, run
from benchmarks.stub import FROM, TO, NoCompilerError, StubControl, stub_server
from carrierx import SendMessageRequest
from carrierx.errors import Outcome
from carrierx.outbox import Outbox, OutboxMessage, OutboxSettings
from carrierx.outbox.clock import SystemClock
from carrierx.outbox.messages import new_token
from carrierx.outbox.ports import ClaimRequest, Pace, SendReport
from carrierx.outbox.sqlite_store import SqliteStore

__all__ = [
    "Effort",
    "check_count",
    "check_pace",
    "compare_claims",
    "compare_memory",
    "compare_throughput",
    "fill",
    "main",
    "outbox_with",
    "pace_of",
    "process",
    "python",
    "worst_second",
]

GROWTH_LIMIT: Final = 1.5
THROUGHPUT_GOAL, THROUGHPUT_LIMIT = 0.5, 0.3
MEMORY_LIMIT: Final = 1.15
RATE, RATE_LIMIT = 40, 44
FEW: Final = 1_000
SENDERS: Final = 1_000

TRIES: Final = 3
_QUEUED: Final = """
    INSERT INTO carrierx_outbox_message
        (namespace, key, reference, state, sender, rank, due_at, request, created_at, updated_at)
    VALUES ('default', ?, ?, 'queued', ?, 0, ?, ?, ?, ?)
"""


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        rows: The number of messages that wait, of which a claim takes one.
        claims: The number of claims that are measured with few and with many.
        rounds: The number of rounds of each way to send.
        sends: The number of messages that each round sends.
        memory: The number of messages with which the memory is measured; a tenth of it is compared.
        pace_seconds: Seconds for which the rate is measured.
    """

    rows: int
    claims: int
    rounds: int
    sends: int
    memory: int
    pace_seconds: float


LONG: Final = Effort(rows=1_000_000, claims=200, rounds=5, sends=2_000, memory=20_000, pace_seconds=60)
QUICK: Final = Effort(rows=100_000, claims=60, rounds=3, sends=600, memory=4_000, pace_seconds=12)


# Growth


def fill(store: SqliteStore, rows: int, senders: int = SENDERS) -> None:
    """Write queued messages directly, as many for each sender.

    Args:
        store: The store.
        rows: The number of messages.
        senders: The number of senders.
    """
    request = SendMessageRequest(from_=FROM, to=TO, message="Your order is on its way")
    text, now = request.model_dump_json(by_alias=True, exclude_defaults=True), time.time()
    with store.transaction() as connection:
        connection.executemany(
            _QUEUED,
            (
                (f"order-{place}", f"reference-{place}", f"1516{place % senders:07}", now, text, now, now)
                for place in range(rows)
            ),
        )
    store.close()  # moves them from the write-ahead log into the file


@contextmanager
def _filled(folder: str, rows: int) -> Generator[SqliteStore]:
    store = SqliteStore(f"{folder}/{rows}.db", "default", OutboxSettings(), SystemClock())
    store.create_schema()
    fill(store, rows)
    with closing(store):
        yield store


def _block(store: SqliteStore) -> None:
    """Let all senders but one have no time slot for an hour, so that a claim must look past all of their messages."""
    with store.transaction() as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO carrierx_outbox_pace VALUES ('default', ?, ?)",
            ((f"1516{number:07}", time.time() + 3600) for number in range(SENDERS - 1)),
        )


def _claim(store: SqliteStore, pace: Pace) -> float:
    """Return the processor time of a claim. The message is queued again, so that the next claim finds as many."""
    request = ClaimRequest([new_token()], pace)
    begun = time.process_time()
    result = store.claim(request)
    seconds = time.process_time() - begun
    store.record(result.messages[0], SendReport(Outcome.NOT_SENT, "measured", fenced=True))
    return seconds


def compare_claims(effort: Effort, folder: str) -> bool:
    """Print what a claim costs with few and with many messages; return whether the ratio is within its limit."""
    within = False
    with _filled(folder, FEW) as few, _filled(folder, effort.rows) as many:
        for _ in range(TRIES):
            ratio = _ratio_of_claims(effort, few, many, Pace())
            within = ratio <= GROWTH_LIMIT
            print(f"ratio {ratio:.2f}, limit {GROWTH_LIMIT}{'' if within else ': BEYOND'}")
            if within:
                break
        for store in (few, many):
            _block(store)
        ratio = _ratio_of_claims(effort, few, many, Pace(sender_rate=1e6))
        print(f"ratio {ratio:.2f} with a rate for each sender, when all but one have no time slot; no limit")
    return within


def _ratio_of_claims(effort: Effort, few: SqliteStore, many: SqliteStore, pace: Pace) -> float:
    times: dict[SqliteStore, list[float]] = {few: [], many: []}
    for _ in range(effort.claims):
        for store in (few, many):
            times[store].append(_claim(store, pace))
    small, large = (statistics.median(times[store]) * 1000 for store in (few, many))
    print(
        f"a claim, {SENDERS:,} senders: {small:.2f} ms of processor time with {FEW:,} messages, {large:.2f} ms with "
        f"{effort.rows:,}"
    )
    return large / small


# Throughput and memory


def outbox_with(url: str, messages: int) -> str:
    """Make an outbox with messages.

    Args:
        url: Its database.
        messages: How many.

    Returns:
        The URL.
    """
    with Outbox(url) as outbox:
        outbox.create_schema()
        for first in range(0, messages, 1_000):
            outbox.add_many(
                None,
                [
                    OutboxMessage(
                        SendMessageRequest(from_=FROM, to=TO, message=f"Message {number}"), key=f"order-{number}"
                    )
                    for number in range(first, min(first + 1_000, messages))
                ],
            )
    return url


def process(task: str, **fields: object) -> dict[str, float]:
    """Run a task of the processes to its end.

    Args:
        task: Its name.
        fields: Its arguments.

    Returns:
        Its figures.
    """
    found: dict[str, float] = run(task, ["-m", "benchmarks.outbox_process", json.dumps({"task": task, **fields})])
    return found


def _commit_milliseconds(folder: str) -> float:
    """Return how long a durable commit of one row takes here."""
    times = list[float]()
    with closing(sqlite3.connect(f"{folder}/commits.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows (content)")
        for number in range(100):
            begun = time.perf_counter()
            connection.execute("INSERT INTO rows VALUES (?)", (number,))
            times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def compare_throughput(effort: Effort, folder: str, server: StubControl, core: int | None) -> bool:
    """Print messages a second with and without an outbox; return whether the ratio is within its limit."""
    print(f"\n{'messages a second':>10}: outbox  send_many   ratio   a commit")
    for attempt in range(TRIES):
        ratios = list[float]()
        for number in range(effort.rounds):
            commit = _commit_milliseconds(folder)
            url = outbox_with(f"sqlite:///{folder}/throughput-{attempt}-{number}.db", effort.sends)
            plain = process("send_many", messages=effort.sends, port=server.port, core=core)
            before = server.stats().requests
            ours = process("drain", url=url, port=server.port, core=core)
            check_count(effort.sends, ours, server.stats().requests - before)
            ratios.append(ours["rate"] / plain["rate"])
            print(f"{ours['rate']:25,.0f} {plain['rate']:10,.0f} {ratios[-1]:7.2f} {commit:7.2f} ms")
        ratio = statistics.median(ratios)
        verdict = "goal met" if ratio >= THROUGHPUT_GOAL else "must met" if ratio >= THROUGHPUT_LIMIT else "BEYOND"
        print(
            f"{CONCURRENCY} at the same time, without a rate: ratio {ratio:.2f}, goal {THROUGHPUT_GOAL}, limit "
            f"{THROUGHPUT_LIMIT}: {verdict}"
        )
        if ratio >= THROUGHPUT_LIMIT:
            return True
    return False


def check_count(expected: int, measured: dict[str, float], requests: int) -> None:
    """Check that each message was sent once.

    Args:
        expected: The number of messages.
        measured: The figures of the process that sent them.
        requests: The number of requests at the server.

    Raises:
        MeasurementError: It wasn't.
    """
    if not measured["sent"] == requests == expected:
        raise MeasurementError(f"{expected} messages: {measured['sent']} sent, {requests} at the server")


def compare_memory(effort: Effort, folder: str, server: StubControl, core: int | None) -> bool:
    """Print the peak of a worker's memory with few and with many messages; return whether it is within its limit."""
    for attempt in range(TRIES):
        peaks = list[float]()
        for messages in (effort.memory // 10, effort.memory):
            url = outbox_with(f"sqlite:///{folder}/memory-{attempt}-{messages}.db", messages)
            peaks.append(process("drain", url=url, port=server.port, core=core)["peak"])
        ratio = peaks[1] / peaks[0]
        verdict = "" if ratio <= MEMORY_LIMIT else ": BEYOND"
        print(
            f"\npeak memory of a worker: {peaks[0]:.1f} MiB for {effort.memory // 10:,} messages, {peaks[1]:.1f} MiB "
            f"for {effort.memory:,}; ratio {ratio:.2f}, limit {MEMORY_LIMIT}{verdict}"
        )
        if ratio <= MEMORY_LIMIT:
            return True
    return False


# Pace


def worst_second(times: Sequence[float]) -> int:
    """Return the most messages that arrived within any one second."""
    ordered, first, most = sorted(times), 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def python(task: str, **fields: object) -> subprocess.Popen[str]:
    """Start a task of the processes."""
    command = [sys.executable, "-m", "benchmarks.outbox_process", json.dumps({"task": task, **fields})]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def pace_of(url: str, seconds: float, workers: int = 1) -> list[float]:
    """Return when messages arrived while workers were killed and suspended again and again.

    Args:
        url: The outbox.
        seconds: For how long, without the time in which processes start.
        workers: The number of worker processes.
    """
    numbers, settings = random.Random(1), asdict(_SHORT)
    with python("arrivals") as server, ExitStack() as opened:
        port = int(server.stdout.readline() if server.stdout else 0)

        def start() -> subprocess.Popen[str]:
            started = opened.enter_context(python("work", url=url, port=port, rate=RATE, settings=settings))
            if started.stdout:
                started.stdout.readline()  # it is a worker now
            return started

        running, worked = [start() for _ in range(workers)], 0.0

        def kill_all() -> None:
            for worker in running:
                worker.kill()

        opened.callback(kill_all)
        while worked < seconds:
            pause = numbers.uniform(1.0, 3.0) / workers
            worked += pause
            time.sleep(pause)
            chosen = numbers.randrange(workers)
            worker = running[chosen]
            if numbers.random() < 0.5:
                worker.kill()
                worker.communicate()
                running[chosen] = start()
            else:
                worker.send_signal(signal.SIGSTOP)
                # As long as a slot, a horizon, a send, or a lease.
                pause = numbers.choice((0.05, 0.3, 0.8, 3.5))
                worked += pause if workers > 1 else 0.0
                time.sleep(pause)
                worker.send_signal(signal.SIGCONT)
        kill_all()
        for worker in running:
            worker.communicate()
        times: list[float] = json.loads(server.communicate("end\n")[0])
    return times


_SHORT: Final = OutboxSettings(
    send_timeout=1.0,
    lease=3.0,
    margin=0.2,
    claim_timeout=1.0,
    acceptance_delay=1.0,
    visibility_lag=0.0,
    server_idle=4.0,
    clock_step=0.0,
    max_unknown=10_000,
)


def check_pace(effort: Effort, folder: str) -> bool:
    """Print the most messages within one second at the server; return whether they are within the limit."""
    for attempt in range(TRIES):
        url = outbox_with(f"sqlite:///{folder}/pace-{attempt}.db", int(effort.pace_seconds * RATE * 1.5))
        times = pace_of(url, effort.pace_seconds)
        if len(times) < RATE:
            raise MeasurementError(f"only {len(times)} messages arrived")
        worst = worst_second(times)
        verdict = "" if worst <= RATE_LIMIT else ": BEYOND"
        print(
            f"\na rate of {RATE} a second, with a worker that is killed and suspended: at most {worst} of "
            f"{len(times):,} messages within a second, limit {RATE_LIMIT}{verdict}"
        )
        if worst <= RATE_LIMIT:
            return True
    return False


def main(arguments: list[str] | None = None) -> int:
    """Measure and report.

    Args:
        arguments: The command line. By default, that of this process.

    Returns:
        The exit status: 0, 1 if a figure is beyond its limit, 2 if it can't be measured here.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outbox", description="What the outbox costs.")
    parser.add_argument("--quick", action="store_true", help="the short form: 100,000 messages wait")
    parser.add_argument("--folder", type=Path, help="where to make the databases; by default, the temporary folder")
    given = parser.parse_args(arguments)
    effort = QUICK if given.quick else LONG
    core, server_core = measured_and_server_cores()
    try:
        with tempfile.TemporaryDirectory(prefix="carrierx-benchmarks-", dir=given.folder) as folder:
            results = [compare_claims(effort, folder)]
            with stub_server(server_core) as server:
                results.append(compare_throughput(effort, folder, server, core))
                results.append(compare_memory(effort, folder, server, core))
            results.append(check_pace(effort, folder))
    except (NoCompilerError, MeasurementError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
