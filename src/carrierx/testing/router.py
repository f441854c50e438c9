"""A router of respx in which every operation of the API is answered as CarrierX documents it."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import httpx
import respx

from carrierx.emulator import EmulatorTransport
from carrierx.options import DEFAULT_BASE_URL
from carrierx.testing.emulator import EmulatorForTests
from carrierx.testing.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["respx_router"]


@contextmanager
def respx_router(
    emulator: EmulatorForTests | None = None, *, base_url: str = DEFAULT_BASE_URL
) -> Generator[respx.MockRouter]:
    """Answer whatever clients of httpx ask of the API in this block, by an emulator. Nothing leaves the machine.

    Each operation is a route with the name of our call, so that `router["messages.send"]` can be asked whether it was
    called, or told to answer something else. Any token is accepted. A request to anything else fails the test.

    Args:
        emulator: What answers; else one that lives as long as the block.
        base_url: The API's base URL in the code under test.

    Yields:
        The router, which is active.

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
        answer = _answers_of(answering)
        router = respx.MockRouter(base_url=base_url, assert_all_called=False)
        for operation in OPERATIONS:
            path = operation.path
            place = {"path__regex": re.sub(r"\{\w+\}", "[^/]+", f"^{path}$")} if "{" in path else {"path": path}
            router.route(method=operation.method, name=operation.name, **place).mock(side_effect=answer)
        opened.enter_context(router)
        yield router


def _answers_of(emulator: EmulatorForTests) -> Callable[[httpx.Request], httpx.Response]:
    transport = EmulatorTransport(emulator.emulator)
    authorization = f"Bearer {emulator.token}"

    def answer(request: httpx.Request) -> httpx.Response:
        headers = httpx.Headers(request.headers)
        if "authorization" in headers:
            headers["authorization"] = authorization
        # A copy: the router keeps the request as it was made.
        return transport.handle_request(
            httpx.Request(request.method, request.url, headers=headers, content=request.read())
        )

    return answer
