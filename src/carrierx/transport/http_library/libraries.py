"""Telling which HTTP library something is of."""

from __future__ import annotations

import sys
from types import ModuleType

from carrierx.errors import ConfigurationError

__all__ = ["library_of"]


def library_of(client: object) -> ModuleType:
    """Find the library that a client's class comes from: httpx or httpx2.

    Raises:
        ConfigurationError: It is neither's.
    """
    for base in type(client).__mro__:
        root = base.__module__.partition(".")[0]
        if root in ("httpx", "httpx2"):
            return sys.modules[root]
    raise ConfigurationError(
        f"http_client must be a client of httpx or httpx2, or a function that makes one, not {type(client).__name__}."
    )
