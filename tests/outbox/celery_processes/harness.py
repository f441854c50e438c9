"""A harness for Celery workers on one PostgreSQL outbox: it kills them, their broker and its queue, and counts.

What is counted is what the emulator has, in a process of its own, after half of all sends failed.
"""

import os
import random
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carrierx import SendMessageRequest
from carrierx.outbox import OutboxMessage, State
from tests.outbox.brokers import own_broker
from tests.outbox.celery_processes.app import AppSettings, make
from tests.outbox.celery_processes.workers import CeleryProcess, beat, worker
from tests.outbox.postgres_server import database, server_url
from tests.outbox.processes.harness import EmulatorProcess

__all__ = ["DISTURBANCES", "Plan", "Result", "run"]

DISTURBANCES = (
    "kill a child",
    "duplicates",
    "kill a worker",
    "kill the broker",
    "suspend a worker",
    "kill a child",
    "old tasks",
    "kill the broker",
    "kill beat",
    "kill a worker",
    "scale to zero",
)
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        broker: `redis` or `rabbitmq`.
        messages: The number of messages. A few more follow at the end, which prove that lookups work.
        scale: What the default times are multiplied by.
        workers: The number of Celery workers, each with two child processes.
        broker_kills: How often the broker is killed with its queue, at least.
        seed: The seed of the random numbers. The processes themselves don't repeat.
        disturbances: What is done, again and again.
        seconds: The longest run.
    """

    broker: str
    messages: int
    scale: float = 0.1
    workers: int = 4
    broker_kills: int = 8
    seed: int = 1
    disturbances: tuple[str, ...] = DISTURBANCES
    seconds: float = 900.0


@dataclass
class Result:
    """What came of it.

    Attributes:
        seconds: How long it took.
        accepted: The number of messages at the emulator.
        twice: The keys of messages that the emulator has more than once.
        lost: The keys of messages that the emulator doesn't have.
        unfinished: The keys of messages that aren't accepted in the outbox.
        done: How often each disturbance was done.
        attempts: The number of attempts by their outcome.
        faulted: The share of the sends that the emulator failed, of those before nothing failed any more.
        tasks: What the workers' logs say of tasks: how many sent something, failed, or expired.
    """

    seconds: float = 0.0
    accepted: int = 0
    twice: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])
    unfinished: list[str] = field(default_factory=list[str])
    done: Counter[str] = field(default_factory=Counter[str])
    attempts: Counter[str] = field(default_factory=Counter[str])
    faulted: float = 0.0
    tasks: Counter[str] = field(default_factory=Counter[str])

    def violations(self) -> list[str]:
        """Return what must not be."""
        found = [
            f"{len(keys)} messages {what}: {', '.join(sorted(keys)[:5])}"
            for what, keys in (("sent twice", self.twice), ("lost", self.lost), ("unfinished", self.unfinished))
            if keys
        ]
        if not self.accepted:
            found.append("no message was accepted")
        return found


class _Run:
    def __init__(self, plan: Plan, folder: Path, opened: ExitStack) -> None:
        self.plan = plan
        self.folder = folder
        self.result = Result()
        self.random = random.Random(plan.seed)
        self.emulator = EmulatorProcess(plan.scale, plan.seed)
        opened.callback(self.emulator.close)
        self.broker = opened.enter_context(own_broker(plan.broker))
        url = opened.enter_context(database(opened.enter_context(server_url())))
        self.settings = AppSettings(
            self.broker.url,
            f"q{uuid.uuid4().hex[:8]}",
            url,
            self.emulator.base_url,
            scale=plan.scale,
            sweep=max(5 * plan.scale, 0.25),
            # A task that is delivered again while it still runs, or waits, is one more duplicate.
            visibility_timeout=max(20 * plan.scale, 1.0),
        )
        self.outbox = opened.enter_context(self.settings.outbox())
        self.outbox.create_schema()
        _, tasks = make(self.settings)
        self.tasks = tasks
        self.references: dict[str, str] = {}
        self.beat = beat(self.settings, folder)
        self.workers = [self.start_worker(number) for number in range(plan.workers)]
        self.may_start = threading.Lock()
        self.ending = threading.Event()
        opened.callback(self.kill_all)
        self.begun = time.monotonic()

    def start_worker(self, number: int) -> CeleryProcess:
        self.result.done["start"] += 1
        return worker(self.settings, self.folder, f"worker-{number}")

    def kill_all(self) -> None:
        self.ending.set()
        with self.may_start:
            for each in (self.beat, *self.workers):
                each.kill()

    def supervise(self) -> None:
        """Start workers again that ended by themselves, as a process manager does.

        Celery's do if they lose their connection to Redis while they hold tasks that they haven't started.
        """
        while not self.ending.wait(0.5):
            with self.may_start:
                for number, each in enumerate(self.workers):
                    if each.process.poll() is not None and not self.ending.is_set():
                        each.kill()
                        self.result.done["restart"] += 1
                        self.workers[number] = self.start_worker(number)

    def run_for(self, shortest: float, longest: float) -> None:
        """Let everything run for a while, of so many seconds in the world of the default settings."""
        time.sleep(self.random.uniform(shortest, longest) * self.plan.scale)

    # Adding, as an application would

    def add(self, name: str, count: int) -> None:
        """Add messages, and kick, also while the broker is away."""
        new = [OutboxMessage(_request(f"{name} {number}"), key=f"{name} {number}") for number in range(count)]
        self.references |= {each.reference: each.key for each in self.outbox.add_many(None, new)}
        self.tasks.kick()

    def add_all(self) -> None:
        seconds = self.plan.messages * self.plan.scale / 2
        begun, number = time.monotonic(), 0
        while number < self.plan.messages:
            count = min(10, self.plan.messages - number)
            self.add(f"chunk {number}", count)
            number += count
            time.sleep(max(begun + seconds * number / self.plan.messages - time.monotonic(), 0))

    # What is done to them

    def actions(self) -> dict[str, Callable[[], None]]:
        return {
            "kill a child": self.kill_child,
            "kill a worker": self.kill_worker,
            "suspend a worker": self.suspend_worker,
            "kill the broker": self.kill_broker,
            "kill beat": self.kill_beat,
            "duplicates": self.duplicate,
            "old tasks": self.send_old_tasks,
            "scale to zero": self.scale_to_zero,
        }

    def wait_until_it_sends(self) -> None:
        """Wait for a moment in which a message is being sent, since others show nothing."""
        end = time.monotonic() + 5 * self.plan.scale
        while not self.outbox.list(state=State.SENDING, limit=1) and time.monotonic() < end:
            time.sleep(0.002)

    def kill_child(self) -> None:
        self.wait_until_it_sends()
        children = self.random.choice(self.workers).children()
        if children:
            with suppress(ProcessLookupError):
                os.kill(self.random.choice(children), signal.SIGKILL)

    def kill_worker(self) -> None:
        number = self.random.randrange(len(self.workers))
        self.wait_until_it_sends()
        with self.may_start:
            self.workers[number].kill()
            self.run_for(0, 10)
            self.workers[number] = self.start_worker(number)

    def suspend_worker(self) -> None:
        """Suspend a worker and its children for longer than a lease."""
        chosen = self.random.choice(self.workers)
        self.wait_until_it_sends()
        chosen.send(signal.SIGSTOP)
        self.run_for(31, 40)
        chosen.send(signal.SIGCONT)

    def kill_broker(self) -> None:
        self.broker.kill()
        self.run_for(0, 30)
        self.broker.start()

    def kill_beat(self) -> None:
        self.beat.kill()
        self.run_for(0, 20)
        self.beat = beat(self.settings, self.folder)

    def duplicate(self) -> None:
        """Publish many tasks at once, and one of them many times."""
        drain: Any = self.tasks.drain
        task_id = str(uuid.uuid4())
        with suppress(Exception):  # the broker may be away
            for _ in range(50):
                drain.apply_async(retry=False)
                drain.apply_async(retry=False, task_id=task_id)

    def send_old_tasks(self) -> None:
        """Publish tasks that have expired, as after an hour without workers, or by a clock that is behind."""
        sweep: Any = self.tasks.sweep
        with suppress(Exception):
            for _ in range(20):
                sweep.apply_async(retry=False, expires=0.001, countdown=0.01)

    def scale_to_zero(self) -> None:
        with self.may_start:
            for each in self.workers:
                each.process.terminate()
            for each in self.workers:
                each.wait()
            self.run_for(0, 20)
            self.workers = [self.start_worker(number) for number in range(len(self.workers))]

    # The run

    def over(self) -> bool:
        return time.monotonic() - self.begun > self.plan.seconds

    def disturb(self, adding: threading.Thread) -> None:
        actions = self.actions()
        while not self.attempts() and not self.over():
            time.sleep(0.1)  # workers need a while to start
        while not self.over():
            for name in self.plan.disturbances:
                actions[name]()
                self.result.done[name] += 1
                self.run_for(5, 15)
                if self.over() or (not adding.is_alive() and self.is_enough()):
                    return
            if not adding.is_alive():  # on a slow machine, workers spent the time with starting
                self.add(f"round {self.result.done['kill the broker']}", 10)

    def is_enough(self) -> bool:
        """Return whether everything was done, many sends failed, and messages were found and proven absent."""
        done, attempts = self.result.done, self.attempts()
        return (
            done["kill the broker"] >= self.plan.broker_kills
            and all(done[each] for each in self.plan.disturbances)
            and self.share_that_failed() > 0.4
            and all(attempts[each] for each in ("found", "absent", "unknown"))
        )

    def share_that_failed(self) -> float:
        attempts = self.attempts()
        faults = sum(hits for kind, hits in self.emulator.ask("faults").items() if kind.startswith("POST"))
        return faults / max(attempts["accepted"] + attempts["unknown"], 1)

    def finish(self) -> None:
        """Let nothing fail any more, and wait until every message is done.

        Messages that are sent last prove that lookups show everything before them.
        """
        self.result.faulted = self.share_that_failed()
        self.emulator.ask("clear")
        number, stuck = 0, time.monotonic() + 30 + 1000 * self.plan.scale
        while self.unfinished() and not self.over() and time.monotonic() < stuck:
            self.add(f"later {number}", 1)
            number += 1
            time.sleep(2 * self.plan.scale)

    def unfinished(self) -> list[str]:
        return [each.key for each in self.outbox.iterate() if each.state is not State.ACCEPTED]

    def attempts(self) -> Counter[str]:
        return Counter(entry.outcome for key in list(self.references.values()) for entry in self.outbox.attempts(key))

    def conclude(self) -> None:
        self.kill_all()
        result = self.result
        counts = self.emulator.ask("counts")
        result.accepted = sum(counts.values())
        result.twice = [self.references.get(reference, reference) for reference, n in counts.items() if n > 1]
        result.lost = [key for reference, key in self.references.items() if reference not in counts]
        result.unfinished = self.unfinished()
        result.attempts = self.attempts()
        result.seconds = time.monotonic() - self.begun
        logs = "".join(path.read_text(errors="replace") for path in self.folder.glob("worker-*.log"))
        result.tasks = Counter(
            {
                "sent something": logs.count("carrierx.outbox: accepted"),
                "expired": logs.count("a task expired before a worker started it"),
                "failed": logs.count("raised unexpected"),
                "killed": logs.count("WorkerLostError"),
                "worker crashed": logs.count("Unrecoverable error"),
            }
        )


def _request(text: str) -> SendMessageRequest:
    return SendMessageRequest(from_="15162065575", to="15162065574", message=text)


def run(plan: Plan, folder: Path) -> Result:
    """Run Celery's workers, disturb them, and count.

    Args:
        plan: What to do.
        folder: An empty folder, for logs.
    """
    with ExitStack() as opened:
        a_run = _Run(plan, folder, opened)
        adding = threading.Thread(target=a_run.add_all, daemon=True)
        adding.start()
        threading.Thread(target=a_run.supervise, daemon=True).start()
        a_run.disturb(adding)
        adding.join()
        a_run.finish()
        a_run.conclude()
        return a_run.result
