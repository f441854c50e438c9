"""Stands in for `pip` and `pytest` where a page's commands run: checks the arguments, and installs nothing.

`pip install` knows the project's own folder with its extras and groups, and packages that `constraints.txt` pins, so a
page can't name an extra, a group or a package that doesn't exist.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
_OURS: Final = re.compile(r"(?:\.|/path/to/carrierx|carrierx|.*\.whl)(?:\[(?P<extras>[\w,-]+)\])?")
_OTHER: Final = re.compile(r"(?P<name>[\w.-]+)(?:\[[\w,-]+\])?(?:[<>=!~].*)?")


def problem(arguments: list[str]) -> str | None:
    """Tell what is wrong with a command: `pip install ...`, `pip wheel ...` or `pytest`."""
    match arguments:
        case ["pytest"] | ["pip", "wheel", "--no-deps", "-w", _, "."]:
            return None
        case ["pip", "install", *words]:
            return _problem_of_installation(words)
        case _:
            return f"{' '.join(arguments)} isn't known"


def _problem_of_installation(words: list[str]) -> str | None:
    rest = iter(words)
    for word in rest:
        if word == "-c":
            file = next(rest, "")
            if not (ROOT / file).is_file():
                return f"there is no file {file}"
        elif word == "--group":
            group = next(rest, "")
            if group not in _pyproject()["dependency-groups"]:
                return f"there is no group {group}"
        elif word not in {"-e", "--no-deps"} and (found := _problem_of(word)):
            return found
    return None


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _problem_of(requirement: str) -> str | None:
    ours = _OURS.fullmatch(requirement)
    if ours is not None:
        extras = set(filter(None, (ours["extras"] or "").split(",")))
        unknown = extras - set(_pyproject()["project"]["optional-dependencies"])
        return f"there is no extra {min(unknown)}" if unknown else None
    other = _OTHER.fullmatch(requirement)
    pinned = {line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    if other is None or other["name"].lower() not in pinned:
        return f"{requirement} isn't in constraints.txt"
    return None


if __name__ == "__main__":
    sys.exit(problem(sys.argv[1:]))
