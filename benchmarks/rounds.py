"""Measurement of rows in turn, in rounds, each in its own process. References run again at the end of each round."""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from benchmarks.processes import measured_and_server_cores, run
from benchmarks.row_process import Block, Measured, Task
from benchmarks.rows import Row
from benchmarks.stub import server_rate, stub_server

__all__ = ["Effort", "Results", "run_rounds"]


@dataclass(frozen=True, slots=True)
class Effort:
    """The number of rounds, of blocks of sends in each process, and the part of each row's sends that makes a block."""

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

    def times(self, row: str) -> list[float]:
        """Return a row's processor time per send in each block, in microseconds."""
        return [_time(block) for one in self.blocks[row] for block in one]

    def kernel_time(self, row: str) -> float:
        """Return the kernel's part of a row's processor time per send, in microseconds."""
        return statistics.median(block["system"] for one in self.blocks[row] for block in one)

    def ratios(self, row: str, reference: str) -> list[float]:
        """Return the ratio of two rows' processor times in each round. A round's time is the median of its blocks."""
        pairs = zip(self.blocks[row], self.blocks[reference], strict=True)
        return [statistics.median(map(_time, one)) / statistics.median(map(_time, other)) for one, other in pairs]

    def share(self, row: str, layers: Iterable[str]) -> float:
        """Return the share of some layers in a row's processor time."""
        counted = self.layers[row]
        return sum(counted[layer] for layer in layers) / counted.total()


def _time(block: Block) -> float:
    return block["user"] + block["system"]


def run_rounds(rows: list[Row], effort: Effort, peers_python: str | None = None) -> Results:
    """Measure rows. Those of peers need the interpreter of the peers' environment.

    Raises:
        NoCompilerError: There is no server to send to.
        MeasurementError: A row's process failed.
    """
    references = [row for row in rows if row.reference is None and any(row.name == one.reference for one in rows)]
    row_core, server_core = measured_and_server_cores()
    results = Results({row.name: [[] for _ in range(effort.rounds)] for row in rows})
    with stub_server(server_core) as server:
        for number in range(effort.rounds):
            # References run first and last, so that a change in the machine's speed affects both sides of a ratio.
            for row in [*rows, *references]:
                server.wait(row.latency_ms)
                task = Task(
                    row=asdict(row), port=server.port, sends=effort.sends(row), blocks=effort.blocks, core=row_core
                )
                python = peers_python if peers_python is not None and row.peer else sys.executable
                measured: Measured = run(row.name, ["-m", "benchmarks.row_process", json.dumps(task)], python=python)
                results.blocks[row.name][number] += measured["blocks"]
                if row.with_layers:
                    results.layers.setdefault(row.name, Counter()).update(measured["layers"])
            print(f"round {number + 1} of {effort.rounds} done", file=sys.stderr)
        server.wait(0)
        results.server_rate = server_rate(server)
    return results
