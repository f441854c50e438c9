"""CarrierX's messaging API on your own machine, so that you can test everything without an account.

    from carrierx.emulator import DEMO_TOKEN, Emulator, serve

    with Emulator() as emulator, serve(emulator) as running:
        print(running.base_url, DEMO_TOKEN)

The emulator is as strict as CarrierX's documentation and shares no code with the client, so that each checks the other.
Where the documentation is silent, the emulator makes an assumption and documents it in the code.

Names are loaded on first use. Only `create_app`, `serve` and `run` need the extra `emulator`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from carrierx.emulator.core.clock import EmulatorClock
    from carrierx.emulator.core.config import EmulatorConfig
    from carrierx.emulator.core.lifecycle import EmulatorPrices, StatusDelays
    from carrierx.emulator.core.magic_numbers import MAGIC_NUMBERS, MagicNumber
    from carrierx.emulator.core.routing import BASE_PATH, Route
    from carrierx.emulator.emulator import Emulator
    from carrierx.emulator.errors import AnswerCutError, EmulatorError
    from carrierx.emulator.faults import FaultRule, FaultRules
    from carrierx.emulator.faults.proxy import FaultProxy, ProxyCounts, ProxyFault, ProxyMode
    from carrierx.emulator.http.credentials import DEMO_TOKEN, EVERY_SCOPE, Credential
    from carrierx.emulator.http.types import Delivery, EmulatorResponse, Request
    from carrierx.emulator.routes import ROUTES
    from carrierx.emulator.seed_file import load_seed_file
    from carrierx.emulator.server.app import create_app
    from carrierx.emulator.server.serving import RunningEmulator, run, serve
    from carrierx.emulator.server.transports import AsyncEmulatorTransport, EmulatorTransport
    from carrierx.emulator.store.callback_queue import Callback, CallbackAttempt, CallbackQueue

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
    "EmulatorPrices",
    "EmulatorResponse",
    "EmulatorTransport",
    "FaultProxy",
    "FaultRule",
    "FaultRules",
    "MagicNumber",
    "ProxyCounts",
    "ProxyFault",
    "ProxyMode",
    "Request",
    "Route",
    "RunningEmulator",
    "StatusDelays",
    "create_app",
    "load_seed_file",
    "run",
    "serve",
]

_MODULES: Final = {
    "BASE_PATH": "core.routing",
    "DEMO_TOKEN": "http.credentials",
    "EVERY_SCOPE": "http.credentials",
    "MAGIC_NUMBERS": "core.magic_numbers",
    "ROUTES": "routes",
    "AnswerCutError": "errors",
    "AsyncEmulatorTransport": "server.transports",
    "Callback": "store.callback_queue",
    "CallbackAttempt": "store.callback_queue",
    "CallbackQueue": "store.callback_queue",
    "Credential": "http.credentials",
    "Delivery": "http.types",
    "Emulator": "emulator",
    "EmulatorClock": "core.clock",
    "EmulatorConfig": "core.config",
    "EmulatorError": "errors",
    "EmulatorTransport": "server.transports",
    "FaultProxy": "faults.proxy",
    "FaultRule": "faults",
    "FaultRules": "faults",
    "MagicNumber": "core.magic_numbers",
    "EmulatorPrices": "core.lifecycle",
    "ProxyCounts": "faults.proxy",
    "ProxyFault": "faults.proxy",
    "ProxyMode": "faults.proxy",
    "Request": "http.types",
    "EmulatorResponse": "http.types",
    "Route": "core.routing",
    "RunningEmulator": "server.serving",
    "StatusDelays": "core.lifecycle",
    "create_app": "server.app",
    "load_seed_file": "seed_file",
    "run": "server.serving",
    "serve": "server.serving",
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
