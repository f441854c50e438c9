"""How pytest runs the tests."""

from __future__ import annotations

import gc
import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let worker processes and the programs that tests start keep compiled modules, where the environment forbids it.

    Otherwise each of some hundred processes would compile the package again. They go into pytest's cache folder, so
    nothing is written beside the sources.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None) is not None:
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(config.rootpath / ".pytest_cache" / "bytecode"))


def pytest_xdist_auto_num_workers() -> int:
    """Return twice the number of cores: about half of a worker's time is waiting for sockets and processes."""
    return 2 * len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2 * (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """Leave what the collection made out of every later garbage collection.

    Tests that call `gc.collect` would otherwise need half a second each, for objects that stay until the end anyway.
    """
    gc.collect()
    gc.freeze()
