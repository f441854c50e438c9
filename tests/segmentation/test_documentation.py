"""The examples in the docstrings run."""

from __future__ import annotations

import doctest
import subprocess
import sys
from types import ModuleType

import pytest

from carrierx import gsm_alphabet, segmentation


@pytest.mark.parametrize("module", [gsm_alphabet, segmentation])
def test_the_examples_run(module: ModuleType) -> None:
    results = doctest.testmod(module)

    assert results.failed == 0
    assert results.attempted > 0


def test_it_loads_no_library() -> None:
    program = (
        "import sys, carrierx.segmentation; "
        "print(sorted({'httpx', 'pydantic', 'tenacity', 'asyncio', 'carrierx.models'} & sys.modules.keys()))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert finished.stdout == "[]\n"
