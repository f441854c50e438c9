"""Turns the docstrings and annotations of the package into what autodoc and Sphinx expect."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING, get_type_hints

from docutils import nodes
from pydantic import BaseModel
from pygments.lexers.special import TextLexer
from sphinx.util.nodes import make_refnode

import carrierx
from carrierx.resources._sync.base import SyncResource
from extensions.options_table import options_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils.nodes import Element, document
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def _import_everything() -> None:
    """Import every module before autodoc does: models that are loaded later fail once it has altered annotations."""
    for module in pkgutil.walk_packages(carrierx.__path__, "carrierx."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in carrierx.__all__:
        model = getattr(carrierx, name)
        if isinstance(model, type) and issubclass(model, BaseModel):
            # Without what pydantic and `repr` need to know about a field.
            model.__annotations__ = {
                field: hint for field, hint in get_type_hints(model).items() if field in model.__annotations__
            }


_PUBLIC = frozenset(
    name
    for package in ("carrierx", "carrierx.callbacks", "carrierx.emulator", "carrierx.events", "carrierx.testing")
    for name in importlib.import_module(package).__all__
)
_SHORT_OTHERS = frozenset({"ConfigDict"})
_OTHERS = re.compile(
    r"(aiohttp|asyncio|collections|concurrent|contextlib|datetime|decimal|enum|http|httpx|logging|os|pandas|pathlib|"
    r"pydantic|re|respx|ssl|starlette|threading|types|typing|uuid)\..*"
)
"""Names of other projects. Links to them would need their inventories, which a build can't fetch."""


def _find_short_name(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Element) -> Element | None:
    """Resolve a reference by the last part of its name, since annotations and docstrings use short names."""
    if node.get("refdomain") != "py":
        return None
    target: str = node["reftarget"].split("[")[0]
    if _OTHERS.fullmatch(target) or target in _SHORT_OTHERS:
        return content
    last = target.rsplit(".", 1)[-1]
    if "._async." in target:  # the sync resources are documented for both
        last = last.removeprefix("Async")
    domain = env.domains["py"]
    found = {entry.node_id: entry for name, entry in domain.objects.items() if name.rsplit(".", 1)[-1] == last}
    if len(found) != 1:
        # Types that aren't public have no page.
        return content if node["reftype"] == "class" and last not in _PUBLIC else None
    [entry] = found.values()
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, content, last)


_FIELD = re.compile(r"(Scopes|Source): ")
_ALL_OPTIONS = re.compile(r"( +)\*\*options: See `(\w+)`\.")
_ENDING = re.compile(r"(?<![`\w])`([^`]+)`(\w)")


def _prepare_docstring(_app: Sphinx, what: str, _name: str, _value: object, _options: object, lines: list[str]) -> None:
    """Write docstrings as reStructuredText: scopes and sources as fields, and code with an ending, such as a plural."""
    # Without an empty line, napoleon takes the text before a colon for the type of a property.
    prepared: list[str] = [""] if what in {"attribute", "data", "property"} else []
    for line in _with_each_option(lines):
        if _FIELD.match(line):
            if prepared and prepared[-1] and not prepared[-1].startswith(":"):
                prepared.append("")
            line = _FIELD.sub(r":\1: ", line)
        prepared.append(_ENDING.sub(r"`\1`\\ \2", line))
    lines[:] = prepared


def _with_each_option(lines: list[str]) -> Iterator[str]:
    """Describe each option where a docstring only refers to their type."""
    for line in lines:
        found = _ALL_OPTIONS.fullmatch(line)
        if not found:
            yield line
            continue
        indent, name = found.groups()
        yield from (f"{indent}{option.name}: {option.description}" for option in options_of(name))


def _write_signature(
    _app: Sphinx, what: str, _name: str, value: object, _options: object, signature: str | None, returns: str
) -> tuple[str, str] | None:
    """Leave out signatures that help nobody: a model accepts its attributes, and a client makes its resources."""
    if what == "class" and isinstance(value, type) and issubclass(value, (BaseModel, SyncResource)):
        return "", returns
    return None if signature is None else (with_short_defaults(signature), returns)


_LONGEST_DEFAULT = 60


def with_short_defaults(signature: str) -> str:
    """Write `...` for a default that is long or isn't Python: Sphinx can't link such a signature or break its lines."""
    parts, depth = [""], 0
    for character in signature[1:-1]:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    shortened: list[str] = []
    for part in parts:
        name, equals, default = part.partition("=")
        hidden = len(default) > _LONGEST_DEFAULT or "<" in default
        shortened.append(f"{name}{equals}{' ' * default.startswith(' ')}..." if hidden else part)
    return f"({','.join(shortened)})"


def _write_typography(_app: Sphinx, tree: document) -> None:
    """Write dashes and headings in the lists of parameters and attributes as the rest of the site does."""
    for text in list(tree.findall(nodes.Text)):
        if text.astext() == " -- ":
            text.parent.replace(text, nodes.Text(" \N{EN DASH} "))
        elif isinstance(text.parent, nodes.field_name) and text.astext() == "Variables":
            text.parent.replace(text, nodes.Text("Attributes"))


def _skip_member(_app: Sphinx, _what: str, name: str, _value: object, _skip: bool, _options: object) -> bool | None:
    """Leave out what pydantic needs."""
    return True if name == "model_config" else None


def setup(app: Sphinx) -> None:
    """Prepare the build."""
    _import_everything()
    for name in ("csv", "mermaid"):
        app.add_lexer(name, TextLexer)
    app.connect("autodoc-process-docstring", _prepare_docstring, priority=400)  # before napoleon
    app.connect("missing-reference", _find_short_name)
    app.connect("autodoc-skip-member", _skip_member)
    app.connect("autodoc-process-signature", _write_signature)
    app.connect("doctree-read", _write_typography)
