"""All that one run of the benchmarks measures, and the ratios that come of it."""

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
"""The goals that are reckoned from the start-up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured.

    Attributes:
        rows: The rows.
        effort: How much of each.
        start_up_rounds: How often the start-up is measured; 0 for not at all.
        messages: How many messages the larger `send_many` sends; 0 for not at all.
        peers: Whether the peers' environment is used.
    """

    rows: list[Row]
    effort: Effort
    start_up_rounds: int
    messages: int
    peers: bool


@dataclass(slots=True)
class Findings:
    """What was measured.

    Attributes:
        results: The rows.
        start_up: The start-up, if it was measured.
        event_loop: For how long sends block the event loop, if it was measured.
        memory: Largest resident memory in MiB, by kind and number of messages.
        peer_versions: The versions of the peers.
        ratios: The ratios that carrierx is held to, by their keys, as far as they were measured.
    """

    results: Results = field(default_factory=Results)
    start_up: StartUp | None = None
    event_loop: EventLoop | None = None
    memory: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])
    peer_versions: dict[str, str] = field(default_factory=dict[str, str])
    ratios: dict[str, float] = field(default_factory=dict[str, float])


def measure(plan: Plan, say: Callable[[str], None]) -> Findings:
    """Measure all that is planned.

    Args:
        plan: What is to be measured.
        say: Is told how far it is.

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
