"""Small projects of users, whose tests pytest runs in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# The plugins of this run that a user need not have, or that would make the output vary.
_LEFT_OUT: Final = (
    "cov",
    "hypothesispytest",
    "randomly",
    "timeout",
    "cacheprovider",
    "pook",
    "pytest_httpx",
    "schemathesis",
)
_COUNT: Final = re.compile(r"(\d+) (passed|failed|error|errors|warning|warnings|skipped)")


@dataclass(frozen=True)
class Run:
    """What came of a run of pytest.

    Attributes:
        output: Everything that it wrote.
        counts: How many tests passed, failed, ..., by these words.
    """

    output: str
    counts: dict[str, int]


def run_pytest(folder: Path, *arguments: str, options: Sequence[str] = (), **files: str) -> Run:
    """Run the tests of a project with the plugins that are installed, warnings as errors.

    Args:
        folder: Where the project is written.
        *arguments: Further arguments of pytest.
        options: Further lines of its `pytest.ini`.
        **files: The text of each file by its name without `.py`.
    """
    lines = ["[pytest]", "filterwarnings = error", *options]
    (folder / "pytest.ini").write_text("\n".join(lines), encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    left_out = [argument for name in _LEFT_OUT for argument in ("-p", f"no:{name}")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CARRIERX_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--strict-markers", "--color=no", *arguments],
        cwd=folder,
        # In the environment, the options also reach runs of pytest that a test of the project starts.
        env={**environment, "COLUMNS": "120", "PYTEST_ADDOPTS": " ".join(left_out)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    output = done.stdout + done.stderr
    last = output.strip().splitlines()[-1] if output.strip() else ""
    return Run(output, {word: int(count) for count, word in _COUNT.findall(last)})
