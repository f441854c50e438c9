"""The benchmark of the outbox measures what it says, in its shortest form, and notices what is beyond a limit."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.outbox import Effort, worst_second
from benchmarks.processes import MeasurementError
from benchmarks.stub import StubControl

from benchmarks import outbox as benchmark

SHORTEST = Effort(rows=2_000, claims=3, rounds=1, sends=30, memory=100, pace_seconds=5.0)


def test_the_worst_second() -> None:
    assert worst_second([]) == 0
    assert worst_second([number / 64 for number in range(256)]) == 64
    assert worst_second([0.0, 0.5, 1.0, 1.1, 1.2, 1.3, 9.0]) == 5
    assert worst_second([5.0, 1.0, 5.5, 5.999]) == 3


def test_everything_is_measured(
    stub: StubControl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "TRIES", 1)
    folder = str(tmp_path)
    benchmark.compare_claims(SHORTEST, folder)
    benchmark.compare_throughput(SHORTEST, folder, stub, None)
    benchmark.compare_memory(SHORTEST, folder, stub, None)
    benchmark.check_pace(SHORTEST, folder)

    printed = capsys.readouterr().out
    assert "a claim, 1,000 senders" in printed
    assert "ratio" in printed
    assert "peak memory of a worker" in printed
    assert "messages within a second" in printed


def test_a_claim_that_grows_is_beyond_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "GROWTH_LIMIT", 0.0)

    assert not benchmark.compare_claims(SHORTEST, str(tmp_path))
    assert "BEYOND" in capsys.readouterr().out


def test_a_rate_that_is_not_kept_is_beyond_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def too_many(path: str, seconds: float) -> list[float]:
        return [number / 64 for number in range(128)]

    monkeypatch.setattr(benchmark, "pace_of", too_many)

    assert not benchmark.check_pace(SHORTEST, str(tmp_path))
    assert "at most 64 of 128 messages within a second, limit 44: BEYOND" in capsys.readouterr().out


def test_a_worker_that_sends_nothing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(path: str, seconds: float) -> list[float]:
        return []

    monkeypatch.setattr(benchmark, "pace_of", nothing)

    with pytest.raises(MeasurementError, match="only 0 messages arrived"):
        benchmark.check_pace(SHORTEST, str(tmp_path))
