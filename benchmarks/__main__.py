"""The benchmarks' command, `python -m benchmarks`. It measures, prints the tables, and fails beyond a limit."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from benchmarks.goals import Goal
from benchmarks.measured import Plan, measure
from benchmarks.processes import MeasurementError
from benchmarks.report import page, put_into, verdicts_table
from benchmarks.rounds import Effort
from benchmarks.rows import ROWS
from benchmarks.start_up import START_UP_GOALS
from benchmarks.stub import NoCompilerError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="What a send costs, as ratios from the same run. benchmarks/README.md explains it.",
        epilog="Exit status: 0 every ratio is within its limit, 1 a ratio is beyond it (with --quick: by more than a "
        "tenth), 2 it can't be measured here.",
    )
    parser.add_argument("--quick", action="store_true", help="the short form: fewer rounds, sends and messages")
    parser.add_argument("--peers", action="store_true", help="also other vendors' clients, installed in a cache folder")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also put the tables between the marks in a file")
    return parser


_FURTHER_TRIES = 2
_TOLERANCE = 0.1
"""How far beyond a limit the short form lets a ratio be. Its ratios can be off by as much."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and report.

    Args:
        arguments: The command line. By default, that of this process.

    Returns:
        The exit status: 0, 1 if a ratio is beyond its limit (in the short form: by more than a tenth of it, each of
        three times), 2 if it can't be measured here.
    """
    given = _parser().parse_args(arguments)
    plan = _plan(quick=given.quick, peers=given.peers)
    shown = sys.argv[1:] if arguments is None else arguments
    try:
        findings = measure(plan)
        text = page(plan, findings, shlex.join(["python", "-m", "benchmarks", *shown]))
        print(text)
        if given.markdown is not None:
            put_into(given.markdown, text)
        beyond = findings.beyond(_TOLERANCE if given.quick else 0.0)
        for _ in range(_FURTHER_TRIES if given.quick else 0):
            beyond = beyond and _measured_again(beyond, plan)
    except (NoCompilerError, MeasurementError) as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if beyond else 0


def _plan(*, quick: bool, peers: bool) -> Plan:
    # A row of ours that is compared with a peer's needs the peer.
    rows = [row for row in ROWS.values() if peers or not (row.peer or (row.reference and ROWS[row.reference].peer))]
    if quick:
        return Plan(rows, Effort(3, 3, 0.25), start_up_rounds=4, messages=10_000, peers=peers)
    return Plan(rows, Effort(), start_up_rounds=15, messages=1_000_000, peers=peers)


def _measured_again(beyond: list[Goal], plan: Plan) -> list[Goal]:
    """Repeat longer the measurements that exceeded a limit in a short run, because the machine may have been busy."""
    keys = {goal.key for goal in beyond}
    needed = {name for goal in beyond for name in (goal.row, goal.reference)}
    longer = Plan(
        rows=[row for row in plan.rows if row.name in needed],
        effort=Effort(5, 5, 0.5),
        start_up_rounds=12 if keys & START_UP_GOALS else 0,
        messages=plan.messages if "send-many" in keys else 0,
        peers=plan.peers,
    )
    findings = measure(longer)
    print(f"\n### Measured again\n\n{verdicts_table(findings.ratios, beyond)}")
    return [goal for goal in findings.beyond(_TOLERANCE) if goal.key in keys]


if __name__ == "__main__":
    sys.exit(main())
