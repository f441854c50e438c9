"""CarrierX's messaging API on your own machine, so that you can test everything without an account.

    from carrierx.emulator import DEMO_TOKEN, Emulator, serve

    with Emulator() as emulator, serve(emulator) as running:
        print(running.base_url, DEMO_TOKEN)

The emulator is as strict as CarrierX's documentation and shares no code with the client, so that each checks the other.
Where the documentation is silent, the emulator makes an assumption and documents it in the code.

Names are loaded on first use. Only `create_app`, `serve` and `run` need the extra `carrierx[emulator]`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from carrierx.emulator.app import create_app
    from carrierx.emulator.callback_queue import Callback, CallbackAttempt, CallbackQueue
    from carrierx.emulator.clock import EmulatorClock
    from carrierx.emulator.config import EmulatorConfig
    from carrierx.emulator.core import Emulator
    from carrierx.emulator.credentials import DEMO_TOKEN, EVERY_SCOPE, Credential
    from carrierx.emulator.errors import AnswerCutError, EmulatorError
    from carrierx.emulator.faults import FaultRule, FaultRules
    from carrierx.emulator.http_types import Delivery, Request, Response
    from carrierx.emulator.lifecycle import Prices, StatusDelays
    from carrierx.emulator.magic_numbers import MAGIC_NUMBERS, MagicNumber
    from carrierx.emulator.proxy import FaultProxy, ProxyCounts, ProxyFault, ProxyMode
    from carrierx.emulator.routes import ROUTES
    from carrierx.emulator.routing import BASE_PATH, Route
    from carrierx.emulator.server import RunningEmulator, run, serve
    from carrierx.emulator.transports import AsyncEmulatorTransport, EmulatorTransport

__all__ = [
    "BASE_PATH",
    "DEMO_TOKEN",
    "EVERY_SCOPE",
    "MAGIC_NUMBERS",
    "ROUTES",
    "AnswerCutError",
    "AsyncEmulatorTransport",
    "Callback",
    "CallbackAttempt",
    "CallbackQueue",
    "Credential",
    "Delivery",
    "Emulator",
    "EmulatorClock",
    "EmulatorConfig",
    "EmulatorError",
    "EmulatorTransport",
    "FaultProxy",
    "FaultRule",
    "FaultRules",
    "MagicNumber",
    "Prices",
    "ProxyCounts",
    "ProxyFault",
    "ProxyMode",
    "Request",
    "Response",
    "Route",
    "RunningEmulator",
    "StatusDelays",
    "create_app",
    "run",
    "serve",
]

_MODULES: Final = {
    "BASE_PATH": "routing",
    "DEMO_TOKEN": "credentials",
    "EVERY_SCOPE": "credentials",
    "MAGIC_NUMBERS": "magic_numbers",
    "ROUTES": "routes",
    "AnswerCutError": "errors",
    "AsyncEmulatorTransport": "transports",
    "Callback": "callback_queue",
    "CallbackAttempt": "callback_queue",
    "CallbackQueue": "callback_queue",
    "Credential": "credentials",
    "Delivery": "http_types",
    "Emulator": "core",
    "EmulatorClock": "clock",
    "EmulatorConfig": "config",
    "EmulatorError": "errors",
    "EmulatorTransport": "transports",
    "FaultProxy": "proxy",
    "FaultRule": "faults",
    "FaultRules": "faults",
    "MagicNumber": "magic_numbers",
    "Prices": "lifecycle",
    "ProxyCounts": "proxy",
    "ProxyFault": "proxy",
    "ProxyMode": "proxy",
    "Request": "http_types",
    "Response": "http_types",
    "Route": "routing",
    "RunningEmulator": "server",
    "StatusDelays": "lifecycle",
    "create_app": "app",
    "run": "server",
    "serve": "server",
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
