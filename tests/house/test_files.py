"""Files are finished, and free of the machine that they were written on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT

TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".json", ".ini", ".cfg", ".yml", ".yaml", ".typed", ".importlinter"}
FOLDERS = ("src", "tests", "docs", "examples", "benchmarks", "scripts", ".github", ".ci")
GENERATED = {"__pycache__", ".ipynb_checkpoints"}

# Each with one letter in brackets, or this file would be found.
UNFINISHED = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b")
MACHINE_PATH = re.compile(r"(?<![\w./:~-])/(?:w[o]rk|r[o]ot|h[o]me|U[s]ers)(?=/)|/tmp/v[e]nv")
PACKAGE_INDEX = re.compile(r"index[-_]u[r]l|https?://[^\s/]+/(?:\S*/)?s[i]mple/")


def project_files() -> Iterator[Path]:
    """Every text file of the project that is written by hand."""
    yield from (path for path in ROOT.iterdir() if path.is_file() and _is_text(path))
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and _is_text(path))


def _is_text(path: Path) -> bool:
    written = not GENERATED.intersection(path.parts) and not any(part.endswith(".egg-info") for part in path.parts)
    return written and (path.suffix or path.name) in TEXT_SUFFIXES | {"LICENSE", ".gitignore", ".importlinter"}


def places_of(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in project_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_files_are_found() -> None:
    names = {str(path.relative_to(ROOT)) for path in project_files()}

    assert {"pyproject.toml", ".importlinter", "src/carrierx/client.py", "tests/house/test_files.py"} <= names


def test_nothing_is_left_unfinished() -> None:
    assert places_of(UNFINISHED) == []


def test_no_path_of_a_machine_is_written_down() -> None:
    assert places_of(MACHINE_PATH) == []


def test_no_package_index_is_written_down() -> None:
    assert places_of(PACKAGE_INDEX) == []


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        (UNFINISHED, ["# TO", "DO: later"]),
        (MACHINE_PATH, ['open("/wo', 'rk/main/x.py")']),
        (MACHINE_PATH, ["/ro", "ot/.config"]),
        (MACHINE_PATH, ["/tmp/ve", "nv/bin/python"]),
        (PACKAGE_INDEX, ["--extra-index-", "url https://mirror.example"]),
        (PACKAGE_INDEX, ["https://mirror.example/pypi/sim", "ple/httpx"]),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], pieces: list[str]) -> None:
    assert pattern.search("".join(pieces))


@pytest.mark.parametrize("line", ["https://docs.example/home/x", "a/root/b", "every /core/v2 path", "simple"])
def test_the_patterns_leave_other_lines_alone(line: str) -> None:
    assert not any(pattern.search(line) for pattern in (UNFINISHED, MACHINE_PATH, PACKAGE_INDEX))
