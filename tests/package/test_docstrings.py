"""Docstrings of public names document their arguments and errors. Ruff checks that there are docstrings."""

from __future__ import annotations

import ast
import importlib
import re

from tests.package.source import all_modules, decorators, public_definitions
from tests.support.rows import check_rows

SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises", "Scopes", "Source", "Example")
RESOURCE_SECTIONS = ["Args", "Returns", "Raises", "Scopes", "Source", "Example"]

DEFINITIONS = {name: node for module in all_modules() for name, node in public_definitions(module)}
FUNCTIONS = {name: node for name, node in DEFINITIONS.items() if not isinstance(node, ast.ClassDef)}


def resource_classes() -> set[str]:
    """The names of the resources, sync and async."""
    owners = [node for node in DEFINITIONS.values() if isinstance(node, ast.ClassDef)]
    bases = {"SyncResource", "AsyncResource"}
    found = set(bases)
    while new := {one.name for one in owners if found & {ast.unparse(base) for base in one.bases}} - found:
        found |= new
    return found - bases


RESOURCE_METHODS = {
    f"{name}.{node.name}": node
    for name, owner in DEFINITIONS.items()
    if isinstance(owner, ast.ClassDef) and owner.name in resource_classes()
    for node in owner.body
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    and not node.name.startswith("_")
    and "overload" not in decorators(node)
}


def sections(doc: str) -> dict[str, str]:
    """The sections of a Google docstring, each with its text."""
    parts = re.split(rf"^({'|'.join(SECTIONS)}):[ \n]?", doc, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def entries(section: str) -> list[str]:
    """The names that a section lists: `name: what it is`."""
    listed = (re.match(r" {4}(\*{0,2}[\w.]+):", line) for line in section.splitlines())
    return [found[1] for found in listed if found]


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = node.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    names += [f"*{given.vararg.arg}"] if given.vararg else []
    names += [f"**{given.kwarg.arg}"] if given.kwarg else []
    return [name for name in names if name not in ("self", "cls")]


def documented_arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [name.strip("*") for name in entries(sections(ast.get_docstring(node) or "").get("Args", ""))]


def is_exception(name: str) -> bool:
    """Tell whether a name is an exception of Python, or of the library before its dot."""
    module, _, attribute = name.rpartition(".")
    found: object = getattr(importlib.import_module(module or "builtins"), attribute, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def overloads_of(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> list[str]:
    """The parameters of all overloads of a method."""
    owner = DEFINITIONS[name.rpartition(".")[0]]
    return [
        parameter
        for each in owner.body
        if isinstance(each, type(node)) and each.name == node.name and "overload" in decorators(each)
        for parameter in parameters(each)
    ]


def test_everything_public_is_found() -> None:
    assert "carrierx.client.CarrierXClient.execute" in FUNCTIONS
    assert "carrierx.resources._async.messages.AsyncMessages.get" in RESOURCE_METHODS
    assert "carrierx.resources._sync.messages.Messages.get" in RESOURCE_METHODS
    assert len(DEFINITIONS) > 200


def test_sections_have_known_names() -> None:
    headings = re.compile(r"^([A-Z][a-z]+):$", re.MULTILINE)
    found = {heading for node in DEFINITIONS.values() for heading in headings.findall(ast.get_docstring(node) or "")}

    assert found <= set(SECTIONS)
    assert {"Args", "Returns", "Raises", "Example"} <= found


def test_every_documented_argument_exists() -> None:
    unknown = {
        name: wrong
        for name, node in FUNCTIONS.items()
        if name not in RESOURCE_METHODS
        and (wrong := set(documented_arguments(node)) - {parameter.strip("*") for parameter in parameters(node)})
    }

    assert unknown == {}


def test_every_documented_error_exists() -> None:
    defined = {
        node.name for module in all_modules() for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)
    }
    raised = {
        error
        for node in DEFINITIONS.values()
        for error in entries(sections(ast.get_docstring(node) or "").get("Raises", ""))
    }

    assert {error for error in raised - defined if not is_exception(error)} == set()
    assert "InvalidMessageError" in raised


def test_a_resource_method_has_every_section() -> None:
    def check(name: str) -> None:
        found = sections(ast.get_docstring(RESOURCE_METHODS[name]) or "")
        assert list(found) == RESOURCE_SECTIONS
        assert all(text.strip() for text in found.values())
        assert ">>> " in found["Example"]

    check_rows(RESOURCE_METHODS, check)


def test_a_resource_method_documents_exactly_its_arguments() -> None:
    def check(name: str) -> None:
        node = RESOURCE_METHODS[name]
        documented = entries(sections(ast.get_docstring(node) or "")["Args"])
        assert len(set(documented)) == len(documented)
        assert set(documented) == set(parameters(node)) | set(overloads_of(node, name))

    check_rows(RESOURCE_METHODS, check)


FIRST_WORD = re.compile(r"(What|Which|How|Whether)\b")
ALLOWED_FIRST_WORDS: frozenset[str] = frozenset()
"""Docstrings that may begin with one of these words, as `carrierx.module:line`."""


def all_docstrings() -> dict[str, str]:
    """Every docstring by its place, including those of private names and of constants."""
    found: dict[str, str] = {}
    for module in all_modules():
        for node in ast.walk(module.tree):
            match node:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    found[f"{module.name}:{node.lineno}"] = text
                case _:
                    pass
    return found


def test_docstrings_begin_with_a_verb_or_a_noun() -> None:
    docstrings = all_docstrings()
    questions = {place: text.splitlines()[0] for place, text in docstrings.items() if FIRST_WORD.match(text)}

    assert len(docstrings) > 500
    assert {place: text for place, text in questions.items() if place not in ALLOWED_FIRST_WORDS} == {}
