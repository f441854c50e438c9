# ruff: noqa: T201 - a command that prints
"""Run many seeds: `python -m tests.outbox.simulation --seeds 9000`, or `--mutations` to see each rule missed."""

import argparse
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

from tests.outbox.postgres_server import server_url
from tests.outbox.simulation.harness import RunResult, simulate
from tests.outbox.simulation.mutations import MUTATIONS
from tests.outbox.simulation.postgres_world import simulate_on_postgres

_STORES: dict[str, Callable[[int], RunResult]] = {"memory": simulate, "postgres": simulate_on_postgres}


def main() -> int:
    """Run seeds or mutations; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=9000, help="how many seeds, from --first on")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--mutations", action="store_true", help="break each rule in turn and count the seeds it takes")
    parser.add_argument("--store", choices=_STORES, default="memory", help="the store; memory runs the most seeds")
    given = parser.parse_args()
    if given.mutations:
        return _mutations(given.seeds)
    with ExitStack() as opened:
        if given.store == "postgres":
            os.environ["CARRIERX_TEST_POSTGRES"] = opened.enter_context(server_url())  # all processes share it
        return _seeds(range(given.first, given.first + given.seeds), given.processes, _STORES[given.store])


def _seeds(seeds: range, processes: int, run: Callable[[int], RunResult]) -> int:
    begun = time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        results = list(pool.map(run, seeds, chunksize=min(50, max(len(seeds) // 20, 1))))
    return _report(results, time.monotonic() - begun)


def _report(results: Iterable[RunResult], seconds: float) -> int:
    runs = accepted = reviews = bad = 0
    virtual = 0.0
    for result in results:
        runs += 1
        accepted += result.accepted
        reviews += result.reviews
        virtual += result.virtual_seconds
        if result.violations:
            bad += 1
            print(f"seed {result.seed}: {'; '.join(result.violations)}")
    print(
        f"{runs} runs, {virtual / 86400:.0f} days of virtual time, {accepted} messages accepted, {reviews} in review, "
        f"{bad} runs with violations; {runs / seconds:.0f} runs a second"
    )
    return 1 if bad or not accepted else 0


def _mutations(most: int) -> int:
    missed = 0
    for mutation in MUTATIONS:
        begun = time.monotonic()
        with mutation.applied():
            found = next(
                (
                    result
                    for result in (simulate(seed, mutation.worker_class, mutation.prepare) for seed in range(most))
                    if result.violations
                ),
                None,
            )
        seconds = time.monotonic() - begun
        if found is None:
            missed += 1
            print(f"{mutation.name:45} NOT NOTICED in {most} seeds ({seconds:.1f} s)")
        else:
            print(f"{mutation.name:45} seed {found.seed:5} ({seconds:.1f} s): {found.violations[0]}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
