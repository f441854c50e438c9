"""All measurements of one run of the benchmarks, and the ratios computed from them."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.event_loop import EventLoop, measure_event_loop
from benchmarks.goals import GOALS
from benchmarks.layers import EVIDENCE
from benchmarks.peers_environment import peers_python
from benchmarks.rounds import Effort, Results, run_rounds
from benchmarks.rows.table import Row
from benchmarks.send_many_memory import KINDS, measure_apart
from benchmarks.start_up import StartUp, measure_start_up
from benchmarks.versions import peer_versions

__all__ = ["FEW_MESSAGES", "LOOKED_INTO", "START_UP_KEYS", "Findings", "Plan", "measure"]

FEW_MESSAGES = 1_000
LOOKED_INTO = "ours sync, looked into"
_HAND = "httpx sync"
_START_UP_PAIRS = {
    "import-used": ("import carrierx, client and send models", "import httpx, pydantic BaseModel"),
    "import-bare": ("import carrierx", "import httpx"),
    "second-client": ("second CarrierXClient(token)", "second httpx.Client()"),
}
START_UP_KEYS = frozenset({*_START_UP_PAIRS, "first-send"})
"""The goals that are computed from the start-up times."""


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
        event_loop: The times for which sends block the event loop, if measured.
        memory: The peak resident memory in MiB, by kind of client and number of messages.
        peer_versions: The versions of the peers.
        ratios: The measured ratios, by the keys of their goals.
    """

    results: Results = field(default_factory=Results)
    start_up: StartUp | None = None
    event_loop: EventLoop | None = None
    memory: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])
    peer_versions: dict[str, str] = field(default_factory=dict[str, str])
    ratios: dict[str, float] = field(default_factory=dict[str, float])


def measure(plan: Plan, say: Callable[[str], None]) -> Findings:
    """Measure everything in a plan.

    Args:
        plan: The plan.
        say: A function that is called with progress messages.

    Raises:
        NoCompilerError: There is no server to send to.
        RowFailedError: A process failed.
    """
    findings = Findings()
    peers = peers_python(say) if plan.peers else None
    if peers is not None:
        findings.peer_versions = peer_versions(peers)
    if plan.rows:
        findings.results = run_rounds(plan.rows, plan.effort, say, peers)
        _note_rows(findings)
    if plan.start_up_rounds:
        findings.start_up = measure_start_up(plan.start_up_rounds, say)
        _note_start_up(findings, findings.start_up)
        findings.event_loop = measure_event_loop(say)
        findings.ratios["first-send"] = findings.event_loop.ratio
    if plan.messages:
        for kind in KINDS:
            for count in (FEW_MESSAGES, plan.messages):
                findings.memory[kind, count], seconds = measure_apart(kind, count)
                say(f"send_many, {kind}: {count:,} messages in {seconds:.1f} s")
        findings.ratios["send-many"] = max(
            findings.memory[kind, plan.messages] / findings.memory[kind, FEW_MESSAGES] for kind in KINDS
        )
    return findings


def _note_rows(findings: Findings) -> None:
    results = findings.results
    for goal in GOALS:
        if goal.row is not None and goal.reference is not None and results.has(goal.row, goal.reference):
            findings.ratios[goal.key] = statistics.median(results.ratios(goal.row, goal.reference))
    if results.has(LOOKED_INTO, _HAND):
        whole = statistics.median(results.ratios(LOOKED_INTO, _HAND))
        findings.ratios["evidence"] = whole * results.share(LOOKED_INTO, [EVIDENCE])


def _note_start_up(findings: Findings, start_up: StartUp) -> None:
    for key, (step, reference) in _START_UP_PAIRS.items():
        findings.ratios[key] = start_up.ratio(step, reference)
