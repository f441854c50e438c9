"""Benchmark of the outbox on PostgreSQL: `python -m benchmarks.outbox_postgres`.

It shows what a claim costs as more messages wait, how many messages a second one worker sends compared with
`send_many`, how many more two and four send, and whether six workers together keep one rate while they are killed and
suspended. It also prints what docs/scale.md calculates with: the size of a message in the database, and claims beside a
transaction that stays open. It starts a PostgreSQL of its own. benchmarks/README.md explains it.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import psycopg
from tests.outbox.postgres_server import PostgresServer, database, fill, programs

from benchmarks.outbox import RATE, RATE_LIMIT, check_count, outbox_with, pace_of, process, python, worst_second
from benchmarks.outbox_process import CONCURRENCY, FEW_AT_ONCE
from benchmarks.processes import MeasurementError, measured_and_server_cores
from benchmarks.report import put_into
from benchmarks.stub import NoCompilerError, StubControl, stub_server
from carrierx.errors import Outcome
from carrierx.outbox import OutboxSettings
from carrierx.outbox.messages import new_token
from carrierx.outbox.ports import ClaimRequest, Pace, SendReport
from carrierx.outbox.postgres_store import PostgresStore

__all__ = [
    "Effort",
    "check_pace",
    "compare_claims",
    "compare_throughput",
    "compare_workers",
    "main",
    "show_open_transaction",
    "show_sizes",
]

GROWTH_LIMIT: Final = 1.5
THROUGHPUT_GOAL: Final = 0.6
TWO_WORKERS_LIMIT: Final = 1.8
LATENCY_MILLISECONDS: Final = 50
FEW: Final = 1_000
SENDERS: Final = 1_000
WORKERS: Final = 6
TRIES: Final = 3


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        rows: The number of messages that wait, of which a claim takes one.
        claims: The number of claims that are measured with few and with many.
        rounds: The number of rounds of each way to send.
        sends: The number of messages that each round sends.
        each_sends: The number of messages for each of several workers.
        pace_seconds: Seconds for which the rate is measured.
        stored: The number of messages whose size is measured, and that are sent beside an open transaction.
        throughput_limit: The least messages a second, of those of `send_many`. It's lower in the short form, which also
            runs on machines whose disks take long for a commit.
    """

    rows: int
    claims: int
    rounds: int
    sends: int
    each_sends: int
    pace_seconds: float
    stored: int
    throughput_limit: float = 0.4


LONG: Final = Effort(rows=1_000_000, claims=200, rounds=5, sends=2_000, each_sends=800, pace_seconds=60, stored=5_000)
QUICK: Final = Effort(
    rows=100_000, claims=60, rounds=3, sends=600, each_sends=240, pace_seconds=15, stored=2_000, throughput_limit=0.2
)


@dataclass
class Figures:
    """What the sizing table calculates with.

    Attributes:
        rate: Messages a second of one worker.
        worker_seconds: Processor seconds of a worker for a message.
        database_seconds: Processor seconds of PostgreSQL for a message.
        bytes: The room that a message takes when it was accepted.
    """

    rate: float = 0.0
    worker_seconds: float = 0.0
    database_seconds: float = 0.0
    bytes: float = 0.0


def sizing(figures: Figures) -> str:
    """Return a table of what a number of messages a month needs, calculated from what was measured."""
    lines = [
        f"| Messages a month | At the peak, a second | Workers of {FEW_AT_ONCE} at the same time | Cores for workers | "
        "Cores for PostgreSQL | Rows of a month |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for messages in (100_000, 1_000_000, 10_000_000, 100_000_000):
        peak = messages / _MONTH * PEAK
        workers = math.ceil(peak / (figures.rate * BUSY))
        cores = [max(peak * each / BUSY, 0.01) for each in (figures.worker_seconds, figures.database_seconds)]
        lines.append(
            f"| {messages:,} | {peak:,.1f} | {workers:,} | {cores[0]:.2f} | {cores[1]:.2f} | "
            f"{messages * figures.bytes / 1e9:,.1f} GB |"
        )
    return "\n".join(lines)


_MONTH: Final = 30 * 86_400
PURGED_AT_ONCE: Final = 500
"""How many messages one transaction purges, as `Outbox.purge` does."""
PEAK: Final = 5
"""How many times as many messages as on average are sent in the busiest hour: an assumption."""
BUSY: Final = 0.6
"""The share of its time for which anything should be busy at the peak: an assumption."""


@contextmanager
def _filled(url: str, rows: int) -> Generator[PostgresStore]:
    with closing(PostgresStore(url, "default", OutboxSettings(), schema=f"rows_{rows}")) as store:
        store.create_schema()
        fill(url, store.schema, rows, SENDERS)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"VACUUM ANALYZE {store.schema}.carrierx_outbox_message".encode())
        yield store


def _claim(store: PostgresStore, pace: Pace) -> float:
    """Return the time of a claim. The message is queued again, so that the next claim finds as many."""
    request = ClaimRequest([new_token()], pace)
    begun = time.perf_counter()
    result = store.claim(request)
    seconds = time.perf_counter() - begun
    store.record(result.messages[0], SendReport(Outcome.NOT_SENT, "measured", fenced=True))
    return seconds


def compare_claims(effort: Effort, url: str) -> bool:
    """Print what a claim costs with few and with many messages; return whether the ratios are within their limit."""
    within = True
    with _filled(url, FEW) as few, _filled(url, effort.rows) as many:
        for pace in (Pace(), Pace(1e6), Pace(1e6, 1e6)):
            ratio = 0.0
            for _ in range(TRIES):
                ratio = _ratio_of_claims(effort, few, many, pace)
                if ratio <= GROWTH_LIMIT:
                    break
            verdict = "" if ratio <= GROWTH_LIMIT else ": BEYOND"
            print(f"ratio {ratio:.2f}, limit {GROWTH_LIMIT}{verdict}")
            within = within and ratio <= GROWTH_LIMIT
    return within


def _ratio_of_claims(effort: Effort, few: PostgresStore, many: PostgresStore, pace: Pace) -> float:
    times: dict[PostgresStore, list[float]] = {few: [], many: []}
    for _ in range(effort.claims):
        for store in (few, many):
            times[store].append(_claim(store, pace))
    small, large = (statistics.median(times[store]) * 1000 for store in (few, many))
    rates = {Pace(): "without a rate", Pace(1e6): "with a rate"}.get(pace, "with a rate for each sender, too")
    print(
        f"a claim, {SENDERS:,} senders, {rates}: {small:.2f} ms with {FEW:,} messages, {large:.2f} ms with "
        f"{effort.rows:,}"
    )
    return large / small


def compare_throughput(effort: Effort, server_url: str, server: StubControl, core: int | None) -> bool:
    """Print messages a second with and without an outbox; return whether the ratio is within its limit."""
    print(f"\n{'messages a second':>10}: outbox  send_many   ratio")
    ratio = 0.0
    for _ in range(TRIES):
        ratios = list[float]()
        for _ in range(effort.rounds):
            with database(server_url) as url:
                outbox_with(url, effort.sends)
                plain = process("send_many", messages=effort.sends, port=server.port, core=core)
                before = server.stats().requests
                ours = process("drain", url=url, port=server.port, core=core)
            check_count(effort.sends, ours, server.stats().requests - before)
            ratios.append(ours["rate"] / plain["rate"])
            print(f"{ours['rate']:25,.0f} {plain['rate']:10,.0f} {ratios[-1]:7.2f}")
        ratio = statistics.median(ratios)
        verdict = (
            "goal met" if ratio >= THROUGHPUT_GOAL else "must met" if ratio >= effort.throughput_limit else "BEYOND"
        )
        print(
            f"{CONCURRENCY} at the same time, without a rate: ratio {ratio:.2f}, goal {THROUGHPUT_GOAL}, limit "
            f"{effort.throughput_limit}: {verdict}"
        )
        if ratio >= effort.throughput_limit:
            break
    return ratio >= effort.throughput_limit


def compare_workers(effort: Effort, postgres: PostgresServer, server: StubControl, figures: Figures) -> bool:
    """Print messages a second with one, two and four workers; return whether two send enough more than one.

    The server waits before each response, as CarrierX does, so a worker mostly waits. What limits more workers is
    printed beside it: the processor time that they, PostgreSQL and the server used in each second.
    """
    server.wait(LATENCY_MILLISECONDS)
    print(f"\n{FEW_AT_ONCE} at the same time for each worker, responses after {LATENCY_MILLISECONDS} ms")
    try:
        for _ in range(TRIES):
            rates = {workers: _rate_of(workers, effort, postgres, server, figures) for workers in (1, 2, 4)}
            figures.rate = rates[1]
            ratio = rates[2] / rates[1]
            verdict = "" if ratio >= TWO_WORKERS_LIMIT else ": BEYOND"
            print(
                f"two workers: {ratio:.2f} times one, limit {TWO_WORKERS_LIMIT}{verdict}; four: "
                f"{rates[4] / rates[1]:.2f} times"
            )
            if ratio >= TWO_WORKERS_LIMIT:
                return True
    finally:
        server.wait(0)
    return False


def _rate_of(workers: int, effort: Effort, postgres: PostgresServer, server: StubControl, figures: Figures) -> float:
    messages = effort.each_sends * workers
    with database(postgres.url) as url, ExitStack() as opened:
        outbox_with(url, messages)
        before, used = server.stats(), _cpu_of(postgres)
        running = [opened.enter_context(python("drain_beside", url=url, port=server.port)) for _ in range(workers)]
        for worker in running:
            opened.callback(worker.kill)
            if worker.stdout is None or not worker.stdout.readline():
                raise MeasurementError("a worker ended before it began")
        found: list[dict[str, float]] = [json.loads(output) for output in _answers(running)]
        database_used, after = _cpu_of(postgres) - used, server.stats()
    check_count(messages, {"sent": sum(each["sent"] for each in found)}, after.requests - before.requests)
    seconds = max(each["ended"] for each in found) - min(each["begun"] for each in found)
    own = sum(each["cpu"] for each in found)
    figures.database_seconds, figures.worker_seconds = database_used / messages, own / messages
    print(
        f"{workers} worker{'s' if workers > 1 else ' '}: {messages / seconds:4,.0f} messages a second; processor time "
        f"a second: workers {own / seconds:.2f}, PostgreSQL {database_used / seconds:.2f}, server "
        f"{(after.cpu_seconds - before.cpu_seconds) / seconds:.2f}, of {os.cpu_count()} cores"
    )
    return messages / seconds


def _answers(running: list[subprocess.Popen[str]]) -> Iterator[str]:
    """Let all workers begin at the same time, and return what they print."""
    for worker in running:
        if worker.stdin is not None:
            worker.stdin.write("begin\n")
            worker.stdin.flush()
    for worker in running:
        yield worker.communicate()[0]


def _cpu_of(server: PostgresServer) -> float:
    """Return the processor seconds of a PostgreSQL server, with those of its connections that have ended."""
    ticks, server_id = 0, str(server.process_id)
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # one that has just ended
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if folder.name == server_id:
                ticks += sum(map(int, fields[11:15]))
            elif fields[1] == server_id:
                ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def show_sizes(effort: Effort, server_url: str, figures: Figures) -> None:
    """Print how much room a message takes while it waits, and when it was accepted."""
    with database(server_url) as url:
        outbox_with(url, effort.stored)
        waiting = _bytes(url) / effort.stored
        with closing(PostgresStore(url, "default", OutboxSettings())) as store:
            for _ in range(effort.stored):
                _send_one(store)
        accepted = figures.bytes = _bytes(url) / effort.stored
    print(f"\na message in the database: {waiting:,.0f} bytes while it waits, {accepted:,.0f} when it was accepted")


def show_numbers_and_purge(effort: Effort, server_url: str) -> None:
    """Print how long the numbers about many messages take that are done, and how many are purged a second."""
    left = effort.rows // 10
    done = (
        "UPDATE carrierx_outbox_message SET state = 'accepted', updated_at = id, "
        "request = CASE WHEN id > %s THEN request END"
    )
    with database(server_url) as url, closing(PostgresStore(url, "default", OutboxSettings())) as store:
        store.create_schema()
        fill(url, store.schema, effort.rows, SENDERS)
        with psycopg.connect(url) as connection:
            connection.execute(done, (effort.rows - left,))  # the others were purged earlier
        _vacuum(url)
        quick, complete = (_seconds(partial(store.stats, quick=each)) for each in (True, False))
        seconds = _seconds(
            lambda: [store.purge(effort.rows + 1, PURGED_AT_ONCE) for _ in range(left // PURGED_AT_ONCE)]
        )
    print(
        f"{effort.rows:,} messages that are done: {1000 * quick:.1f} ms for quick numbers, {1000 * complete:.0f} ms "
        f"for all; {left / seconds:,.0f} messages purged a second"
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def show_open_transaction(effort: Effort, server_url: str) -> None:
    """Print what a claim costs while a transaction stays open, and after it has ended."""
    few = effort.claims // 2
    with database(server_url) as url, closing(PostgresStore(url, "default", OutboxSettings())) as store:
        outbox_with(url, effort.stored + 3 * few)
        _vacuum(url)
        before = _median_claim(store, few)
        with psycopg.connect(url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute("SELECT count(*) FROM carrierx_outbox_message")
            for _ in range(effort.stored - few):
                _send_one(store)
            beside = _median_claim(store, few)
        _vacuum(url)
        after = _median_claim(store, few)
    print(
        f"\na claim: {before:.2f} ms; {beside:.2f} ms after {effort.stored:,} messages were sent beside a transaction "
        f"that stays open; {after:.2f} ms when it has ended and the table was vacuumed"
    )


def _send_one(store: PostgresStore) -> float:
    """Claim a message and write that it was accepted. Return how long the claim took."""
    request = ClaimRequest([new_token()], Pace())
    begun = time.perf_counter()
    result = store.claim(request)
    seconds = time.perf_counter() - begun
    store.record(result.messages[0], SendReport(Outcome.ACCEPTED, "", sid=new_token()))
    return seconds


def _median_claim(store: PostgresStore, claims: int) -> float:
    return statistics.median(_send_one(store) for _ in range(claims)) * 1000


def _vacuum(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE carrierx_outbox_message")


def _bytes(url: str) -> int:
    """Return the size of the outbox's tables, with their indexes."""
    statement = (
        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'carrierx_outbox%'"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM carrierx_outbox_message")
        row = connection.execute(statement).fetchone()
    return 0 if row is None else int(row[0])


def check_pace(effort: Effort, server_url: str) -> bool:
    """Print the most messages within one second at the server; return whether they are within the limit."""
    worst = 0
    for _ in range(TRIES):
        with database(server_url) as url:
            times = pace_of(outbox_with(url, int(effort.pace_seconds * RATE * 1.5)), effort.pace_seconds, WORKERS)
        if len(times) < RATE:
            raise MeasurementError(f"only {len(times)} messages arrived")
        worst = worst_second(times)
        verdict = "" if worst <= RATE_LIMIT else ": BEYOND"
        print(
            f"\na rate of {RATE} a second, with {WORKERS} workers that are killed and suspended: at most {worst} of "
            f"{len(times):,} messages within a second, limit {RATE_LIMIT}{verdict}"
        )
        if worst <= RATE_LIMIT:
            break
    return worst <= RATE_LIMIT


def main(arguments: list[str] | None = None) -> int:
    """Measure and report.

    Args:
        arguments: The command line. By default, that of this process.

    Returns:
        The exit status: 0, 1 if a figure is beyond its limit, 2 if it can't be measured here.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outbox_postgres", description="What the outbox costs.")
    parser.add_argument("--quick", action="store_true", help="the short form: 100,000 messages wait")
    parser.add_argument("--folder", type=Path, help="where to make the database; by default, the temporary folder")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="also put the figures between the marks in a file"
    )
    given = parser.parse_args(arguments)
    output = _Both()
    with redirect_stdout(output):
        status, figures = _measure(given.folder, QUICK if given.quick else LONG)
    if given.markdown is not None and status != 2:
        command = "python -m benchmarks.outbox_postgres --markdown docs/scale.md"
        fence = "```text run-by=tests/benchmarks/test_outbox_postgres.py::test_everything_is_measured"
        text = f"{sizing(figures)}\n\nWhat `{command}` printed:\n\n{fence}\n{output.getvalue().strip()}\n```"
        put_into(given.markdown, text)
    return status


class _Both(io.StringIO):
    """Keeps what is printed, and prints it."""

    def write(self, text: str) -> int:
        sys.__stdout__.write(text)  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]
        return super().write(text)


def _measure(folder: Path | None, effort: Effort) -> tuple[int, Figures]:
    figures = Figures()
    if programs() is None:
        print("PostgreSQL's programs are missing: install Debian's package postgresql", file=sys.stderr)
        return 2, figures
    core, server_core = measured_and_server_cores()
    try:
        # On the disk, and not in memory: what a durable commit takes is part of it.
        with PostgresServer(folder=folder or Path(tempfile.gettempdir())) as postgres:
            with database(postgres.url) as url:
                results = [compare_claims(effort, url)]
            with stub_server(server_core) as server:
                results.append(compare_throughput(effort, postgres.url, server, core))
                results.append(compare_workers(effort, postgres, server, figures))
            show_sizes(effort, postgres.url, figures)
            show_numbers_and_purge(effort, postgres.url)
            show_open_transaction(effort, postgres.url)
            results.append(check_pace(effort, postgres.url))
    except (NoCompilerError, MeasurementError) as error:
        print(error, file=sys.stderr)
        return 2, figures
    return (0 if all(results) else 1), figures


if __name__ == "__main__":
    sys.exit(main())
