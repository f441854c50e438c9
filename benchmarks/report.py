"""The tables, in Markdown, which a terminal shows well enough too."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.goals import GOALS
from benchmarks.rounds import Results
from benchmarks.rows.table import Row

__all__ = ["rows_table", "table", "verdicts_table"]


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Lay out a Markdown table with even columns; all but the first column to the right."""
    rows = [list(line) for line in lines]
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def laid(cells: Sequence[str]) -> str:
        first, *others = cells
        padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        return f"| {' | '.join(padded)} |"

    return "\n".join([laid(head), laid(rule), *map(laid, rows)])


def rows_table(rows: Iterable[Row], results: Results) -> str:
    """Show every row: processor time a send, and the ratio to its reference."""
    lines: list[list[str]] = []
    for row in rows:
        ratio, spread = "", ""
        if row.reference is not None and results.has(row.reference):
            ratios = results.ratios(row.name, row.reference)
            ratio = f"{statistics.median(ratios):.3f}"
            spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
        figures = (results.median(row.name), results.best(row.name), results.system(row.name))
        lines.append([row.name, *(f"{figure:.1f}" for figure in figures), ratio, spread])
    head = ["CPU a send", "median, us", "best block, us", "of it system, us", "/ its httpx row", "in the rounds"]
    return table(head, lines)


def verdicts_table(measured: Mapping[str, float]) -> str:
    """Show every ratio that carrierx is held to, as far as it was measured."""
    lines = [
        [
            goal.what,
            f"{measured[goal.key]:.3f}" if goal.key in measured else "not measured",
            f"{goal.goal:.2f}",
            f"{goal.must:.2f}",
            goal.verdict(measured[goal.key]) if goal.key in measured else "",
        ]
        for goal in GOALS
    ]
    return table(["what", "measured", "goal", "must", "verdict"], lines)
