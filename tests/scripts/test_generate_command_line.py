"""The page about the command line is what the script makes of the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tables_and_the_schema_are_up_to_date() -> None:
    script = ROOT / "scripts" / "generate_command_line.py"

    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
