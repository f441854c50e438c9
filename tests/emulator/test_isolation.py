"""The package's borders: its imports, its public names, and the libraries that it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import carrierx.emulator

PACKAGE = Path(carrierx.emulator.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
WEB_LIBRARIES = {
    "httpx": {"callback_sender.py", "transports.py"},
    "anyio": {"transports.py", "delivery.py"},  # comes with httpx and with Starlette
    "h11": {"proxy/framing.py"},  # comes with httpx
    "starlette": {"app.py", "delivery.py"},
    "uvicorn": {"server.py", "server_connection.py"},
}


def imported_modules(source: Path) -> set[str]:
    modules = set[str]()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return modules


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_it_shares_nothing_with_the_client(source: Path) -> None:
    ours = {module for module in imported_modules(source) if module.startswith("carrierx")}

    assert all(module.startswith("carrierx.emulator") for module in ours)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_only_transports_and_servers_need_libraries(source: Path) -> None:
    name = source.relative_to(PACKAGE).as_posix()
    foreign = {module.split(".")[0] for module in imported_modules(source)} - sys.stdlib_module_names - {"carrierx"}

    assert foreign <= {library for library, users in WEB_LIBRARIES.items() if name in users}


@pytest.mark.parametrize("name", carrierx.emulator.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(carrierx.emulator, name).__doc__
    assert name in dir(carrierx.emulator)


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
    [("starlette.applications", "carrierx.emulator.app"), ("uvicorn", "carrierx.emulator.server")],
)
def test_a_missing_web_library_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, library: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, module, raising=False)

    with pytest.raises(ImportError, match=r"install carrierx\[emulator\]"):
        import_module(module)
