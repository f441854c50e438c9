"""Uploaded files: their objects and their bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.store.database import Database


class FileTable:
    """The files. Threads may share it.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, sid: str, new: JSONObject, data: bytes, container_sid: str, *, max_files: int, max_bytes: int
    ) -> bool:
        """Store a new file.

        Args:
            sid: Its SID.
            new: Its object.
            data: Its bytes.
            container_sid: The SID of its container.
            max_files: The most files that the container may have, including this one.
            max_bytes: The most bytes that the container may have, including this file's.

        Returns:
            True if it was stored; False if the container would have too many files or bytes.
        """
        used = "(SELECT {} FROM files WHERE container_sid = ?)"
        statement = (
            "INSERT INTO files (sid, container_sid, object, bytes, data) SELECT ?, ?, ?, ?, ?"
            f" WHERE {used.format('count(*)')} < ? AND {used.format('coalesce(sum(bytes), 0)')} <= ?"
        )
        size = len(data)
        values = (sid, container_sid, json.dumps(new), size, data)
        bounds = (container_sid, max_files, container_sid, max_bytes - size)
        with self._database.session() as connection:
            return connection.execute(statement, values + bounds).rowcount == 1

    def find(self, sid: str) -> JSONObject | None:
        """Return the object of the file with this SID, if there is one."""
        with self._database.session() as connection:
            cursor = connection.execute("SELECT object FROM files WHERE sid = ?", (sid,))
            row = cast("tuple[str] | None", cursor.fetchone())
        return None if row is None else _parse(row[0])

    def all(self) -> list[JSONObject]:
        """Return the object of every file, oldest first."""
        with self._database.session() as connection:
            rows = cast("list[tuple[str]]", connection.execute("SELECT object FROM files ORDER BY sequence").fetchall())
        return [_parse(text) for (text,) in rows]

    def with_access_name(self, name: str) -> list[JSONObject]:
        """Return the objects of the files with this `file_access_name`, oldest first."""
        with self._database.session() as connection:
            cursor = connection.execute(
                "SELECT object FROM files WHERE json_extract(object, '$.file_access_name') = ? ORDER BY sequence",
                (name,),
            )
            rows = cast("list[tuple[str]]", cursor.fetchall())
        return [_parse(text) for (text,) in rows]

    def find_with_data(self, sid: str) -> tuple[JSONObject, bytes] | None:
        """Return the object and the bytes of the file with this SID, if there is one."""
        with self._database.session() as connection:
            cursor = connection.execute("SELECT object, data FROM files WHERE sid = ?", (sid,))
            row = cast("tuple[str, bytes] | None", cursor.fetchone())
        return None if row is None else (_parse(row[0]), row[1])

    def update(self, sid: str, change: Callable[[JSONObject], JSONObject]) -> JSONObject | None:
        """Change the object of a file. No other change can happen at the same time.

        Args:
            sid: Its SID.
            change: Returns the new object for the current one. If it raises an exception, nothing changes.

        Returns:
            The new object; None if there is no file with this SID.
        """
        with self._database.transaction() as connection:
            cursor = connection.execute("SELECT object FROM files WHERE sid = ?", (sid,))
            row = cast("tuple[str] | None", cursor.fetchone())
            if row is None:
                return None
            changed = change(_parse(row[0]))
            connection.execute("UPDATE files SET object = ? WHERE sid = ?", (json.dumps(changed), sid))
        return changed

    def remove(self, sid: str) -> bool:
        """Delete a file; return whether there was one with this SID."""
        with self._database.session() as connection:
            return connection.execute("DELETE FROM files WHERE sid = ?", (sid,)).rowcount == 1

    def usage(self, container_sid: str) -> tuple[int, int]:
        """Return the number of files in a container, and the number of their bytes."""
        with self._database.session() as connection:
            cursor = connection.execute(
                "SELECT count(*), coalesce(sum(bytes), 0) FROM files WHERE container_sid = ?", (container_sid,)
            )
            return cast("tuple[int, int]", cursor.fetchone())


def _parse(text: str) -> JSONObject:
    return cast("JSONObject", json.loads(text))
