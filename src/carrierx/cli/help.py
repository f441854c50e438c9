"""Help that can be read on narrow terminals, too."""

from __future__ import annotations

import shutil
from functools import partial
from typing import Any, Final

from typer.core import TyperCommand, TyperGroup

__all__ = ["CommandGroup", "Leaf", "help_width"]

_NARROW: Final = 60
"""The columns below which the help of an option goes under its name."""
_WIDEST: Final = 80


def help_width() -> int:
    """Return the columns of help: those of the terminal, and at most 80."""
    return min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST) - 2


def _fitted(formatter: Any) -> Any:
    if formatter.width < _NARROW:
        formatter.write_dl = partial(formatter.write_dl, col_max=2)
    return formatter


class Leaf(TyperCommand):
    """A command."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, fitted to the terminal."""
        super().format_help(ctx, _fitted(formatter))


class CommandGroup(TyperGroup):
    """A group of commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, fitted to the terminal."""
        super().format_help(ctx, _fitted(formatter))
