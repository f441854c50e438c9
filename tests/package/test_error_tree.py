"""The tree at the top of `errors.py` is the tree of the classes."""

from __future__ import annotations

import importlib
import re

import carrierx.errors
from carrierx import CarrierXError
from tests.package.source import all_modules

LINE = re.compile(r"(?P<indent>[│ ]*)(?:[├└]── )?(?P<name>[A-Z]\w+)(?: {2,}\S.*)?")


def drawn_tree() -> dict[str, str | None]:
    """The classes that the docstring draws, each with its parent."""
    drawing = str(carrierx.errors.__doc__).split("```")[1].strip("\n")
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for line in drawing.splitlines():
        found = LINE.fullmatch(line)
        assert found is not None, line
        depth = len(found["indent"]) // 4 + ("── " in line)
        parents[found["name"]] = path[depth - 1] if depth else None
        path[depth:] = [found["name"]]
    return parents


def descendants(error: type[CarrierXError]) -> list[type[CarrierXError]]:
    return [each for child in error.__subclasses__() for each in (child, *descendants(child))]


def classes_of_the_package() -> list[type[CarrierXError]]:
    for module in all_modules():
        importlib.import_module(module.name)
    return [error for error in descendants(CarrierXError) if error.__module__.split(".")[0] == "carrierx"]


def test_the_tree_is_drawn_as_it_is() -> None:
    real: dict[str, str | None] = {error.__name__: error.__bases__[0].__name__ for error in classes_of_the_package()}

    assert drawn_tree() == {"CarrierXError": None, **real}


def test_every_error_can_be_imported_from_the_package() -> None:
    central = {error.__name__ for error in classes_of_the_package() if error.__module__ == "carrierx.errors"}

    assert central - set(carrierx.__all__) == set()
    assert central
