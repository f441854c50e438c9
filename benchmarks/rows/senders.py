"""Ways to send by name. Each is imported only in the process that measures it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from importlib import import_module
from typing import TypeAlias, cast

from benchmarks.measuring import AsyncSend, SyncSend

__all__ = ["OpenAsync", "OpenSync", "opener"]

OpenSync: TypeAlias = Callable[[int], AbstractContextManager[SyncSend]]
OpenAsync: TypeAlias = Callable[[int], AbstractAsyncContextManager[AsyncSend]]


def opener(sender: str) -> tuple[OpenSync | None, OpenAsync | None]:
    """Return a way to send by its name.

    Args:
        sender: Its module and function, such as `httpx_by_hand:sync`. The function's argument is the server's port.

    Returns:
        The function as a sync one or as an async one; the other is None.
    """
    module, _, name = sender.partition(":")
    function = getattr(import_module(f"benchmarks.rows.{module}"), name)
    if name.startswith("async"):
        return None, cast("OpenAsync", function)
    return cast("OpenSync", function), None
