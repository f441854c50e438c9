"""The examples in the docstrings run, and the module stays light."""

from __future__ import annotations

import doctest
import subprocess
import sys
from types import ModuleType

import pytest

from carrierx import price_list, pricing


@pytest.mark.parametrize("module", [price_list, pricing])
def test_the_examples_run(module: ModuleType) -> None:
    results = doctest.testmod(module)

    assert results.failed == 0
    assert results.attempted > 0


def test_it_loads_no_library() -> None:
    program = (
        "import sys, carrierx.pricing; "
        "print(sorted({'httpx', 'pydantic', 'tenacity', 'asyncio', 'carrierx.models'} & sys.modules.keys()))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert finished.stdout == "[]\n"
