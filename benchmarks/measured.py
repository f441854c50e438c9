"""All measurements of one run of the benchmarks, and the ratios computed from them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from benchmarks.goals import GOALS, Goal
from benchmarks.layers import EVIDENCE
from benchmarks.peers import peers_python
from benchmarks.rounds import Effort, Results, run_rounds
from benchmarks.rows import LAYERS_ROW, Row
from benchmarks.send_many_memory import FEW_MESSAGES, measure_memory
from benchmarks.start_up import StartUp, measure_start_up

__all__ = ["Findings", "Plan", "measure"]


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a run.

    Attributes:
        rows: The rows.
        effort: The number of measurements of each.
        start_up_rounds: The number of start-up measurements; 0 for none.
        messages: The number of messages of the larger `send_many`; 0 for none.
        peers: Whether to use the peers' environment.
    """

    rows: list[Row]
    effort: Effort
    start_up_rounds: int
    messages: int
    peers: bool


@dataclass(slots=True)
class Findings:
    """The results of a run.

    Attributes:
        results: The rows.
        start_up: The start-up times, if measured.
        memory: The peak resident memory in MiB, by kind of client and number of messages.
        peers_python: The interpreter of the peers' environment, if it was used.
        ratios: The measured ratios, by the keys of their goals.
    """

    results: Results = field(default_factory=Results)
    start_up: StartUp | None = None
    memory: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])
    peers_python: str | None = None
    ratios: dict[str, float] = field(default_factory=dict[str, float])

    def beyond(self, tolerance: float = 0.0) -> list[Goal]:
        """Return the goals whose limit is exceeded by more than a share of it."""
        return [goal for goal in GOALS if self.ratios.get(goal.key, 0.0) > goal.must * (1 + tolerance)]


def measure(plan: Plan) -> Findings:
    """Measure everything in a plan.

    Raises:
        NoCompilerError: There is no server to send to.
        MeasurementError: A process failed.
    """
    findings = Findings(peers_python=peers_python() if plan.peers else None)
    if plan.rows:
        findings.results = run_rounds(plan.rows, plan.effort, findings.peers_python)
        findings.ratios.update(_row_ratios(findings.results))
    if plan.start_up_rounds:
        findings.start_up = measure_start_up(plan.start_up_rounds)
        findings.ratios.update(findings.start_up.ratios())
    if plan.messages:
        findings.memory = measure_memory(plan.messages)
        ratios = [peak / findings.memory[kind, FEW_MESSAGES] for (kind, _), peak in findings.memory.items()]
        findings.ratios["send-many"] = max(ratios)
    return findings


def _row_ratios(results: Results) -> dict[str, float]:
    ratios: dict[str, float] = {}
    for goal in GOALS:
        if goal.row in results.blocks and goal.reference in results.blocks:
            ratios[goal.key] = statistics.median(results.ratios(goal.row, goal.reference))
    if "evidence" in ratios:
        ratios["evidence"] *= results.share(LAYERS_ROW, [EVIDENCE])
    return ratios
