"""`carrierx demo`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from carrierx.cli import demo
from carrierx.cli.app import app
from carrierx.emulator import Emulator
from tests.cli.helpers import ESCAPE, invoke, run_command


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SENT_AFTER", timedelta(0))
    monkeypatch.setattr(demo, "DELIVERED_AFTER", timedelta(0))


def test_three_messages_are_delivered() -> None:
    ended = run_command("demo")

    assert ended.returncode == 0
    assert ended.stderr == ""
    for step in ("✓ queued", "✓ sent", "✓ delivered"):
        assert ended.stdout.count(step) == 3
    assert ended.stdout.count("MMS") == 2
    assert "$0.01 " in ended.stdout


@pytest.mark.usefixtures("hurried")
def test_it_says_that_nobody_got_a_text_and_how_to_send_one() -> None:
    output = invoke("demo").stdout

    assert "Nothing left this machine" in output
    assert "Nothing left this machine" in output
    assert "CARRIERX_TOKEN" in output
    assert "carrierx send --from" in output


@pytest.mark.usefixtures("hurried")
def test_numbers_are_masked() -> None:
    output = invoke("demo").stdout

    assert "***5575" in output
    assert "***5574" in output
    assert "1516206" not in output


@pytest.mark.usefixtures("hurried")
def test_it_fits_on_80_columns_without_colour() -> None:
    output = invoke("demo").stdout

    assert max(map(len, output.splitlines())) <= 80
    assert ESCAPE not in output


@pytest.mark.usefixtures("hurried")
def test_the_environment_does_not_lead_it_elsewhere() -> None:
    elsewhere = "http://127.0.0.1:9"

    result = invoke(
        "demo", CARRIERX_BASE_URL=elsewhere, CARRIERX_TOKEN="not a token", HTTP_PROXY=elsewhere, ALL_PROXY=elsewhere
    )

    assert result.exit_code == 0
    assert result.stdout.count("✓ delivered") == 3


@pytest.mark.usefixtures("hurried")
def test_without_unicode_the_ticks_are_words() -> None:
    result = CliRunner(charset="ascii").invoke(app, ["demo"])

    assert result.exit_code == 0
    assert result.stdout.count("ok delivered") == 3
    assert result.stdout.isascii()


def test_a_message_that_never_arrives_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DELIVERED_AFTER", timedelta.max)
    monkeypatch.setattr(demo, "SENT_AFTER", timedelta.max)
    monkeypatch.setattr(demo, "PATIENCE", 0.05)

    result = invoke("demo")

    assert result.exit_code == 1
    assert result.stderr.startswith("The demo could not follow a text.\nAfter 0.05 s the message has the status queued")


def test_a_refused_message_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carrierx.emulator.DEMO_TOKEN", "another-token")

    result = invoke("demo")

    assert result.exit_code == 1
    assert result.stderr.startswith("The demo could not send a text.\nCarrierX answered 401")


def test_an_emulator_that_does_not_start_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(emulator: Emulator) -> None:
        from carrierx.emulator import EmulatorError

        raise EmulatorError("port 0 of 127.0.0.1 can't be served")

    monkeypatch.setattr("carrierx.emulator.serve", refuse)

    result = invoke("demo")

    assert result.exit_code == 1
    assert result.stderr == "The demo could not run the emulator.\nport 0 of 127.0.0.1 can't be served\n"
