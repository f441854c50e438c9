"""The benchmarks run in their shortest form, so that they can't become outdated."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from benchmarks.goals import GOALS, Goal
from benchmarks.measured import Findings, Plan
from benchmarks.processes import MeasurementError
from benchmarks.report import page, put_into
from benchmarks.rounds import Effort, Results, run_rounds
from benchmarks.rows import LAYERS_ROW, ROWS, Row
from benchmarks.send_many_memory import FEW_MESSAGES, measure_memory
from benchmarks.start_up import START_UP_GOALS, measure_start_up
from benchmarks.stub import NoCompilerError

command = importlib.import_module("benchmarks.__main__")
SHORTEST = Effort(rounds=1, blocks=1, share=0.1)  # some 40 ms: the kernel counts in ticks of 4


@pytest.mark.usefixtures("stub")
def test_rows_are_measured_and_compared() -> None:
    rows = [ROWS["httpx sync"], ROWS[LAYERS_ROW], ROWS["ours async, 10 in flight, 50 ms"]]

    results = run_rounds(rows, SHORTEST)

    assert len(results.blocks["httpx sync"][0]) == 2 * SHORTEST.blocks  # the reference runs once more
    assert results.ratios(LAYERS_ROW, "httpx sync")[0] > 0
    assert min(results.times("ours async, 10 in flight, 50 ms")) > 0
    assert results.server_rate > 0
    shown = page(Plan(rows, SHORTEST, 0, 0, peers=False), Findings(results), "a command")
    assert "\n| ours sync, looked into " in shown
    assert "\n| evidence and deadline " in shown


@pytest.mark.usefixtures("stub")
def test_a_row_that_fails_is_an_error_and_not_a_figure() -> None:
    with pytest.raises(MeasurementError, match="no such row"):
        run_rounds([Row("no such row", "missing")], SHORTEST)


@pytest.mark.usefixtures("stub")
def test_a_row_that_sends_nothing_fails() -> None:
    with pytest.raises(MeasurementError, match="the server read 0 requests instead of 100"):
        run_rounds([Row("segments", "our_segments")], SHORTEST)


@pytest.mark.usefixtures("stub")
def test_the_start_up_and_the_event_loop_are_measured() -> None:
    start_up = measure_start_up(rounds=1, processes=1)

    assert start_up.ratios().keys() == START_UP_GOALS
    assert all(ratio > 0 for ratio in start_up.ratios().values())
    assert [len(times) for times in start_up.steps.values()] == [1] * 13


def test_the_memory_of_both_clients_is_measured() -> None:
    memory = measure_memory(20)

    assert memory.keys() == {(kind, count) for kind in ("sync", "async") for count in (20, FEW_MESSAGES)}
    assert all(mebibytes > 5 for mebibytes in memory.values())


def test_the_rows_of_every_goal_and_every_reference_exist() -> None:
    assert len(GOALS) == 17
    named = {goal.row for goal in GOALS} | {goal.reference for goal in GOALS} | {row.reference for row in ROWS.values()}
    assert named <= {None, *ROWS}


@pytest.mark.parametrize(("measured", "verdict"), [(0.9, "goal met"), (1.0, "must met"), (1.2, "MISSED")])
def test_a_goal_has_two_bounds(measured: float, verdict: str) -> None:
    assert Goal("key", "what", goal=0.9, must=1.05).verdict(measured) == verdict


class Measuring:
    """Stands for `measure`: one ratio after the other, of the sync send."""

    def __init__(self, *ratios: float) -> None:
        self.ratios = list(ratios)
        self.plans: list[Plan] = []

    def __call__(self, plan: Plan) -> Findings:
        self.plans.append(plan)
        results = Results({row.name: [[{"user": 1.0, "system": 1.0}]] for row in plan.rows}, server_rate=1.0)
        return Findings(results, ratios={"sync": self.ratios.pop(0), "evidence": 0.01})


@pytest.mark.parametrize(
    ("further", "status"), [([0.9], 0), ([2.0, 0.9], 0), ([2.0, 1.09], 0), ([2.0, 1.11], 1)], ids=str
)
def test_the_short_form_measures_a_miss_again_before_it_fails(
    further: list[float], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measuring = Measuring(2.0, *further)
    monkeypatch.setattr(command, "measure", measuring)

    assert command.main(["--quick"]) == status
    assert measuring.ratios == []
    again = measuring.plans[-1]
    assert [row.name for row in again.rows] == ["httpx sync", "ours sync"]
    assert (again.start_up_rounds, again.messages) == (0, 0)
    assert "Measured again" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "ratio", "status"), [(["--quick"], 0.7, 0), (["--quick"], 1.09, 0), ([], 1.01, 1)]
)
def test_a_ratio_within_its_limit_or_of_the_long_form_is_measured_once(
    arguments: list[str], ratio: float, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    measuring = Measuring(ratio)
    monkeypatch.setattr(command, "measure", measuring)

    assert command.main(arguments) == status
    assert len(measuring.plans) == 1
    assert not any(row.peer for row in measuring.plans[0].rows)
    assert "segments, ours" not in {row.name for row in measuring.plans[0].rows}  # its reference is a peer's


@pytest.mark.parametrize("error", [NoCompilerError("install gcc"), MeasurementError("ours sync: failed")])
def test_what_cannot_be_measured_has_its_own_exit_status(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_plan: Plan) -> Findings:
        raise error

    monkeypatch.setattr(command, "measure", fail)

    assert command.main(["--quick"]) == 2
    assert str(error) in capsys.readouterr().err


BEGIN, END = "<!-- tables: written by python -m benchmarks --markdown -->", "<!-- end of the tables -->"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"# Title\n{BEGIN}\nold\n{END}\nEnd\n", f"# Title\n{BEGIN}\n\nnew\n\n{END}\nEnd\n"),
        (None, "new\n"),
    ],
)
def test_tables_are_put_between_the_marks_of_a_page(before: str | None, after: str, tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    if before is not None:
        file.write_text(before, encoding="utf-8")

    put_into(file, "new")

    assert file.read_text(encoding="utf-8") == after
