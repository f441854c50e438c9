"""Workers on PostgreSQL that are killed and suspended, a server that crashes, and one that loses commits."""

import sys
from pathlib import Path

import pytest

from tests.outbox.postgres_server import needs_own_server
from tests.outbox.processes.__main__ import plan_for
from tests.outbox.processes.harness import Plan, has_found, is_hard, run, run_until
from tests.outbox.processes.mutations import POSTGRES_MUTATIONS
from tests.outbox.processes.postgres_harness import POSTGRES_DISTURBANCES, FailoverRun, PostgresRun

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't have these signals"),
    needs_own_server(),
]

ROUNDS = 6


@pytest.mark.timeout(900)
def test_nothing_is_sent_twice_or_lost(tmp_path: Path) -> None:
    results = run_until(is_hard, Plan(160, 0.05, disturbances=POSTGRES_DISTURBANCES), tmp_path, PostgresRun)

    for result in results:
        assert result.violations() == []
        assert result.accepted >= 160
        assert set(result.done) == {"start", *POSTGRES_DISTURBANCES}
    assert is_hard(results)


@pytest.mark.timeout(900)
def test_a_standby_that_lacks_commits_sends_nothing_twice(tmp_path: Path) -> None:
    """Messages were sent that the standby calls queued. Its workers wait for somebody to recover."""
    results = run_until(has_found, Plan(100, 0.05, disturbances=("fail over",), burst=100), tmp_path, FailoverRun)

    for result in results:
        assert result.violations() == []
        assert result.accepted >= 100
        assert result.done["fail over"] == 1
    assert has_found(results)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutation", POSTGRES_MUTATIONS)
def test_a_broken_rule_is_noticed(mutation: str, tmp_path: Path) -> None:
    for seed in range(ROUNDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        if run(plan_for(mutation, 0.05, seed), folder, PostgresRun).twice:
            return
    pytest.fail(f"not noticed in {ROUNDS} rounds")
