"""The emulator's clock in the control API."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.control.arguments import Fields, refused
from carrierx.emulator.control.routing import ControlRequest
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.timestamps import format_time

MAX_STEP_SECONDS: Final = 366 * 86_400
"""The longest step, in seconds."""


def show_clock(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return the time, and whether the clock is held."""
    asked.parameters()
    return clock_state(emulator)


def turn_clock(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Hold the clock, let it run, or step it forward."""
    asked.parameters()
    fields = Fields(asked.request, ("held", "step"))
    held, step = fields.flag("held"), fields.number("step", 0, MAX_STEP_SECONDS)
    if held is None and step is None:
        raise refused('the body must have held (true or false) or step (seconds), such as {"step": 5}')
    with emulator.in_use():
        if held is True:
            emulator.clock.hold()
        if step is not None:
            try:
                emulator.clock.step(step)
            except OverflowError as error:
                raise refused("leads past the year 9999", "step") from error
        if held is False:
            emulator.clock.release()
        return clock_state(emulator)


def clock_state(emulator: Emulator) -> JSONObject:
    """Return the time, and whether the clock is held."""
    return {"now": format_time(emulator.clock.now()), "held": emulator.clock.held}
