"""The package's borders: its imports, its public names, and the libraries that it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import carrierx.emulator
from tests.support.rows import check_rows

PACKAGE = Path(carrierx.emulator.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
LIBRARIES = {
    "httpx": {"server/callback_sender.py", "server/transports.py"},
    "anyio": {"server/transports.py", "server/delivery.py"},  # comes with httpx and with Starlette
    "h11": {"faults/proxy/framing.py"},  # comes with httpx
    "starlette": {"server/app.py", "server/delivery.py"},
    "httptools": {"server/connection.py"},
    "uvicorn": {"server/serving.py", "server/connection.py"},
}


NEUTRAL = {"carrierx.extras", "carrierx.version"}
"""Modules for everyone: how to install packages, and the package's version, are no rules that client and emulator could
get wrong together."""


def imported_modules(source: Path) -> set[str]:
    modules = set[str]()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return modules


def test_it_shares_nothing_with_the_client() -> None:
    def imports_only_the_emulator(source: Path) -> None:
        ours = {module for module in imported_modules(source) if module.startswith("carrierx")}
        assert {module for module in ours if not module.startswith("carrierx.emulator")} <= NEUTRAL

    check_rows(SOURCES, imports_only_the_emulator)


def test_only_transports_and_servers_need_libraries() -> None:
    def imports_only_its_libraries(source: Path) -> None:
        name = source.relative_to(PACKAGE).as_posix()
        foreign = {module.split(".")[0] for module in imported_modules(source)} - sys.stdlib_module_names - {"carrierx"}
        assert foreign == {library for library, users in LIBRARIES.items() if name in users}

    check_rows(SOURCES, imports_only_its_libraries)


def test_every_public_name_is_there() -> None:
    def is_there(name: str) -> None:
        assert getattr(carrierx.emulator, name).__doc__
        assert name in dir(carrierx.emulator)

    check_rows(carrierx.emulator.__all__, is_there)


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'serv'"):
        getattr(carrierx.emulator, "serv")  # noqa: B009 - a type checker would refuse the name


def test_the_core_loads_no_web_library() -> None:
    program = (
        "import sys, carrierx.emulator; carrierx.emulator.Emulator().close();"
        "print(sorted({'httpx', 'starlette', 'uvicorn', 'anyio'} & sys.modules.keys()))"
    )
    path = str(Path(carrierx.emulator.__file__).parents[2])

    printed = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert printed.stdout == "[]\n"


@pytest.mark.parametrize(
    ("library", "module"),
    [("starlette.applications", "carrierx.emulator.server.app"), ("uvicorn", "carrierx.emulator.server.serving")],
)
def test_a_missing_web_library_is_named(monkeypatch: pytest.MonkeyPatch, library: str, module: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, module, raising=False)

    with pytest.raises(ImportError, match=r"Serving the emulator needs more packages\. .*starlette.* .*uvicorn"):
        import_module(module)
