# ruff: noqa: T201 - a command that prints
"""Kill and suspend real workers: `python -m tests.outbox.processes --messages 1200`, or `--mutations`."""

import argparse
import tempfile
from pathlib import Path

from tests.outbox.processes.harness import Plan, Result, Run, run
from tests.outbox.processes.mutations import MUTATIONS, POSTGRES_MUTATIONS
from tests.outbox.processes.postgres_harness import POSTGRES_DISTURBANCES, FailoverRun, PostgresRun


def main() -> int:
    """Run it; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1200)
    parser.add_argument("--scale", type=float, default=0.1, help="what the default times are multiplied by")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--fail-over", action="store_true", help="replace PostgreSQL by a standby that lacks commits")
    parser.add_argument("--mutations", action="store_true", help="break rules, and count the rounds until it's noticed")
    parser.add_argument("--rounds", type=int, default=10, help="the most rounds for each broken rule")
    given = parser.parse_args()
    postgres = given.store == "postgres"
    if given.mutations:
        names = POSTGRES_MUTATIONS if postgres else MUTATIONS
        missed = [name for name in names if not _noticed(name, given.scale, given.rounds)]
        return 1 if missed else 0
    if given.fail_over:
        plan = Plan(given.messages, given.scale, given.seed, ("fail over",), burst=given.messages, seconds=3600)
        result = _run(plan, FailoverRun)
    elif postgres:
        result = _run(Plan(given.messages, given.scale, given.seed, POSTGRES_DISTURBANCES), PostgresRun)
    else:
        result = _run(Plan(given.messages, given.scale, given.seed), Run)
    _show(result)
    return 1 if result.violations() else 0


def _run(plan: Plan, kind: type[Run]) -> Result:
    with tempfile.TemporaryDirectory(prefix="carrierx-outbox-") as folder:
        return run(plan, Path(folder), kind)


def _show(result: Result) -> None:
    print(f"{result.accepted:,} messages accepted in {result.seconds:.0f} s")
    for name, counts in (("workers", result.done), ("attempts", result.attempts), ("faults", result.faults)):
        print(f"{name}: {', '.join(f'{what} {count:,}' for what, count in sorted(counts.items()))}")
    print(f"sends that failed: {result.faulted:.0%}, without those by the proxy")
    print("twice {}, lost {}, unfinished {}".format(*map(len, (result.twice, result.lost, result.unfinished))))
    for violation in result.violations():
        print(f"VIOLATION: {violation}")


def _noticed(mutation: str, scale: float, rounds: int) -> bool:
    for seed in range(rounds):
        result = _run(plan_for(mutation, scale, seed), PostgresRun if mutation in POSTGRES_MUTATIONS else Run)
        if result.twice:
            print(f"{mutation}: noticed in round {seed + 1}, after {result.seconds:.0f} s")
            return True
    print(f"{mutation}: NOT NOTICED in {rounds} rounds")
    return False


def plan_for(mutation: str, scale: float, seed: int) -> Plan:
    """Return a plan that is likely to show that a rule is broken."""
    if mutation == "no check before the POST":
        # There are always some that are claimed and wait for their time slot.
        return Plan(200, scale, seed, ("take over",), mutation, burst=100, rate=40)
    if mutation in POSTGRES_MUTATIONS:
        # All are added before: the commit of an application puts those before it on the disk, too.
        return Plan(300, scale, seed, ("crash",), mutation, burst=300, rate=80)
    return Plan(120, scale, seed, ("kill",), mutation)


if __name__ == "__main__":
    raise SystemExit(main())
