"""The callbacks of an account: kept until they are accepted or given up.

Nothing is posted here: whoever delivers takes what is due, and says what became of it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

from carrierx.emulator.database import Database
from carrierx.emulator.http_types import JSONObject
from carrierx.emulator.timestamps import from_milliseconds, later, to_milliseconds

_BATCH_SIZE: Final = 100
_COLUMNS: Final = "sequence, message_sid, status, url, body, made_at_milliseconds, due_milliseconds, attempts"


@dataclass(frozen=True)
class CallbackAttempt:
    """One try at delivering a callback.

    Attributes:
        at: When it ended, on the emulator's clock.
        status_code: The status of the answer; None if there was none.
        problem: Why there was no answer; None if there was one.
    """

    at: datetime
    status_code: int | None
    problem: str | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver took the callback: any 2xx, which is an assumption."""
        return self.status_code is not None and 200 <= self.status_code < 300


@dataclass(frozen=True)
class Callback:
    """A message's SMS object on its way to the account's URL.

    Neither URL nor body are shown by `repr`: they may hold a secret, numbers and a text.

    Attributes:
        number: Counts the emulator's callbacks, from 1.
        message_sid: The message that it is about.
        status: The message's status that it tells.
        url: Where it goes.
        body: What is posted: the SMS object as JSON, the same at every attempt.
        made_at: When the message got its status.
        due: When the next attempt is to be made; None once it was taken or given up.
        attempts: What was tried, oldest first.
    """

    number: int
    message_sid: str
    status: str
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    made_at: datetime
    due: datetime | None
    attempts: tuple[CallbackAttempt, ...] = ()

    @property
    def message(self) -> JSONObject:
        """The SMS object that is posted."""
        return cast("JSONObject", json.loads(self.body))

    @property
    def taken(self) -> bool:
        """Whether the receiver took it."""
        return bool(self.attempts) and self.attempts[-1].taken

    @property
    def given_up(self) -> bool:
        """Whether nothing more is tried, though nobody took it."""
        return self.due is None and not self.taken


class CallbackQueue:
    """Keeps callbacks in the order of their making; safe to share between threads.

    Args:
        database: The database.
        now: Tells the time.
        retries: How long after each attempt that failed the next one is due.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], retries: Sequence[timedelta]) -> None:
        self._database = database
        self._now = now
        self._retries = tuple(retries)
        self._lock = threading.Lock()
        self._in_hand: set[int] = set()

    def all(self) -> tuple[Callback, ...]:
        """Return every callback, oldest first."""
        return self._select("ORDER BY sequence", ())

    def of_messages(self, message_sids: Sequence[str]) -> tuple[Callback, ...]:
        """Return every callback about these messages, oldest first."""
        marks = ", ".join("?" * len(message_sids))
        return self._select(f"WHERE message_sid IN ({marks}) ORDER BY sequence", message_sids)

    @contextmanager
    def due(self) -> Generator[tuple[Callback, ...]]:
        """Have the callbacks that are due to oneself, at most 100 of them, oldest first.

        Whoever else asks meanwhile gets others, so that none is delivered by two.
        """
        with self._lock:
            limit = _BATCH_SIZE + len(self._in_hand)
            found = self._select(
                "WHERE due_milliseconds <= ? ORDER BY due_milliseconds, sequence LIMIT ?",
                (to_milliseconds(self._now()), limit),
            )
            mine = tuple(callback for callback in found if callback.number not in self._in_hand)
            numbers = {callback.number for callback in mine}
            self._in_hand |= numbers
        try:
            yield mine
        finally:
            with self._lock:
                self._in_hand -= numbers

    def note(
        self, callback: Callback, *, status_code: int | None = None, problem: str | None = None, again: bool = True
    ) -> Callback:
        """Write down what became of an attempt, and when the next one is due.

        Args:
            callback: The callback.
            status_code: The status of the answer; None if there was none.
            problem: Why there was no answer, without anything private.
            again: Whether another attempt can help.

        Returns:
            The callback as it stands now.
        """
        now = self._now()
        attempt = CallbackAttempt(now, status_code, problem)
        failed_before = len(callback.attempts)
        due: datetime | None = None
        if again and not attempt.taken and failed_before < len(self._retries):
            due = later(now, self._retries[failed_before])
        attempts = (*callback.attempts, attempt)
        due_milliseconds = None if due is None else to_milliseconds(due)
        with self._database.session() as connection:
            connection.execute(
                "UPDATE callbacks SET attempts = ?, due_milliseconds = ? WHERE sequence = ?",
                (_attempts_to_json(attempts), due_milliseconds, callback.number),
            )
        (noted,) = self._select("WHERE sequence = ?", (callback.number,))
        return noted

    def _select(self, rest: str, values: Sequence[int] | Sequence[str]) -> tuple[Callback, ...]:
        # `rest` is always made of constants of this module.
        with self._database.session() as connection:
            cursor = connection.execute(f"SELECT {_COLUMNS} FROM callbacks {rest}", values)  # noqa: S608
            rows = cast("list[tuple[int, str, str, str, str, int, int | None, str]]", cursor.fetchall())
        return tuple(_callback_of(*row) for row in rows)


def insert_callback(
    connection: sqlite3.Connection, message_sid: str, status: str, url: str, body: str, moment: datetime
) -> None:
    """Keep a new callback, due at once, within a transaction.

    Args:
        connection: The transaction's connection.
        message_sid: The message that it is about.
        status: The status that it tells.
        url: Where it goes.
        body: The SMS object as JSON.
        moment: When the message got this status.
    """
    milliseconds = to_milliseconds(moment)
    connection.execute(
        f"INSERT INTO callbacks ({_COLUMNS}) VALUES (NULL, ?, ?, ?, ?, ?, ?, '[]')",  # noqa: S608
        (message_sid, status, url, body, milliseconds, milliseconds),
    )


def _callback_of(
    number: int,
    message_sid: str,
    status: str,
    url: str,
    body: str,
    made_at: int,
    due: int | None,
    attempts: str,
) -> Callback:
    tried = cast("list[tuple[int, int | None, str | None]]", json.loads(attempts))
    return Callback(
        number,
        message_sid,
        status,
        url,
        body.encode(),
        from_milliseconds(made_at),
        None if due is None else from_milliseconds(due),
        tuple(CallbackAttempt(from_milliseconds(at), code, problem) for at, code, problem in tried),
    )


def _attempts_to_json(attempts: Sequence[CallbackAttempt]) -> str:
    return json.dumps([(to_milliseconds(attempt.at), attempt.status_code, attempt.problem) for attempt in attempts])
