"""Replies to STOP, HELP and START, and a list of opt-outs, for every framework.

CarrierX leaves both to your application. Before you send a text that isn't a reply, check whether the number has opted
out.
"""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from carrierx import Message, SendMessageRequest
from carrierx.callbacks import Keyword, keyword_of

BRAND = "Example Shop"  # the reply to HELP must contain your brand, a contact, and how to opt out
HELP = f"{BRAND}: for help call 1-800-555-0100 or write to help@example.com. Reply STOP to get no more texts."
STOPPED = f"{BRAND}: you will get no more texts from this number. Reply START to get them again."
STARTED = f"{BRAND}: you will get texts from this number again. Reply HELP for help, STOP to stop them."


class OptOuts:
    """Numbers that have sent STOP, each with the number of yours from which it wants no texts."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        with self._database() as database:
            database.execute("CREATE TABLE IF NOT EXISTS opt_outs (yours, theirs, PRIMARY KEY (yours, theirs))")

    def add(self, yours: str, theirs: str) -> bool:
        """Store a STOP, and return whether it is the first."""
        with self._database() as database:
            return database.execute("INSERT OR IGNORE INTO opt_outs VALUES (?, ?)", (yours, theirs)).rowcount == 1

    def remove(self, yours: str, theirs: str) -> bool:
        """Remove a STOP, and return whether there was one."""
        with self._database() as database:
            return (
                database.execute("DELETE FROM opt_outs WHERE (yours, theirs) = (?, ?)", (yours, theirs)).rowcount == 1
            )

    def has(self, yours: str, theirs: str) -> bool:
        """Return whether a number has opted out of texts from this number of yours."""
        with self._database() as database:
            found = database.execute("SELECT 1 FROM opt_outs WHERE (yours, theirs) = (?, ?)", (yours, theirs))
            return found.fetchone() is not None

    @contextmanager
    def _database(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=5)) as database, database:
            yield database


def reply_to(message: Message, opt_outs: OptOuts) -> SendMessageRequest | None:
    """Update the opt-outs and return the reply, or None for no reply.

    A STOP is stored before the confirmation is sent, so a failed confirmation is not sent again.
    """
    yours, theirs = message.to, message.from_
    if yours is None or theirs is None:
        return None
    text: str | None = None
    match keyword_of(message):
        case Keyword.STOP:
            text = STOPPED if opt_outs.add(yours, theirs) else None
        case Keyword.START:
            text = STARTED if opt_outs.remove(yours, theirs) else None
        case Keyword.HELP:
            text = HELP
        case None:
            pass
    return None if text is None else SendMessageRequest(from_=yours, to=theirs, message=text)
