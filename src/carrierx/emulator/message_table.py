"""Where accepted and received messages are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias, cast

from carrierx.emulator.database import Database
from carrierx.emulator.messages import Send, StoredMessage, dr_sid_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

_COLUMNS: Final = (
    "message_sid, direction, accepted_at_milliseconds, segments, kind, from_number, to_number, message, media_urls,"
    " group_recipients, user_data, legacy_names"
)

_Row: TypeAlias = tuple[
    str,
    Literal["outbound", "inbound"],
    int,
    int,
    Literal["sms", "mms"],
    str,
    str,
    str | None,
    str,
    str,
    str | None,
    Literal[0, 1],
]


class MessageTable:
    """Keeps messages in the order of their acceptance; safe to share between threads.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, message: StoredMessage) -> None:
        """Keep a message; it is written when this returns.

        Raises:
            EmulatorError: It can't be written, or its SID is there already.
        """
        send = message.send
        values = (
            message.message_sid,
            message.direction,
            (message.accepted_at - _EPOCH) // _MILLISECOND,
            message.segments,
            send.kind,
            send.from_number,
            send.to_number,
            send.message,
            json.dumps(send.media_urls),
            json.dumps(send.group_recipients),
            send.user_data,
            send.legacy_names,
            dr_sid_of(message.message_sid),
        )
        marks = ", ".join("?" * len(values))
        with self._database.session() as connection:
            connection.execute(f"INSERT INTO messages ({_COLUMNS}, dr_sid) VALUES ({marks})", values)  # noqa: S608

    def find(self, message_sid: str) -> StoredMessage | None:
        """Return the message with this SID, if there is one."""
        found = self._select("WHERE message_sid = ?", (message_sid,))
        return found[0] if found else None

    def find_by_dr_sid(self, dr_sid: str) -> StoredMessage | None:
        """Return the message whose detail record has this SID, if there is one."""
        found = self._select("WHERE dr_sid = ?", (dr_sid,))
        return found[0] if found else None

    def all(self) -> list[StoredMessage]:
        """Return every message, oldest first."""
        return self._select("ORDER BY sequence", ())

    def page(self, offset: int, limit: int) -> list[StoredMessage]:
        """Return at most `limit` messages, oldest first, leaving out the first `offset`."""
        return self._select("ORDER BY sequence LIMIT ? OFFSET ?", (limit, offset))

    def count(self) -> int:
        """Return how many messages there are."""
        with self._database.session() as connection:
            (number,) = cast("tuple[int]", connection.execute("SELECT count(*) FROM messages").fetchone())
        return number

    def _select(self, rest: str, values: Sequence[str | int]) -> list[StoredMessage]:
        # Both parts are constants of this module; what comes from a request is always among the values.
        with self._database.session() as connection:
            cursor = connection.execute(f"SELECT {_COLUMNS} FROM messages {rest}", values)  # noqa: S608
            rows = cast("list[_Row]", cursor.fetchall())
        return [_message_of(row) for row in rows]


def _message_of(row: _Row) -> StoredMessage:
    sid, direction, milliseconds, segments, kind, from_number, to_number, message, media, group, user_data, legacy = row
    send = Send(
        kind=kind,
        from_number=from_number,
        to_number=to_number,
        message=message,
        media_urls=_texts(media),
        group_recipients=_texts(group),
        user_data=user_data,
        legacy_names=bool(legacy),
    )
    return StoredMessage(sid, _EPOCH + milliseconds * _MILLISECOND, segments, send, direction)


def _texts(column: str) -> tuple[str, ...]:
    # Most messages have neither media nor a group, and there are many messages.
    return () if column == "[]" else tuple(cast("list[str]", json.loads(column)))
