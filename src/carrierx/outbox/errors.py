"""Errors of the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from carrierx.errors import CarrierXError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx.outbox.states import State

__all__ = [
    "LOST_COMMITS",
    "KeyConflictError",
    "LostCommitsError",
    "NothingLostError",
    "OutboxConnectionError",
    "OutboxError",
    "OutboxSchemaError",
    "OutboxStateError",
    "OutboxUnavailableError",
    "WorkerConflictError",
]


class OutboxError(CarrierXError):
    """The base class of all errors of the outbox."""


class OutboxConnectionError(OutboxError):
    """The connection passed to `add` can't be used: another database, another kind, or no open transaction."""


class OutboxSchemaError(OutboxError):
    """The outbox's tables are missing, or belong to another version of carrierx."""


class OutboxUnavailableError(OutboxError):
    """The database doesn't answer: it is locked, full, read-only, unreachable or damaged.

    Attributes:
        temporary: Whether it can work again without anybody doing something, such as a database that is locked.
    """

    def __init__(self, message: str, *, temporary: bool = True) -> None:
        super().__init__(message)
        self.temporary = temporary


LOST_COMMITS: Final = (
    "The database is another one than before: it was restored, copied or moved, or it failed over. So it may lack "
    "commits, and what it calls queued may have been sent. Call recover() first."
)


class LostCommitsError(OutboxError):
    """The database may lack commits. Nothing can be decided about a message before `recover`."""


class NothingLostError(OutboxError):
    """There is nothing to recover: the database is the same as before. Nothing was changed.

    Attributes:
        unknown: How many messages a recovery would make unknown.
    """

    def __init__(self, *, unknown: int) -> None:
        messages = "1 message" if unknown == 1 else f"{unknown} messages"
        super().__init__(
            f"The outbox noticed no lost commits, so nothing was recovered. It would make {messages} unknown, to be "
            "looked up before anything is sent. If you know that the database lacks commits, pass force=True."
        )
        self.unknown = unknown


class WorkerConflictError(OutboxError):
    """Another process is the worker of this file already. SQLite allows one, also for several namespaces."""


class KeyConflictError(OutboxError):
    """There is another message with this key. Nothing was added.

    Attributes:
        key: The key.
        fields: The names of the fields that differ, such as `message` and `to`.
    """

    def __init__(self, message: str, *, key: str, fields: Sequence[str]) -> None:
        super().__init__(message)
        self.key = key
        self.fields: tuple[str, ...] = tuple(fields)


class OutboxStateError(OutboxError):
    """The message's state doesn't allow this operation, or there is no message with this key.

    Attributes:
        key: The key.
        state: The message's state; None if there is no such message.
    """

    def __init__(self, message: str, *, key: str, state: State | None) -> None:
        super().__init__(message)
        self.key = key
        self.state = state
