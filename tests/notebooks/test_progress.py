"""The progress of a batch: in a notebook, on a terminal, and elsewhere."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from typing import Any

import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient
from carrierx.emulator import DEMO_TOKEN, AsyncEmulatorTransport, Emulator, EmulatorTransport
from carrierx.sending import progress
from carrierx.sending.plan import BatchCounts
from tests.privacy.secrets import SECRETS
from tests.sending.batches import text, texts


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


class Handle:
    """What IPython's `display` returns."""

    def __init__(self, shown: list[Any]) -> None:
        self._shown = shown

    def update(self, thing: Any) -> None:
        self._shown.append(thing)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Make this a notebook. Returns what it shows: first a new output, and then what replaces it."""
    shown: list[Any] = []

    def display(thing: Any, display_id: bool) -> Handle:
        assert display_id
        assert not shown
        shown.append(thing)
        return Handle(shown)

    monkeypatch.setattr(progress, "_notebook_display", lambda: display)
    return shown


def send(emulator: Emulator, requests: Any, **options: Any) -> list[Any]:
    with httpx.Client(transport=EmulatorTransport(emulator)) as http_client:
        client = CarrierXClient(DEMO_TOKEN, http_client=http_client)
        with client.messages.send_many(requests, concurrency=2) as batch:
            return list(batch.progress(**options))


def send_async(emulator: Emulator, requests: Any, **options: Any) -> list[Any]:
    async def main() -> list[Any]:
        async with httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator)) as http_client:
            client = AsyncCarrierXClient(DEMO_TOKEN, http_client=http_client)
            async with client.messages.send_many(requests, concurrency=2) as batch:
                return [result async for result in batch.progress(**options)]

    return asyncio.run(main())


@pytest.mark.parametrize("sending", [send, send_async])
def test_a_notebook_shows_one_output_that_ends_with_all_results(
    emulator: Emulator, notebook: list[Any], sending: Any
) -> None:
    given = [text(0, to=SECRETS.recipient), text(1, message=SECRETS.text), text(2, to="911")]
    results = sending(emulator, given)

    assert sorted(result.index for result in results) == [0, 1, 2]
    last = notebook[-1]
    assert "3 of 3: 2 accepted, 1 not sent" in last._repr_html_()
    assert repr(last).startswith("3 results: 2 accepted, 1 not sent, ")
    everything = "".join(f"{thing!r} {thing._repr_html_()}" for thing in notebook)
    assert SECRETS.found_in(everything) == []


def test_without_a_length_it_counts_and_with_a_total_it_knows_the_end(emulator: Emulator, notebook: list[Any]) -> None:
    send(emulator, texts(3))
    assert "3 results: 3 accepted" in notebook[-1]._repr_html_()
    notebook.clear()
    send(emulator, texts(3), total=12)
    assert "3 of 12: 3 accepted" in notebook[-1]._repr_html_()
    assert 'aria-valuemax="12"' in notebook[-1]._repr_html_()


def test_many_results_change_the_output_only_ten_times_a_second(
    notebook: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("carrierx.sending.progress.time.monotonic", lambda: now)
    view = progress.progress_view(1000)
    for number in range(1000):
        now += 0.001
        view.show(BatchCounts(accepted=number + 1))
    view.close(BatchCounts(accepted=1000))
    assert 10 <= len(notebook) <= 13
    assert "1000 of 1000" in notebook[-1]._repr_html_()


def test_leaving_early_shows_what_was_done(emulator: Emulator, notebook: list[Any]) -> None:
    with httpx.Client(transport=EmulatorTransport(emulator)) as http_client:
        client = CarrierXClient(DEMO_TOKEN, http_client=http_client)
        with client.messages.send_many(list(texts(20)), concurrency=1) as batch:
            shown = batch.progress()
            next(shown)
            shown.close()  # type: ignore[attr-defined]
    assert " of 20: " in notebook[-1]._repr_html_()


@pytest.mark.parametrize("sending", [send, send_async])
def test_a_terminal_shows_a_bar_and_the_outcomes(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, sending: Any
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    sending(emulator, [*texts(3), text(3, to="911")])
    shown = terminal.getvalue()
    assert "4/4" in shown
    assert "3 accepted, 1 not sent" in shown
    assert "5162065574" not in shown


def test_a_narrow_terminal_shows_all_outcomes(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    view = progress.progress_view(121)
    view.close(BatchCounts(accepted=117, rejected=1, not_sent=1, unknown=2))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    last = " ".join(shown.replace("\r", "\n").split("\n")[-3:])
    assert " ".join(last.split()) == "121/121 117 accepted, 1 rejected, 1 not sent, 2 unknown"


def test_elsewhere_nothing_is_shown(emulator: Emulator, capfd: pytest.CaptureFixture[str]) -> None:
    send(emulator, texts(3))
    assert capfd.readouterr() == ("", "")


def test_a_terminal_without_rich_shows_nothing(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert len(send(emulator, texts(2))) == 2
    assert terminal.getvalue() == ""


def test_what_the_program_prints_is_not_moved_away_from_a_pipe(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(sys, "stdout", pipe)
    view = progress.progress_view(2)
    print("data")  # noqa: T201
    view.close(BatchCounts(accepted=2))
    assert pipe.getvalue() == "data\n"
