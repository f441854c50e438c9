# ruff: noqa: T201 - a command that prints
"""Send for a long time, with faults and restarts of PostgreSQL: `python -m tests.outbox.processes.soak --minutes 30`.

It prints a line for each minute: what was accepted, how long claims took, and the memory of the workers. It fails if a
message is sent twice, lost or unfinished, or if claims or the memory grow. Claims are compared with commits of a single
row in the same minute, because the machine may be busy with other things, too.
"""

import argparse
import statistics
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from carrierx.outbox import OutboxUnavailableError
from tests.outbox.processes.harness import Plan, Result
from tests.outbox.processes.postgres_harness import PostgresRun

__all__ = ["Minute", "SoakRun", "soak"]

RATE = 40
FAULTS = 0.2
"""Every tenth send fails, in all ways that there are."""
_WAITING = 100
CLAIM_LIMIT = 1.5
MEMORY_LIMIT = 1.15


@dataclass
class Minute:
    """What was measured in a minute, or in a shorter time.

    Attributes:
        messages: The number of messages at the emulator, from the beginning.
        claim: The median time of a claim, in milliseconds.
        commit: The median time of inserting and committing a row, in milliseconds.
        memory: The resident memory of each worker, in MiB.
    """

    messages: int
    claim: float
    commit: float
    memory: list[float] = field(default_factory=list[float])


class SoakRun(PostgresRun):
    """A run in which something always waits to be sent, and the server is restarted again and again."""

    number = 0
    read = 0
    plain: psycopg.Connection[Any] | None = None

    def __init__(self, plan: Plan, folder: Path, opened: ExitStack) -> None:
        super().__init__(plan, folder, opened)
        self.commits = list[float]()

    def add_what_is_missing(self) -> None:
        """Let some messages wait, whatever the workers have sent meanwhile."""
        waiting = self.outbox.stats(quick=True).depth
        if waiting < _WAITING:
            self.add(f"chunk {self.number}", _WAITING - waiting)
            self.number += 1

    def time_a_commit(self) -> None:
        """Note how long a commit takes that has nothing to do with the outbox."""
        if self.plain is None or self.plain.closed:
            self.plain = psycopg.connect(self.server.url)
            self.plain.execute("CREATE TABLE IF NOT EXISTS plain (number integer)")
            self.plain.commit()
        begun = time.perf_counter()
        self.plain.execute("INSERT INTO plain VALUES (1)")
        self.plain.commit()
        self.commits.append((time.perf_counter() - begun) * 1000)

    def measure(self) -> Minute:
        """Return what was measured since the last time."""
        lines = self.claims.read_text().split("\n")[:-1]
        claims, self.read = [float(line) for line in lines[self.read :]], len(lines)
        memory = [_resident(worker.process_id) for worker in self.workers]
        commits, self.commits = self.commits, []
        messages = sum(self.emulator.ask("counts").values())
        return Minute(messages, statistics.median(claims or [0.0]), statistics.median(commits or [1.0]), memory)

    def soak(self, seconds: float, restart_every: float, measure_every: float) -> list[Minute]:
        """Send for so long.

        Args:
            seconds: For how long.
            restart_every: Seconds between two restarts of the server. Every second one is a crash.
            measure_every: Seconds of each measurement.
        """
        minutes = list[Minute]()
        begun, restarts = time.monotonic(), 0  # the workers have started
        next_restart, next_measurement = begun + restart_every, begun + measure_every
        while time.monotonic() < begun + seconds:
            with suppress(OutboxUnavailableError, psycopg.OperationalError):  # it has just been restarted
                self.add_what_is_missing()
                self.time_a_commit()
            time.sleep(0.25)
            if time.monotonic() >= next_restart:
                self.server.restart("immediate" if restarts % 2 else "fast")
                restarts += 1
                next_restart += restart_every
            if time.monotonic() >= next_measurement:
                minutes.append(self.measure())
                _show(minutes)
                next_measurement += measure_every
        return minutes


def _resident(process_id: int) -> float:
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _show(minutes: list[Minute]) -> None:
    last = minutes[-1]
    memory = ", ".join(f"{each:.0f}" for each in last.memory)
    print(
        f"{len(minutes):3}: {last.messages:6,} messages, a claim {last.claim:.2f} ms, a commit {last.commit:.2f} ms, "
        f"memory {memory} MiB",
        flush=True,
    )


def soak(seconds: float, restart_every: float, measure_every: float, folder: Path) -> tuple[Result, list[Minute]]:
    """Send for a long time. Return what came of it, and what was measured."""
    plan = Plan(0, 0.1, rate=RATE, seconds=seconds + 600, faults=FAULTS, timed=True)
    with ExitStack() as opened:
        run = SoakRun(plan, folder, opened)
        minutes = run.soak(seconds, restart_every, measure_every)
        if run.plain is not None:
            run.plain.close()
        run.finish()
        run.conclude()
        return run.result, minutes


def growth(minutes: list[Minute]) -> list[str]:
    """Return what grew from the second fifth of the time to the last. Before, caches and pools fill up."""
    fifth = max(len(minutes) // 5, 1)
    early, late = minutes[fifth : 2 * fifth], minutes[-fifth:]
    found = list[str]()
    for name, limit, before, after in (
        ("a claim, in commits", CLAIM_LIMIT, _median(early, "claim"), _median(late, "claim")),
        ("the memory, in MiB", MEMORY_LIMIT, _median(early, "memory"), _median(late, "memory")),
    ):
        print(f"{name}: {before:.2f}, at the end {after:.2f}; ratio {after / before:.2f}, limit {limit}")
        if after > limit * before:
            found.append(f"{name} grew from {before:.2f} to {after:.2f}")
    return found


def _median(minutes: list[Minute], what: str) -> float:
    if what == "claim":
        return statistics.median(minute.claim / minute.commit for minute in minutes)
    return statistics.median(max(minute.memory) for minute in minutes)


def main() -> int:
    """Run it; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    seconds = parser.parse_args().minutes * 60
    with tempfile.TemporaryDirectory(prefix="carrierx-outbox-") as folder:
        result, minutes = soak(seconds, min(300.0, seconds / 4), min(60.0, seconds / 10), Path(folder))
    print("twice {}, lost {}, unfinished {}".format(*map(len, (result.twice, result.lost, result.unfinished))))
    violations = result.violations() + growth(minutes)
    for violation in violations:
        print(f"VIOLATION: {violation}")
    return 1 if violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
