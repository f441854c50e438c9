"""The base of every resource, the pause that a plan of several calls can ask for, and the response that is kept."""

from __future__ import annotations

from dataclasses import replace
from inspect import isfunction
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from carrierx.errors import ResponseError
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from carrierx.transport.call import Response

__all__ = ["LastResponse", "Pause", "Resource"]

T = TypeVar("T")


class Pause(NamedTuple):
    """A step of a plan: wait this many seconds."""

    seconds: float


class LastResponse:
    """Keeps the last response that a method received, for `with_raw_response`."""

    def __init__(self) -> None:
        self._response: Response[object] | None = None

    def keep(self, response: Response[T]) -> None:
        """Replace the response."""
        self._response = cast("Response[object]", response)

    def with_result(self, result: T) -> Response[T]:
        """Return the response with the result of the method as `parsed`.

        Raises:
            ResponseError: No response arrived.
        """
        if self._response is None:
            raise ResponseError("The method returned without a response from CarrierX.")
        return replace(cast("Response[T]", self._response), parsed=result)


_OTHER_NAMES = {
    "Messages": {"create": "send", "post": "send", "read": "get", "find": "list", "all": "iterate", "fetch": "get"},
    "Dids": {"buy": "rent", "search": "available", "delete": "release", "find": "list", "all": "iterate"},
    "Files": {"create": "upload", "add": "upload", "post": "upload", "remove": "delete", "all": "iterate"},
}
"""Names that newcomers try, with the name of the method."""


class Resource:
    """Clears the caller's arguments from the traceback of an exception that leaves a public method."""

    if not TYPE_CHECKING:  # type checkers would accept any name

        def __getattr__(self, name: str) -> object:
            class_name = type(self).__name__
            other = _OTHER_NAMES.get(class_name.removeprefix("Async"), {}).get(name)
            hint = f" Use {other}(...)." if other and hasattr(type(self), other) else ""
            raise AttributeError(f"{class_name!r} object has no attribute {name!r}.{hint}", name=name, obj=self)

    def __repr__(self) -> str:
        methods = [name for name in dir(type(self)) if not name.startswith("_")]
        return f"<{type(self).__name__}: {', '.join(methods)}>"

    def __init_subclass__(cls) -> None:
        for name, member in list(vars(cls).items()):
            if isfunction(member) and not name.startswith("_"):
                setattr(cls, name, clears_locals(member))
