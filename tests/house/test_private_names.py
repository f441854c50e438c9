"""What begins with an underscore stays in its package."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import pytest

from tests.house.source import Module, all_modules, is_private


def private_imports(module: Module) -> Iterator[str]:
    """Imports of private names, or of private modules, from within the package."""
    for node in ast.walk(module.tree):
        match node:
            case ast.ImportFrom(module=source) if node.level or (source or "").split(".")[0] == "carrierx":
                names = [*(source or "").split("."), *(alias.name for alias in node.names)]
            case ast.Import():
                paths = [alias.name.split(".") for alias in node.names]
                names = [name for path in paths if path[0] == "carrierx" for name in path]
            case _:
                continue
        yield from (f"{module.name}:{node.lineno} imports {name}" for name in names if is_private(name))


def own_names(module: Module) -> set[str]:
    """The private names that a module makes: definitions, class fields, slots, and what `self` is given."""
    made: set[str] = set()
    for node in ast.walk(module.tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                made.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                made.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                made.add(name)
            case ast.Assign(targets=[ast.Name(id="__slots__")], value=ast.Tuple(elts=slots)):
                made |= {slot.value for slot in slots if isinstance(slot, ast.Constant) and isinstance(slot.value, str)}
            case _:
                pass
    return {name for name in made if is_private(name)}


def private_reaches(module: Module, names_of_package: set[str]) -> Iterator[str]:
    """Private attributes of other objects that nothing in the module's own package makes."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in names_of_package:
            yield f"{module.name}:{node.lineno} reaches {ast.unparse(node)}"


def names_by_package(modules: Iterable[Module]) -> dict[str, set[str]]:
    packages: dict[str, set[str]] = {}
    for module in modules:
        packages.setdefault(module.package, set()).update(own_names(module))
    return packages


def test_nobody_imports_a_private_name() -> None:
    assert [found for module in all_modules() for found in private_imports(module)] == []


def test_nobody_reaches_into_another_package() -> None:
    packages = names_by_package(all_modules())

    assert [found for module in all_modules() for found in private_reaches(module, packages[module.package])] == []


@pytest.mark.parametrize(
    "line",
    [
        "from carrierx.models.rules import _lift",
        "from carrierx.models._hidden import lift",
        "import carrierx.models._hidden",
        "from .rules import _lift",
        "from . import _hidden",
        "def f():\n    from carrierx.models.rules import _lift",
    ],
)
def test_a_private_import_is_noticed(line: str) -> None:
    assert len(list(private_imports(sketch(line)))) == 1


@pytest.mark.parametrize(
    "line", ["from __future__ import annotations", "from os import _exit", "import carrierx.client"]
)
def test_other_imports_pass(line: str) -> None:
    assert list(private_imports(sketch(line))) == []


def test_a_private_attribute_is_noticed_unless_the_package_makes_it() -> None:
    module = sketch("class A:\n    def f(self, other):\n        self._own = other._foreign\n        return other._own")

    found = list(private_reaches(module, own_names(module)))

    assert found == ["carrierx.sketch:3 reaches other._foreign"]


def sketch(text: str) -> Module:
    module = all_modules()[0]
    return Module("carrierx.sketch", module.path, ast.parse(text))
