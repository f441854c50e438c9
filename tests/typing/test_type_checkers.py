"""mypy and pyright, both as strict as they can be, agree on what an application may write."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from inspect import get_annotations, getmembers_static, isfunction
from pathlib import Path
from typing import TypedDict, cast

import pytest

from carrierx import CarrierXClient

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"

Problems = dict[int, list[str]]


class MypyProblem(TypedDict):
    """One line of `mypy --output json`."""

    file: str
    line: int
    message: str
    severity: str


def run(folder: Path, *arguments: str) -> str:
    """Run a tool of this environment; the package is found in the source tree if there is one, else as installed."""
    finished = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(SOURCE), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode in (0, 1), finished.stdout + finished.stderr
    return finished.stdout


def mypy(folder: Path) -> Mapping[str, Problems]:
    """The errors that mypy finds: file, line, words."""
    (folder / "mypy.ini").write_text("[mypy]\nstrict = True\nwarn_unused_configs = True\n", encoding="utf-8")
    arguments = ["--config-file", "mypy.ini", "--cache-dir", "cache", "--output", "json"]
    found: dict[str, Problems] = defaultdict(lambda: defaultdict(list))
    for line in run(folder, "mypy", *arguments, "consumer.py", "must_fail.py").splitlines():
        problem = cast("MypyProblem", json.loads(line))
        if problem["severity"] == "error":
            found[Path(problem["file"]).name][problem["line"]].append(problem["message"])
    return found


def pyright(folder: Path) -> Mapping[str, Problems]:
    """The errors that pyright finds: file, line, words."""
    settings = {
        "include": ["consumer.py", "must_fail.py"],
        "extraPaths": [str(SOURCE)],
        "typeCheckingMode": "strict",
        # Not about types: must_fail.py reads attributes, and keeps results, for no other purpose than their type.
        "reportUnusedExpression": False,
        "reportUnusedVariable": False,
        "reportUnusedImport": False,
        # What follows from an error on the same line or before it.
        "reportUnknownMemberType": "warning",
        "reportUnknownVariableType": "warning",
        "reportUnknownArgumentType": "warning",
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    output = run(folder, "pyright", "--project", str(folder), "--pythonpath", sys.executable, "--outputjson")
    found: dict[str, Problems] = defaultdict(lambda: defaultdict(list))
    for problem in json.loads(output)["generalDiagnostics"]:
        if problem["severity"] == "error" or Path(problem["file"]).name == "consumer.py":
            found[Path(problem["file"]).name][problem["range"]["start"]["line"] + 1].append(problem["message"])
    return found


@pytest.mark.parametrize("check", [mypy, pyright], ids=["mypy", "pyright"])
def test_an_application_is_typed_and_its_mistakes_are_found(
    check: Callable[[Path], Mapping[str, Problems]], tmp_path: Path
) -> None:
    shutil.copy(HERE / "consumer.py", tmp_path / "consumer.py")
    shutil.copy(HERE / "must_fail.py.txt", tmp_path / "must_fail.py")
    lines = dict(enumerate((tmp_path / "must_fail.py").read_text(encoding="utf-8").splitlines(), 1))
    marked = {number for number, line in lines.items() if "# error: " in line}

    problems = check(tmp_path)

    found = problems.get("must_fail.py", {})
    assert dict(problems.get("consumer.py", {})) == {}
    assert {number: lines[number] for number in marked - found.keys()} == {}, "not noticed"
    assert {number: (lines[number], found[number]) for number in found.keys() - marked} == {}, "wrongly refused"
    assert len(marked) > 80


def test_the_application_calls_every_method() -> None:
    tree = ast.parse((HERE / "consumer.py").read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    members = dict(getmembers_static(CarrierXClient))
    offered = {f"client.{name}" for name, member in members.items() if isfunction(member)}
    with CarrierXClient("0d7a8c3e") as client:
        for resource in [name for name in get_annotations(CarrierXClient) if not name.startswith("_")]:
            kind = cast("type[object]", type(getattr(client, resource)))
            offered |= {f"{resource}.{name}" for name, _ in getmembers_static(kind, isfunction)}

    offered = {name for name in offered if not name.rpartition(".")[2].startswith("_")}
    assert {name for name in offered if not any(f".{call}".endswith(f".{name}") for call in called)} == set()
    assert {"messages.send", "client.execute"} <= offered
