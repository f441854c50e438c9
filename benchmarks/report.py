"""The tables in Markdown, which are also readable in a terminal."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.event_loop import EventLoop
from benchmarks.goals import GOALS, Goal
from benchmarks.layers import LAYERS, OWN_LAYERS
from benchmarks.measured import FEW_MESSAGES, LOOKED_INTO, Findings, Plan
from benchmarks.rounds import Results
from benchmarks.rows.table import Row
from benchmarks.server_check import ENOUGH
from benchmarks.start_up import STEPS, StartUp
from benchmarks.versions import machine, versions_of

__all__ = ["BEGIN", "END", "page", "put_into", "table", "verdicts_table"]

BEGIN = "<!-- tables: written by python -m benchmarks --markdown -->"
END = "<!-- end of the tables -->"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Format a Markdown table with even columns. All columns except the first are right-aligned.

    Args:
        head: The names of the columns.
        lines: The cells of the rows.
    """
    rows = [list(line) for line in lines]
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def laid(cells: Sequence[str]) -> str:
        first, *others = cells
        padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        return f"| {' | '.join(padded)} |"

    return "\n".join([laid(head), laid(rule), *map(laid, rows)])


def page(plan: Plan, findings: Findings, command: str) -> str:
    """Format all tables, with the ratios and their limits last.

    Args:
        plan: The plan.
        findings: The results.
        command: The command line of the run.
    """
    return "\n\n".join(_parts(plan, findings, command))


def put_into(path: Path, text: str) -> None:
    """Write the tables into a Markdown file: between its two marks, or as its only content.

    Args:
        path: The file.
        text: The tables.
    """
    before, found, rest = path.read_text(encoding="utf-8").partition(BEGIN) if path.exists() else ("", "", "")
    _, ended, after = rest.partition(END)
    whole = f"{before}{BEGIN}\n\n{text}\n\n{END}{after}" if found and ended else f"{text}\n"
    path.write_text(whole, encoding="utf-8")


def _parts(plan: Plan, findings: Findings, command: str) -> Iterator[str]:
    yield f"Measured by `{command}`: {plan.effort.rounds} rounds of {plan.effort.blocks} blocks.\n{machine()}."
    yield f"Versions: {_listed(versions_of())}."
    if findings.peer_versions:
        yield f"Peers' environment: {_listed(findings.peer_versions)}."
    sending = [row for row in plan.rows if not row.sender.startswith("segmenting:")]
    if sending:
        yield "### Processor time a send"
        yield _rows_table(sending, findings.results)
        yield _server_line(findings.results.server_rate)
    if LOOKED_INTO in findings.results.layers:
        yield "### One send by layer"
        yield _layers_table(findings.results)
    segmenting = [row for row in plan.rows if row not in sending]
    if segmenting:
        yield "### Segments of 160 ASCII characters"
        yield _rows_table(segmenting, findings.results)
    if findings.start_up is not None:
        yield "### Start-up"
        yield _start_up_table(findings.start_up)
    if findings.event_loop is not None:
        yield "### How long an async send blocks the event loop"
        yield _event_loop_table(findings.event_loop)
    if findings.memory:
        yield "### Memory of `send_many`"
        yield _memory_table(findings.memory)
    yield "### What carrierx is held to"
    yield verdicts_table(findings.ratios)


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _rows_table(rows: Iterable[Row], results: Results) -> str:
    lines: list[list[str]] = []
    for row in rows:
        ratio, spread = "", ""
        if row.reference is not None and results.has(row.reference):
            ratios = results.ratios(row.name, row.reference)
            ratio = f"{statistics.median(ratios):.3f}"
            spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
        figures = (results.median(row.name), results.best(row.name), results.system(row.name))
        lines.append([row.name, *(f"{figure:.1f}" for figure in figures), ratio, spread])
    head = ["", "median, us", "best block, us", "of it in the kernel, us", "/ its reference", "in the rounds"]
    return table(head, lines)


def _server_line(rate: float) -> str:
    enough = "no row waits for it" if rate >= ENOUGH else f"that is less than {ENOUGH:,}: rows may have waited for it"
    return f"The stub server can answer {rate:,.0f} requests a second of its own core: {enough}."


def _layers_table(results: Results) -> str:
    whole = results.median(LOOKED_INTO)
    shares = {layer: results.share(LOOKED_INTO, [layer]) for layer in LAYERS}
    lines = [[layer, f"{share:.1%}", f"{share * whole:.1f}"] for layer, share in shares.items()]
    own = results.share(LOOKED_INTO, OWN_LAYERS)
    lines.append(["all of ours but evidence and deadline", f"{own:.1%}", f"{own * whole:.1f}"])
    samples = results.layers[LOOKED_INTO].total()
    return f"{table(['', 'share', 'us'], lines)}\n\n{samples:,} samples of `ours sync`."


def _start_up_table(start_up: StartUp) -> str:
    return table(
        ["", "median, ms", "best, ms"],
        [[step, f"{start_up.median(step):.2f}", f"{start_up.best(step):.2f}"] for step in STEPS],
    )


def _event_loop_table(event_loop: EventLoop) -> str:
    stretches = {"first send": event_loop.first, "tenth send": event_loop.tenth}
    return table(
        ["longest stretch, of fresh processes", "median, ms", "best, ms"],
        [[send, f"{statistics.median(found):.2f}", f"{min(found):.2f}"] for send, found in stretches.items()],
    )


def _memory_table(memory: Mapping[tuple[str, int], float]) -> str:
    lines = [
        [f"{kind}, {count:,} messages", f"{mebibytes:.1f}", f"{mebibytes / memory[kind, FEW_MESSAGES]:.3f}"]
        for (kind, count), mebibytes in memory.items()
    ]
    return table(["", "peak, MiB", f"/ {FEW_MESSAGES:,} messages"], lines)


def verdicts_table(ratios: Mapping[str, float], goals: Iterable[Goal] = GOALS) -> str:
    """Format measured ratios with their goals and limits.

    Args:
        ratios: The ratios by their goals' keys.
        goals: The goals.
    """
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
    return table(["what", "measured", "goal", "must", "verdict"], lines)
