"""The command `python -m benchmarks`. It measures, prints the tables, and fails if a ratio is beyond its limit."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from benchmarks.goals import GOALS, Goal
from benchmarks.measured import START_UP_KEYS, Findings, Plan, measure
from benchmarks.report import page, put_into, verdicts_table
from benchmarks.rounds import Effort, RowFailedError
from benchmarks.rows.table import ROWS, Row, rows_named
from benchmarks.stub import NoCompilerError

__all__ = ["main"]

PARTS = ("rows", "start-up", "memory")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="What a send costs, as ratios inside one run. benchmarks/README.md explains it.",
        epilog="Exit status: 0 all is within what it must be, 1 a ratio is beyond, 2 it can't be measured here.",
    )
    parser.add_argument("--quick", action="store_true", help="the short form: fewer rows, rounds and sends")
    parser.add_argument("--rounds", type=int, help="how often all rows are gone through (5; 3 with --quick)")
    parser.add_argument("--rows", nargs="+", metavar="PART", help="only rows whose names hold a part, and references")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="only these parts")
    parser.add_argument(
        "--peers", action="store_true", help="the clients of others, too; installed into a cache folder"
    )
    parser.add_argument("--messages", type=int, help="the larger send_many (1,000,000; 10,000 with --quick)")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write the tables there as well, between its marks if it has them"
    )
    parser.add_argument("--list", action="store_true", help="list the rows and do nothing")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Measure and report.

    Args:
        arguments: The command line. By default, that of this process.

    Returns:
        The exit status: 0, 1 if a ratio is beyond what it must be (of the short form: twice), 2 if it can't be measured
            here.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.list:
        print("\n".join(ROWS))
        return 0
    try:
        plan = _plan(given)
    except KeyError as error:
        parser.error(f"no row's name holds {error.args[0]!r}; --list names them")
    try:
        findings = measure(plan, _say)
    except (NoCompilerError, RowFailedError) as error:
        print(error, file=sys.stderr)
        return 2
    shown = sys.argv[1:] if arguments is None else arguments
    text = page(plan, findings, shlex.join(["python", "-m", "benchmarks", *shown]))
    print(text)
    if given.markdown is not None:
        put_into(given.markdown, text)
    beyond = _beyond(findings)
    if beyond and given.quick:
        beyond = _looked_at_again(beyond, plan)
    return 1 if beyond else 0


def _plan(given: argparse.Namespace) -> Plan:
    parts: list[str] = given.only or (["rows"] if given.rows else list(PARTS))
    effort = Effort(given.rounds or 3, 3, 0.25) if given.quick else Effort(given.rounds or 5)
    return Plan(
        rows=_rows(given) if "rows" in parts else [],
        effort=effort,
        start_up_rounds=(4 if given.quick else 15) if "start-up" in parts else 0,
        messages=(given.messages or (10_000 if given.quick else 1_000_000)) if "memory" in parts else 0,
        peers=given.peers,
    )


def _rows(given: argparse.Namespace) -> list[Row]:
    rows = rows_named(given.rows or [""])
    if given.quick and not given.rows:
        rows = [row for row in rows if row.short or row.peer is not None or row.reference == "segments, smsutil"]
    if not given.peers:
        wanting = {row.name for row in rows if row.peer is not None}
        rows = [row for row in rows if row.name not in wanting and row.reference not in wanting]
    return rows


def _beyond(findings: Findings) -> list[Goal]:
    return [goal for goal in GOALS if findings.ratios.get(goal.key, 0.0) > goal.must]


def _looked_at_again(beyond: list[Goal], plan: Plan) -> list[Goal]:
    """Repeat longer the measurements that exceeded a limit in a short run, because the machine may have been busy."""
    needed = {name for goal in beyond for name in goal.rows_needed}
    keys = {goal.key for goal in beyond}
    longer = Plan(
        rows=[row for row in plan.rows if row.name in needed],
        effort=Effort(5, 5, 0.5),
        start_up_rounds=12 if keys & START_UP_KEYS else 0,
        messages=plan.messages if "send-many" in keys else 0,
        peers=plan.peers,
    )
    findings = measure(longer, _say)
    print(f"\n### Measured again\n\n{verdicts_table(findings.ratios, beyond)}")
    return [goal for goal in _beyond(findings) if goal.key in keys]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
