# pyright: reportPrivateUsage=false
"""Transactions of several threads share a commit. Each of them is still all or nothing, and on the disk at its end."""

import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from carrierx.outbox import OutboxUnavailableError, sqlite_file
from carrierx.outbox.sqlite_file import SqliteFile


class Threads:
    """Transactions that begin one after the other, while the first holds all others up."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.file = SqliteFile(self.path, 1.0)
        self.statements = list[str]()
        with self.file.transaction(create=True) as connection:
            connection.execute("CREATE TABLE rows (content)")
        assert self.file._connection is not None
        self.file._connection.set_trace_callback(self.statements.append)
        self._pool = ThreadPoolExecutor(20)

    def run(self, *bodies: Callable[[sqlite3.Connection], object]) -> list[Future[None]]:
        """Run transactions, and return once all of them have ended."""
        go = threading.Event()
        first = self._pool.submit(self._in_transaction, lambda _: go.wait(10))
        self._until(self.file._lock.locked)
        rest = list[Future[None]]()
        for body in bodies:
            rest.append(self._pool.submit(self._in_transaction, body))
            self._until(lambda: self.file._waiting == len(rest))
        go.set()
        for each in (first, *rest):
            each.exception(10)
        return [first, *rest]

    def rows(self) -> list[int]:
        """Return what is in the file, as another process sees it."""
        with closing(sqlite3.connect(self.path)) as connection:
            return sorted(row[0] for row in connection.execute("SELECT content FROM rows"))

    def _in_transaction(self, body: Callable[[sqlite3.Connection], object]) -> None:
        with self.file.transaction() as connection:
            body(connection)

    def _until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not true():
            assert time.monotonic() < end
            time.sleep(0.001)

    def close(self) -> None:
        self._pool.shutdown()
        self.file.close()


@pytest.fixture
def threads(tmp_path: Path) -> Generator[Threads]:
    with closing(Threads(tmp_path / "texts.db")) as made:
        yield made


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a shared commit stay open until somebody finishes it, however busy the machine is."""
    monkeypatch.setattr(sqlite_file, "_COMMIT_WITHIN", 60.0)


def inserting(number: int) -> Callable[[sqlite3.Connection], object]:
    return lambda connection: connection.execute("INSERT INTO rows VALUES (?)", (number,))


def test_those_that_wait_for_each_other_share_a_commit(threads: Threads) -> None:
    done = threads.run(*(inserting(number) for number in range(9)))

    assert [each.exception() for each in done] == [None] * 10
    assert threads.rows() == list(range(9))
    assert threads.statements.count("COMMIT") == 1


def test_one_alone_commits_at_once(threads: Threads) -> None:
    for number in range(3):
        with threads.file.transaction() as connection:
            inserting(number)(connection)
        assert threads.rows() == list(range(number + 1))


def test_none_ends_before_the_commit(threads: Threads) -> None:
    """The first has nothing more to do, but waits for the commit that it shares."""
    seen = list[bool]()
    done = list[Future[None]]()

    def look(connection: sqlite3.Connection) -> None:
        time.sleep(0.2)
        seen.append("COMMIT" in threads.statements)
        seen.append(any(each.done() for each in done))

    submit = threads._pool.submit

    def noting(*arguments: object) -> Future[None]:
        done.append(submit(*arguments))  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        return done[-1]

    threads._pool.submit = noting  # type: ignore[method-assign,assignment] # pyright: ignore[reportAttributeAccessIssue]
    threads.run(inserting(1), look)

    assert seen == [False, False]


def test_one_that_raises_takes_back_only_its_own(threads: Threads) -> None:
    def raising(connection: sqlite3.Connection) -> None:
        inserting(99)(connection)
        raise ZeroDivisionError

    done = threads.run(inserting(1), raising, inserting(2))

    assert [type(each.exception()) for each in done] == [type(None), type(None), ZeroDivisionError, type(None)]
    assert threads.rows() == [1, 2]


def test_the_last_one_that_raises_still_commits_the_others(threads: Threads) -> None:
    def raising(connection: sqlite3.Connection) -> None:
        raise ZeroDivisionError

    done = threads.run(inserting(1), raising)

    assert [type(each.exception()) for each in done] == [type(None), type(None), ZeroDivisionError]
    assert threads.rows() == [1]


def test_an_error_of_the_database_is_everybodys(threads: Threads) -> None:
    """None of them may believe that it is on the disk."""

    def failing(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO missing VALUES (1)")

    done = threads.run(inserting(1), failing)

    assert [type(each.exception()) for each in done] == [OutboxUnavailableError] * 3
    assert threads.rows() == []
    with threads.file.transaction() as connection:
        inserting(2)(connection)
    assert threads.rows() == [2]


@pytest.mark.usefixtures("patient")
def test_a_reader_sees_what_is_on_the_disk(threads: Threads) -> None:
    """Not what shares a commit that may still fail."""
    with threads.file._waiting_lock:
        threads.file._waiting += 1  # somebody who never comes
    writer = threads._pool.submit(threads._in_transaction, inserting(1))
    threads._until(lambda: threads.file._commit is not None)

    with threads.file.transaction(write=False) as connection:
        assert connection.execute("SELECT content FROM rows").fetchall() == [(1,)]
        assert threads.rows() == [1]
    writer.result(10)
    threads.file._waiting = 0


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("end", [SqliteFile.close, SqliteFile.reopen])
def test_closing_commits(threads: Threads, end: Callable[[SqliteFile], None]) -> None:
    threads.file._waiting += 1
    writer = threads._pool.submit(threads._in_transaction, inserting(1))
    threads._until(lambda: threads.file._commit is not None)

    end(threads.file)

    assert threads.rows() == [1]
    writer.result(10)
    threads.file._waiting = 0


def test_a_commit_whose_last_one_never_comes_is_finished(threads: Threads) -> None:
    """It was interrupted while it waited for its turn."""
    threads.file._waiting += 1

    with threads.file.transaction() as connection:
        inserting(1)(connection)

    assert threads.rows() == [1]
    threads.file._waiting = 0
