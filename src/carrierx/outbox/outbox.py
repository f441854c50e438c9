"""The outbox: texts that go out exactly once, even if the process dies."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.extras import needs_packages
from carrierx.models.send_request import SendMessageRequest
from carrierx.options import check_count, check_seconds
from carrierx.outbox.carrier import AsyncCarrier, Carrier, check_client
from carrierx.outbox.clock import SystemClock
from carrierx.outbox.comparison import RecordComparison, VerifyReport
from carrierx.outbox.connections import execute_async, execute_sync
from carrierx.outbox.errors import OutboxStateError
from carrierx.outbox.events import (
    MessageAdded,
    MessagesPurged,
    OutboxPaused,
    OutboxRecovered,
    OutboxResumed,
    StateChanged,
    emitter,
)
from carrierx.outbox.messages import MAX_KEY, as_timestamp, checked_key, checked_namespace, new_message
from carrierx.outbox.ports import ListQuery, LookupFailedError, Pace
from carrierx.outbox.runner import checked_until, run_tasks, run_threads
from carrierx.outbox.settings import OutboxSettings
from carrierx.outbox.sqlite_file import path_of_url
from carrierx.outbox.sqlite_store import SqliteStore
from carrierx.outbox.states import State
from carrierx.outbox.worker import Worker
from carrierx.tracebacks import clears_locals, clears_locals_of_init

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from carrierx.client import AsyncCarrierXClient, CarrierXClient
    from carrierx.outbox.events import OutboxEventHandler
    from carrierx.outbox.ports import (
        Added,
        ManagedStore,
        NewMessage,
        OutboxClock,
        OutboxStats,
        StoredAttempt,
        StoredMessage,
    )
    from carrierx.outbox.runner import RunReport, Until

__all__ = ["Outbox", "OutboxMessage"]

_PURGE_AT_ONCE: Final = 500
_VERIFY_AT_ONCE: Final = 100
_PAGE: Final = 500
_LAST_ID: Final = 2**63 - 1
_LONGEST_SID: Final = 255


class OutboxMessage:
    """A message for `add_many`, with everything that `add` accepts for one.

    Its `repr` shows nothing of the message.

    Args:
        request: The message.
        key: Your name for this text, which no other text has.
        due_at: The time from which it may be sent.
        expires_at: The time after which it must not be sent.
        priority: Higher goes first.
        data: Your own data, which stays in your database.
    """

    __slots__ = ("data", "due_at", "expires_at", "key", "priority", "request")

    def __init__(
        self,
        request: SendMessageRequest,
        *,
        key: str,
        due_at: datetime | timedelta | None = None,
        expires_at: datetime | timedelta | None = None,
        priority: int = 0,
        data: object = None,
    ) -> None:
        self.request: SendMessageRequest = request
        self.key: str = key
        self.due_at: datetime | timedelta | None = due_at
        self.expires_at: datetime | timedelta | None = expires_at
        self.priority: int = priority
        self.data: object = data

    def __repr__(self) -> str:
        return f"OutboxMessage(key={self.key!r})"


@clears_locals_of_init
class Outbox:
    """An outbox: your application adds texts in its own database transactions, and a worker sends each of them once.

    The text is committed together with your own changes, or not at all. A worker then sends it, through crashes, lost
    responses and restarts. Whatever happens, it isn't sent twice: if it is unknown whether a text went out, the outbox
    looks it up, and sends it again only if it is proven absent.

    The outbox's tables contain the complete messages, with numbers and texts, until you `purge` them.

    Args:
        url: The database: `sqlite:///texts.db`, or `sqlite:////var/lib/texts.db` with a complete path, or
            `postgresql://user:password@host/database` for workers on several machines.
        namespace: The name of this outbox. One database can have several.
        settings: Times and limits.
        on_event: A function to call with each event; see `carrierx.outbox.events`.
        fingerprint_key: A secret of yours. With it, the outbox still knows after a purge whether a key is used for
            another message. Don't keep it in the same database.
        clock: The clock, for tests. In PostgreSQL, times are by the clock of the database.
        schema: The PostgreSQL schema of the outbox's tables. By default, it is `public`.
        pool_size: The most connections that this process opens to PostgreSQL.

    Raises:
        ConfigurationError: The URL or a setting can't work, or the extra `postgres` is missing.

    Example:
        >>> from carrierx import SendMessageRequest
        >>> from carrierx.outbox import Outbox
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> outbox = Outbox(f"sqlite:///{folder}/texts.db")
        >>> outbox.create_schema()
        True
        >>> request = SendMessageRequest(from_="15162065575", to="15162065574", message="Your order is on its way.")
        >>> added = outbox.add(None, request, key="order-17/shipped")
        >>> added.created, added.state
        (True, <State.QUEUED: 'queued'>)
        >>> outbox.add(None, request, key="order-17/shipped").created
        False
    """

    def __init__(
        self,
        url: str,
        *,
        namespace: str = "default",
        settings: OutboxSettings | None = None,
        on_event: OutboxEventHandler | None = None,
        fingerprint_key: bytes | None = None,
        clock: OutboxClock | None = None,
        schema: str | None = None,
        pool_size: int = 10,
    ) -> None:
        if on_event is not None and not callable(on_event):
            raise ConfigurationError(f"on_event must be a function, not {type(on_event).__name__}.")
        _check_fingerprint_key(fingerprint_key)
        self.namespace: str = checked_namespace(namespace)
        self.settings: OutboxSettings = OutboxSettings() if settings is None else settings
        self._clock: OutboxClock = SystemClock() if clock is None else clock
        self._emit = emitter(on_event)
        self._fingerprint_key = fingerprint_key
        self._store: ManagedStore = self._store_of(url, schema, pool_size)
        self._instance: tuple[object, str] | None = None

    def _store_of(self, url: str, schema: str | None, pool_size: int) -> ManagedStore:
        """Return the store of a URL."""
        check_count("pool_size", pool_size, ConfigurationError, minimum=1)
        if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"url must be a string, not {type(url).__name__}.")
        if url.startswith("postgres"):
            try:
                from carrierx.outbox.postgres_store import PostgresStore
            except ImportError as error:
                raise ConfigurationError(needs_packages("An outbox in PostgreSQL", "postgres")) from error
            return PostgresStore(url, self.namespace, self.settings, schema=schema, pool_size=pool_size)
        if schema is not None:
            raise ConfigurationError("schema= is for PostgreSQL only.")
        return SqliteStore(path_of_url(url), self.namespace, self.settings, self._clock)

    @property
    def path(self) -> str:
        """The path of the SQLite file; an empty string for PostgreSQL."""
        return self._store.path if isinstance(self._store, SqliteStore) else ""

    def __repr__(self) -> str:
        return f"Outbox({self._store.shown!r}, namespace={self.namespace!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database. Another call opens it again."""
        self._store.close()

    # The tables

    def create_schema(self) -> bool:
        """Create the outbox's tables, and the file or the schema if it is missing.

        Returns:
            Whether they were created. If they are there already, nothing changes.

        Raises:
            OutboxUnavailableError: The database can't be used.
        """
        return self._store.create_schema()

    def upgrade(self) -> tuple[int, int]:
        """Bring the tables of an older version of carrierx up to date. It only adds to them.

        Returns:
            The version of the tables before and now.

        Raises:
            OutboxSchemaError: There are no tables, or a newer version of carrierx made them.
            OutboxUnavailableError: The database can't be used.
        """
        return self._store.upgrade()

    # Adding

    @clears_locals
    def add(
        self,
        connection: object,
        request: SendMessageRequest,
        *,
        key: str,
        due_at: datetime | timedelta | None = None,
        expires_at: datetime | timedelta | None = None,
        priority: int = 0,
        data: object = None,
    ) -> Added:
        """Add a message, in the open transaction of your connection.

        Adding the same message with the same key again does nothing.

        Args:
            connection: Your connection to the outbox's database, in a transaction: a `sqlite3.Connection`, psycopg's
                `Connection`, a `Connection` or `Session` of SQLAlchemy, or Django's connection. None for a transaction
                of its own.
            request: The message.
            key: Your name for this text, of at most 255 characters, which no other text has:
                `order-17/confirmation`. It appears in logs, so don't put anything private into it.
            due_at: The time from which it may be sent, or a time from now. By default, it may be sent immediately.
            expires_at: The time after which it must not be sent, or a time from now.
            priority: Higher goes first.
            data: Your own data, as JSON. It stays in your database.

        Returns:
            Its number, whether it was added, and its state.

        Raises:
            KeyConflictError: There is another message with this key.
            OutboxConnectionError: The connection is to another database, of another kind, or has no open transaction.
            OutboxSchemaError: The outbox's tables are missing.
            OutboxUnavailableError: The database can't be used.
            InvalidArgumentError: An argument is invalid.
        """
        one = OutboxMessage(request, key=key, due_at=due_at, expires_at=expires_at, priority=priority, data=data)
        return self.add_many(connection, [one])[0]

    @clears_locals
    def add_many(self, connection: object, messages: Iterable[OutboxMessage]) -> Sequence[Added]:
        """Add several messages, in the open transaction of your connection.

        They are added in the order of their keys. So two transactions that add the same keys don't wait for each other.

        Args:
            connection: As for `add`.
            messages: The messages.

        Returns:
            What `add` returns for each of them, in the order that you gave them.

        Raises:
            KeyConflictError: There is another message with one of the keys, also within `messages`.
            OutboxConnectionError: As for `add`.
            OutboxSchemaError: The outbox's tables are missing.
            OutboxUnavailableError: The database can't be used.
            InvalidArgumentError: An argument is invalid.
        """
        given = list(messages)
        new = self._new_messages(given)
        if connection is None:
            added = self._store.add(new, self._instance_id())
            for each in added:
                if each.created:
                    self._emit(MessageAdded(each.key))
        else:
            added = execute_sync(connection, self._store.adding(new, self._instance_id()), self._store.kind)
        return _in_given_order(given, added)

    @clears_locals
    async def add_async(
        self,
        connection: object,
        request: SendMessageRequest,
        *,
        key: str,
        due_at: datetime | timedelta | None = None,
        expires_at: datetime | timedelta | None = None,
        priority: int = 0,
        data: object = None,
    ) -> Added:
        """Add a message, in the open transaction of your async connection.

        Args:
            connection: An `AsyncConnection` or `AsyncSession` of SQLAlchemy, psycopg's `AsyncConnection`, or asyncpg's
                `Connection`, in a transaction.
            request: As for `add`.
            key: As for `add`.
            due_at: As for `add`.
            expires_at: As for `add`.
            priority: As for `add`.
            data: As for `add`.

        Returns:
            As for `add`.

        Raises:
            KeyConflictError: There is another message with this key.
            OutboxConnectionError: The connection is to another database, of another kind, or has no open transaction.
            OutboxSchemaError: The outbox's tables are missing.
            OutboxUnavailableError: The database can't be used.
            InvalidArgumentError: An argument is invalid.
        """
        one = OutboxMessage(request, key=key, due_at=due_at, expires_at=expires_at, priority=priority, data=data)
        return (await self.add_many_async(connection, [one]))[0]

    @clears_locals
    async def add_many_async(self, connection: object, messages: Iterable[OutboxMessage]) -> Sequence[Added]:
        """Add several messages, in the open transaction of your async connection.

        Args:
            connection: As for `add_async`.
            messages: As for `add_many`.

        Returns:
            As for `add_many`.

        Raises:
            KeyConflictError: As for `add_many`.
            OutboxConnectionError: As for `add_async`.
            OutboxSchemaError: The outbox's tables are missing.
            OutboxUnavailableError: The database can't be used.
            InvalidArgumentError: An argument is invalid.
        """
        given = list(messages)
        plan = self._store.adding(self._new_messages(given), self._instance_id())
        return _in_given_order(given, await execute_async(connection, plan, self._store.kind))

    @clears_locals
    def _new_messages(self, messages: list[OutboxMessage]) -> list[NewMessage]:
        instance_id, now = self._instance_id(), self._clock.wall()
        for each in messages:
            if not isinstance(each, OutboxMessage):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InvalidArgumentError(f"add_many takes OutboxMessages, not {type(each).__name__}.")
        new = [
            new_message(
                each.request,
                key=each.key,
                namespace=self.namespace,
                instance_id=instance_id,
                due_at=each.due_at,
                expires_at=each.expires_at,
                priority=each.priority,
                data=each.data,
                # A microsecond apart, so that they are sent in the order in which they were given.
                now=now + place / 1e6,
                fingerprint_key=self._fingerprint_key,
            )
            for place, each in enumerate(messages)
        ]
        return sorted(new, key=lambda each: each.key)

    def _instance_id(self) -> str:
        """Return the random id of the tables. It is read again if the database is another one."""
        identity = self._store.identity()
        if self._instance is None or self._instance[0] != identity:
            self._instance = (identity, self._store.instance_id())
        return self._instance[1]

    # Sending

    def run(
        self,
        client: CarrierXClient,
        *,
        rate: float | None = None,
        sender_rate: float | None = None,
        concurrency: int = 10,
        until: Until = None,
    ) -> RunReport:
        """Send messages until somebody stops it: a worker.

        SIGTERM and Ctrl-C stop it cleanly if it runs in the main thread: what is being sent is finished and written.
        If the database hangs, it stops nevertheless, after the times `lease` and `shutdown_wait` of the settings.
        Messages that lack a result are then unknown, and the next worker looks them up.

        Args:
            client: The client. It must make its own connections, not use an `http_client` of yours.
            rate: Messages per second from all numbers together.
            sender_rate: Messages per second from each sending number.
            concurrency: The number of sends at the same time.
            until: A function that returns True when it should stop, or an event such as `threading.Event`.

        Returns:
            What it did.

        Raises:
            WorkerConflictError: There is another worker, and this database allows one.
            OutboxSchemaError: The tables are missing, or of another version.
            OutboxUnavailableError: The database can't be used, and waiting doesn't help.
            ConfigurationError: The client can't be used.
            InvalidArgumentError: An argument is out of range.
        """
        return self._run(client, rate, sender_rate, concurrency, until, None, draining=False)

    def drain(
        self,
        client: CarrierXClient,
        *,
        seconds: float | None = None,
        rate: float | None = None,
        sender_rate: float | None = None,
        concurrency: int = 10,
    ) -> RunReport:
        """Send what is due now, and return: a bounded piece of work, for a job that is started again and again.

        Args:
            client: As for `run`.
            seconds: Stop after this time, even if there is more to send.
            rate: As for `run`.
            sender_rate: As for `run`.
            concurrency: As for `run`.

        Returns:
            What it did.

        Raises:
            WorkerConflictError: There is another worker, and this database allows one.
            OutboxSchemaError: The tables are missing, or of another version.
            OutboxUnavailableError: The database can't be used, and waiting doesn't help.
            ConfigurationError: The client can't be used.
            InvalidArgumentError: An argument is out of range.
        """
        return self._run(client, rate, sender_rate, concurrency, None, seconds, draining=True)

    def _run(
        self,
        client: CarrierXClient,
        rate: float | None,
        sender_rate: float | None,
        concurrency: int,
        until: Until,
        seconds: float | None,
        *,
        draining: bool,
    ) -> RunReport:
        check_client(client, asynchronous=False)
        worker = self._worker(rate, sender_rate, concurrency, seconds, draining=draining)
        return run_threads(
            worker,
            self._store,
            Carrier(client, self.settings),
            self._emit,
            concurrency=concurrency,
            until=checked_until(until),
            seconds=seconds,
        )

    async def run_async(
        self,
        client: AsyncCarrierXClient,
        *,
        rate: float | None = None,
        sender_rate: float | None = None,
        concurrency: int = 10,
        until: Until = None,
    ) -> RunReport:
        """Send messages until somebody stops it, as tasks of the running event loop.

        Cancel it to stop it, or use a signal, as for `run`: what is being sent is finished and written first. If all
        tasks of the loop are cancelled, as `asyncio.run` does at its end, sends are cut off. What each of them proved
        is still written: a message that may have been sent is unknown, and is looked up by the next worker.

        Args:
            client: The async client. It must make its own connections, not use an `http_client` of yours.
            rate: As for `run`.
            sender_rate: As for `run`.
            concurrency: As for `run`.
            until: A function that returns True when it should stop, or an event such as `asyncio.Event`.

        Returns:
            What it did.

        Raises:
            WorkerConflictError: There is another worker, and this database allows one.
            OutboxSchemaError: The tables are missing, or of another version.
            OutboxUnavailableError: The database can't be used, and waiting doesn't help.
            ConfigurationError: The client can't be used.
            InvalidArgumentError: An argument is out of range.
        """
        return await self._run_async(client, rate, sender_rate, concurrency, until, None, draining=False)

    async def drain_async(
        self,
        client: AsyncCarrierXClient,
        *,
        seconds: float | None = None,
        rate: float | None = None,
        sender_rate: float | None = None,
        concurrency: int = 10,
    ) -> RunReport:
        """Send what is due now, and return.

        Args:
            client: As for `run_async`.
            seconds: Stop after this time, even if there is more to send.
            rate: As for `run`.
            sender_rate: As for `run`.
            concurrency: As for `run`.

        Returns:
            What it did.

        Raises:
            WorkerConflictError: There is another worker, and this database allows one.
            OutboxSchemaError: The tables are missing, or of another version.
            OutboxUnavailableError: The database can't be used, and waiting doesn't help.
            ConfigurationError: The client can't be used.
            InvalidArgumentError: An argument is out of range.
        """
        return await self._run_async(client, rate, sender_rate, concurrency, None, seconds, draining=True)

    async def _run_async(
        self,
        client: AsyncCarrierXClient,
        rate: float | None,
        sender_rate: float | None,
        concurrency: int,
        until: Until,
        seconds: float | None,
        *,
        draining: bool,
    ) -> RunReport:
        check_client(client, asynchronous=True)
        worker = self._worker(rate, sender_rate, concurrency, seconds, draining=draining)
        return await run_tasks(
            worker,
            self._store,
            AsyncCarrier(client, self.settings),
            self._emit,
            concurrency=concurrency,
            until=checked_until(until),
            seconds=seconds,
        )

    def _worker(
        self,
        rate: float | None,
        sender_rate: float | None,
        concurrency: int,
        seconds: float | None,
        *,
        draining: bool,
    ) -> Worker:
        for name, value in (("rate", rate), ("sender_rate", sender_rate), ("seconds", seconds)):
            if value is not None:
                check_seconds(name, value, InvalidArgumentError)
        check_count("concurrency", concurrency, InvalidArgumentError, minimum=1)
        self._instance_id()  # the tables must be there, or the worker would wait for them forever
        pace = Pace(None if rate is None else float(rate), None if sender_rate is None else float(sender_rate))
        return Worker(self.settings, self._clock, pace, self._emit, draining=draining)

    # Managing

    def get(self, key: str) -> StoredMessage | None:
        """Return one message, without the message itself.

        Args:
            key: The key.

        Returns:
            Its state and everything else that may be shown; None if there is no such message.

        Raises:
            OutboxUnavailableError: The database can't be used.
        """
        return self._store.get(checked_key(key))

    @clears_locals
    def request(self, key: str) -> SendMessageRequest | None:
        """Return the message itself, with numbers and text.

        Args:
            key: The key.

        Returns:
            The message; None if there is none with this key, or it was purged.

        Raises:
            OutboxUnavailableError: The database can't be used.
        """
        text = self._store.request_of(checked_key(key))
        return None if text is None else SendMessageRequest.model_validate_json(text)

    def list(
        self,
        *,
        state: State | str | Iterable[State | str] | None = None,
        key_prefix: str = "",
        after_id: int = 0,
        limit: int = 100,
    ) -> Sequence[StoredMessage]:
        """Return one page of messages, in the order in which they were added.

        Args:
            state: Only messages in this state, or in one of these.
            key_prefix: Only messages whose key begins like this.
            after_id: Only messages after this one: the `id` of the last message of the page before.
            limit: The most messages to return, from 1 to 1000.

        Returns:
            The messages. If there are fewer than `limit`, it's the last page.

        Raises:
            InvalidArgumentError: An argument is invalid.
            OutboxUnavailableError: The database can't be used.
        """
        check_count("limit", limit, InvalidArgumentError, minimum=1)
        check_count("after_id", after_id, InvalidArgumentError)
        if limit > 1000:
            raise InvalidArgumentError("limit must be at most 1000: read several pages, or use iterate.")
        return self._store.list(ListQuery(_states(state), _prefix(key_prefix), min(after_id, _LAST_ID), limit))

    def iterate(
        self, *, state: State | str | Iterable[State | str] | None = None, key_prefix: str = ""
    ) -> Iterator[StoredMessage]:
        """Go through all messages, in the order in which they were added.

        Args:
            state: As for `list`.
            key_prefix: As for `list`.

        Yields:
            The messages.

        Raises:
            InvalidArgumentError: An argument is invalid.
            OutboxUnavailableError: The database can't be used.
        """
        states, prefix, after = _states(state), _prefix(key_prefix), 0
        while page := self._store.list(ListQuery(states, prefix, after, _PAGE)):
            yield from page
            after = page[-1].id

    def attempts(self, key: str) -> Sequence[StoredAttempt]:
        """Return what happened to a message: each attempt, and each lookup that decided something.

        Args:
            key: The key.

        Returns:
            The entries, oldest first. A purge deletes them.

        Raises:
            OutboxUnavailableError: The database can't be used.
        """
        return self._store.attempts(checked_key(key))

    def stats(self, *, quick: bool = False) -> OutboxStats:
        """Return how the outbox is doing.

        Args:
            quick: Don't count the messages that are done. To count them, the database reads the whole table, which
                takes seconds for some million messages.

        Returns:
            Counts by state, the age of the oldest message that is due, and whether it is paused or held.

        Raises:
            OutboxUnavailableError: The database can't be used.
        """
        return self._store.stats(quick=quick)

    def cancel(self, key: str) -> None:
        """Cancel a message that waits to be sent.

        Args:
            key: The key.

        Raises:
            OutboxStateError: It isn't `queued`, or there is none.
            OutboxUnavailableError: The database can't be used.
        """
        before = self._store.cancel(checked_key(key))
        self._changed("cancel", key, before, (State.QUEUED,), State.CANCELLED)

    def reschedule(
        self, key: str, *, due_at: datetime | timedelta, expires_at: datetime | timedelta | None = None
    ) -> None:
        """Change when a message that waits to be sent is due.

        Args:
            key: The key.
            due_at: The time from which it may be sent, or a time from now.
            expires_at: The time after which it must not be sent. By default, this doesn't change.

        Raises:
            OutboxStateError: It isn't `queued`, or there is none.
            InvalidArgumentError: A time is invalid.
            OutboxUnavailableError: The database can't be used.
        """
        now = self._clock.wall()
        due = as_timestamp("due_at", due_at, now)
        expires = None if expires_at is None else as_timestamp("expires_at", expires_at, now)
        if expires is not None and expires <= due:
            raise InvalidArgumentError("expires_at must be later than due_at.")
        before = self._store.reschedule(checked_key(key), due, expires)
        self._changed("reschedule", key, before, (State.QUEUED,), State.QUEUED)

    def retry(self, key: str) -> State:
        """Queue a message again that was rejected, expired or cancelled, so that it is sent.

        If it had expired, it no longer does. An accepted message can't be sent again: add it with another key.

        Args:
            key: The key.

        Returns:
            Its state now: `queued`, or `unknown` if its last change is from before a recovery. It may have been sent
            in what the database lost, so it is looked up first.

        Raises:
            OutboxStateError: Its state is another, it was purged, or there is none.
            OutboxUnavailableError: The database can't be used.
        """
        allowed = (State.REJECTED, State.EXPIRED, State.CANCELLED)
        before, state = self._store.retry(checked_key(key))
        now = State.QUEUED if state is None else state
        self._changed("retry", key, before, allowed, now)
        return now

    def resolve(self, key: str, *, sent: bool, message_sid: str | None = None) -> None:
        """Decide about a message in review, after you have looked for it, such as in CarrierX's portal.

        Args:
            key: The key.
            sent: True if it was sent: then it counts as accepted. False if it was not: then it is queued and sent.
            message_sid: CarrierX's SID, if you know it.

        Raises:
            OutboxStateError: It isn't in `review`, or there is none.
            InvalidArgumentError: `sent` is neither True nor False, or `message_sid` is no SID.
            OutboxUnavailableError: The database can't be used.
        """
        if not isinstance(sent, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError("sent must be True or False.")
        before = self._store.resolve(checked_key(key), sent=sent, sid=_checked_sid(message_sid))
        self._changed("resolve", key, before, (State.REVIEW,), State.ACCEPTED if sent else State.QUEUED)

    def _changed(self, operation: str, key: str, before: State | None, allowed: tuple[State, ...], now: State) -> None:
        if before is None:
            raise OutboxStateError(f"There is no message with the key {key!r}.", key=key, state=None)
        if before not in allowed:
            wanted = " or ".join(allowed)
            raise OutboxStateError(
                f"{operation} needs a message that is {wanted}, and {key!r} is {before}.", key=key, state=before
            )
        self._emit(StateChanged(key, operation, now))

    def pause(self, reason: str = "paused by hand") -> None:
        """Let no worker send anything, until `resume`. What is being sent is finished. You can still add messages.

        Args:
            reason: Why, for `stats` and events.

        Raises:
            OutboxUnavailableError: The database can't be used.
        """
        shown = str(reason)[:500].encode(errors="replace").decode()  # the database takes no half surrogate pair
        if self._store.pause(shown):
            self._emit(OutboxPaused(shown))

    def resume(self) -> None:
        """Let workers send again, after `pause`, after CarrierX refused the token, or during a `Retry-After`.

        Raises:
            OutboxUnavailableError: The database can't be used.
        """
        if self._store.resume():
            self._emit(OutboxResumed())

    def purge(self, *, older_than: timedelta) -> int:
        """Delete the contents of old messages that are done: numbers, text, your data and their attempts.

        Key, state and SID are kept, so that the same key never sends a second text.

        Args:
            older_than: The time since their last change.

        Returns:
            The number of messages that were purged.

        Raises:
            InvalidArgumentError: `older_than` isn't a timedelta of 0 or more.
            OutboxUnavailableError: The database can't be used.
        """
        _check_age(older_than)
        before = self._clock.wall() - older_than.total_seconds()
        total = 0
        while count := self._store.purge(before, _PURGE_AT_ONCE):
            total += count
        self._emit(MessagesPurged(total))
        return total

    def recover(self, *, force: bool = False) -> int:
        """Accept the database as it is, after it was restored, copied or moved. Workers then go on.

        Everything that waits to be sent may have been sent already, in what the database doesn't know any more. So it
        is looked up first, and nothing is sent twice. This is for all outboxes in the database, whatever their
        namespace.

        Args:
            force: Do so although the outbox noticed no loss, if you know better. What waits needs a lookup then, too.

        Returns:
            The number of messages that are looked up now.

        Raises:
            NothingLostError: No loss was noticed. It says how many messages would be looked up.
            OutboxUnavailableError: The database can't be used.
        """
        count = self._store.recover(force=force)
        self._emit(OutboxRecovered(count))
        return count

    def verify(self, client: CarrierXClient, *, after_id: int = 0, most: int | None = None) -> VerifyReport:
        """Compare the messages that are done with CarrierX's records. It sends nothing, and changes nothing.

        It makes one request for each message.

        Args:
            client: The client.
            after_id: Only messages after this one: `last_id` of an earlier report.
            most: The most messages to compare.

        Returns:
            The messages that CarrierX has twice, doesn't have although they were accepted, or has although they were
            not.

        Raises:
            OutboxUnavailableError: The database can't be used.
            ConfigurationError: The client is of the wrong kind.
            InvalidArgumentError: `after_id` is no number of a message.
        """
        check_client(client, asynchronous=False)
        check_count("after_id", after_id, InvalidArgumentError)
        carrier, comparison = Carrier(client, self.settings), RecordComparison(min(after_id, _LAST_ID))
        while most is None or comparison.checked < most:
            limit = _VERIFY_AT_ONCE if most is None else min(_VERIFY_AT_ONCE, most - comparison.checked)
            records = self._store.sent_records(comparison.last_id, limit)
            if not records:
                break
            for record in records:
                try:
                    comparison.compare(record, carrier.look_up(record.reference))
                except LookupFailedError:
                    comparison.failed(record)
        return comparison.report()


def _check_age(age: object) -> None:
    if not isinstance(age, timedelta) or age < timedelta(0):
        raise InvalidArgumentError("older_than must be a timedelta of 0 or more, such as timedelta(days=30).")


def _check_fingerprint_key(key: object) -> None:
    if key is not None and not (isinstance(key, bytes) and len(key) >= 16):
        raise ConfigurationError("fingerprint_key must be at least 16 bytes, such as secrets.token_bytes(32).")


def _states(state: State | str | Iterable[State | str] | None) -> tuple[State, ...]:
    if state is None:
        return ()
    given = [state] if isinstance(state, str) else list(state)
    try:
        return tuple(State(each) for each in given)
    except ValueError:
        names = ", ".join(State)
    raise InvalidArgumentError(f"There is no such state. There are: {names}.")


def _prefix(prefix: object) -> str:
    if not isinstance(prefix, str) or not (prefix.isprintable() and len(prefix) <= MAX_KEY):
        raise InvalidArgumentError(f"key_prefix must be a string of at most {MAX_KEY} printable characters.")
    return prefix


def _checked_sid(sid: object) -> str | None:
    if sid is None or (isinstance(sid, str) and 0 < len(sid) <= _LONGEST_SID and sid.isprintable()):
        return sid
    raise InvalidArgumentError(f"message_sid must be a string of 1 to {_LONGEST_SID} printable characters.")


def _in_given_order(given: list[OutboxMessage], added: Sequence[Added]) -> Sequence[Added]:
    by_key: dict[str, Added] = {}
    for each in added:
        by_key.setdefault(each.key, each)  # the first of two with the same key is the one that was added
    return [by_key[each.key] for each in given]
