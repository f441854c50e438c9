"""Router for respx with a route for every operation of the API, handled by an emulator."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import httpx

from carrierx.emulator import BASE_PATH, EmulatorTransport
from carrierx.extras import needs_packages
from carrierx.options import DEFAULT_BASE_URL
from carrierx.testing.emulator import EmulatorForTests
from carrierx.testing.operations import OPERATIONS

try:
    import respx
except ImportError as _error:
    raise ImportError(needs_packages("respx_router", "testing")) from _error

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from carrierx.testing.operations import Operation

__all__ = ["respx_router"]


@contextmanager
def respx_router(
    emulator: EmulatorForTests | None = None, *, base_url: str = DEFAULT_BASE_URL
) -> Generator[respx.MockRouter]:
    """Send every request of httpx clients to an emulator within this block. No request leaves your machine.

    Each operation is a route with the name of our method. For example, check `router["messages.send"].called`, or make
    the route return another response, both within the block. Any token is accepted. A request that is not an operation
    of the API fails the test.

    Args:
        emulator: Emulator that responds; by default a new one for this block.
        base_url: Base URL of the API in the code under test.

    Yields:
        The active router.

    Example:
        >>> from carrierx import CarrierXClient
        >>> from carrierx.testing import respx_router
        >>> with respx_router() as router, CarrierXClient("any-token") as client:
        ...     message = client.messages.send(from_="15162065575", to="15162065574", message="Hello")
        ...     str(message.status), router["messages.send"].call_count
        ('queued', 1)
    """
    with ExitStack() as opened:
        answering = opened.enter_context(EmulatorForTests()) if emulator is None else emulator
        answer = _answers_of(answering, base_url.rstrip("/"))
        router = respx.MockRouter(base_url=base_url, assert_all_called=False)
        for operation in OPERATIONS:
            _route(router, operation).mock(side_effect=answer)
        opened.enter_context(router)
        yield router


def _route(router: respx.MockRouter, operation: Operation) -> respx.Route:
    path = operation.path
    if "{" not in path:
        # The same pattern as that of `router.post(path)`, so that a test's own route for this path replaces it.
        return router.request(operation.method, path, name=operation.name)
    pattern = "^" + re.sub(r"\{\w+\}", "[^/]+", path) + "$"
    return router.request(operation.method, name=operation.name, path__regex=pattern)


def _answers_of(emulator: EmulatorForTests, base_url: str) -> Callable[[httpx.Request], httpx.Response]:
    transport = EmulatorTransport(emulator.emulator, sleep=emulator.client_clock.sleep)
    authorization = f"Bearer {emulator.token}"
    base = httpx.URL(base_url)
    links = str(base.copy_with(path=BASE_PATH)).encode()

    def answer(request: httpx.Request) -> httpx.Response:
        headers = httpx.Headers(request.headers)
        if "authorization" in headers:
            headers["authorization"] = authorization
        path = BASE_PATH.encode() + request.url.raw_path.removeprefix(base.raw_path)
        # A copy, because the router keeps the original request.
        copy = httpx.Request(
            request.method,
            base.copy_with(raw_path=path),
            headers=headers,
            content=request.read(),
            extensions=request.extensions,
        )
        response = transport.handle_request(copy)
        if base.path == BASE_PATH:
            return response
        # Links in lists start with the emulator's base URL. Replace it with that of the test.
        content = response.read().replace(links, base_url.encode())
        return httpx.Response(response.status_code, headers=_without_length(response.headers), content=content)

    return answer


def _without_length(headers: httpx.Headers) -> httpx.Headers:
    return httpx.Headers([pair for pair in headers.raw if pair[0].lower() != b"content-length"])
