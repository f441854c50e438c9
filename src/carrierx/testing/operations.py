"""The operations of the API, by the name of the client's method: the routes of `respx_router`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from carrierx.emulator import BASE_PATH
from carrierx.emulator.routes import ROUTES

__all__ = ["OPERATIONS", "Operation"]


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Attributes:
        name: The method of the client that calls it, such as `messages.send`. If several do, the first one of its row
            in `docs/operations.md`; if none does, a name like those.
        method: Its HTTP method.
        path: Its path below the base URL, with its arguments in braces.
    """

    name: str
    method: str
    path: str


OPERATIONS: Final = tuple(
    Operation(route.operation.name, route.method, route.path.removeprefix(BASE_PATH))
    for route in ROUTES
    if route.operation is not None and route.path.startswith(BASE_PATH)
)
"""Every operation that the emulator answers."""
