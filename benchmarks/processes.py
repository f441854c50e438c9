"""Processes of the benchmarks: what is measured runs on one processor core, the stub server on another."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["MeasurementError", "fresh_installation", "measured_and_server_cores", "run", "stay_on"]

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
def fresh_installation() -> Generator[dict[str, str]]:
    """Yield an environment like that after `pip install carrierx`, for Python with the option `-S`.

    Modules are compiled once. Only carrierx and what it requires can be imported: pydantic looks through all installed
    packages for plugins when the first model is created, and httpx imports its command if click is installed. Both take
    longer with the packages for development.
    """
    with tempfile.TemporaryDirectory(prefix="carrierx-benchmarks-") as name:
        folder = Path(name)
        packages = folder / "packages"
        packages.mkdir()
        (packages / "carrierx").symlink_to(_ROOT / "src" / "carrierx", target_is_directory=True)
        for path in _required_by("carrierx"):
            (packages / path.name).symlink_to(path, target_is_directory=path.is_dir())
        environment = {**os.environ, "PYTHONPATH": str(packages), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        yield environment


def _required_by(name: str) -> set[Path]:
    """Return the folders and files of all packages that a package requires without its extras, and its own metadata."""
    from packaging.requirements import Requirement  # the measured processes do without it

    paths = set[Path]()
    waiting, found = [name], set[str]()
    while waiting:
        name = waiting.pop()
        found.add(name)
        distribution = importlib.metadata.distribution(name)
        requirements = [Requirement(text) for text in distribution.requires or ()]
        waiting += [
            required.name
            for required in requirements
            if required.name not in found and (required.marker is None or required.marker.evaluate({"extra": ""}))
        ]
        for file in distribution.files or ():
            top = file.parts[0]
            if top not in {"..", "__pycache__"} and not top.endswith(".pth"):
                paths.add(Path(str(distribution.locate_file(top))))
    return paths


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
