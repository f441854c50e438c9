"""The connections that `add` accepts, recognised without importing the libraries that they come from."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from carrierx.outbox.errors import OutboxConnectionError, OutboxUnavailableError

__all__ = ["Statement", "StatementPlan", "execute_async", "execute_sync", "is_async"]

T = TypeVar("T")

Statement: TypeAlias = tuple[str, Sequence[object]]
Rows: TypeAlias = list[tuple[Any, ...]]
StatementPlan: TypeAlias = Generator[Statement, Rows, T]
_Execute: TypeAlias = Callable[[str, Sequence[object]], Rows]
_ExecuteAsync: TypeAlias = Callable[[str, Sequence[object]], Awaitable[Rows]]

_KNOWN: Final = (
    "Pass a sqlite3.Connection, psycopg's Connection, a Connection or Session of SQLAlchemy, or Django's connection. "
    "For async connections there is add_async."
)
_KNOWN_ASYNC: Final = (
    "Pass an AsyncConnection or AsyncSession of SQLAlchemy, psycopg's AsyncConnection, or asyncpg's Connection."
)
_NO_TRANSACTION: Final = (
    "This connection has no open transaction, so the message would not be added together with your own changes. Begin "
    "one first, or call add without a connection."
)


def is_async(connection: object) -> bool:
    """Return whether this is an async connection, or an async session of SQLAlchemy."""
    return (
        _sqlalchemy_kind(connection) in ("AsyncConnection", "AsyncSession", "async_scoped_session")
        or _is_a(connection, "psycopg", "AsyncConnection")
        or _is_asyncpg(connection)
    )


def execute_sync(connection: object, plan: StatementPlan[T], database: str) -> T:
    """Execute statements on a connection that a caller passed, in its open transaction.

    Args:
        connection: The connection.
        plan: The statements.
        database: The kind of the outbox's database, as SQLAlchemy calls it.

    Raises:
        OutboxConnectionError: It is of another kind, async, or has no open transaction.
        OutboxUnavailableError: The database refused a statement.
    """
    execute = _executor(connection, database)
    failure = ""
    try:
        statement = next(plan)
        while True:
            statement = plan.send(execute(*statement))
    except StopIteration as end:
        result: T = end.value
        return result
    except OutboxConnectionError:
        raise
    except Exception as error:
        if _is_ours(error):
            raise
        failure = type(error).__name__
    raise OutboxUnavailableError(f"The database refused to add the message: {failure}. Roll your transaction back.")


async def execute_async(connection: object, plan: StatementPlan[T], database: str) -> T:
    """Execute statements on an async connection that a caller passed, in its open transaction.

    Args:
        connection: The connection.
        plan: The statements.
        database: The kind of the outbox's database, as SQLAlchemy calls it.

    Raises:
        OutboxConnectionError: It is of another kind, or has no open transaction.
        OutboxUnavailableError: The database refused a statement.
    """
    execute = await _async_executor(connection, database)
    failure = ""
    try:
        statement = next(plan)
        while True:
            statement = plan.send(await execute(*statement))
    except StopIteration as end:
        result: T = end.value
        return result
    except OutboxConnectionError:
        raise
    except Exception as error:
        if _is_ours(error):
            raise
        failure = type(error).__name__
    raise OutboxUnavailableError(f"The database refused to add the message: {failure}. Roll your transaction back.")


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] == "carrierx"


def _executor(connection: object, database: str) -> _Execute:
    if isinstance(connection, sqlite3.Connection):
        _check_kind("sqlite", database)
        if not connection.in_transaction:
            raise OutboxConnectionError(_NO_TRANSACTION)
        own = connection

        def execute(statement: str, parameters: Sequence[object]) -> Rows:
            cursor = own.cursor()
            cursor.row_factory = None  # the caller's may return anything
            return cursor.execute(statement, tuple(parameters)).fetchall()  # pyright: ignore[reportArgumentType]

        return execute
    kind = _sqlalchemy_kind(connection)
    if kind == "scoped_session":
        registry: Any = connection
        connection, kind = registry(), "Session"
    if kind in ("Connection", "Session"):
        return _of_sqlalchemy(connection, kind, database)
    if is_async(connection):
        raise OutboxConnectionError(f"This {_name(connection)} is async: call add_async instead.")
    if _is_a(connection, "psycopg", "Connection"):
        return _of_psycopg(connection, database)
    if _is_django(connection):
        return _of_django(connection, database)
    raise OutboxConnectionError(f"add can't use a {_name(connection)}. {_KNOWN}")


def _check_kind(found: str, database: str) -> None:
    if found != database:
        raise OutboxConnectionError(
            f"This connection is to a {found} database, and the outbox is in {_PLACES.get(database, database)}."
        )


def _of_psycopg(given: object, database: str) -> _Execute:
    connection: Any = given
    _check_kind("postgresql", database)
    _check_psycopg(connection)

    def execute(statement: str, parameters: Sequence[object]) -> Rows:
        with _plain_cursor(connection) as cursor:
            cursor.execute(statement, tuple(parameters))
            rows: Rows = cursor.fetchall()  # in a pipeline, nothing is known before this
            return rows

    return execute


def _check_psycopg(connection: Any) -> None:
    # Without autocommit, psycopg begins a transaction with the first statement. Until then there is none.
    if connection.closed or connection.info.transaction_status.name == "IDLE":
        raise OutboxConnectionError(_NO_TRANSACTION)


def _plain_cursor(connection: Any) -> Any:
    from psycopg import AsyncCursor, Cursor
    from psycopg.rows import tuple_row

    # The caller's may expect other parameters and return anything.
    kind: Any = AsyncCursor if _is_a(connection, "psycopg", "AsyncConnection") else Cursor
    return kind(connection, row_factory=tuple_row)


def _of_sqlalchemy(given: object, kind: str, database: str) -> _Execute:
    connection: Any = given
    if not connection.in_transaction():
        raise OutboxConnectionError(_NO_TRANSACTION)
    if kind == "Session":
        connection = connection.connection()
    translate = _checked_dialect(connection, connection, database)

    def execute(statement: str, parameters: Sequence[object]) -> Rows:
        result = connection.exec_driver_sql(translate(statement), tuple(parameters))
        return [tuple(row) for row in result.fetchall()] if result.returns_rows else []

    return execute


async def _async_executor(connection: object, database: str) -> _ExecuteAsync:
    kind = _sqlalchemy_kind(connection)
    if not is_async(connection):
        raise OutboxConnectionError(f"add_async can't use a {_name(connection)}. {_KNOWN_ASYNC}")
    own: Any = connection
    if _is_asyncpg(connection):
        return _of_asyncpg(own, database)
    if not kind:
        return _of_async_psycopg(own, database)
    if kind == "async_scoped_session":
        own = own()
    if not own.in_transaction():
        raise OutboxConnectionError(_NO_TRANSACTION)
    if kind != "AsyncConnection":
        own = await own.connection()
    translate = _checked_dialect(own, own.sync_connection, database)

    async def execute(statement: str, parameters: Sequence[object]) -> Rows:
        result = await own.exec_driver_sql(translate(statement), tuple(parameters))
        return [tuple(row) for row in result.fetchall()] if result.returns_rows else []

    return execute


def _of_async_psycopg(connection: Any, database: str) -> _ExecuteAsync:
    _check_kind("postgresql", database)
    _check_psycopg(connection)

    async def execute(statement: str, parameters: Sequence[object]) -> Rows:
        async with _plain_cursor(connection) as cursor:
            await cursor.execute(statement, tuple(parameters))
            rows: Rows = await cursor.fetchall()
            return rows

    return execute


def _of_asyncpg(connection: Any, database: str) -> _ExecuteAsync:
    _check_kind("postgresql", database)
    if connection.is_closed() or not connection.is_in_transaction():
        raise OutboxConnectionError(_NO_TRANSACTION)

    async def execute(statement: str, parameters: Sequence[object]) -> Rows:
        return [tuple(row) for row in await connection.fetch(_numbered(statement), *parameters)]

    return execute


def _checked_dialect(connection: Any, sync_connection: Any, database: str) -> Callable[[str], str]:
    """Check a connection of SQLAlchemy. Return a function that writes our statements as its driver expects them."""
    dialect = connection.dialect
    _check_kind(dialect.name, database)
    driver: object = sync_connection.connection.dbapi_connection
    if database == "sqlite":
        # SQLAlchemy believes in a transaction even if the driver commits each statement on its own. Without autocommit,
        # the driver begins one with its first change. aiosqlite's is behind two others that don't show its autocommit.
        own: object = getattr(sync_connection.connection.driver_connection, "_conn", driver)
        autocommits = getattr(driver, "isolation_level", "") is None or getattr(own, "autocommit", False) is True
        if autocommits and not getattr(driver, "in_transaction", False):
            raise OutboxConnectionError(_NO_TRANSACTION)
        return str
    if getattr(driver, "autocommit", False):
        raise OutboxConnectionError(_NO_TRANSACTION)
    return _numbered if dialect.paramstyle == "numeric_dollar" else str


def _numbered(statement: str) -> str:
    """Write the parameters as $1, $2. None of our statements has a percent sign in a text."""
    parts = statement.split("%s")
    return "".join(f"{part}${number}" for number, part in enumerate(parts[:-1], 1)) + parts[-1]


def _of_django(given: object, database: str) -> _Execute:
    connection: Any = given
    _check_kind(connection.vendor, database)
    if not connection.in_atomic_block and connection.get_autocommit():
        raise OutboxConnectionError(f"{_NO_TRANSACTION} In Django: with transaction.atomic().")

    def execute(statement: str, parameters: Sequence[object]) -> Rows:
        with connection.cursor() as cursor:
            # Django's cursor expects %s. None of our statements has a percent sign or a question mark in a text.
            cursor.execute(statement.replace("?", "%s"), tuple(parameters))
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    return execute


def _sqlalchemy_kind(connection: object) -> str:
    for base in type(connection).__mro__:
        module = base.__module__
        if module.partition(".")[0] == "sqlalchemy" and base.__name__ in _SQLALCHEMY:
            return base.__name__
    return ""


_SQLALCHEMY: Final = frozenset(
    {"AsyncConnection", "AsyncSession", "Connection", "Session", "async_scoped_session", "scoped_session"}
)


_PLACES: Final = {"postgresql": "a PostgreSQL database", "sqlite": "an SQLite file"}


def _is_a(connection: object, package: str, name: str) -> bool:
    return any(
        base.__module__.partition(".")[0] == package and base.__name__ == name for base in type(connection).__mro__
    )


def _is_asyncpg(connection: object) -> bool:
    return _is_a(connection, "asyncpg", "Connection") or _is_a(connection, "asyncpg", "PoolConnectionProxy")


def _is_django(connection: object) -> bool:
    modules = {base.__module__.partition(".")[0] for base in type(connection).__mro__}
    return "django" in modules and hasattr(connection, "in_atomic_block")


def _name(connection: object) -> str:
    return type(connection).__name__
