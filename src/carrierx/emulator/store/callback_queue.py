"""The callbacks of an account, stored until they are accepted or given up.

This module posts nothing. A sender gets the callbacks that are due, and records the result of each attempt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias, cast

from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.store.database import Database
from carrierx.emulator.timestamps import from_milliseconds, later, to_milliseconds

_BATCH_SIZE: Final = 100
_COLUMNS: Final = "sequence, message_sid, status, url, body, made_at_milliseconds, due_milliseconds, attempts"

CallbackState: TypeAlias = Literal["due", "accepted", "given_up"]
"""The states of a callback: there will be an attempt, the receiver accepted it, or there are no more attempts."""

# Each step finds the next URL in the index, so that the number of callbacks for each doesn't matter.
_WAITING_URLS: Final = """
    WITH RECURSIVE waiting (url) AS (
        SELECT min(url) FROM callbacks WHERE due_milliseconds IS NOT NULL
        UNION ALL
        SELECT (SELECT min(url) FROM callbacks WHERE url > waiting.url AND due_milliseconds IS NOT NULL)
        FROM waiting WHERE waiting.url IS NOT NULL
    )
    SELECT url FROM waiting WHERE url IS NOT NULL
"""

# An earlier callback about the same message goes first.
_DUE_FOR_URL: Final = """
    WHERE url = ? AND due_milliseconds <= ? AND NOT EXISTS (
        SELECT 1 FROM callbacks AS earlier WHERE earlier.message_sid = callbacks.message_sid
        AND (earlier.due_milliseconds, earlier.sequence) < (callbacks.due_milliseconds, callbacks.sequence)
    )
    ORDER BY due_milliseconds, sequence LIMIT ?
"""


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

    @property
    def state(self) -> CallbackState:
        """Its state."""
        if self.due is not None:
            return "due"
        return "accepted" if self.taken else "given_up"


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
        self._state = database.state

    def add(self, message_sid: str, status: str, url: str, body: str, moment: datetime) -> None:
        """Store a new callback, due immediately.

        Args:
            message_sid: The SID of its message.
            status: The status that it reports.
            url: The URL that it is posted to.
            body: The SMS object as JSON.
            moment: The time at which the message got this status.
        """
        milliseconds = to_milliseconds(moment)
        with self._database.session() as connection:
            connection.execute(
                f"INSERT INTO callbacks ({_COLUMNS}, state) VALUES (NULL, ?, ?, ?, ?, ?, ?, '[]', 'due')",  # noqa: S608
                (message_sid, status, url, body, milliseconds, milliseconds),
            )

    def all(self) -> tuple[Callback, ...]:
        """Return every callback, oldest first."""
        return self._select("ORDER BY sequence", ())

    def of_messages(self, message_sids: Sequence[str]) -> tuple[Callback, ...]:
        """Return every callback about these messages, oldest first."""
        marks = ", ".join("?" * len(message_sids))
        return self._select(f"WHERE message_sid IN ({marks}) ORDER BY sequence", message_sids)

    def find(self, number: int) -> Callback | None:
        """Return the callback with this number, if there is one."""
        found = self._select("WHERE sequence = ?", (number,))
        return found[0] if found else None

    def latest(
        self,
        *,
        message_sid: str | None = None,
        state: CallbackState | None = None,
        before: int | None = None,
        limit: int,
    ) -> tuple[Callback, ...]:
        """Return the latest callbacks, newest first.

        Args:
            message_sid: Only those about this message; None for all.
            state: Only those in this state; None for all.
            before: Only those with a smaller number; None for all.
            limit: The maximum number of callbacks.
        """
        conditions, values = ["1"], list[str | int]()
        if message_sid is not None:
            conditions.append("message_sid = ?")
            values.append(message_sid)
        if state is not None:
            # A plus keeps SQLite from using this index if the message's is better.
            conditions.append("state = ?" if message_sid is None else "+state = ?")
            values.append(state)
        if before is not None:
            conditions.append("sequence < ?")
            values.append(before)
        return self._select(f"WHERE {' AND '.join(conditions)} ORDER BY sequence DESC LIMIT ?", (*values, limit))

    def retry_now(self, number: int) -> Callback | None:
        """Make a callback due now, also one that was accepted or given up.

        One that is being posted is posted again afterwards, whatever the result.

        Returns:
            The callback; None if there is none with this number.
        """
        with self._database.lock, self._state.lock:
            found = self.find(number)
            if found is None:
                return None
            if _key(found) in self._state.in_hand:
                self._state.wanted_again.add(_key(found))
            with self._database.session() as connection:
                connection.execute(
                    "UPDATE callbacks SET due_milliseconds = ?, state = 'due' WHERE sequence = ?",
                    (to_milliseconds(self._now()), number),
                )
            return self.find(number)

    def waiting_urls(self) -> list[str]:
        """Return the URLs of the callbacks that are due now or later."""
        with self._database.session() as connection:
            return [url for (url,) in cast("list[tuple[str]]", connection.execute(_WAITING_URLS).fetchall())]

    def take(self, url: str, limit: int) -> tuple[Callback, ...]:
        """Reserve callbacks that are due, until each is passed to `put_back`.

        There is only one for each message at a time, so that a message's callbacks are posted in order.

        Args:
            url: The URL that they are posted to.
            limit: The maximum number of callbacks.
        """
        with self._database.lock, self._state.lock:
            found = self._select(_DUE_FOR_URL, (url, to_milliseconds(self._now()), limit + len(self._state.in_hand)))
            mine = tuple(callback for callback in found if _key(callback) not in self._state.in_hand)[:limit]
            self._state.in_hand |= {_key(callback) for callback in mine}
        return mine

    def put_back(self, callback: Callback) -> None:
        """End the reservation of a callback. It is due again, unless `note` has recorded otherwise."""
        with self._database.lock, self._state.lock:
            self._release({_key(callback)})

    def is_reserved(self, callback: Callback) -> bool:
        """Return whether a reserved callback is still to be posted: whether there was no reset meanwhile."""
        with self._database.lock, self._state.lock:
            return _key(callback) in self._state.in_hand

    def forget(self) -> None:
        """Give up all reservations, because the callbacks are gone."""
        with self._database.lock, self._state.lock:
            self._state.in_hand.clear()
            self._state.wanted_again.clear()

    @contextmanager
    def due(self) -> Generator[tuple[Callback, ...]]:
        """Reserve the callbacks that are due until the block ends: at most 100, oldest first.

        Other callers meanwhile get other callbacks, so that each is delivered by one of them only.
        """
        with self._database.lock, self._state.lock:
            limit = _BATCH_SIZE + len(self._state.in_hand)
            found = self._select(
                "WHERE due_milliseconds <= ? ORDER BY due_milliseconds, sequence LIMIT ?",
                (to_milliseconds(self._now()), limit),
            )
            mine = tuple(callback for callback in found if _key(callback) not in self._state.in_hand)
            keys = {_key(callback) for callback in mine}
            self._state.in_hand |= keys
        try:
            yield mine
        finally:
            with self._database.lock, self._state.lock:
                self._release(keys)

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
        with self._database.lock, self._state.lock:  # so that a retry that is asked for meanwhile is not lost
            return self._note(callback, status_code, problem, again=again)

    def _note(self, callback: Callback, status_code: int | None, problem: str | None, *, again: bool) -> Callback:
        now = from_milliseconds(to_milliseconds(self._now()))  # as it is stored
        attempt = CallbackAttempt(now, status_code, problem)
        failed_before = len(callback.attempts)
        due: datetime | None = None
        if _key(callback) in self._state.wanted_again:
            due = now
        elif again and not attempt.taken and failed_before < len(self._retries):
            retry = later(now, self._retries[failed_before])
            due = None if retry is None else from_milliseconds(to_milliseconds(retry))
        attempts = (*callback.attempts, attempt)
        noted = replace(callback, attempts=attempts, due=due)
        with self._database.session() as connection:
            # The emulator may have been reset, and the number have been given again.
            connection.execute(
                "UPDATE callbacks SET attempts = ?, due_milliseconds = ?, state = ?"
                " WHERE sequence = ? AND message_sid = ?",
                (
                    _attempts_to_json(attempts),
                    None if due is None else to_milliseconds(due),
                    noted.state,
                    callback.number,
                    callback.message_sid,
                ),
            )
        return noted

    def _release(self, keys: set[tuple[int, str]]) -> None:
        self._state.in_hand -= keys
        self._state.wanted_again -= keys

    def _select(self, rest: str, values: Sequence[int | str]) -> tuple[Callback, ...]:
        # `rest` only ever consists of constants of this module.
        with self._database.session() as connection:
            cursor = connection.execute(f"SELECT {_COLUMNS} FROM callbacks {rest}", values)  # noqa: S608
            rows = cast("list[tuple[int, str, str, str, str, int, int | None, str]]", cursor.fetchall())
        return tuple(_callback_of(*row) for row in rows)


def _key(callback: Callback) -> tuple[int, str]:
    return callback.number, callback.message_sid


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
