"""What `python -m benchmarks` does: measures, prints the tables, and fails beyond what must be."""

from __future__ import annotations

import argparse
import statistics
import sys

from benchmarks.goals import GOALS
from benchmarks.report import rows_table, verdicts_table
from benchmarks.rounds import Effort, RowFailedError, run_rounds
from benchmarks.rows.table import ROWS, rows_named
from benchmarks.stub import NoCompilerError

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What a send costs, as ratios.")
    parser.add_argument("--rounds", type=int, help="how often all rows are gone through (5; 3 with --quick)")
    parser.add_argument("--rows", nargs="+", metavar="PART", help="rows whose names hold a part, and their references")
    parser.add_argument("--quick", action="store_true", help="the short form")
    parser.add_argument("--list", action="store_true", help="list the rows")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Measure and report; 1 if a ratio is beyond what it must be, 2 if it can't be measured here."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.list:
        print("\n".join(ROWS))
        return 0
    effort = Effort(given.rounds or 3, 3, 0.3) if given.quick else Effort(given.rounds or 5)
    try:
        rows = rows_named(given.rows or [""])
    except KeyError as error:
        parser.error(f"no row's name holds {error.args[0]!r}; --list names them")
    if given.quick and not given.rows:
        rows = [row for row in rows if row.short]
    try:
        results = run_rounds(rows, effort, lambda line: print(line, file=sys.stderr))
    except (NoCompilerError, RowFailedError) as error:
        print(error, file=sys.stderr)
        return 2
    measured = {
        goal.key: statistics.median(results.ratios(goal.row, goal.reference))
        for goal in GOALS
        if goal.row is not None and goal.reference is not None and results.has(goal.row, goal.reference)
    }
    print(rows_table(rows, results))
    print()
    print(verdicts_table(measured))
    return 1 if any(goal.key in measured and measured[goal.key] > goal.must for goal in GOALS) else 0
