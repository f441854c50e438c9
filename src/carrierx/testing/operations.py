"""Operations of the API, named after the client's methods. They are the routes of `respx_router`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from carrierx.emulator import BASE_PATH
from carrierx.emulator.routes import ROUTES

__all__ = ["OPERATIONS", "Operation"]


@dataclass(frozen=True)
class Operation:
    """Operation of the API.

    Attributes:
        name: Client method that calls the operation, such as `messages.send`. If several do, this is the first one in
            its row of `docs/operations.md`. If none does, this is a similar name.
        method: HTTP method.
        path: Path below the base URL, with path parameters in braces.
    """

    name: str
    method: str
    path: str


OPERATIONS: Final = tuple(
    Operation(route.operation.name, route.method, route.path.removeprefix(BASE_PATH))
    for route in ROUTES
    if route.operation is not None and route.path.startswith(BASE_PATH)
)
"""Every operation that the emulator supports."""
