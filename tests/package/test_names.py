"""Public names: type checkers see exactly the names that load on first use."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Mapping
from types import ModuleType

import pytest

from tests.package.source import PACKAGE, all_modules, type_checking_imports

LAZY_PACKAGES = {
    "carrierx": ("_HOME_OF", {"__version__"}),
    "carrierx.emulator": ("_MODULES", set[str]()),
    "carrierx.testing": ("_MODULES", set[str]()),
}


def package(name: str) -> tuple[ModuleType, Mapping[str, str], set[str]]:
    """A package, its table of lazy names, and the names that it defines itself."""
    table, eager = LAZY_PACKAGES[name]
    module = importlib.import_module(name)
    return module, vars(module)[table], eager


@pytest.mark.parametrize("name", LAZY_PACKAGES)
def test_every_public_name_resolves(name: str) -> None:
    module, homes, _ = package(name)

    for public, home in homes.items():
        assert getattr(module, public) is getattr(importlib.import_module(f"{name}.{home}"), public)


@pytest.mark.parametrize("name", LAZY_PACKAGES)
def test_dir_lists_the_public_names(name: str) -> None:
    module, _, _ = package(name)

    assert dir(module) == sorted(module.__all__)
    assert len(set(module.__all__)) == len(module.__all__)


@pytest.mark.parametrize("name", LAZY_PACKAGES)
def test_type_checkers_see_just_what_is_loaded_at_run_time(name: str) -> None:
    module, homes, eager = package(name)
    (source,) = [found for found in all_modules() if found.name == name]

    declared = type_checking_imports(source.tree)

    assert declared == {public: f"{name}.{home}" for public, home in homes.items()}
    assert set(module.__all__) == homes.keys() | eager


@pytest.mark.parametrize("name", LAZY_PACKAGES)
def test_no_submodule_has_the_name_of_a_public_function(name: str) -> None:
    module, _, _ = package(name)
    submodules = {found.name.rpartition(".")[2] for found in all_modules() if found.name.rpartition(".")[0] == name}

    assert submodules.isdisjoint(module.__all__)


@pytest.mark.parametrize("name", LAZY_PACKAGES)
def test_a_misspelt_name_is_refused(name: str) -> None:
    module, _, _ = package(name)

    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'CarierXClient'"):
        vars(module)["__getattr__"]("CarierXClient")
    with pytest.raises(ImportError, match="CarierXClient"):
        exec(f"from {name} import CarierXClient")


def test_star_imports_of_several_packages_do_not_hide_each_others_names() -> None:
    found: dict[str, object] = {}
    packages = (*LAZY_PACKAGES, "carrierx.callbacks", "carrierx.events")
    hidden = list[str]()

    for name in packages:
        imported: dict[str, object] = {}
        exec(f"from {name} import *", imported)
        del imported["__builtins__"]
        hidden += [f"{name}.{public}" for public, value in imported.items() if found.get(public, value) is not value]
        found.update(imported)

    assert not hidden
    assert found["Response"] is vars(importlib.import_module("carrierx"))["Response"]
    assert "EmulatorResponse" in found


@pytest.mark.parametrize("name", LAZY_PACKAGES)
def test_each_module_exports_names_that_it_has(name: str) -> None:
    missing = [
        f"{found.name}.{public}"
        for found in all_modules()
        if found.name.startswith(name)
        for public in getattr(importlib.import_module(found.name), "__all__", ())
        if not hasattr(sys.modules[found.name], public)
    ]

    assert missing == []


def test_importing_the_package_loads_no_library() -> None:
    program = (
        "import sys, carrierx; dir(carrierx); "
        "print(sorted({'httpx', 'httpcore', 'pydantic', 'tenacity', 'asyncio', 'ssl'} & sys.modules.keys()))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    )

    assert finished.stdout == "[]\n"
