"""The harness on PostgreSQL: several workers at a time, and a server that crashes or is replaced by a standby."""

import signal
import time
from collections.abc import Callable
from contextlib import ExitStack

from carrierx.outbox import OutboxUnavailableError
from tests.outbox.postgres_server import PostgresServer
from tests.outbox.processes.harness import Run, WorkerProcess

__all__ = ["POSTGRES_DISTURBANCES", "FailoverRun", "PostgresRun"]

POSTGRES_DISTURBANCES = ("kill", "crash", "stop", "kill", "crash", "stop for long")
WORKERS = 3


class PostgresRun(Run):
    """A run with several workers, which all go on while one of them is killed or suspended."""

    workers: list[WorkerProcess]

    def make_database(self, opened: ExitStack) -> str:
        self.server = opened.enter_context(PostgresServer())
        self.server.suspend_wal_writer()
        return self.server.url

    def start_workers(self, opened: ExitStack) -> None:
        self.workers = [self.start() for _ in range(WORKERS)]
        opened.callback(lambda: [worker.kill() for worker in self.workers])

    def end_workers(self) -> None:
        while self.workers:
            self.end(self.workers.pop())

    def actions(self) -> dict[str, Callable[[], None]]:
        return {
            "crash": self.crash,
            "kill": self.kill,
            "stop": lambda: self.suspend(31, 45),
            "stop for long": lambda: self.suspend(115, 130),
        }

    def kill(self) -> None:
        self.wait_until_it_sends()
        number = self.random.randrange(len(self.workers))
        self.end(self.workers[number])
        self.workers[number] = self.start()

    def suspend(self, shortest: float, longest: float) -> None:
        """Suspend a worker while the others go on: for longer than its lease, or until its messages were sent again."""
        self.wait_until_it_sends()
        worker = self.random.choice(self.workers)
        worker.signal(signal.SIGSTOP)
        self.run_for(shortest, longest)
        worker.signal(signal.SIGCONT)

    def crash(self) -> None:
        """Let the server crash, and start it again. Workers wait for it."""
        self.wait_until_it_sends()
        self.server.stop("immediate")
        self.run_for(0, 5)
        self.server.start()
        self.server.suspend_wal_writer()

    def wait_until_it_sends(self) -> None:
        end = time.monotonic() + 10 * self.plan.scale
        while time.monotonic() < end:
            try:
                if self.outbox.stats().sending:
                    return
            except OutboxUnavailableError:  # the server has just been started
                time.sleep(0.05)
            time.sleep(0.002)


class FailoverRun(PostgresRun):
    """A run whose server is lost. A standby takes its place, which lacks the last commits."""

    def make_database(self, opened: ExitStack) -> str:
        self.server = opened.enter_context(PostgresServer())
        self.standby = self.server.standby()
        hosts = f"127.0.0.1:{self.server.port},127.0.0.1:{self.standby.port}"
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"

    def actions(self) -> dict[str, Callable[[], None]]:
        return {"fail over": self.fail_over}

    def fail_over(self) -> None:
        """Promote a standby that lags, with the workers running. Nothing may be sent before somebody recovers."""
        if self.result.done["fail over"]:
            return
        while len(self.references) < self.plan.burst and not self.over():
            time.sleep(0.05)
        with self.may_add:
            self.standby.wait_for(self.server)
            known = {each.reference for each in self.outbox.iterate()}
            self.standby.stop()
        self.wait_until_it_sends()
        self.run_for(10, 20)
        with self.may_add:
            self.server.stop("immediate")
            self.standby.start()
            self.standby.promote()
            # The application has lost these, too. What was sent of them was sent.
            self.references = {reference: key for reference, key in self.references.items() if reference in known}
            self.run_for(35, 40)  # what was under way arrives
            before = self.emulator.ask("counts")
            self.run_for(20, 25)
            if self.emulator.ask("counts") != before:
                self.result.ended.append("it sent something before the outbox was recovered")
            if not self.outbox.stats().lost_commits:
                self.result.ended.append("it didn't notice")
            self.outbox.recover()
