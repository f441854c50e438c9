"""Uploaded files: what is known of each, and its bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

from carrierx.emulator.database import Database
from carrierx.emulator.http_types import JSONObject


class FileTable:
    """Keeps files; safe to share between threads.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, sid: str, new: JSONObject, data: bytes, container_sid: str, *, max_files: int, max_bytes: int
    ) -> bool:
        """Keep a new file.

        Args:
            sid: Its SID.
            new: What is known of it.
            data: Its bytes.
            container_sid: The container that it goes into.
            max_files: How many files the container may have, this one included.
            max_bytes: How many bytes the container may have, this file's included.

        Returns:
            Whether it was kept: not if the container would have too much.
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
        """Return what is known of a file, if there is one with this SID."""
        with self._database.session() as connection:
            cursor = connection.execute("SELECT object FROM files WHERE sid = ?", (sid,))
            row = cast("tuple[str] | None", cursor.fetchone())
        return None if row is None else _parse(row[0])

    def find_with_data(self, sid: str) -> tuple[JSONObject, bytes] | None:
        """Return what is known of a file and its bytes, if there is one with this SID."""
        with self._database.session() as connection:
            cursor = connection.execute("SELECT object, data FROM files WHERE sid = ?", (sid,))
            row = cast("tuple[str, bytes] | None", cursor.fetchone())
        return None if row is None else (_parse(row[0]), row[1])

    def change(self, sid: str, change: Callable[[JSONObject | None], JSONObject]) -> JSONObject:
        """Change what is known of a file; nobody else comes in between.

        Args:
            sid: Its SID.
            change: Makes the new object of the present one; None means that there is no such file, and must raise.

        Returns:
            The new object.
        """
        with self._database.transaction() as connection:
            cursor = connection.execute("SELECT object FROM files WHERE sid = ?", (sid,))
            row = cast("tuple[str] | None", cursor.fetchone())
            changed = change(None if row is None else _parse(row[0]))
            connection.execute("UPDATE files SET object = ? WHERE sid = ?", (json.dumps(changed), sid))
        return changed

    def remove(self, sid: str) -> bool:
        """Forget a file; tells whether there was one with this SID."""
        with self._database.session() as connection:
            return connection.execute("DELETE FROM files WHERE sid = ?", (sid,)).rowcount == 1

    def usage(self, container_sid: str) -> tuple[int, int]:
        """Return how many files a container has, and how many bytes."""
        with self._database.session() as connection:
            cursor = connection.execute(
                "SELECT count(*), coalesce(sum(bytes), 0) FROM files WHERE container_sid = ?", (container_sid,)
            )
            return cast("tuple[int, int]", cursor.fetchone())


def _parse(text: str) -> JSONObject:
    return cast("JSONObject", json.loads(text))
