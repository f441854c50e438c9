"""Measurement of rows in turn, in rounds, each in its own process. References run again at the end of each round."""

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
    """The process of a row failed, so there is no result."""


@dataclass(frozen=True, slots=True)
class Effort:
    """The amount of measurement.

    Attributes:
        rounds: The number of rounds.
        blocks: The number of blocks of sends in each process.
        share: The part of each row's sends that makes a block.
    """

    rounds: int = 5
    blocks: int = 5
    share: float = 1.0

    def sends(self, row: Row) -> int:
        """Return the number of sends in a block of a row: at least twice the number in flight."""
        return max(int(row.sends * self.share), 2 * row.in_flight, 10)


@dataclass(slots=True)
class Results:
    """The results by row and round.

    Attributes:
        blocks: For each row, for each round, the blocks of every process of that round.
        layers: For each row measured by layer, the samples of all its processes.
        server_rate: Requests per second that the server could have answered, by its processor time.
    """

    blocks: dict[str, list[list[Block]]] = field(default_factory=dict[str, list[list[Block]]])
    layers: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    server_rate: float = 0.0

    def of_round(self, row: str, number: int) -> float:
        """Return a row's processor time per send in one round: the median of its blocks, in microseconds."""
        return statistics.median(block.user + block.system for block in self.blocks[row][number])

    def median(self, row: str) -> float:
        """Return a row's processor time per send: the median of all blocks, in microseconds."""
        return statistics.median(block.user + block.system for one in self.blocks[row] for block in one)

    def best(self, row: str) -> float:
        """Return the processor time per send of a row's best block, in microseconds."""
        return min(block.user + block.system for one in self.blocks[row] for block in one)

    def system(self, row: str) -> float:
        """Return the kernel's part of a row's processor time per send, in microseconds."""
        return statistics.median(block.system for one in self.blocks[row] for block in one)

    def ratios(self, row: str, reference: str) -> list[float]:
        """Return the ratio of two rows' processor times in each round."""
        rounds = min(len(self.blocks[row]), len(self.blocks[reference]))
        return [self.of_round(row, number) / self.of_round(reference, number) for number in range(rounds)]

    def share(self, row: str, layers: Iterable[str]) -> float:
        """Return the share of some layers in a row's processor time."""
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
        effort: The amount of measurement.
        say: A function that is called with progress messages.
        peers_python: The interpreter for the rows of peers. By default, this one.

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
            # References run first and last, so that a change in the machine's speed affects both sides of a ratio.
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
