"""Database tables of objects, each stored as JSON with its SID."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Final, cast

from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.store.database import Database

_UNBOUNDED: Final = 2**62


class ObjectTable:
    """The objects of one kind, in the order in which they were made. Threads may share it.

    Args:
        database: The database.
        name: The table. Must not come from a request.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name

    def all(self) -> list[JSONObject]:
        """Return every object, oldest first."""
        with self._database.session() as connection:
            rows = cast(
                "list[tuple[str]]",
                connection.execute(f"SELECT object FROM {self._name} ORDER BY sequence").fetchall(),  # noqa: S608
            )
        return [_parse(text) for (text,) in rows]

    def find(self, sid: str) -> JSONObject | None:
        """Return the object with this SID, if there is one."""
        with self._database.session() as connection:
            return self._find(connection, sid)

    def find_by(self, attribute: str, value: str) -> JSONObject | None:
        """Return the oldest object with this string as an attribute, if there is one.

        Args:
            attribute: The attribute. Must not come from a request.
            value: The string.
        """
        condition = "json_extract(object, ?) = ? ORDER BY sequence LIMIT 1"
        with self._database.session() as connection:
            row = cast(
                "tuple[str] | None",
                connection.execute(
                    f"SELECT object FROM {self._name} WHERE {condition}",  # noqa: S608
                    (f"$.{attribute}", value),
                ).fetchone(),
            )
        return None if row is None else _parse(row[0])

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
            return connection.execute(statement, values).rowcount == 1

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
        return changed

    def remove(self, sid: str) -> bool:
        """Delete an object; return whether there was one with this SID."""
        with self._database.session() as connection:
            return connection.execute(f"DELETE FROM {self._name} WHERE sid = ?", (sid,)).rowcount == 1  # noqa: S608

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


def _parse(text: str) -> JSONObject:
    return cast("JSONObject", json.loads(text))
