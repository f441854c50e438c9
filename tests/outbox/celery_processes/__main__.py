# ruff: noqa: T201 - a command that prints
"""Kill Celery's workers and their broker: `python -m tests.outbox.celery_processes --messages 2000 --broker redis`."""

import argparse
import tempfile
from pathlib import Path

from tests.outbox.celery_processes.harness import Plan, run


def main() -> int:
    """Run it; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--broker", choices=("redis", "rabbitmq"), default="redis")
    parser.add_argument("--scale", type=float, default=0.1, help="what the default times are multiplied by")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1800, help="the longest run")
    parser.add_argument("--logs", type=Path, help="a folder for the logs, which are otherwise deleted")
    given = parser.parse_args()
    plan = Plan(given.broker, given.messages, given.scale, seed=given.seed, seconds=given.seconds)
    if given.logs:
        given.logs.mkdir(parents=True, exist_ok=True)
        result = run(plan, given.logs)
    else:
        with tempfile.TemporaryDirectory(prefix="carrierx-celery-") as folder:
            result = run(plan, Path(folder))
    print(f"{result.accepted:,} messages accepted in {result.seconds:.0f} s, with {given.broker}")
    for name, counts in (("done", result.done), ("attempts", result.attempts), ("tasks", result.tasks)):
        print(f"{name}: {', '.join(f'{what} {count:,}' for what, count in sorted(counts.items()))}")
    print(f"sends that failed: {result.faulted:.0%}, without those by the proxy")
    print("twice {}, lost {}, unfinished {}".format(*map(len, (result.twice, result.lost, result.unfinished))))
    for violation in result.violations():
        print(f"VIOLATION: {violation}")
    return 1 if result.violations() else 0


if __name__ == "__main__":
    raise SystemExit(main())
