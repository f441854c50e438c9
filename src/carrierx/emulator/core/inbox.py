"""Content of the inbox as JSON."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.file_objects import PUBLIC_PATH, published_file
from carrierx.emulator.core.scheduler import run_due_events
from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.store.callback_queue import Callback
from carrierx.emulator.store.conversation_table import ConversationTable, Pair, Place
from carrierx.emulator.store.database import Database
from carrierx.emulator.timestamps import format_time

MAX_ITEMS: Final = 50
"""Maximum number of conversations, or of messages in a conversation, in one response."""

MAX_NEWS: Final = 200
"""Maximum number of new messages in one response. If there are more, the page reads its lists again."""

MAX_WATCHED: Final = 200
"""Maximum number of messages that a page can watch for changes."""

_MOVING: Final = frozenset({"queued", "sent"})

END: Final = 2**63 - 1
"""Sequence number after that of every message."""


class Inbox:
    """Messages of an emulator, as its page shows them.

    Args:
        account: Account that they belong to.
        database: Database that stores them.
    """

    def __init__(self, account: Account, database: Database) -> None:
        self._account = account
        self._table = ConversationTable(database)
        # Another database starts with new sequence numbers. A page that outlives an emulator must notice that.
        self._instance = secrets.token_hex(8)

    def conversations(self, *, before: int = END, digits: str = "") -> JSONObject:
        """Return the latest conversations, latest first.

        Args:
            before: Only conversations whose latest message has a smaller sequence number.
            digits: Only conversations with a number that contains these digits.
        """
        run_due_events(self._account)
        # Read this first, so that a message that comes in between is reported twice rather than never.
        sequence = self._table.last_sequence()
        found = self._table.latest(before=before, limit=MAX_ITEMS + 1, digits=digits)
        latest = {str(seen["message_sid"]): seen for seen in self._seen([each.latest for each in found[:MAX_ITEMS]])}
        items: list[JSONValue] = [
            {"ours": each.pair.ours, "theirs": each.pair.theirs, "count": each.count, "latest": latest[sid]}
            for each in found
            if (sid := each.latest.message_sid) in latest
        ]
        return self._told(sequence) | {"items": items, "more": len(found) > MAX_ITEMS}

    def messages(self, pair: Pair, *, before: int = END) -> JSONObject:
        """Return the latest messages of a conversation, oldest first.

        Args:
            pair: Numbers of the conversation.
            before: Only messages with a smaller sequence number.
        """
        run_due_events(self._account)
        sequence = self._table.last_sequence()
        places = self._table.messages(pair, before=before, limit=MAX_ITEMS + 1)
        more = len(places) > MAX_ITEMS
        return self._told(sequence) | {"items": self._seen(places[-MAX_ITEMS:]), "more": more}

    def changes(self, after: int, watched: Mapping[str, str]) -> JSONObject:
        """Return the changes since the page's last request.

        Args:
            after: Sequence number of the latest message that the page knows.
            watched: Messages that may still change: each SID with the `mark` that the page knows.

        Returns:
            The new messages, and the watched messages whose mark has changed.
        """
        run_due_events(self._account)
        sequence = self._table.last_sequence()
        news = [] if sequence <= after else self._table.after(after, limit=MAX_NEWS + 1)
        skipped = len(news) > MAX_NEWS
        looked_at = self._seen([Place(0, sid) for sid in list(watched)[:MAX_WATCHED]])
        moved = [seen for seen in looked_at if seen["mark"] != watched[str(seen["message_sid"])]]
        items = [] if skipped else self._seen(news)
        return self._told(sequence) | {"items": items, "moved": moved, "skipped": skipped}

    def message(self, message_sid: str) -> JSONObject | None:
        """Return a message as the API currently shows it, with its callbacks; None if it doesn't exist."""
        run_due_events(self._account)
        stored = self._account.messages.find(message_sid)
        if stored is None:
            return None
        callbacks = [_callback_object(callback) for callback in self._account.callbacks.of_messages([message_sid])]
        return {"message": self._account.shown_message(stored, self._account.now()), "callbacks": callbacks}

    def _told(self, sequence: int) -> JSONObject:
        return {"instance": self._instance, "sequence": sequence}

    def _seen(self, places: Sequence[Place]) -> list[JSONObject]:
        now = self._account.now()
        callbacks: dict[str, list[Callback]] = {}
        for callback in self._account.callbacks.of_messages([place.message_sid for place in places]) if places else ():
            callbacks.setdefault(callback.message_sid, []).append(callback)
        seen: list[JSONObject] = []
        for place in places:
            stored = self._account.messages.find(place.message_sid)
            if stored is not None:
                sms = self._account.message_at(stored, now)
                media = [self._medium(url) for url in stored.send.media_urls]
                about: JSONObject = {"sequence": place.sequence, "message_sid": place.message_sid}
                progress = _progress(sms, callbacks.get(place.message_sid, []))
                seen.append(about | {"sms": sms, "media": media} | progress)
        return seen

    def _medium(self, url: str) -> JSONObject:
        """Return an attachment. The page may load it only from this emulator's own storage."""
        file = published_file(self._account, url)
        if file is None:
            return {"url": url, "here": None, "name": None, "mime_type": None}
        return {
            "url": url,
            "here": f"{PUBLIC_PATH}/{file['file_sid']}",
            "name": file["name"],
            "mime_type": file["mime_type"],
        }


def _progress(sms: JSONObject, callbacks: Sequence[Callback]) -> JSONObject:
    """Return the progress of a message and its callbacks."""
    taken = sum(callback.taken for callback in callbacks)
    given_up = sum(callback.given_up for callback in callbacks)
    attempts = sum(len(callback.attempts) for callback in callbacks)
    return {
        "callbacks": {"count": len(callbacks), "taken": taken, "given_up": given_up},
        "mark": f"{sms['status']} {len(callbacks)} {taken} {given_up} {attempts}",
        "moving": sms["status"] in _MOVING or taken + given_up < len(callbacks),
    }


def _callback_object(callback: Callback) -> JSONObject:
    """Return a callback and its attempts, for people."""
    attempts: list[JSONValue] = [
        {"at": format_time(attempt.at), "status_code": attempt.status_code, "problem": attempt.problem}
        for attempt in callback.attempts
    ]
    return {
        "url": callback.url,
        "status": callback.status,
        "taken": callback.taken,
        "due": None if callback.due is None else format_time(callback.due),
        "attempts": attempts,
        "body": callback.message,
    }
