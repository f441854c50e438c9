"""What importing the kit costs: nothing that a test run has not loaded anyway."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.projects import run_pytest

HEAVY = {"httpx", "httpcore", "pydantic", "tenacity", "respx", "ssl", "asyncio", "sqlite3", "starlette", "uvicorn"}


def loaded_by(script: str, *, after: str = "") -> set[str]:
    """The modules that a script loads, once the one before it has run, in a process of its own."""
    lines = (after, "import sys; before = set(sys.modules)", script, "print(*sys.modules.keys() - before)")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.split())


def test_the_package_loads_nothing_by_itself() -> None:
    loaded = loaded_by("import carrierx.testing")

    assert "carrierx.testing" in loaded
    assert not loaded & {*HEAVY, "pytest", "carrierx.emulator", "carrierx.client"}


def test_the_plugin_loads_nothing_but_pytest() -> None:
    loaded = loaded_by("import carrierx.testing.plugin", after="import pytest")

    assert loaded == {"carrierx", "carrierx.version", "carrierx.testing", "carrierx.testing.plugin"}


def test_a_run_of_tests_that_use_no_carrierx_loads_little_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Coverage keeps its figures with sqlite3.
    for name in [name for name in os.environ if name.startswith("COV")]:
        monkeypatch.delenv(name)
    (tmp_path / "test_it.py").write_text(
        "import sys\ndef test_it(): print([name for name in sys.modules if name.split('.')[0] in "
        f"{sorted(HEAVY | {'carrierx'})}])",
        encoding="utf-8",
    )

    run = run_pytest(tmp_path, "-s", "-p", "no:asyncio", "-p", "no:anyio", "-p", "no:respx", "-p", "no:schemathesis")

    [loaded] = [line for line in run.output.splitlines() if "carrierx.testing" in line]
    assert {name.strip(" '") for name in loaded.partition("[")[2].partition("]")[0].split(",")} == {
        "carrierx",
        "carrierx.network_guard",
        "carrierx.testing",
        "carrierx.testing.plugin",
        "carrierx.version",
    }


def test_an_emulator_needs_neither_pytest_nor_respx_nor_a_server() -> None:
    loaded = loaded_by("from carrierx.testing import emulator_for_tests\nwith emulator_for_tests() as e: e.client()")

    assert not loaded & {"pytest", "respx", "starlette", "uvicorn"}


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "respx", None)
    monkeypatch.delitem(sys.modules, "carrierx.testing.router", raising=False)

    with pytest.raises(
        ImportError,
        match=r'respx_router needs more packages. Install them with: pip install "pytest>=8.4" "respx>=0.22"',
    ):
        importlib.import_module("carrierx.testing.router")
