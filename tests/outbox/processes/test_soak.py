"""The soak in a short form: what its command does in half an hour."""

import sys
from pathlib import Path

import pytest

from tests.outbox.postgres_server import needs_own_server
from tests.outbox.processes.soak import Minute, growth, soak

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't have these signals"),
    needs_own_server(),
]


def test_restarts_of_the_server_lose_nothing_and_send_nothing_twice(tmp_path: Path) -> None:
    result, minutes = soak(12.0, 3.0, 4.0, tmp_path)

    assert result.violations() == []
    assert minutes[-1].messages > 0
    assert all(memory > 0 for memory in minutes[-1].memory)


def test_a_claim_or_a_memory_that_grows_is_a_violation() -> None:
    flat = [Minute(0, 1.0, 0.5, [60.0, 61.0])] * 10

    assert growth(flat) == []
    # The machine was busy, and everything took twice as long.
    assert growth([*flat, Minute(0, 2.0, 1.0, [60.0]), Minute(0, 2.0, 1.0, [60.0])]) == []
    assert len(growth([*flat, Minute(0, 2.0, 0.5, [60.0]), Minute(0, 2.0, 0.5, [60.0])])) == 1
    assert len(growth([*flat, Minute(0, 1.0, 0.5, [60.0, 90.0]), Minute(0, 1.0, 0.5, [60.0, 90.0])])) == 1
