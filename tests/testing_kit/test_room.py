"""What importing the kit costs: nothing that a test run has not loaded anyway."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

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


def test_an_emulator_needs_neither_pytest_nor_respx_nor_a_server() -> None:
    loaded = loaded_by("from carrierx.testing import emulator_for_tests\nwith emulator_for_tests() as e: e.client()")

    assert not loaded & {"pytest", "respx", "starlette", "uvicorn"}


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "respx", None)
    monkeypatch.delitem(sys.modules, "carrierx.testing.router", raising=False)

    with pytest.raises(ImportError, match=r'respx_router needs the extra: pip install "carrierx\[testing\]"'):
        importlib.import_module("carrierx.testing.router")
