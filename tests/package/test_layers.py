"""Packages import each other in one direction only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.package.source import PACKAGE, ROOT

LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the package in a folder."""
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--config", str(ROOT / ".importlinter"), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_contract_is_kept() -> None:
    finished = lint_imports(PACKAGE.parent)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert " 0 broken" in finished.stdout


def test_the_contracts_notice_what_they_forbid(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "carrierx", ignore=shutil.ignore_patterns("__pycache__"))
    for module, line in {
        "models/validation.py": "from carrierx.transport import call",
        "emulator/rules.py": "from carrierx.models import numbers",
        "events.py": "import httpx",
        "transport/call.py": "import tenacity",
        "emulator/core.py": "import uvicorn",
        "testing/reports.py": "import pytest",
        "attic.py": "",
    }.items():
        path = tmp_path / "carrierx" / module
        text = path.read_text(encoding="utf-8") if path.exists() else '"""A new module."""\n'
        path.write_text(f"{text}\n{line}\n", encoding="utf-8")

    finished = lint_imports(tmp_path)

    assert finished.returncode == 1, finished.stdout + finished.stderr
    results = re.findall(r" (KEPT|BROKEN)\b", finished.stdout)
    assert results == ["BROKEN"] * len(results)
    assert len(results) == (ROOT / ".importlinter").read_text(encoding="utf-8").count("[importlinter:contract:")
    for culprit in (
        "carrierx.models.validation -> carrierx.transport.call",
        "carrierx.emulator.rules -> carrierx.models.numbers",
        "carrierx.events -> httpx",
        "carrierx.transport.call -> tenacity",
        "carrierx.emulator.core -> uvicorn",
        "carrierx.testing.reports -> pytest",
        "attic",
    ):
        assert culprit in finished.stdout
