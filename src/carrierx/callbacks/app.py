"""ASGI application for callbacks: it responds immediately and processes them later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from carrierx.callbacks.asgi import ErrorResponse, Receive, Scope, Send, answer, header_of, read_body
from carrierx.callbacks.errors import CallbackError
from carrierx.callbacks.keyed_queue import KeyedQueue
from carrierx.callbacks.ledger import CallbackLedger, MemoryLedger, SeenStatus
from carrierx.callbacks.processor import (
    CallbackHandler,
    MessageReader,
    Processor,
    logger,
    shown_sid,
)
from carrierx.callbacks.reading import MAX_BODY_BYTES, parse
from carrierx.callbacks.settings import AppSettings, CallbackCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx.callbacks.path_secrets import SecretPath
    from carrierx.models.message import Message

__all__ = ["CallbackApp", "callback_app"]

_TRY_LATER = ((b"retry-after", b"30"),)


def callback_app(
    handler: CallbackHandler,
    *,
    secrets: SecretPath,
    ledger: CallbackLedger | None = None,
    confirm: MessageReader | None = None,
    body_limit: int = MAX_BODY_BYTES,
    body_seconds: float = 10.0,
    read_query: bool = False,
    queue_size: int = 1000,
    concurrency: int = 4,
    retry_waits: Sequence[float] = (1.0, 10.0),
    drain_seconds: float = 10.0,
) -> CallbackApp:
    """Make an ASGI application that accepts callbacks at `.../<secret>` and passes new ones to your function.

    It needs no framework. Run it under any ASGI server that uses asyncio, or mount it in Starlette or FastAPI:
    `app.mount("/carrierx", callbacks)`. It responds as soon as a callback is recorded, and processes it later:

    - 200: accepted. If it is a duplicate or late, the handler is not called.
    - 404: the secret is wrong. 405: the method is wrong. 408: the body did not arrive in time. 413: the body is too
      large. 400: the body is not a callback.
    - 503: the queue is full or the ledger can't be used. Whether CarrierX then tries again is not documented.

    Within a process, callbacks of the same customer's number are handled one by one, in order. If the handler raises,
    it is called again with the same callback after each of `retry_waits`, so it must tolerate repetition. Until then,
    that customer's other callbacks wait. The handler is not called again after an error that says that a text may have
    been sent, or that a retry can't help. A callback that was accepted but still waits in memory is lost if the process
    is killed.

    As the server's own application it finishes its work when the server stops. A mounted application doesn't learn
    about that, so call `stop` yourself at the end of the outer application's lifespan.

    Args:
        handler: Handles each new callback. A sync function is called in a thread.
        secrets: Secrets that are accepted as the last part of the path.
        ledger: Remembers callbacks; a `MemoryLedger` by default. Several processes need one `SQLiteLedger`.
        confirm: Reads a message back before its callback is handled: `client.messages.get`. If CarrierX contradicts
            a callback, or still doesn't know its message at the last attempt, the callback is dropped. See `confirm`
            for what is not documented.
        body_limit: Maximum body size in bytes.
        body_seconds: Seconds that a body may take to arrive.
        read_query: True to accept callbacks also by GET and in the query string.
        queue_size: Maximum number of callbacks that wait or are being processed.
        concurrency: Maximum number of callbacks that are processed at the same time.
        retry_waits: Seconds before each retry; empty for no retries.
        drain_seconds: Seconds in which it may finish its work when the server stops.

    Raises:
        ConfigurationError: A number is out of range.

    Example:
        >>> from carrierx.callbacks import SecretPath, new_secret
        >>> def handle(message):
        ...     print("handled:", message)
        >>> app = callback_app(handle, secrets=SecretPath(new_secret()))
        >>> app.pending
        0
    """
    settings = AppSettings(
        body_limit=body_limit,
        body_seconds=body_seconds,
        read_query=read_query,
        queue_size=queue_size,
        concurrency=concurrency,
        retry_waits=tuple(retry_waits),
        drain_seconds=drain_seconds,
    )
    return CallbackApp(handler, secrets, MemoryLedger() if ledger is None else ledger, confirm, settings)


class CallbackApp:
    """The ASGI application that `callback_app` makes.

    Args:
        handler: Handles each new callback.
        secrets: Secrets that are accepted as the last part of the path.
        ledger: Remembers callbacks.
        reader: Reads a message back before its callback is handled, if callbacks are confirmed.
        settings: Limits and times.
    """

    def __init__(
        self,
        handler: CallbackHandler,
        secrets: SecretPath,
        ledger: CallbackLedger,
        reader: MessageReader | None,
        settings: AppSettings,
    ) -> None:
        self._secrets = secrets
        self._ledger = ledger
        self._settings = settings
        self._counts = CallbackCounts()
        self._processor = Processor(handler, reader, ledger, settings.retry_waits, self._counts, settings.concurrency)
        self._queue = KeyedQueue(self._processor.process, settings.concurrency, settings.queue_size)
        self._methods = ("GET", "POST") if settings.read_query else ("POST",)
        self._taking: set[asyncio.Task[tuple[int, str]]] = set()

    @property
    def counts(self) -> CallbackCounts:
        """Counts of requests and callbacks so far."""
        return self._counts.copy()

    @property
    def pending(self) -> int:
        """Number of callbacks that are waiting or being processed."""
        return self._queue.pending

    async def drain(self, within: float | None = None) -> int:
        """Wait until every accepted callback is processed. Waits before retries are cut short.

        Args:
            within: Seconds to wait; `drain_seconds` by default. Handlers that take longer are cancelled.

        Returns:
            Number of callbacks that were not started. They are processed if the event loop continues, or in the next
            one. If the process ends, call `stop` instead.
        """
        here = asyncio.get_running_loop()
        if taking := [task for task in self._taking if task.get_loop() is here]:
            await asyncio.wait(taking)
        with self._processor.shutting_down():
            return await self._queue.drain(self._settings.drain_seconds if within is None else within)

    async def stop(self, within: float | None = None) -> int:
        """Drain the queue at the end of the process, and report the callbacks that are lost.

        A callback that was accepted but not started is removed from the ledger, so that it is new if it comes again.
        Its SID is logged as an error: read the message with `messages.get`.

        Args:
            within: Seconds to wait; `drain_seconds` by default. Handlers that take longer are cancelled.

        Returns:
            Number of callbacks that were not started.
        """
        await self.drain(within)
        left = self._queue.remove_waiting()
        for message in left:
            logger.error("callback %s: accepted but not started", shown_sid(message))
            await self._processor.forget(message)
        return len(left)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection according to ASGI."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await self._read(scope, receive)
        if isinstance(message, ErrorResponse):
            if message.status:
                await answer(send, message.status, message.reason, message.headers)
            return
        # A separate task: if the client disconnects now, the callback must not be recorded and then lost.
        taking = asyncio.create_task(self._take(message))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)
        status, said = await asyncio.shield(taking)
        await answer(send, status, said, _TRY_LATER if status == 503 else ())

    async def _read(self, scope: Scope, receive: Receive) -> Message | ErrorResponse:
        path: str = scope["path"]
        if not self._secrets.matches(path.rpartition("/")[2]):
            self._counts.wrong_secret += 1
            return ErrorResponse(404, "not found")
        if scope["method"] not in self._methods:
            return self._refused(
                ErrorResponse(405, "method not allowed", ((b"allow", ", ".join(self._methods).encode()),))
            )
        body = await read_body(scope, receive, self._settings.body_limit, self._settings.body_seconds)
        if isinstance(body, ErrorResponse):
            return self._refused(body)
        query: bytes = scope.get("query_string", b"") if self._settings.read_query else b""
        try:
            return parse(
                body,
                content_type=header_of(scope, b"content-type"),
                query=query.decode("latin-1"),
                body_limit=self._settings.body_limit,
            )
        except CallbackError as error:
            return self._refused(ErrorResponse(error.status_code, str(error)))

    def _refused(self, refusal: ErrorResponse) -> ErrorResponse:
        self._counts.refused += 1
        logger.warning("request refused: %s", refusal.reason)
        return refusal

    async def _take(self, message: Message) -> tuple[int, str]:
        if not self._queue.reserve():
            self._counts.unavailable += 1
            logger.warning("callback %s: answered 503, the queue is full", shown_sid(message))
            return 503, "busy"
        try:
            async with self._queue.lock_for(message):
                seen = await asyncio.to_thread(self._ledger.record, message)
                if seen is SeenStatus.NEW:
                    self._queue.add(message)
        except Exception as error:  # noqa: BLE001 - a ledger may be the user's own
            self._counts.unavailable += 1
            logger.error("callback %s: answered 503, the ledger raised %s", shown_sid(message), type(error).__name__)
            return 503, "busy"
        finally:
            self._queue.release()
        return 200, self._noted(message, seen)

    def _noted(self, message: Message, seen: SeenStatus) -> str:
        match seen:
            case SeenStatus.NEW:
                self._counts.accepted += 1
            case SeenStatus.DUPLICATE:
                self._counts.duplicates += 1
            case _:
                self._counts.out_of_order += 1
        logger.debug("callback %s: %s", shown_sid(message), seen.value)
        return "accepted" if seen is SeenStatus.NEW else seen.value
