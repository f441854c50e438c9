"""A harness for workers in processes of their own: it kills and suspends them, and counts at the emulator.

SQLite allows one worker process. A suspended one keeps its lock, so the harness either wakes it or kills it before it
starts another. But it also takes the lock away from a suspended one, as somebody would who deletes the lock file: the
worker that wakes up then is a second one, and knows nothing of what the other has proven and sent meanwhile.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from carrierx import SendMessageRequest
from carrierx.outbox import Outbox, OutboxMessage, OutboxUnavailableError, State
from tests.outbox.processes.settings import scaled

__all__ = [
    "DISTURBANCES",
    "EmulatorProcess",
    "Plan",
    "Result",
    "Run",
    "WorkerProcess",
    "has_found",
    "is_hard",
    "run",
    "run_until",
]

DISTURBANCES = ("kill", "take over", "stop", "kill", "stop and kill")
_ROOT = Path(__file__).parents[3]
_ENDED_WITHIN = 20.0


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        messages: The number of messages. A few more follow at the end, which prove that lookups work.
        scale: What the default times are multiplied by.
        seed: The seed of the random numbers. The processes themselves don't repeat.
        disturbances: What is done to the worker, again and again.
        mutation: The rule that the workers break.
        rate: Messages a second that a worker sends.
        burst: How many of the messages are added at once. The others follow evenly.
        seconds: The longest run.
        faults: The share of the usual faults that happen. By default, half of all sends fail.
        timed: Whether workers write down how long their claims take.
    """

    messages: int
    scale: float
    seed: int = 1
    disturbances: tuple[str, ...] = DISTURBANCES
    mutation: str | None = None
    burst: int = 0
    rate: float = 200.0
    seconds: float = 600.0
    faults: float = 1.0
    timed: bool = False

    @property
    def added_in(self) -> float:
        """Seconds in which the messages are added."""
        return self.messages * self.scale / 2


@dataclass
class Result:
    """What came of it.

    Attributes:
        seconds: How long it took.
        accepted: The number of messages at the emulator.
        twice: The keys of messages that the emulator has more than once.
        lost: The keys of messages that the emulator doesn't have.
        unfinished: The keys of messages that aren't accepted in the outbox.
        ended: What workers printed that ended by themselves.
        done: How often each disturbance was done.
        attempts: The number of attempts by their outcome.
        faults: The number of faults by their kind.
        faulted: The share of the sends that the emulator failed, of those before nothing failed any more.
    """

    seconds: float = 0.0
    accepted: int = 0
    twice: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])
    unfinished: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])
    done: Counter[str] = field(default_factory=Counter[str])
    attempts: Counter[str] = field(default_factory=Counter[str])
    faults: dict[str, int] = field(default_factory=dict[str, int])
    faulted: float = 0.0

    def violations(self) -> list[str]:
        """Return what must not be."""
        found = [
            f"{len(keys)} messages {what}: {', '.join(sorted(keys)[:5])}"
            for what, keys in (("sent twice", self.twice), ("lost", self.lost), ("unfinished", self.unfinished))
            if keys
        ]
        if not self.accepted:
            found.append("no message was accepted")
        return found + [f"a worker ended by itself: {text}" for text in self.ended]


class EmulatorProcess:
    """The emulator's process, which fails half of all sends, or the given share of that half."""

    def __init__(self, scale: float, seed: int, share: float = 1.0) -> None:
        self._process = _python("tests.outbox.processes.emulator_process", str(scale), str(seed), str(share))
        self.base_url = self._line()

    def ask(self, command: str) -> dict[str, int]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._line())
        return answer

    def close(self) -> None:
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"the emulator's process ended: {self._process.communicate()[1]}")
        return line


class WorkerProcess:
    """A worker's process."""

    def __init__(self, plan: Plan, url: str, base_url: str, *, asynchronous: bool, claims: Path | None = None) -> None:
        given = {"url": url, "base_url": base_url, "scale": plan.scale, "rate": plan.rate}
        given |= {"mutation": plan.mutation, "asynchronous": asynchronous}
        given |= {"claims": None if claims is None else str(claims)}
        self._process = _python("tests.outbox.processes.worker_process", json.dumps(given))
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it is the worker now, or has ended

    @property
    def process_id(self) -> int:
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> str | None:
        """Kill it. Return what it printed if it had ended by itself."""
        alive = self._process.poll() is None
        self._process.kill()
        _, errors = self._process.communicate()
        return None if alive else errors.strip()[-2000:] or f"exit status {self._process.returncode}"


def _python(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), str(_ROOT / "src")])}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-m", *arguments], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment
    )


class Run:
    """A run on SQLite, with one worker process."""

    def __init__(self, plan: Plan, folder: Path, opened: ExitStack) -> None:
        self.plan = plan
        self.result = Result()
        self.random = random.Random(plan.seed)
        self.path = str(folder / "texts.db")
        self.claims = folder / "claims"
        self.url = self.make_database(opened)
        self.outbox = opened.enter_context(Outbox(self.url, settings=scaled(plan.scale)))
        self.outbox.create_schema()
        self.emulator = EmulatorProcess(plan.scale, plan.seed, plan.faults)
        opened.callback(self.emulator.close)
        self.references: dict[str, str] = {}
        self.may_add = threading.Lock()
        self.ending = threading.Event()
        self.begun = time.monotonic()
        self.start_workers(opened)

    def make_database(self, opened: ExitStack) -> str:
        """Return the URL of an empty database."""
        return f"sqlite:///{self.path}"

    def start_workers(self, opened: ExitStack) -> None:
        self.worker = self.start()
        opened.callback(lambda: self.worker.kill())

    def end_workers(self) -> None:
        self.end(self.worker)

    def start(self) -> WorkerProcess:
        """Start a worker: with threads and with tasks in turn."""
        starts = self.result.done["start"]
        self.result.done["start"] += 1
        return WorkerProcess(
            self.plan,
            self.url,
            self.emulator.base_url,
            asynchronous=starts % 2 == 1,
            claims=self.claims if self.plan.timed else None,
        )

    def run_for(self, shortest: float, longest: float) -> None:
        """Let everything run for a while, of so many seconds in the world of the default settings."""
        time.sleep(self.random.uniform(shortest, longest) * self.plan.scale)

    # Adding, as an application would

    def add(self, name: str, count: int) -> None:
        new = [OutboxMessage(_request(f"{name} {number}"), key=f"{name} {number}") for number in range(count)]
        while True:
            try:
                with self.may_add:
                    added = self.outbox.add_many(None, new)
                    self.references |= {each.reference: each.key for each in added}
            except OutboxUnavailableError:  # a suspended worker is within a transaction
                time.sleep(0.05)
            else:
                return

    def add_all(self) -> None:
        number, begun = self.plan.burst, time.monotonic()
        self.add("burst", number)
        while number < self.plan.messages and not self.ending.is_set():
            count = min(5, self.plan.messages - number)
            self.add(f"chunk {number}", count)
            number += count
            due = begun + self.plan.added_in * number / self.plan.messages
            time.sleep(max(due - time.monotonic(), 0))

    # What is done to workers

    def kill(self) -> None:
        self.wait_until_it_sends()
        self.end(self.worker)
        self.worker = self.start()

    def end(self, worker: WorkerProcess) -> None:
        printed = worker.kill()
        if printed is not None:
            self.result.ended.append(printed)

    def stop(self) -> None:
        """Suspend it for longer than its lease."""
        self.wait_until_it_sends()
        self.worker.signal(signal.SIGSTOP)
        self.run_for(31, 45)
        self.worker.signal(signal.SIGCONT)

    def stop_and_kill(self) -> None:
        self.wait_until_it_sends()
        self.worker.signal(signal.SIGSTOP)
        self.run_for(31, 35)
        self.end(self.worker)
        self.worker = self.start()

    def take_over(self) -> None:
        """Suspend it, and let another one go on, until that has sent what the first was about to send."""
        held = self.suspend_between_transactions()
        if not held:
            return
        first = self.worker
        os.unlink(f"{self.path}-worker")
        self.worker = self.start()
        settings = self.outbox.settings
        end = time.monotonic() + 3 * (settings.lease + settings.absent_after_lease)
        while time.monotonic() < end and not self.are_accepted(held):
            time.sleep(0.05)
        first.signal(signal.SIGCONT)
        self.run_for(20, 30)
        self.end(first)

    def wait_until_it_sends(self) -> None:
        """Wait for a moment in which a message is being sent, since others show nothing."""
        end = time.monotonic() + 10 * self.plan.scale
        while not self.outbox.stats().sending and time.monotonic() < end:
            time.sleep(0.002)

    def suspend_between_transactions(self) -> list[str]:
        """Suspend the worker while it holds messages that it hasn't sent yet, and doesn't write to the file.

        Returns:
            The keys of these messages. If there are none, the worker isn't suspended.
        """
        for _ in range(300):
            moment = time.time()
            self.worker.signal(signal.SIGSTOP)
            held = self.just_claimed(moment - self.outbox.settings.claim_horizon / 2)
            if held:
                return held
            self.worker.signal(signal.SIGCONT)
            time.sleep(self.random.uniform(0.005, 0.015))
        return []

    def just_claimed(self, since: float) -> list[str]:
        """Return the messages claimed since a time that have no result; none if somebody writes to the file."""
        with closing(sqlite3.connect(self.path, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return []
            query = "SELECT key FROM carrierx_outbox_message WHERE state = 'sending' AND claimed_at > ?"
            keys = [str(row[0]) for row in connection.execute(query, (since,))]
            connection.execute("ROLLBACK")
            return keys

    def are_accepted(self, keys: list[str]) -> bool:
        return all(each is not None and each.state is State.ACCEPTED for each in map(self.outbox.get, keys))

    def restore(self) -> None:
        """Bring back a copy of the file from a moment before, as after a lost disk, and recover.

        Until then, nothing may be sent.
        """
        with self.may_add:
            self.bring_copy_back()
        before = self.emulator.ask("counts")
        self.worker = self.start()
        self.run_for(20, 25)
        if self.emulator.ask("counts") != before:
            self.result.ended.append("it sent something before the outbox was recovered")
        self.outbox.recover()

    def bring_copy_back(self) -> None:
        copy = f"{self.path}.copy"
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        known = {each.reference for each in self.outbox.iterate()}
        self.wait_until_it_sends()
        self.run_for(5, 10)
        self.end(self.worker)
        self.outbox.close()
        for suffix in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.unlink(self.path + suffix)
        os.replace(copy, self.path)
        # The application has lost these, too. What was sent of them was sent.
        self.references = {reference: key for reference, key in self.references.items() if reference in known}

    # The run

    def over(self) -> bool:
        """Return whether it takes too long, or a broken rule was noticed."""
        if time.monotonic() - self.begun > self.plan.seconds:
            return True
        return self.plan.mutation is not None and max(self.emulator.ask("counts").values(), default=0) > 1

    def actions(self) -> dict[str, Callable[[], None]]:
        return {
            "kill": self.kill,
            "restore": self.restore,
            "stop": self.stop,
            "stop and kill": self.stop_and_kill,
            "take over": self.take_over,
        }

    def disturb(self, adding: threading.Thread) -> None:
        actions = self.actions()
        self.run_for(15, 25)  # a worker needs a moment to start
        while True:
            for name in self.plan.disturbances:
                actions[name]()
                self.result.done[name] += 1
                self.run_for(5, 15)
                if self.over():
                    self.ending.set()
                    return
            if not adding.is_alive():
                return

    def finish(self) -> None:
        """Let nothing fail any more, and wait until every message is done.

        Messages that are sent last prove that lookups show everything before them.
        """
        self.emulator.ask("clear")
        number, stuck = 0, time.monotonic() + _ENDED_WITHIN + 100 * 10 * self.plan.scale
        stuck += self.plan.messages / 8
        while self.unfinished() and not self.over() and time.monotonic() < stuck:
            self.add(f"later {number}", 1)
            number += 1
            time.sleep(2 * self.plan.scale)

    def unfinished(self) -> list[str]:
        return [each.key for each in self.outbox.iterate() if each.state is not State.ACCEPTED]

    def attempts(self) -> Counter[str]:
        return Counter(entry.outcome for key in self.references.values() for entry in self.outbox.attempts(key))

    def count_faults(self) -> None:
        result = self.result
        result.faults = self.emulator.ask("faults")
        attempts = self.attempts()
        sends = attempts["accepted"] + attempts["unknown"]
        result.faulted = sum(hits for kind, hits in result.faults.items() if kind.startswith("POST")) / max(sends, 1)

    def conclude(self) -> None:
        self.end_workers()
        result = self.result
        counts = self.emulator.ask("counts")
        result.accepted = sum(counts.values())
        result.twice = [self.references.get(reference, reference) for reference, n in counts.items() if n > 1]
        result.lost = [key for reference, key in self.references.items() if reference not in counts]
        result.unfinished = self.unfinished()
        result.attempts = self.attempts()
        result.seconds = time.monotonic() - self.begun


def is_hard(results: Sequence[Result]) -> bool:
    """Return whether many sends failed, and messages were found, proven absent, and left behind by workers."""
    attempts = sum((result.attempts for result in results), Counter[str]())
    return max(result.faulted for result in results) > 0.4 and all(
        attempts[outcome] for outcome in ("found", "absent", "lease_expired", "unknown")
    )


def has_found(results: Sequence[Result]) -> bool:
    """Return whether a lookup found a message that its worker didn't know to be sent."""
    return any(result.attempts["found"] for result in results)


def run_until(
    enough: Callable[[Sequence[Result]], bool], plan: Plan, folder: Path, kind: type[Run] = Run
) -> list[Result]:
    """Run again with other random numbers until the results are enough, five times at most."""
    results = list[Result]()
    for number in range(5):
        own = folder / f"run {number}"
        own.mkdir()
        results.append(run(replace(plan, seed=plan.seed + number), own, kind))
        if enough(results):
            break
    return results


def _request(text: str) -> SendMessageRequest:
    return SendMessageRequest(from_="15162065575", to="15162065574", message=text)


def run(plan: Plan, folder: Path, kind: type[Run] = Run) -> Result:
    """Run workers, disturb them, and count.

    Args:
        plan: What to do.
        folder: An empty folder, for the outbox's file.
        kind: The kind of run.
    """
    with ExitStack() as opened:
        a_run = kind(plan, folder, opened)
        adding = threading.Thread(target=a_run.add_all, daemon=True)
        adding.start()
        with suppress(ProcessLookupError):
            a_run.disturb(adding)
        adding.join()
        a_run.count_faults()
        if not a_run.over():
            a_run.finish()
        a_run.conclude()
        return a_run.result
