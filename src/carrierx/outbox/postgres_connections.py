"""The connections of an outbox to PostgreSQL: a small pool, durable transactions, errors, forks.

Behind a pooler in transaction mode, each transaction may run on another server connection. So nothing here depends on
the state of a session: no `SET` that outlives its transaction, no advisory lock of a session. Prepared statements do,
and are given up when a session doesn't know one.
"""

from __future__ import annotations

import math
import os
import re
import secrets
import select
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import ClientCursor, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from carrierx.errors import ConfigurationError
from carrierx.outbox.errors import OutboxSchemaError, OutboxUnavailableError
from carrierx.outbox.postgres_schema import missing_tables
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Connection", "PostgresConnections", "PreparedStatements", "client_cursor"]

T = TypeVar("T")

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

_SCHEMES: Final = ("postgresql", "postgres")

# Nothing gets better by waiting: no right to do it, a statement that this database doesn't know, damaged data.
_LASTING: Final = (
    errors.InsufficientPrivilege,
    errors.FeatureNotSupported,
    errors.SyntaxErrorOrAccessRuleViolation,
    errors.DataCorrupted,
    errors.IndexCorrupted,
    errors.CharacterNotInRepertoire,
    errors.UntranslatableCharacter,
)
_NOT_UTF8: Final = (errors.CharacterNotInRepertoire, errors.UntranslatableCharacter)
_OF_STANDBY: Final = (
    errors.FeatureNotSupported,
    errors.ObjectNotInPrerequisiteState,
    errors.ReadOnlySqlTransaction,
)
_NO_TABLES: Final = (errors.UndefinedTable, errors.InvalidSchemaName)
_INHERITED: Final[list[Connection]] = []
"""Connections of a parent process. A child must neither use nor close them."""


@clears_locals
def _parsed(url: str) -> dict[str, Any]:
    """Return the parts of a URL. An error never shows the URL, since it may have a password."""
    scheme, separator, rest = url.partition("://")
    scheme = scheme.partition("+")[0]  # SQLAlchemy's URLs name the driver
    parts: dict[str, Any] | None = None
    if separator and scheme in _SCHEMES:
        with suppress(psycopg.Error):
            parts = dict(conninfo_to_dict(f"postgresql://{rest}"))
    if parts is None or _shows_password(rest, parts):
        raise ConfigurationError(
            "The outbox's URL must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE, as libpq reads it. Special "
            "characters in a password are written as in any URL: %40 for @, %2F for /."
        )
    return parts


def _shows_password(rest: str, parts: Mapping[str, Any]) -> bool:
    """Return whether a part of the password, with its @ or / as they are, was read as host, port or database.

    These are shown.
    """
    before, _, after = rest.partition("@")
    place = (rest if "/" in before else after or rest).partition("?")[0]
    ports = str(parts.get("port") or "").split(",")
    return "@" in place or not all(port.isdecimal() or not port for port in ports)


def _shown(parts: Mapping[str, Any]) -> str:
    host, port, name = parts.get("host") or "", parts.get("port") or "", parts.get("dbname") or ""
    if "," in str(host):
        return f"postgresql://{host}/{name}"
    return f"postgresql://{host}{f':{port}' if port else ''}/{name}"


class PostgresConnections:
    """At most so many connections, opened when they are needed and kept open.

    Connections are opened by the thread that needs one, so whoever waits also learns why it doesn't open, and nothing
    runs in the background that a fork would lose.

    Args:
        url: The URL, as libpq reads it.
        size: The most connections.
        timeout: Seconds to wait for a connection, and for another transaction's lock.

    Attributes:
        shown: The URL without user, password and options, for messages.
    """

    def __init__(self, url: str, size: int, timeout: float) -> None:
        parts = _parsed(url)
        self.shown: str = _shown(parts)
        self.milliseconds: int = max(math.ceil(timeout * 1000), 1)
        # A network that swallows everything must not keep a worker waiting for hours.
        usual = {
            "application_name": "carrierx outbox",
            "connect_timeout": str(max(math.ceil(timeout), 2)),
            "keepalives_idle": "5",
            "keepalives_interval": "2",
            "keepalives_count": "5",
            "tcp_user_timeout": str(max(self.milliseconds * 2, 5000)),
        }
        # Texts have all characters, whatever PGCLIENTENCODING or the database's own encoding is.
        self._target = make_conninfo(**(usual | parts | {"client_encoding": "UTF8"}))
        self._size = size
        self._timeout = timeout
        self._lock = threading.Lock()
        self._reset()

    def __repr__(self) -> str:
        return f"PostgresConnections({self.shown!r})"

    def __del__(self) -> None:
        if getattr(self, "_pid", None) == os.getpid():
            self._close_idle()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._idle = list[Connection]()
        self._free = threading.Semaphore(self._size)
        self._generation = 0

    def run(self, work: Callable[[Connection, bool], T]) -> T:
        """Run a function with a connection, and whether that is a new one. Errors of psycopg become ours.

        It isn't a context manager: the error would then carry the one of psycopg, whose frames hold the messages.

        Raises:
            OutboxUnavailableError: The database can't be used.
            OutboxSchemaError: There are no tables.
        """
        if self._pid != os.getpid():
            self._leave_to_parent()
        free = self._free
        if not free.acquire(timeout=self._timeout):
            raise OutboxUnavailableError(f"All {self._size} connections to {self.shown} are in use: raise pool_size=.")
        try:
            with self._lock:
                generation = self._generation
                connection = self._usable()
            new = connection is None
            if connection is None:
                connection = self._opened()
            try:
                result = work(connection, new)
            except psycopg.Error as error:
                failure = self._failure(error)
                self._put_away(connection)
            except OutboxSchemaError:
                self._put_away(connection)  # the next one is new, and checks the tables again
                raise
            except BaseException:
                self._put_back(connection, generation)
                raise
            else:
                self._put_back(connection, generation)
                return result
        finally:
            free.release()
        raise failure

    def _usable(self) -> Connection | None:
        """Return an idle connection that the server hasn't closed meanwhile."""
        while self._idle:
            connection = self._idle.pop()
            if _is_alive(connection):
                return connection
            self._put_away(connection)
        return None

    def _opened(self) -> Connection:
        # An error of psycopg and its frames know the password, so neither leaves this function.
        try:
            return psycopg.connect(self._target, autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            text = _first_line(error)
        raise OutboxUnavailableError(f"{self.shown} can't be reached: {text}")

    def _failure(self, error: psycopg.Error) -> Exception:
        if isinstance(error, _NO_TABLES):
            return missing_tables(self.shown)
        text = _first_line(error)
        if isinstance(error, _NOT_UTF8):
            text = "its encoding lacks a character, so it must be UTF8"  # the error shows the character
        if isinstance(error, _OF_STANDBY) and "recovery" in text:
            return OutboxUnavailableError(f"{self.shown} is a standby: {text}")
        # The details of an error may show a row, so they are left out.
        return OutboxUnavailableError(f"{self.shown} can't be used: {text}", temporary=not isinstance(error, _LASTING))

    def _put_back(self, connection: Connection, generation: int) -> None:
        if connection.closed:
            return
        if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                connection.rollback()
        with self._lock:
            if generation == self._generation and self._pid == os.getpid():
                self._idle.append(connection)
                return
        self._put_away(connection)

    def _put_away(self, connection: Connection) -> None:
        with suppress(psycopg.Error):
            connection.close()

    def close(self) -> None:
        """Close the connections. Those in use are closed when they are given back."""
        if self._pid != os.getpid():
            self._leave_to_parent()
        with self._lock:
            self._generation += 1
            self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            self._put_away(self._idle.pop())

    def _leave_to_parent(self) -> None:
        """Forget the connections of the process that was forked: they are the parent's."""
        _INHERITED.extend(self._idle)
        self._lock = threading.Lock()
        self._reset()


class PreparedStatements:
    """Statements whose plans the server keeps, for each connection.

    Planning a claim takes the server several times as long as running it.

    Attributes:
        kept: Whether sessions keep them. Behind a pooler in transaction mode, they don't.
    """

    def __init__(self) -> None:
        self.kept: bool = True
        self._names: WeakKeyDictionary[Connection, dict[str, str]] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def call(self, connection: Connection, statement: str) -> str | None:
        """Return a statement that runs the prepared one with the same values; None if nothing is prepared.

        Args:
            connection: The connection, without an open transaction.
            statement: The statement, with named values.
        """
        if not self.kept:
            return None
        if self._pid != os.getpid():  # a thread of the parent may have held the lock
            self._names, self._lock, self._pid = WeakKeyDictionary(), threading.Lock(), os.getpid()
        with self._lock:
            names = self._names.setdefault(connection, {})
        names_of_values = list(dict.fromkeys(_VALUE.findall(statement)))
        name = names.get(statement)
        if name is None:
            # No other connection prepares this name, since a pooler may give it the same session.
            name = names[statement] = f"carrierx_{secrets.token_hex(8)}"
            numbered = _VALUE.sub(lambda found: f"${names_of_values.index(found[1]) + 1}", statement)
            with client_cursor(connection) as cursor:
                cursor.execute(f"PREPARE {name} AS {numbered}".encode())
        return f"EXECUTE {name} ({', '.join(f'%({each})s' for each in names_of_values)})"


_VALUE: Final = re.compile(r"%\((\w+)\)s")


def _is_alive(connection: Connection) -> bool:
    """Return whether nothing is to be read: on an idle connection, it is that the server has ended it."""
    if connection.closed:
        return False
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return not poll.poll(0)
    return not select.select([connection.fileno()], [], [], 0)[0]  # Windows


def _first_line(error: psycopg.Error) -> str:
    text = (error.diag.message_primary or str(error)).strip()
    line = (text.splitlines() or [type(error).__name__])[0]
    return _ROLE.sub(r'\1 "..."', line)[:300]


_ROLE: Final = re.compile(r'\b(user|role) "(?:[^"]|"")*"')
"""The user's name, as the server shows it when it refuses a connection."""


def client_cursor(connection: Connection) -> ClientCursor[tuple[Any, ...]]:
    """Return a cursor that sends a statement as a text, so that several of them need one trip to the server."""
    return ClientCursor(connection)
