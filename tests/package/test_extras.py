"""The hint for packages that are missing: a command that works wherever carrierx came from."""

from __future__ import annotations

import importlib.metadata
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from carrierx.extras import needs_packages

PYPROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]


@pytest.mark.parametrize("extra", sorted(EXTRAS.keys() - {"all"}))
def test_the_hint_names_the_packages_of_an_extra(extra: str) -> None:
    packages = " ".join(f'"{package}"' for package in EXTRAS[extra])

    assert needs_packages("It", extra) == f"It needs more packages. Install them with: pip install {packages}"


def test_the_command_of_the_hint_is_one_that_pip_understands() -> None:
    """Everything is installed here, so pip has nothing to fetch."""
    _, command = needs_packages("It", "cli", "emulator").split("with: ")

    assert command.startswith("pip install ")
    arguments = [sys.executable, "-m", *shlex.split(command), "--dry-run", "--no-index", "--no-deps"]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("already satisfied") == command.count('"') // 2


def test_without_its_metadata_it_installs_the_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", missing)

    hint = "It needs more packages. In your clone of carrierx, run: pip install -e '.[cli,emulator]'"
    assert needs_packages("It", "cli", "emulator") == hint
