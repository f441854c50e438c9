"""The benchmarks run: in their shortest form, so that they can't rot."""

from __future__ import annotations

import pytest
from benchmarks.command import main
from benchmarks.goals import GOALS, Goal
from benchmarks.measured import Findings, Plan
from benchmarks.measuring import Block
from benchmarks.promise import BrokenPromiseError, check_promise
from benchmarks.report import page
from benchmarks.rounds import Effort, Results, RowFailedError, run_rounds
from benchmarks.rows.table import ROWS, Row, rows_named
from benchmarks.stub import StubServer

from benchmarks import command
from carrierx import CarrierXClient, MessageLimits

SHORTEST = Effort(rounds=1, blocks=1, share=0.1)  # some 40 ms: the kernel counts in ticks of 4


def say(_line: str) -> None:
    """Keep quiet."""


def test_two_rows_are_measured_and_compared(stub_server: StubServer) -> None:
    del stub_server  # asked for, so that the test is skipped where there is no compiler
    rows = [ROWS["httpx sync"], ROWS["ours sync, looked into"], ROWS["ours async, 10 in flight"]]

    results = run_rounds(rows, SHORTEST, say)

    assert len(results.blocks["httpx sync"][0]) == 2 * SHORTEST.blocks  # the reference runs once more
    assert results.ratios("ours sync, looked into", "httpx sync")[0] > 0
    assert results.median("ours async, 10 in flight") > 0
    assert results.server_rate > 0
    assert "ours sync" in page(Plan(rows, SHORTEST, 0, 0, peers=False), Findings(results), "a command")


def test_a_row_that_fails_is_an_error_and_no_figure(stub_server: StubServer) -> None:
    del stub_server

    with pytest.raises(RowFailedError, match="no such row"):
        run_rounds([Row("no such row", "httpx_by_hand:nobody")], SHORTEST, say)


def test_a_client_that_sends_what_breaks_a_rule_breaks_the_promise(stub_server: StubServer) -> None:
    base_url = f"http://127.0.0.1:{stub_server.port}/core/v2"
    lifted = MessageLimits(max_sms_characters=2000)

    with (
        CarrierXClient("token", base_url=base_url, message_limits=lifted) as client,
        pytest.raises(BrokenPromiseError, match="InvalidMessageError"),
    ):
        check_promise(client, stub_server.port)


def test_a_row_brings_its_reference_along() -> None:
    assert [row.name for row in rows_named(["raw socket"])] == ["httpx sync", "raw socket"]


def test_a_name_that_no_row_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--rows", "carrier pigeon"])

    assert "carrier pigeon" in capsys.readouterr().err


def test_the_rows_of_every_goal_are_there() -> None:
    assert len(GOALS) == 17
    for goal in GOALS:
        assert {goal.row, goal.reference} <= {None, *ROWS}
        assert set(goal.rows_needed) <= ROWS.keys()


@pytest.mark.parametrize(("measured", "verdict"), [(0.9, "goal met"), (1.0, "must met"), (1.2, "MISSED")])
def test_a_goal_has_two_bounds(measured: float, verdict: str) -> None:
    assert Goal("key", "what", goal=0.9, must=1.05).verdict(measured) == verdict


class Measuring:
    """Stands for `measure`: one ratio after the other, of the sync send."""

    def __init__(self, *ratios: float) -> None:
        self.ratios = list(ratios)
        self.plans: list[Plan] = []

    def __call__(self, plan: Plan, _say: object) -> Findings:
        self.plans.append(plan)
        results = Results({row.name: [[Block(1.0, 1.0, 2.0)]] for row in plan.rows}, server_rate=1.0)
        return Findings(results, ratios={"sync": self.ratios.pop(0), "evidence": 0.01})


@pytest.mark.parametrize(("second", "status"), [(0.9, 0), (2.0, 1)])
def test_the_short_form_measures_a_miss_again_before_it_fails(
    second: float, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measuring = Measuring(2.0, second)
    monkeypatch.setattr(command, "measure", measuring)

    assert main(["--quick", "--only", "rows"]) == status
    again = measuring.plans[1]
    assert [row.name for row in again.rows] == ["httpx sync", "ours sync"]
    assert (again.start_up_rounds, again.messages) == (0, 0)
    assert "Measured again" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "ratio", "status"), [(["--quick"], 0.7, 0), ([], 2.0, 1)])
def test_what_is_within_its_bound_or_measured_at_length_is_measured_once(
    arguments: list[str], ratio: float, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    measuring = Measuring(ratio)
    monkeypatch.setattr(command, "measure", measuring)

    assert main([*arguments, "--only", "rows"]) == status
    assert len(measuring.plans) == 1
