"""The base of every resource, and the pause that a plan of several calls can ask for."""

from __future__ import annotations

from inspect import isfunction
from typing import NamedTuple

from carrierx.tracebacks import clears_locals

__all__ = ["Pause", "Resource"]


class Pause(NamedTuple):
    """A step of a plan: wait this many seconds."""

    seconds: float


class Resource:
    """Clears the caller's arguments from the traceback of an exception that leaves a public method."""

    def __init_subclass__(cls) -> None:
        for name, member in list(vars(cls).items()):
            if isfunction(member) and not name.startswith("_"):
                setattr(cls, name, clears_locals(member))
