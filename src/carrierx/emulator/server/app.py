"""The emulator as an ASGI application, which any ASGI server can run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from carrierx.emulator.core.file_objects import PUBLIC_PATH
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.credentials import include_demo_token
from carrierx.emulator.http.errors import foreign_host, unknown_resource
from carrierx.emulator.http.hosts import is_own_host
from carrierx.emulator.http.types import Request, Response
from carrierx.emulator.server.callback_sender import sending_callbacks
from carrierx.emulator.server.delivery import deliver
from carrierx.emulator.web.app import MAX_BODY_BYTES, InboxApp, sandboxed
from carrierx.emulator.web.auth import InboxAuth
from carrierx.extras import needs_packages

try:
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect
    from starlette.requests import Request as WebRequest
    from starlette.responses import Response as WebResponse
    from starlette.routing import Route
    from starlette.types import Receive, Scope, Send
except ImportError as _error:
    raise ImportError(needs_packages("Serving the emulator", "emulator")) from _error

_DRAINED_TIMES: Final = 15


def create_app(emulator: Emulator, *, password: str | None = None) -> Starlette:
    """Make an ASGI application of an emulator.

    Args:
        emulator: The emulator; the caller closes it.
        password: The password of the inbox, with any user name.

    Returns:
        The application. It serves the API at `/core/v2`, as CarrierX does, published files at `/f`, and the inbox, a
        web page, at `/`. Every other path gets a 404. While its lifespan lasts, it posts the callbacks that are due.

        The API with the demo token, and the inbox without a password, answer only requests whose Host is a loopback
        name of this machine, or that come from a client in the same process.
    """
    inbox = InboxApp(emulator, InboxAuth(password))
    return Starlette(
        routes=[Route("/{path:path}", _Endpoint(emulator, inbox, is_inbox_private=password is not None))],
        exception_handlers={404: _not_found},
        lifespan=lambda _app: sending_callbacks(emulator),
    )


def _not_found(_request: WebRequest, _error: Exception) -> WebResponse:
    """Respond to a target that is no path, such as a URL with its host, which the route can't match."""
    return _web_response(unknown_resource().response)


class _Endpoint:
    def __init__(self, emulator: Emulator, inbox: InboxApp, *, is_inbox_private: bool) -> None:
        self._emulator = emulator
        self._inbox = inbox
        self._is_inbox_private = is_inbox_private
        self._is_api_private = not include_demo_token(emulator.config.credentials)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        web_request = WebRequest(scope, receive)
        request = _request_of(web_request)
        is_inbox = self._inbox.owns(request.path)
        limit = MAX_BODY_BYTES if is_inbox else self._emulator.body_limit(request.method, request.path)
        max_drained = limit + _DRAINED_TIMES * self._emulator.config.max_body_bytes
        try:
            body = await _read_bounded(web_request.stream(), limit, max_drained)
        except ClientDisconnect:
            return  # the client is gone, and half a body must not become a message
        request = replace(request, body=body)
        if not self._needs_own_host(request, is_inbox=is_inbox) or is_own_host(request, _server_of(scope)):
            answer = await self._answer(request, is_inbox=is_inbox)
        else:
            answer = self._inbox.refuse_host() if is_inbox else foreign_host().response
        answer = sandboxed(request, answer)
        await deliver(answer.delivery, _web_response(answer), scope, receive, send)

    async def _answer(self, request: Request, *, is_inbox: bool) -> Response:
        # In a thread: the inbox can be slow, and must not hold up the API.
        return await run_in_threadpool(self._inbox.handle, request) if is_inbox else self._emulator.handle(request)

    def _needs_own_host(self, request: Request, *, is_inbox: bool) -> bool:
        """Return whether a website could read the response by DNS rebinding: whether it needs no secret.

        Published files are public, like those of CarrierX, so any host leads to them.
        """
        if is_inbox:
            return not self._is_inbox_private
        return not self._is_api_private and not request.path.startswith(f"{PUBLIC_PATH}/")


def _server_of(scope: Scope) -> str:
    server = scope.get("server")
    return str(server[0]) if server else ""


def _web_response(response: Response) -> WebResponse:
    return WebResponse(response.body, response.status, dict(response.headers))


async def _read_bounded(chunks: AsyncIterator[bytes], limit: int, max_drained: int) -> bytes:
    """Read a body, but keep only as much as it takes to see that the body is too large.

    The rest is read and dropped, up to a limit, so that a client that is still writing can read its response.
    """
    kept = bytearray()
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        kept += chunk[: limit + 1 - len(kept)]
        if size > max_drained:
            break
    return bytes(kept)


def _request_of(web_request: WebRequest) -> Request:
    scope = web_request.scope
    raw_path: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    return Request(
        web_request.method,
        raw_path.decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in web_request.headers.raw),
        scheme=web_request.url.scheme,
    )
