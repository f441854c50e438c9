"""The emulator's clock in the control API."""

from __future__ import annotations

from carrierx.emulator import Emulator
from tests.emulator.control.helpers import JSON, Control
from tests.emulator.helpers import accept
from tests.support.rows import check_rows


def test_the_clock_is_held_stepped_and_released(emulator: Emulator, control: Control) -> None:
    before = control.read("clock")
    held = control.post("clock", held=True)
    sid = accept(emulator)["message_sid"]
    stepped = control.post("clock", step=3)

    assert (before["held"], held["held"], stepped["held"]) == (False, True, True)
    assert (before["now"], stepped["now"]) == ("2026-03-15T12:00:00.084Z", "2026-03-15T12:00:03.084Z")
    assert control.read(f"messages/{sid}")["message"]["status"] == "delivered"
    assert control.post("clock", held=False) == {"held": False, "now": "2026-03-15T12:00:03.084Z"}


def test_nonsense_is_refused(control: Control) -> None:
    def check(row: tuple[JSON, str]) -> None:
        body, message = row
        status, told = control.refused("POST", "clock", body)
        assert (status, message in told) == (422, True), told

    rows: list[tuple[JSON, str]] = [
        ({}, "held (true or false) or step (seconds)"),
        ({"held": "yes"}, "held must be true or false"),
        ({"held": None}, "held must be true or false"),
        ({"step": -1}, "step must be a number from 0 to"),
        ({"step": 1e300}, "step must be a number from 0 to"),
        ({"step": "1"}, "step must be a number from 0 to"),
        ({"step": True}, "step must be a number from 0 to"),
        ({"time": 1}, "time is not a field of this body"),
    ]
    check_rows(rows, check)
    assert control.read("clock")["held"] is False
