"""Content of the inbox as JSON."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.file_objects import PUBLIC_PATH, published_file
from carrierx.emulator.core.lifecycle import StageName, failure_of, timeline_of
from carrierx.emulator.core.request_log import RequestLog
from carrierx.emulator.core.scheduler import run_due_events
from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.store.callback_queue import Callback, CallbackAttempt
from carrierx.emulator.store.conversation_table import ConversationTable, Pair, Place
from carrierx.emulator.store.database import Database
from carrierx.emulator.store.message_table import Criteria
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
        log: Log of the requests that sent them.
    """

    def __init__(self, account: Account, database: Database, log: RequestLog) -> None:
        self._account = account
        self._table = ConversationTable(database)
        self._log = log
        # Another database starts with new sequence numbers. A page that outlives an emulator must notice that.
        self._instance = secrets.token_hex(8)

    def renew(self) -> None:
        """Take on another identity, because the messages are gone and the sequence numbers start again."""
        self._instance = secrets.token_hex(8)

    def conversations(self, *, before: int = END, search: str = "", status: StageName | None = None) -> JSONObject:
        """Return the latest conversations, latest first.

        Args:
            before: Only conversations whose latest message has a smaller sequence number.
            search: Only conversations with a number that contains these digits, or a text that contains this text.
            status: Only conversations with a message that has this status.
        """
        run_due_events(self._account)
        # Read this first, so that a message that comes in between is reported twice rather than never.
        sequence = self._table.last_sequence()
        found = self._table.latest(
            before=before, limit=MAX_ITEMS + 1, digits=_digits_in(search), text=search, status=status
        )
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

    def latest(self, criteria: Criteria, *, before: int = END, limit: int = MAX_ITEMS) -> JSONObject:
        """Return the latest messages that meet some criteria, latest first, and how many there are in total.

        Args:
            criteria: The criteria.
            before: Only messages with a smaller sequence number.
            limit: Maximum number of messages.
        """
        run_due_events(self._account)
        messages = self._account.messages
        found = messages.search(criteria, before=before, limit=limit + 1)
        items: list[JSONValue] = [
            {
                "sequence": stored.sequence,
                "delivery": self._delivery(stored.message_sid),
                "sms": self._account.current_message(stored),
            }
            for stored in found[:limit]
        ]
        more = len(found) > limit
        # If these are all, they needn't be counted, which takes long for a text.
        count = len(found) if before == END and not more else messages.number_found(criteria)
        return {"items": items, "more": more, "count": count}

    def message(self, message_sid: str) -> JSONObject | None:
        """Return everything about a message, as it is now; None if it doesn't exist."""
        run_due_events(self._account)
        stored = self._account.messages.find(message_sid)
        if stored is None:
            return None
        logged = self._log.of_message(message_sid)
        timeline: list[JSONValue] = [
            {"status": stage.status, "at": None if stage.since is None else format_time(stage.since)}
            for stage in timeline_of(stored, self._account.config.delays)
        ]
        return {
            "message": self._account.shown_message(stored),
            "timeline": timeline,
            "failure": failure_of(stored),
            "callbacks": [callback_object(callback) for callback in self._account.callbacks.of_messages([message_sid])],
            "delivery": self._delivery(message_sid),
            "request": None if logged is None else logged.number,
        }

    def _delivery(self, message_sid: str) -> str | None:
        """Return how the response to a send was delivered; None if the log doesn't have it."""
        logged = self._log.of_message(message_sid)
        return None if logged is None else logged.delivery

    def _told(self, sequence: int) -> JSONObject:
        return {"instance": self._instance, "sequence": sequence}

    def _seen(self, places: Sequence[Place]) -> list[JSONObject]:
        callbacks: dict[str, list[Callback]] = {}
        for callback in self._account.callbacks.of_messages([place.message_sid for place in places]) if places else ():
            callbacks.setdefault(callback.message_sid, []).append(callback)
        seen: list[JSONObject] = []
        for place in places:
            stored = self._account.messages.find(place.message_sid)
            if stored is not None:
                sms = self._account.current_message(stored)
                media = [self._medium(url) for url in stored.send.media_urls]
                about: JSONObject = {"sequence": place.sequence, "message_sid": place.message_sid}
                progress = _progress(sms, callbacks.get(place.message_sid, []), self._delivery(place.message_sid))
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


def _digits_in(search: str) -> str:
    """Return the digits of a number that somebody searches for; empty if it is something else."""
    if any(character.isalpha() for character in search):
        return ""
    return "".join(character for character in search if character in "0123456789")


def _progress(sms: JSONObject, callbacks: Sequence[Callback], delivery: str | None) -> JSONObject:
    """Return the progress of a message and its callbacks."""
    taken = sum(callback.state == "accepted" for callback in callbacks)
    given_up = sum(callback.given_up for callback in callbacks)
    attempts = sum(len(callback.attempts) for callback in callbacks)
    return {
        "callbacks": {"count": len(callbacks), "taken": taken, "given_up": given_up} | _trouble(callbacks),
        "delivery": delivery,
        "mark": f"{sms['status']} {delivery} {len(callbacks)} {taken} {given_up} {attempts}",
        "moving": sms["status"] in _MOVING or any(callback.due is not None for callback in callbacks),
    }


def _trouble(callbacks: Sequence[Callback]) -> JSONObject:
    """Return the latest failed attempt of the callbacks that are not accepted, and the time of the next attempt."""
    open_ones = [callback for callback in callbacks if callback.state != "accepted"]
    failed = [callback.attempts[-1] for callback in open_ones if callback.attempts]
    due = [callback.due for callback in open_ones if callback.due is not None and callback.attempts]
    return {
        "last": _attempt_object(max(failed, key=lambda attempt: attempt.at)) if failed else None,
        "due": format_time(min(due)) if due else None,
    }


def _attempt_object(attempt: CallbackAttempt) -> JSONObject:
    return {"at": format_time(attempt.at), "status_code": attempt.status_code, "problem": attempt.problem}


def callback_object(callback: Callback) -> JSONObject:
    """Return a callback and its attempts, for people."""
    attempts: list[JSONValue] = [_attempt_object(attempt) for attempt in callback.attempts]
    return {
        "number": callback.number,
        "message_sid": callback.message_sid,
        "url": callback.url,
        "status": callback.status,
        "state": callback.state,
        "taken": callback.taken,
        "due": None if callback.due is None else format_time(callback.due),
        "attempts": attempts,
        "body": callback.message,
    }
