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
IMPORT_FOR_A_TYPE = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from carrierx.emulator.core import scheduler
"""
CONFIGURATIONS = (ROOT / ".importlinter", ROOT / ".importlinter-libraries")


def lint_imports(folder: Path) -> list[subprocess.CompletedProcess[str]]:
    """Check the package in a folder, by each configuration."""
    return [
        subprocess.run(
            [sys.executable, "-c", LINT_IMPORTS, "--config", str(configuration), "--no-cache", "--no-logo"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        for configuration in CONFIGURATIONS
    ]


def test_every_contract_is_kept() -> None:
    for finished in lint_imports(PACKAGE.parent):
        assert finished.returncode == 0, finished.stdout + finished.stderr
        assert " 0 broken" in finished.stdout


def test_the_contracts_notice_what_they_forbid(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "carrierx", ignore=shutil.ignore_patterns("__pycache__"))
    for module, line in {
        "models/validation.py": "from carrierx.transport import call",
        "emulator/rules/messages.py": "from carrierx.models import numbers",
        "emulator/http/types.py": "from carrierx.emulator.rules import fields",
        "emulator/core/account.py": IMPORT_FOR_A_TYPE,
        "events.py": "import httpx",
        "outbox/rules.py": "from carrierx.outbox import worker",
        "outbox/states.py": "import psycopg",
        "transport/call.py": "import tenacity",
        "emulator/emulator.py": "import uvicorn",
        "testing/reports.py": "import pytest",
        "outbox/pace.py": "import celery",
        "version.py": "import opentelemetry",
        "attic.py": "",
    }.items():
        path = tmp_path / "carrierx" / module
        text = path.read_text(encoding="utf-8") if path.exists() else '"""A new module."""\n'
        path.write_text(f"{text}\n{line}\n", encoding="utf-8")

    finished = lint_imports(tmp_path)

    printed = "".join(each.stdout for each in finished)
    assert [each.returncode for each in finished] == [1, 1], printed + "".join(each.stderr for each in finished)
    results = re.findall(r" (KEPT|BROKEN)\b", printed)
    assert results == ["BROKEN"] * len(results)
    contracts = sum(each.read_text(encoding="utf-8").count("[importlinter:contract:") for each in CONFIGURATIONS)
    assert len(results) == contracts
    for culprit in (
        "carrierx.models.validation -> carrierx.transport.call",
        "carrierx.emulator.rules.messages -> carrierx.models.numbers",
        "carrierx.emulator.http.types -> carrierx.emulator.rules.fields",
        "No cycles are allowed in carrierx.emulator.core.",
        "carrierx.events -> httpx",
        "carrierx.transport.call -> tenacity",
        "carrierx.version -> opentelemetry",
        "carrierx.emulator.emulator -> uvicorn",
        "carrierx.testing.reports -> pytest",
        "carrierx.outbox.pace -> celery",
        "attic",
    ):
        assert culprit in printed
