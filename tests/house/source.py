"""The package's source as the tests of the house read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import carrierx

PACKAGE = Path(carrierx.__file__).parent
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    """One source file.

    Attributes:
        name: Its dotted name.
        path: The file.
        tree: Its syntax.
    """

    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        """The part of the package that it belongs to: `carrierx.models`, `carrierx.client`."""
        return ".".join(self.name.split(".")[:2])


def read_module(name: str, path: Path) -> Module:
    return Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path)))


@cache
def all_modules(package: Path = PACKAGE) -> tuple[Module, ...]:
    """Every module of the package."""
    return tuple(read_module(_dotted(path, package), path) for path in sorted(package.rglob("*.py")))


def _dotted(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_private(name: str) -> bool:
    """Whether a name begins with an underscore and is none of Python's own."""
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def type_checking_imports(tree: ast.Module) -> dict[str, str]:
    """What is imported under `if TYPE_CHECKING:`: each name with its module."""
    return {
        alias.asname or alias.name: node.module or ""
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def public_definitions(module: Module) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every public class, function and method of a module, by its dotted name; overloads are left out."""
    yield from _definitions(module.name, module.tree.body)


def _definitions(
    owner: str, body: list[ast.stmt]
) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _definitions(owner, node.body)
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if "overload" in decorators(node):
            continue
        yield f"{owner}.{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from _definitions(f"{owner}.{node.name}", node.body)


def decorators(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [ast.unparse(decorator) for decorator in node.decorator_list]
