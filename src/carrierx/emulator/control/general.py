"""Health, facts about the emulator, and its reset in the control API."""

from __future__ import annotations

from carrierx.emulator.control.arguments import Fields
from carrierx.emulator.control.routing import ControlRequest
from carrierx.emulator.core.routing import BASE_PATH
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.credentials import DEMO_TOKEN, include_demo_token
from carrierx.emulator.http.types import JSONObject
from carrierx.version import __version__


def health(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return that the emulator works."""
    asked.parameters()
    with emulator.in_use():  # raises an error if the database can't be used
        return {"status": "ok"}


def about(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return what somebody needs to send a first message."""
    asked.parameters()
    is_demo = include_demo_token(emulator.config.credentials)
    return {"base_path": BASE_PATH, "token": DEMO_TOKEN if is_demo else None, "version": __version__}


def reset(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Bring the emulator back to its start."""
    asked.parameters()
    if asked.request.body:
        Fields(asked.request, ())
    emulator.reset()
    return {"status": "ok"}
