"""The outbox: texts that go out exactly once, even if the process dies.

Your application adds a text in its own database transaction. A worker sends it, through crashes, lost responses and
restarts. If it is unknown whether a text went out, the outbox looks it up, and sends it again only if it is proven
absent.

Example:
    >>> from carrierx.outbox import Outbox, OutboxSettings
    >>> Outbox("sqlite:////tmp/texts.db", settings=OutboxSettings(max_unknown=20))
    Outbox('sqlite:////tmp/texts.db', namespace='default')
"""

from carrierx.outbox.comparison import VerifyReport
from carrierx.outbox.errors import (
    KeyConflictError,
    LostCommitsError,
    NothingLostError,
    OutboxConnectionError,
    OutboxError,
    OutboxSchemaError,
    OutboxStateError,
    OutboxUnavailableError,
    WorkerConflictError,
)
from carrierx.outbox.events import OutboxEvent, OutboxEventHandler
from carrierx.outbox.outbox import Outbox, OutboxMessage
from carrierx.outbox.ports import Added, OutboxClock, OutboxStats, StoredAttempt, StoredMessage
from carrierx.outbox.runner import RunReport
from carrierx.outbox.settings import OutboxSettings
from carrierx.outbox.states import State, UnknownKind

__all__ = [
    "Added",
    "KeyConflictError",
    "LostCommitsError",
    "NothingLostError",
    "Outbox",
    "OutboxClock",
    "OutboxConnectionError",
    "OutboxError",
    "OutboxEvent",
    "OutboxEventHandler",
    "OutboxMessage",
    "OutboxSchemaError",
    "OutboxSettings",
    "OutboxStateError",
    "OutboxStats",
    "OutboxUnavailableError",
    "RunReport",
    "State",
    "StoredAttempt",
    "StoredMessage",
    "UnknownKind",
    "VerifyReport",
    "WorkerConflictError",
]
