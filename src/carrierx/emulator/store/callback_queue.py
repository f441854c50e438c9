"""The callbacks of an account, stored until they are accepted or given up.

This module posts nothing. A sender gets the callbacks that are due, and records the result of each attempt.
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

from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.store.database import Database
from carrierx.emulator.timestamps import from_milliseconds, later, to_milliseconds

_BATCH_SIZE: Final = 100
_COLUMNS: Final = "sequence, message_sid, status, url, body, made_at_milliseconds, due_milliseconds, attempts"


@dataclass(frozen=True)
class CallbackAttempt:
    """One attempt to deliver a callback.

    Attributes:
        at: The time at which it ended, on the emulator's clock.
        status_code: The status of the response; None if there was none.
        problem: The reason why there was no response; None if there was one.
    """

    at: datetime
    status_code: int | None
    problem: str | None = None

    @property
    def taken(self) -> bool:
        """True if the receiver accepted the callback with any 2xx status. That every 2xx counts is an assumption."""
        return self.status_code is not None and 200 <= self.status_code < 300


@dataclass(frozen=True)
class Callback:
    """A message's SMS object on its way to the account's URL.

    `repr` shows neither URL nor body, since they can hold a secret, numbers and a text.

    Attributes:
        number: Its number among the emulator's callbacks, starting with 1.
        message_sid: The SID of its message.
        status: The message's status that it reports.
        url: The URL that it is posted to.
        body: The SMS object as JSON, the same at every attempt.
        made_at: The time at which the message got its status.
        due: The time of the next attempt; None once it was accepted or given up.
        attempts: The attempts so far, oldest first.
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
        """The SMS object in the callback's body."""
        return cast("JSONObject", json.loads(self.body))

    @property
    def taken(self) -> bool:
        """True if the receiver accepted it."""
        return bool(self.attempts) and self.attempts[-1].taken

    @property
    def given_up(self) -> bool:
        """True if it was not accepted and there are no more attempts."""
        return self.due is None and not self.taken


class CallbackQueue:
    """The callbacks in the order in which they were made. Threads may share it.

    Args:
        database: The database.
        now: Returns the current time.
        retries: The delay after each failed attempt until the next one.
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
        """Reserve the callbacks that are due until the block ends: at most 100, oldest first.

        Other callers meanwhile get other callbacks, so that each is delivered by one of them only.
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
        """Record the result of an attempt, and schedule the next one.

        Args:
            callback: The callback.
            status_code: The status of the response; None if there was none.
            problem: The reason why there was no response, without anything private.
            again: True if another attempt can help.

        Returns:
            The updated callback.
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
        # `rest` only ever consists of constants of this module.
        with self._database.session() as connection:
            cursor = connection.execute(f"SELECT {_COLUMNS} FROM callbacks {rest}", values)  # noqa: S608
            rows = cast("list[tuple[int, str, str, str, str, int, int | None, str]]", cursor.fetchall())
        return tuple(_callback_of(*row) for row in rows)


def insert_callback(
    connection: sqlite3.Connection, message_sid: str, status: str, url: str, body: str, moment: datetime
) -> None:
    """Store a new callback, due immediately, within a transaction.

    Args:
        connection: The transaction's connection.
        message_sid: The SID of its message.
        status: The status that it reports.
        url: The URL that it is posted to.
        body: The SMS object as JSON.
        moment: The time at which the message got this status.
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
