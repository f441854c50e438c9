"""Sends the callbacks of a served emulator, only to this machine unless its settings allow more hosts."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

import httpx

from carrierx.emulator.core.config import EmulatorConfig
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.store.callback_queue import Callback

ATTEMPT_SECONDS: Final = 5.0
"""The time limit of an attempt, in seconds. CarrierX documents no timeout; this one is the emulator's own."""

_ROUND_SECONDS: Final = 0.05
_ROUND_AFTER_ERROR_SECONDS: Final = 1.0
_CONCURRENCY: Final = 8
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
    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._hosts = emulator.config.callback_hosts
        self._slots = asyncio.Semaphore(_CONCURRENCY)
        self._client: httpx.AsyncClient | None = None

    async def work(self) -> None:
        try:
            while True:
                pause = _ROUND_SECONDS
                try:
                    await self._deliver_due()
                except* EmulatorError as errors:
                    _logger.warning("callbacks can't be delivered: %s", errors.exceptions[0])
                    pause = _ROUND_AFTER_ERROR_SECONDS
                await asyncio.sleep(pause)
        finally:
            if self._client is not None:
                await self._client.aclose()

    async def _deliver_due(self) -> None:
        with self._emulator.callback_queue.due() as due:
            by_message: dict[str, list[Callback]] = {}
            for callback in due:
                by_message.setdefault(callback.message_sid, []).append(callback)
            async with asyncio.TaskGroup() as group:
                for callbacks in by_message.values():
                    group.create_task(self._deliver(callbacks))

    async def _deliver(self, callbacks: Sequence[Callback]) -> None:
        """Post the callbacks of one message, in order."""
        async with self._slots:
            for callback in callbacks:
                await self._attempt(callback)

    async def _attempt(self, callback: Callback) -> None:
        queue = self._emulator.callback_queue
        if not may_be_called(callback.url, self._hosts):
            queue.note(callback, problem=_NOT_ALLOWED, again=False)
            return
        try:
            async with (
                asyncio.timeout(ATTEMPT_SECONDS),
                self._opened().stream("POST", callback.url, content=callback.body, headers=_HEADERS) as answer,
            ):
                status_code = answer.status_code  # the status is enough: the body is never read
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            queue.note(callback, problem=type(error).__name__)
        else:
            queue.note(callback, status_code=status_code)

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                trust_env=False,  # no proxy: a callback goes only where its URL says
                follow_redirects=False,
                timeout=ATTEMPT_SECONDS,
                # The receiver may have restarted and closed a connection that we kept.
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._client
