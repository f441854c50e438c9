"""The tables in Markdown, which are also readable in a terminal."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.goals import GOALS, Goal
from benchmarks.layers import LAYERS, OWN_LAYERS
from benchmarks.measured import Findings, Plan
from benchmarks.peers import peer_versions
from benchmarks.rounds import Results
from benchmarks.rows import LAYERS_ROW, Row
from benchmarks.send_many_memory import FEW_MESSAGES
from benchmarks.stub import ENOUGH, find_compiler

__all__ = ["page", "put_into", "verdicts_table"]

_BEGIN = "<!-- tables: written by python -m benchmarks --markdown -->"
_END = "<!-- end of the tables -->"
_OWN = ("carrierx", "httpx", "httpcore", "h11", "pydantic", "tenacity", "sniffio", "anyio", "aiohttp")
_PEERS = ("twilio", "telnyx", "vonage", "plivo", "stripe", "openai", "smsutil", "requests", "aiohttp", "httpx2")


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Format a Markdown table with even columns. All columns except the first are right-aligned."""
    rows = [list(line) for line in lines]
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def aligned(cells: Sequence[str]) -> str:
        first, *others = cells
        padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        return f"| {' | '.join(padded)} |"

    return "\n".join([aligned(head), aligned(rule), *map(aligned, rows)])


def page(plan: Plan, findings: Findings, command: str) -> str:
    """Format all tables of a run and its command line. The ratios and their limits come last."""
    return "\n\n".join(_parts(plan, findings, command))


def put_into(path: Path, text: str) -> None:
    """Write the tables into a Markdown file: between its two marks, or as its only content."""
    before, found, rest = path.read_text(encoding="utf-8").partition(_BEGIN) if path.exists() else ("", "", "")
    _, ended, after = rest.partition(_END)
    content = f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}" if found and ended else f"{text}\n"
    path.write_text(content, encoding="utf-8")


def _parts(plan: Plan, findings: Findings, command: str) -> Iterator[str]:
    results, start_up = findings.results, findings.start_up
    yield f"Measured by `{command}`: {plan.effort.rounds} rounds of {plan.effort.blocks} blocks.\n{_machine()}."
    yield f"Versions: {_listed(_own_versions())}."
    if findings.peers_python is not None:
        yield f"Peers' environment: {_listed(peer_versions(findings.peers_python, _PEERS))}."
    sending = [row for row in plan.rows if not row.unanswered]
    if sending:
        yield "### Processor time a send"
        yield _rows_table(sending, results)
        enough = "no row waits for it" if results.server_rate >= ENOUGH else f"below {ENOUGH:,}, rows may have waited"
        yield f"The stub server can answer {results.server_rate:,.0f} requests a second of its own core: {enough}."
    if LAYERS_ROW in results.layers:
        yield "### One send by layer"
        yield _layers_table(results)
    segmenting = [row for row in plan.rows if row.unanswered]
    if segmenting:
        yield "### Segments of 160 ASCII characters"
        yield _rows_table(segmenting, results)
    if start_up is not None:
        yield "### Start-up"
        yield _times_table("step", start_up.steps)
        yield "### How long an async send blocks the event loop"
        stretches = {"first send": start_up.first_send, "tenth send": start_up.tenth_send}
        yield _times_table("longest stretch, of fresh processes", stretches)
    if findings.memory:
        yield "### Memory of `send_many`"
        yield _memory_table(findings.memory)
    yield "### What carrierx is held to"
    yield verdicts_table(findings.ratios)


def _machine() -> str:
    compiler = subprocess.run([find_compiler(), "--version"], capture_output=True, text=True, check=False).stdout
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.release()}, "
        f"{platform.machine()}, {cores} cores, {compiler.partition(chr(10))[0]}"
    )


def _own_versions() -> dict[str, str]:
    return {name: version(name) for name in _OWN}


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def _rows_table(rows: Iterable[Row], results: Results) -> str:
    lines: list[list[str]] = []
    for row in rows:
        times, ratio, spread = results.times(row.name), "", ""
        if row.reference in results.blocks:
            ratios = results.ratios(row.name, row.reference)
            ratio = f"{statistics.median(ratios):.3f}"
            spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
        figures = (statistics.median(times), min(times), results.kernel_time(row.name))
        lines.append([row.name, *(f"{figure:.1f}" for figure in figures), ratio, spread])
    head = ["measured", "median, us", "best block, us", "of it in the kernel, us", "/ its reference", "in the rounds"]
    return _table(head, lines)


def _layers_table(results: Results) -> str:
    complete = statistics.median(results.times(LAYERS_ROW))
    shares = {layer: results.share(LAYERS_ROW, [layer]) for layer in LAYERS}
    shares["all of ours but evidence and deadline"] = results.share(LAYERS_ROW, OWN_LAYERS)
    lines = [[layer, f"{share:.1%}", f"{share * complete:.1f}"] for layer, share in shares.items()]
    samples = results.layers[LAYERS_ROW].total()
    return f"{_table(['layer', 'share', 'us'], lines)}\n\n{samples:,} samples of `ours sync`."


def _times_table(what: str, milliseconds: Mapping[str, list[float]]) -> str:
    lines = [[name, f"{statistics.median(times):.2f}", f"{min(times):.2f}"] for name, times in milliseconds.items()]
    return _table([what, "median, ms", "best, ms"], lines)


def _memory_table(memory: Mapping[tuple[str, int], float]) -> str:
    lines = [
        [f"{kind}, {count:,} messages", f"{mebibytes:.1f}", f"{mebibytes / memory[kind, FEW_MESSAGES]:.3f}"]
        for (kind, count), mebibytes in memory.items()
    ]
    return _table(["measured", "peak, MiB", f"/ {FEW_MESSAGES:,} messages"], lines)


def verdicts_table(ratios: Mapping[str, float], goals: Iterable[Goal] = GOALS) -> str:
    """Format measured ratios, by the keys of their goals, with their goals and limits."""
    lines = [
        [
            goal.what,
            f"{ratios[goal.key]:.3f}" if goal.key in ratios else "not measured",
            f"{goal.goal:.2f}",
            f"{goal.must:.2f}",
            goal.verdict(ratios[goal.key]) if goal.key in ratios else "",
        ]
        for goal in goals
    ]
    return _table(["what", "measured", "goal", "must", "verdict"], lines)
