"""Rows in turn, round after round, each in a process of its own; references once more at the end of every round."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from benchmarks.cores import row_and_server_cores
from benchmarks.measuring import Block
from benchmarks.rows.table import Row
from benchmarks.server_check import server_rate
from benchmarks.stub import StubControl, StubServer

__all__ = ["Effort", "Results", "RowFailedError", "run_rounds"]

ROOT = Path(__file__).parents[1]


class _Told(TypedDict):
    blocks: list[dict[str, float]]
    layers: dict[str, int]


class RowFailedError(Exception):
    """A row's process failed, so that nothing can be said of it."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: How often all rows are gone through.
        blocks: Blocks of sends in each process.
        share: How large a share of each row's sends makes a block.
    """

    rounds: int = 5
    blocks: int = 5
    share: float = 1.0

    def sends(self, row: Row) -> int:
        """Tell how many sends make a block of a row: at least as many as are in flight, twice."""
        return max(int(row.sends * self.share), 2 * row.in_flight, 10)


@dataclass(slots=True)
class Results:
    """What was measured, by row and round.

    Attributes:
        blocks: For each row, for each round, the blocks of every process of that round.
        layers: For each row that was looked into, samples of all its processes by layer.
        server_rate: Requests a second that the server could have answered, by the processor time that it took.
    """

    blocks: dict[str, list[list[Block]]] = field(default_factory=dict[str, list[list[Block]]])
    layers: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    server_rate: float = 0.0

    def of_round(self, row: str, number: int) -> float:
        """Give a row's processor time a send in one round: the median of its blocks, in microseconds."""
        return statistics.median(block.user + block.system for block in self.blocks[row][number])

    def median(self, row: str) -> float:
        """Give a row's processor time a send: the median over all blocks, in microseconds."""
        return statistics.median(block.user + block.system for one in self.blocks[row] for block in one)

    def best(self, row: str) -> float:
        """Give the processor time a send of a row's best block, in microseconds."""
        return min(block.user + block.system for one in self.blocks[row] for block in one)

    def system(self, row: str) -> float:
        """Give the part of a row's processor time a send that the kernel took, in microseconds."""
        return statistics.median(block.system for one in self.blocks[row] for block in one)

    def ratios(self, row: str, reference: str) -> list[float]:
        """Give a row's processor time over another's, round by round."""
        rounds = min(len(self.blocks[row]), len(self.blocks[reference]))
        return [self.of_round(row, number) / self.of_round(reference, number) for number in range(rounds)]

    def share(self, row: str, layers: Iterable[str]) -> float:
        """Give the share of a row's processor time that some of its layers take."""
        counted = self.layers[row]
        return sum(counted[layer] for layer in layers) / counted.total()

    def has(self, *rows: str) -> bool:
        """Tell whether all of these rows were measured."""
        return all(row in self.blocks for row in rows)


def run_rounds(
    rows: Iterable[Row], effort: Effort, say: Callable[[str], None], peers_python: str | None = None
) -> Results:
    """Measure rows.

    Args:
        rows: The rows.
        effort: How much is measured.
        say: Is told how far it is.
        peers_python: The interpreter that rows of peers run on; else this one.

    Raises:
        NoCompilerError: There is no server to send to.
        RowFailedError: A row's process failed.
    """
    rows = list(rows)
    references = [row for row in rows if row.reference is None and any(row.name == one.reference for one in rows)]
    row_core, server_core = row_and_server_cores()
    results = Results({row.name: [[] for _ in range(effort.rounds)] for row in rows})
    with StubServer(server_core) as server, closing(StubControl(server.port)) as control:
        for number in range(effort.rounds):
            # References come first and last, so that a machine that changes its pace changes both sides of a ratio.
            for row in [*rows, *references]:
                control.behave(latency_ms=row.latency_ms)
                python = peers_python if peers_python is not None and row.peer is not None else sys.executable
                told = _run(row, effort, server.port, row_core, python)
                results.blocks[row.name][number] += [Block(**block) for block in told["blocks"]]
                if row.with_layers:
                    results.layers.setdefault(row.name, Counter()).update(told["layers"])
            say(f"round {number + 1} of {effort.rounds} done")
        control.behave()
        results.server_rate = server_rate(control, server.port)
    return results


def _run(row: Row, effort: Effort, port: int, core: int | None, python: str) -> _Told:
    sends = effort.sends(row)
    command = [python, "-m", "benchmarks.row_process", row.sender, "--port", str(port)]
    command += ["--in-flight", str(row.in_flight), "--sends", str(sends), "--blocks", str(effort.blocks)]
    command += ["--warm-up", str(min(sends, 300))]
    command += [] if core is None else ["--core", str(core)]
    command += ["--with-layers"] * row.with_layers + ["--unanswered"] * row.unanswered
    command += ["--without-sniffio"] * row.without_sniffio
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RowFailedError(f"{row.name}: its process ended with {finished.returncode}\n{finished.stderr.strip()}")
    told: _Told = json.loads(finished.stdout)
    return told
