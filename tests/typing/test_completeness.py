"""Nothing that the package exports leaves its type to be guessed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict, cast

SOURCE = Path(__file__).parents[2] / "src"


class Problem(TypedDict):
    """One thing that pyright finds about a symbol."""

    severity: str
    message: str


class Symbol(TypedDict):
    """One symbol in the report of `pyright --verifytypes`."""

    name: str
    isExported: bool
    isTypeKnown: bool
    isTypeAmbiguous: bool
    diagnostics: list[Problem]


class Completeness(TypedDict):
    """The report of `pyright --verifytypes`."""

    completenessScore: float
    pyTypedPath: str
    symbols: list[Symbol]


def completeness(folder: Path) -> Completeness:
    """Run `pyright --verifytypes carrierx --ignoreexternal`.

    It takes no `--pythonpath`: it asks the first `python` of the PATH where packages are, and PYTHONPATH besides.
    """
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(SOURCE),
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",
    }
    finished = subprocess.run(
        [sys.executable, "-m", "pyright", "--verifytypes", "carrierx", "--ignoreexternal", "--outputjson"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode in (0, 1), finished.stdout + finished.stderr
    return cast("Completeness", json.loads(finished.stdout)["typeCompleteness"])


def test_every_exported_type_is_known(tmp_path: Path) -> None:
    report = completeness(tmp_path)

    # What is "partially unknown" only follows from something else that is guessed.
    guessed = [
        f"{symbol['name']}: {' '.join(problem['message'].split())}"
        for symbol in report["symbols"]
        if symbol["isExported"] and (not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"])
        for problem in symbol["diagnostics"]
        if problem["severity"] == "error" and "partially unknown" not in problem["message"]
    ]
    assert report["symbols"]
    assert guessed == [], "\n".join(guessed)
    assert report["completenessScore"] == 1
