"""The benchmark of the outbox on PostgreSQL measures what it says, in its shortest form."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.outbox_postgres import Effort, Figures, sizing
from benchmarks.stub import StubControl

from benchmarks import outbox_postgres as benchmark
from tests.outbox.postgres_server import PostgresServer, database, needs_own_server

SHORTEST = Effort(rows=2_000, claims=4, rounds=1, sends=30, each_sends=12, pace_seconds=5.0, stored=40)


@needs_own_server()
def test_everything_is_measured(
    stub: StubControl, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "TRIES", 1)
    figures = Figures()
    with PostgresServer() as server:
        with database(server.url) as url:
            benchmark.compare_claims(SHORTEST, url)
        benchmark.compare_throughput(SHORTEST, server.url, stub, None)
        benchmark.compare_workers(SHORTEST, server, stub, figures)
        benchmark.show_sizes(SHORTEST, server.url, figures)
        benchmark.show_open_transaction(SHORTEST, server.url)

    printed = capsys.readouterr().out
    for each in ("a claim, 1,000 senders", "send_many", "two workers", "bytes while it waits", "stays open"):
        assert each in printed
    assert all(value > 0 for value in (figures.rate, figures.worker_seconds, figures.database_seconds, figures.bytes))


def test_the_sizes_follow_from_the_figures() -> None:
    table = sizing(Figures(rate=50.0, worker_seconds=0.003, database_seconds=0.001, bytes=1_000.0))

    # 100,000,000 messages in 30 days are 38.6 a second, and five times as many at the peak.
    assert table.splitlines()[-1] == "| 100,000,000 | 192.9 | 7 | 0.96 | 0.32 | 100.0 GB |"


def test_figures_are_put_between_the_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "scale.md"
    page.write_text(
        "Before\n<!-- tables: written by python -m benchmarks --markdown -->\n<!-- end of the tables -->\nAfter\n"
    )

    def measured(folder: Path | None, effort: Effort) -> tuple[int, Figures]:
        print("a figure")  # noqa: T201 - as the benchmark does
        return 0, Figures(50.0, 0.003, 0.001, 1_000.0)

    monkeypatch.setattr(benchmark, "_measure", measured)

    assert benchmark.main(["--quick", "--markdown", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("Before\n")
    assert text.endswith("After\n")
    assert "| 100,000,000 |" in text
    assert "test_everything_is_measured\na figure\n```" in text
