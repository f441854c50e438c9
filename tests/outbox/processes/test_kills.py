"""Workers that are killed and suspended while half of their sends fail: nothing is sent twice, nothing is lost."""

import sys
from pathlib import Path

import pytest

from tests.outbox.processes.__main__ import plan_for
from tests.outbox.processes.harness import DISTURBANCES, Plan, Result, has_found, is_hard, run, run_until
from tests.outbox.processes.mutations import MUTATIONS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't have these signals")

ROUNDS = 20


@pytest.mark.timeout(900)
def test_killed_and_suspended_workers_send_everything_once(tmp_path: Path) -> None:
    results = run_until(is_hard, Plan(160, 0.05), tmp_path)

    for result in results:
        assert result.violations() == []
        assert result.accepted >= 160
        assert set(result.done) == {"start", *DISTURBANCES}
    assert is_hard(results)


@pytest.mark.timeout(900)
def test_a_restored_file_sends_nothing_twice(tmp_path: Path) -> None:
    """Messages were sent after the copy was made, so it calls them queued."""
    results = run_until(has_found, Plan(80, 0.05, disturbances=("restore",)), tmp_path)

    for result in results:
        assert result.violations() == []
        assert result.accepted > 40
        assert result.done["restore"] > 0
    assert has_found(results)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_rule_is_noticed(mutation: str, tmp_path: Path) -> None:
    for seed in range(ROUNDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        if run(plan_for(mutation, 0.05, seed), folder).twice:
            return
    pytest.fail(f"not noticed in {ROUNDS} rounds")


def test_a_run_without_a_worker_fails(tmp_path: Path) -> None:
    """It sends nothing twice."""
    result = run(Plan(5, 0.02, mutation="does not exist", disturbances=("kill",), seconds=3), tmp_path)

    assert not result.twice
    found = " ".join(result.violations())
    assert "no message was accepted" in found
    assert "messages lost" in found
    assert "a worker ended by itself" in found


def test_what_must_not_be() -> None:
    assert Result(accepted=1).violations() == []
    assert len(Result(1.0, 0, ["a"], ["b"], ["c"], ["error"]).violations()) == 5
