"""The emulator as an ASGI application, which any ASGI server can run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypeVar
from urllib.parse import quote

from carrierx.emulator.control.app import MAX_BODY_BYTES as MAX_CONTROL_BODY_BYTES
from carrierx.emulator.control.app import ControlApp
from carrierx.emulator.control.auth import ControlAuth
from carrierx.emulator.core.file_objects import PUBLIC_PATH
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.credentials import include_demo_token
from carrierx.emulator.http.errors import foreign_host, unknown_resource
from carrierx.emulator.http.hosts import is_own_host
from carrierx.emulator.http.types import Delivery, EmulatorResponse, Request
from carrierx.emulator.server.callback_sender import sending_callbacks
from carrierx.emulator.server.delivery import deliver, pause
from carrierx.emulator.web.app import MAX_BODY_BYTES, InboxApp, sandboxed
from carrierx.extras import needs_packages

try:
    from starlette.applications import Starlette
    from starlette.requests import Request as WebRequest
    from starlette.responses import Response as WebResponse
    from starlette.routing import Route
    from starlette.types import Lifespan, Receive, Scope, Send
except ImportError as _error:
    raise ImportError(needs_packages("Serving the emulator", "emulator")) from _error

_DRAINED_TIMES: Final = 15
_ATTEMPT_SECONDS: Final = 0.05
_API_THREADS: Final = 4
_PAGE_THREADS: Final = 16

ResponseT = TypeVar("ResponseT")


def create_app(emulator: Emulator, *, password: str | None = None) -> Starlette:
    """Make an ASGI application of an emulator.

    Args:
        emulator: The emulator; the caller closes it.
        password: The password of the inbox and the control API, with any user name.

    Returns:
        The application. It serves the API at `/core/v2`, as CarrierX does, published files at `/f`, the inbox, a web
        page, at `/`, and the control API at `/control`. Every other path gets a 404. While its lifespan lasts, it posts
        the callbacks that are due.

        The API with the demo token, and the inbox and the control API without a password, answer only requests whose
        Host is a loopback name of this machine, or that come from a client in the same process.
    """
    auth = ControlAuth(password)
    sites = (ControlApp(emulator, auth), InboxApp(auth))
    endpoint = _Endpoint(emulator, sites, has_password=password is not None)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        try:
            async with sending_callbacks(emulator):
                yield
        finally:
            endpoint.end_threads()

    return _App(endpoint, lifespan)


def _not_found(_request: WebRequest, _error: Exception) -> WebResponse:
    """Respond to a target that is no path, such as a URL with its host, which the route can't match."""
    response = unknown_resource().response
    return WebResponse(response.body, response.status, dict(response.headers))


class _App(Starlette):
    """An application whose requests go to the emulator without Starlette's own layers, unless it has middleware."""

    def __init__(self, endpoint: _Endpoint, lifespan: Lifespan[Starlette]) -> None:
        super().__init__(
            routes=[Route("/{path:path}", endpoint)], exception_handlers={404: _not_found}, lifespan=lifespan
        )
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle an event of the server."""
        if scope["type"] == "http" and not self.user_middleware and scope["path"].startswith("/"):
            scope["app"] = self
            await self._endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class _Endpoint:
    def __init__(self, emulator: Emulator, sites: tuple[ControlApp, InboxApp], *, has_password: bool) -> None:
        self._emulator = emulator
        self._control, self._inbox = sites
        self._has_password = has_password
        self._is_api_private = not include_demo_token(emulator.config.credentials)
        # The page and the control API can be slow, and must not hold up the API.
        self._api_threads = _Threads("carrierx-emulator-api", _API_THREADS)
        self._page_threads = _Threads("carrierx-emulator-page", _PAGE_THREADS)

    def end_threads(self) -> None:
        """Let the threads end when they have handled their requests. Later requests get new ones."""
        self._api_threads.end()
        self._page_threads.end()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _path_of(scope)
        site = self._site_of(path)
        limit = self._body_limit(scope["method"], path, site)
        max_drained = limit + _DRAINED_TIMES * self._emulator.config.max_body_bytes
        try:
            body = await _read_bounded(receive, limit, max_drained)
        except _ClientLeftError:
            return  # the client is gone, and half a body must not become a message
        request = _request_of(scope, path, body)
        answer: EmulatorResponse | None
        if not self._needs_own_host(request, site) or is_own_host(request, _server_of(scope)):
            answer = await self._answer(request, site, scope)
        elif site is None:
            answer = self._emulator.refuse(request, foreign_host().response)
        else:
            answer = site.refuse_host()
        if answer is None:  # the client is gone, or the server stops
            answer = EmulatorResponse(503, delivery=Delivery(lost=True))
        answer = sandboxed(request, answer)
        await deliver(answer, scope, receive, send)

    def _site_of(self, path: str) -> ControlApp | InboxApp | None:
        if self._control.owns(path):
            return self._control
        return self._inbox if self._inbox.owns(path) else None

    def _body_limit(self, method: str, path: str, site: ControlApp | InboxApp | None) -> int:
        if site is self._control:
            return MAX_CONTROL_BODY_BYTES
        return self._emulator.body_limit(method, path) if site is None else MAX_BODY_BYTES

    async def _answer(
        self, request: Request, site: ControlApp | InboxApp | None, scope: Scope
    ) -> EmulatorResponse | None:
        if site is None:
            answer = self._emulator.handle_now(request)
            return answer or await self._api_threads.run(self._emulator.handle, request)
        if isinstance(site, ControlApp):
            return await self._attempts(site, request, scope)
        return await self._page_threads.run(site.handle, request)

    async def _attempts(self, control: ControlApp, request: Request, scope: Scope) -> EmulatorResponse | None:
        """Handle a request until the messages that it waits for are there, its time is over, or its client is gone.

        No thread is kept while it waits, so that many such requests don't hold up others.
        """
        end = time.monotonic() + control.wait_of(request)
        while True:
            attempt = partial(control.attempt, is_last=time.monotonic() >= end)
            answer = await self._page_threads.run(attempt, request)
            if answer is not None or not await pause(scope, _ATTEMPT_SECONDS):
                return answer

    def _needs_own_host(self, request: Request, site: ControlApp | InboxApp | None) -> bool:
        """Return whether a website could read the response by DNS rebinding: whether it needs no secret.

        Published files are public, like those of CarrierX, so any host leads to them.
        """
        if site is None:
            return not self._is_api_private and not request.path.startswith(f"{PUBLIC_PATH}/")
        return not self._has_password and not (site is self._control and self._control.is_open(request))


class _Threads:
    """A limited number of threads that handle requests, so that the event loop never waits for the database."""

    def __init__(self, name: str, number: int) -> None:
        self._name = name
        self._number = number
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, handle: Callable[[Request], ResponseT], request: Request) -> ResponseT:
        pool = self._pool
        if pool is None:
            pool = self._pool = ThreadPoolExecutor(self._number, self._name)
        return await asyncio.get_running_loop().run_in_executor(pool, handle, request)

    def end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)


def _server_of(scope: Scope) -> str:
    server = scope.get("server")
    return str(server[0]) if server else ""


class _ClientLeftError(Exception):
    """The client closed the connection before its request was complete."""


async def _read_bounded(receive: Receive, limit: int, max_drained: int) -> bytes:
    """Read a body, but keep only as much as it takes to see that the body is too large.

    The rest is read and dropped, up to a limit, so that a client that is still writing can read its response.
    """
    kept = bytearray()
    size = 0
    more = True
    while more and size <= max_drained:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _ClientLeftError
        chunk: bytes = event.get("body", b"")
        more = event.get("more_body", False)
        size += len(chunk)
        kept += chunk[: limit + 1 - len(kept)]
    return bytes(kept)


def _path_of(scope: Scope) -> str:
    raw_path: bytes | None = scope.get("raw_path")
    return raw_path.decode("latin-1") if raw_path else quote(scope["path"])


def _request_of(scope: Scope, path: str, body: bytes) -> Request:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    return Request(
        scope["method"],
        path,
        scope["query_string"].decode("latin-1"),
        tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]),
        body,
        scope.get("scheme", "http"),
    )
