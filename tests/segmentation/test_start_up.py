"""Counting segments loads no library."""

from __future__ import annotations

import subprocess
import sys


def test_it_loads_no_library() -> None:
    program = (
        "import sys, carrierx.segmentation; "
        "print(sorted({'httpx', 'pydantic', 'tenacity', 'asyncio', 'carrierx.models'} & sys.modules.keys()))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert finished.stdout == "[]\n"
