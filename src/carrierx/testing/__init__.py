"""Tools for testing your application: an emulator for each test, so that no message leaves your machine.

    def test_a_reminder_is_sent(carrierx_emulator, carrierx_client):
        remind(carrierx_client, "+1 516-206-5574")

        assert carrierx_emulator.messages.to("15162065574").last.message == "Your table is ready at 7."

pytest loads the fixtures `carrierx_emulator`, `carrierx_client` and `carrierx_async_client` automatically. With
unittest or another framework, use `emulator_for_tests`. Names are imported on first use. Only `respx_router` needs
respx, and only `EmulatorForTests.base_url` needs a server: the extras `testing` and `emulator`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from carrierx.testing.assertions import assert_nothing_sent, assert_sent, assert_sent_once
    from carrierx.testing.clock import SteppingClock
    from carrierx.testing.emulator import EmulatorForTests, emulator_for_tests
    from carrierx.testing.messages import MessageQuery
    from carrierx.testing.operations import OPERATIONS, Operation
    from carrierx.testing.router import respx_router

__all__ = [
    "OPERATIONS",
    "EmulatorForTests",
    "MessageQuery",
    "Operation",
    "SteppingClock",
    "assert_nothing_sent",
    "assert_sent",
    "assert_sent_once",
    "emulator_for_tests",
    "respx_router",
]

_MODULES: Final = {
    "OPERATIONS": "operations",
    "EmulatorForTests": "emulator",
    "MessageQuery": "messages",
    "Operation": "operations",
    "SteppingClock": "clock",
    "assert_nothing_sent": "assertions",
    "assert_sent": "assertions",
    "assert_sent_once": "assertions",
    "emulator_for_tests": "emulator",
    "respx_router": "router",
}


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value
