"""pytest-httpx answers the requests of default and injected clients, and does nothing unless its fixture is used."""

from __future__ import annotations

from pathlib import Path

from tests.testing.projects import run_pytest

WITH_ITS_FIXTURE = (Path(__file__).parent / "with_pytest_httpx.py").read_text(encoding="utf-8")
WITHOUT = """
from carrierx import CarrierXClient


def test_a_text_is_sent(carrierx_client, carrierx_emulator):
    carrierx_client.messages.send(from_="15162065575", to="15162065574", message="Hello")
    assert len(carrierx_emulator.messages) == 1


def test_a_text_is_sent_over_the_network(carrierx_emulator):
    environment = carrierx_emulator.environment
    with CarrierXClient(environment["CARRIERX_TOKEN"], base_url=environment["CARRIERX_BASE_URL"]) as client:
        client.messages.send(from_="15162065575", to="15162065574", message="Hello")
    assert len(carrierx_emulator.messages) == 1
"""


def test_a_users_tests_pass_with_its_fixture_and_without(tmp_path: Path) -> None:
    run = run_pytest(
        tmp_path,
        "-p",
        "pytest_httpx",
        options=("asyncio_default_fixture_loop_scope = function",),
        test_with=WITH_ITS_FIXTURE,
        test_without=WITHOUT,
    )

    kinds = 4  # of clients
    tests = kinds * WITH_ITS_FIXTURE.count("\ndef test_") + WITHOUT.count("\ndef test_")
    assert run.counts == {"passed": tests}, run.output
