"""A directive for the table of all options of a client, and the descriptions of options from their docstrings."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective
from sphinx.util.parsing import nested_parse_to_nodes

from carrierx.client_options import ChangeableOptions, ClientOptions
from carrierx.media_check.settings import CheckerOptions
from carrierx.options import CallOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils.nodes import Node
    from sphinx.application import Sphinx

__all__ = ["Option", "options_of", "setup"]

_GROUPS: dict[str, Any] = {
    group.__name__: group for group in (CallOptions, ChangeableOptions, ClientOptions, CheckerOptions)
}
_ATTRIBUTE = re.compile(r"    (\w+): (.*)")


@dataclass(frozen=True, slots=True)
class Option:
    """One option, as its docstring describes it."""

    name: str
    type: str
    description: str


def options_of(name: str) -> list[Option]:
    """Return the options of a TypedDict, those that it inherits first.

    Raises:
        ValueError: An option has no description.
    """
    group = _GROUPS[name]
    described: dict[str, str] = {}
    for known in (CallOptions, ChangeableOptions, ClientOptions, CheckerOptions):
        if set(known.__annotations__) <= set(group.__annotations__):
            described |= _descriptions(inspect.getdoc(known) or "")
    missing = set(group.__annotations__) - set(described)
    if missing:
        raise ValueError(f"{name} does not describe {', '.join(sorted(missing))}.")
    return [
        Option(option, getattr(annotation, "__forward_arg__", str(annotation)), described[option])
        for option, annotation in group.__annotations__.items()
    ]


def _descriptions(docstring: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in docstring.splitlines():
        attribute = _ATTRIBUTE.fullmatch(line)
        if attribute:
            name, found[attribute[1]] = attribute[1], attribute[2]
        elif name and line.startswith(" " * 8):
            found[name] += " " + line.strip()
        else:
            name = ""
    return found


class OptionsTable(SphinxDirective):
    """Lists every option: its name and type, where it can be given, and what it means."""

    def run(self) -> list[Node]:
        """Write the table as reStructuredText and parse it."""
        return nested_parse_to_nodes(self.state, StringList(list(_table()), "options-table"), source="options-table")


def _table() -> Iterator[str]:
    calls, changes = set(CallOptions.__annotations__), set(ChangeableOptions.__annotations__)
    yield from (".. list-table::", "   :header-rows: 1", "   :class: options", "")
    yield from ("   * - Option", "     - Meaning, type, and where you can pass it")
    for option in options_of("ClientOptions"):
        where = "the client"
        if option.name in changes:
            where = "the client and `with_options`"
        if option.name in calls:
            where = "the client, `with_options` and every method"
        yield from (f"   * - .. _option-{option.name}:", "", f"       ``{option.name}``")
        yield from (f"     - {option.description}", "", f"       ``{option.type}``, {where}.")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("options-table", OptionsTable)
    return {"parallel_read_safe": True}
