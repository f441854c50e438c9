"""Sends the callbacks of a served emulator, only to this machine unless its settings allow more hosts."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

import httpx

from carrierx.emulator.core.config import EmulatorConfig
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.store.callback_queue import Callback, CallbackQueue

ATTEMPT_SECONDS: Final = 5.0
"""The time limit of an attempt, in seconds. CarrierX documents no timeout; this one is the emulator's own."""

_ROUND_SECONDS: Final = 0.05
_ROUND_AFTER_ERROR_SECONDS: Final = 1.0
_CONCURRENCY: Final = 8
_BODY_SECONDS: Final = 1.0
_MAX_BODY_BYTES: Final = 65_536
_KEPT: Final = 64
_KEPT_SECONDS: Final = 1.0
_NOT_ALLOWED: Final = "not posted: the host is neither this machine nor one of the allowed callback hosts"
_HEADERS: Final = {"content-type": "application/json", "user-agent": "carrierx-emulator"}

_logger = logging.getLogger("carrierx.emulator")


def may_be_called(url: str, hosts: Collection[str]) -> bool:
    """Return whether a callback may be posted to a URL.

    Args:
        url: An absolute URL.
        hosts: The hosts that are allowed in addition to loopback addresses and `localhost`.
    """
    host = (urlsplit(url).hostname or "").lower()
    if host == "localhost" or host in {allowed.lower() for allowed in hosts}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_callback_url(config: EmulatorConfig) -> None:
    """Raise an error if the callback URL in the settings would never be called.

    Args:
        config: The settings.

    Raises:
        EmulatorError: The host of `callback_url` is neither this machine nor in `callback_hosts`.
    """
    if config.callback_url is not None and not may_be_called(config.callback_url, config.callback_hosts):
        raise EmulatorError(
            "the host of the callback URL is not this machine; to allow it, add it to the allowed callback hosts"
            " (--callback-host)"
        )


def _reason(error: Exception) -> str:
    """Return the reason of an error for the log. The text of one that isn't the emulator's own may be private."""
    return str(error) if isinstance(error, EmulatorError) else type(error).__name__


@asynccontextmanager
async def sending_callbacks(emulator: Emulator) -> AsyncGenerator[None]:
    """Send an emulator's callbacks when they are due, until the block ends."""
    task = asyncio.create_task(_CallbackSender(emulator).work(), name="carrierx-emulator-callback-sender")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class _CallbackSender:
    """Posts the callbacks that are due, a limited number for each URL at a time.

    A slow receiver never holds up another one, because each URL has its own limit. The callbacks of a message are
    posted one after the other.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._hosts = emulator.config.callback_hosts
        self._client: httpx.AsyncClient | None = None
        self._attempts: set[asyncio.Task[None]] = set()
        self._running: Counter[str] = Counter()
        self._attempt_ended = asyncio.Event()

    async def work(self) -> None:
        try:
            while True:
                self._attempt_ended.clear()
                try:
                    await self._start_due()
                except Exception as error:  # noqa: BLE001 - such as one of the program's clock, which may work again
                    _logger.warning("callbacks can't be delivered: %s", _reason(error))
                    await asyncio.sleep(_ROUND_AFTER_ERROR_SECONDS)
                else:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_ROUND_SECONDS):
                            await self._attempt_ended.wait()
        finally:
            for attempt in self._attempts:
                attempt.cancel()
            await asyncio.gather(*self._attempts, return_exceptions=True)
            if self._client is not None:
                await self._client.aclose()

    async def _start_due(self) -> None:
        found = self._emulator.call_now(self._take_due)
        if found is None:
            found = await self._take_due_in_thread()
        queue, taken = found
        for callback in taken:
            self._running[callback.url] += 1
            attempt = asyncio.create_task(self._attempt(queue, callback))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)

    async def _take_due_in_thread(self) -> tuple[CallbackQueue, list[Callback]]:
        taking = asyncio.ensure_future(asyncio.to_thread(self._take_due))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            with suppress(EmulatorError):
                queue, taken = await taking
                for callback in taken:
                    queue.put_back(callback)
            raise

    def _take_due(self) -> tuple[CallbackQueue, list[Callback]]:
        queue, taken = self._emulator.callback_queue, list[Callback]()
        for url in queue.waiting_urls():
            free = _CONCURRENCY - self._running[url]
            if free > 0:
                taken += queue.take(url, free)
        return queue, taken

    async def _attempt(self, queue: CallbackQueue, callback: Callback) -> None:
        status_code: int | None = None
        problem: str | None = None
        may_be_posted = False
        try:
            may_be_posted = may_be_called(callback.url, self._hosts)
            if may_be_posted:
                status_code = await self._post(callback)
            else:
                problem = _NOT_ALLOWED
        except Exception as error:  # noqa: BLE001 - nothing may keep the callback reserved
            problem = type(error).__name__
        except asyncio.CancelledError:
            queue.put_back(callback)
            raise

        def note() -> None:
            try:
                queue.note(callback, status_code=status_code, problem=problem, again=may_be_posted)
            finally:
                queue.put_back(callback)

        try:
            await asyncio.to_thread(note)
        except Exception as error:  # noqa: BLE001 - the other callbacks go on
            _logger.warning("the result of a callback can't be stored: %s", _reason(error))
        finally:
            self._running -= Counter({callback.url: 1})
            self._attempt_ended.set()

    async def _post(self, callback: Callback) -> int:
        """Post a callback and return the status of the response."""
        client = self._opened()
        request = client.build_request("POST", callback.url, content=callback.body, headers=_HEADERS)
        async with asyncio.timeout(ATTEMPT_SECONDS):
            answer = await client.send(request, stream=True)
        try:
            # The status is enough, but the connection can be used again only after the body has been read.
            with suppress(httpx.HTTPError, TimeoutError):
                async with asyncio.timeout(_BODY_SECONDS):
                    size = 0
                    async for chunk in answer.aiter_raw():
                        size += len(chunk)
                        if size > _MAX_BODY_BYTES:
                            break
        finally:
            await answer.aclose()
        return answer.status_code

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                trust_env=False,  # no proxy: a callback goes only where its URL says
                follow_redirects=False,
                timeout=ATTEMPT_SECONDS,
                # Connections are kept for a short time, because many receivers close them after 2 to 5 seconds. httpx
                # doesn't use one that is closed already. If a receiver closes one at the same moment as the callback
                # is written to it, nobody can tell whether the receiver has read the callback. So that is a failed
                # attempt, like any other, with its place in the list of attempts.
                limits=httpx.Limits(
                    max_connections=None, max_keepalive_connections=_KEPT, keepalive_expiry=_KEPT_SECONDS
                ),
            )
        return self._client
