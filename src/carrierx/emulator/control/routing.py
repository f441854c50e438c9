"""Operations of the control API: a method and a path, with the function that handles the requests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from carrierx.emulator.core.routing import Operation
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.query_parameters import Parameters
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, Request

CONTROL_PATH: Final = "/control/"
"""Path prefix of the control API."""


@dataclass(frozen=True)
class ControlRequest:
    """A request whose operation is known.

    Attributes:
        request: The request.
        path_parameters: The decoded parameters in its path, by name.
    """

    request: Request
    path_parameters: Mapping[str, str]

    def parameters(self, known: Collection[str] = ()) -> Parameters:
        """Read the query parameters.

        Args:
            known: Their names. Others are refused, so that a typo doesn't go unnoticed.

        Raises:
            RefusedRequestError: 400, when they can't be read or are unknown.
        """
        return Parameters(self.request.query, known, strict=True)


Handler: TypeAlias = Callable[[Emulator, ControlRequest], JSONObject]
"""A function that handles the requests of one operation and returns the body of the response."""


@dataclass(frozen=True)
class ControlRoute:
    """A method and a path, with the function that handles its requests.

    Attributes:
        method: The method.
        path: The path, with its parameters in braces.
        handler: The function that handles a request.
        operation: Its description.
        open: True if it needs no password.
    """

    method: str
    path: str
    handler: Handler = field(repr=False)
    operation: Operation = field(repr=False)
    open: bool = False


class NotYetError(Exception):
    """The messages that a request waits for are not there yet.

    Args:
        response: The response if they don't come in time.
    """

    def __init__(self, response: EmulatorResponse) -> None:
        super().__init__()
        self.response = response
