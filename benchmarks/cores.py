"""Assignment of processor cores: the rows run on one, the stub server on another."""

from __future__ import annotations

import os
import sys

__all__ = ["row_and_server_cores", "stay_on"]


def row_and_server_cores() -> tuple[int | None, int | None]:
    """Choose a core for the rows and one for the server. None if there is only one, or pinning is not possible."""
    if sys.platform != "linux":
        return None, None
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def stay_on(core: int | None) -> None:
    """Pin this process to a core."""
    if core is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {core})
