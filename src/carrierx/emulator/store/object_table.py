"""Database tables of objects, each stored as JSON with its SID."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, cast

from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.store.database import Database

_UNBOUNDED: Final = 2**62
_MOST_REMEMBERED: Final = 1000


class ObjectTable:
    """The objects of one kind, in the order in which they were made. Threads may share it.

    What has been read is remembered as text until an object changes, because every request reads a few objects.

    Args:
        database: The database.
        name: The table. Must not come from a request.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._remembered: dict[tuple[str, ...], list[str]] = {}
        self._version = -1

    def all(self) -> list[JSONObject]:
        """Return every object, oldest first."""
        return [_parse(text) for text in self._read(())]

    def find(self, sid: str) -> JSONObject | None:
        """Return the object with this SID, if there is one."""
        found = self._read(("sid = ?",), sid)
        return _parse(found[0]) if found else None

    def peek(self, sid: str) -> Mapping[str, JSONValue] | None:
        """Return the object with this SID, if there is one, to look at: it is shared."""
        found = self._read(("sid = ?",), sid)
        return _parse_once(found[0]) if found else None

    def peek_by(self, attribute: str, value: str) -> Mapping[str, JSONValue] | None:
        """Return the same object as `find_by`, to look at: it is shared."""
        found = self._read(("json_extract(object, ?) = ?",), f"$.{attribute}", value)
        return _parse_once(found[0]) if found else None

    def find_by(self, attribute: str, value: str) -> JSONObject | None:
        """Return the oldest object with this string as an attribute, if there is one.

        Args:
            attribute: The attribute. Must not come from a request.
            value: The string.
        """
        found = self._read(("json_extract(object, ?) = ?",), f"$.{attribute}", value)
        return _parse(found[0]) if found else None

    def add(self, sid: str, new: JSONObject, *, maximum: int = _UNBOUNDED, unique: str | None = None) -> bool:
        """Store a new object.

        Args:
            sid: Its SID.
            new: The object.
            maximum: The most objects that there may be, including this one.
            unique: An attribute that no other object may have with the same string. Must not come from a request.

        Returns:
            True if it was stored; False if its SID or its unique attribute exists already, or if there would be too
            many objects.
        """
        statement = (
            f"INSERT OR IGNORE INTO {self._name} (sid, object)"  # noqa: S608
            f" SELECT ?, ? WHERE (SELECT count(*) FROM {self._name}) < ?"
        )
        values: list[object] = [sid, json.dumps(new), maximum]
        if unique is not None:
            statement += f" AND NOT EXISTS (SELECT 1 FROM {self._name} WHERE json_extract(object, ?) = ?)"  # noqa: S608
            values += [f"$.{unique}", new[unique]]
        with self._database.session() as connection:
            was_stored = connection.execute(statement, values).rowcount == 1
        self._database.state.object_version += 1
        return was_stored

    def update(self, sid: str, change: Callable[[JSONObject], JSONObject]) -> JSONObject | None:
        """Replace an object. No other change can happen at the same time.

        Args:
            sid: The SID.
            change: Returns the new object for the current one. If it raises an exception, nothing changes.

        Returns:
            The new object; None if there is no object with this SID.
        """
        with self._database.transaction() as connection:
            current = self._find(connection, sid)
            if current is None:
                return None
            changed = change(current)
            self._write(connection, sid, changed)
        self._database.state.object_version += 1
        return changed

    def set_for(
        self, owners: ObjectTable, sid: str, change: Callable[[JSONObject, JSONObject | None], JSONObject]
    ) -> JSONObject | None:
        """Replace or add what this table has about an object of another table.

        Neither table can change at the same time.

        Args:
            owners: The other table.
            sid: The SID, which is the same in both tables.
            change: Returns the new object for the owner and the current object, which is None if there is none. If it
                raises an exception, nothing changes.

        Returns:
            The new object; None if there is no owner with this SID.
        """
        with self._database.transaction() as connection:
            owner = owners._find(connection, sid)
            if owner is None:
                return None
            changed = change(owner, self._find(connection, sid))
            self._write(connection, sid, changed)
        self._database.state.object_version += 1
        return changed

    def remove(self, sid: str) -> bool:
        """Delete an object; return whether there was one with this SID."""
        with self._database.session() as connection:
            statement = f"DELETE FROM {self._name} WHERE sid = ?"  # noqa: S608
            was_there = connection.execute(statement, (sid,)).rowcount == 1
        self._database.state.object_version += 1
        return was_there

    def _read(self, conditions: tuple[str, ...], *values: str) -> list[str]:
        """Return the objects that meet a condition, oldest first, as JSON. It must not come from a request."""
        key = (*conditions, *values)
        with self._database.session() as connection:
            version = self._database.state.object_version  # before reading, so that a change meanwhile counts
            if version != self._version or len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.clear()
                self._version = version
            found = self._remembered.get(key)
            if found is None:
                where = f"WHERE {conditions[0]}" if conditions else ""
                statement = f"SELECT object FROM {self._name} {where} ORDER BY sequence"  # noqa: S608
                rows = cast("list[tuple[str]]", connection.execute(statement, values).fetchall())
                found = self._remembered[key] = [text for (text,) in rows]
        return found

    def _find(self, connection: sqlite3.Connection, sid: str) -> JSONObject | None:
        cursor = connection.execute(f"SELECT object FROM {self._name} WHERE sid = ?", (sid,))  # noqa: S608
        row = cast("tuple[str] | None", cursor.fetchone())
        return None if row is None else _parse(row[0])

    def _write(self, connection: sqlite3.Connection, sid: str, new: JSONObject) -> None:
        connection.execute(
            f"INSERT INTO {self._name} (sid, object) VALUES (?, ?)"  # noqa: S608
            " ON CONFLICT (sid) DO UPDATE SET object = excluded.object",
            (sid, json.dumps(new)),
        )


@lru_cache(maxsize=256)
def _parse_once(text: str) -> Mapping[str, JSONValue]:
    return _parse(text)


def _parse(text: str) -> JSONObject:
    return cast("JSONObject", json.loads(text))
