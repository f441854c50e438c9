"""Processes of the benchmarks: what is measured runs on one processor core, the stub server on another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["MeasurementError", "compiled_modules", "measured_and_server_cores", "run", "stay_on"]

_ROOT = Path(__file__).parents[1]


class MeasurementError(Exception):
    """A process failed, so there is no result."""


def run(
    name: str, arguments: Sequence[str], *, python: str = sys.executable, environment: Mapping[str, str] | None = None
) -> Any:
    """Run Python with these arguments. Return what it prints, read as JSON.

    Raises:
        MeasurementError: The process failed.
    """
    finished = subprocess.run(
        [python, *arguments], cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise MeasurementError(f"{name}: its process ended with {finished.returncode}\n{finished.stderr.strip()}")
    return json.loads(finished.stdout)


@contextmanager
def compiled_modules() -> Generator[dict[str, str]]:
    """Yield an environment in which modules are compiled once, as they are after an installation with pip."""
    with tempfile.TemporaryDirectory(prefix="carrierx-benchmarks-") as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        yield environment


def measured_and_server_cores() -> tuple[int | None, int | None]:
    """Choose a core for what is measured and one for the server. None if there is only one, or no pinning."""
    if sys.platform != "linux":
        return None, None
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def stay_on(core: int | None) -> None:
    """Pin this process to a core."""
    if core is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {core})
