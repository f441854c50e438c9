"""Clients for an emulator in the same process. Their waits take no real time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from carrierx.client import AsyncCarrierXClient, CarrierXClient
from carrierx.emulator import AsyncEmulatorTransport, EmulatorTransport

if TYPE_CHECKING:
    from carrierx.client_options import ClientOptions
    from carrierx.emulator import Emulator
    from carrierx.events import Event, EventHandler
    from carrierx.options import Clock

__all__ = ["make_async_client", "make_client", "token_for"]

_IN_PROCESS_URL: Final = "https://carrierx.invalid/core/v2"
"""Base URL of in-process clients. The host doesn't exist, so a request can't get out by mistake."""


def token_for(emulator: Emulator) -> str:
    """Return an access token that an emulator accepts.

    Raises:
        LookupError: Its configuration has no token.
    """
    for credential in emulator.config.credentials:
        if credential.scheme == "bearer":
            return credential.secret
    raise LookupError("the emulator's configuration has no bearer token: give the client basic_auth=...")


def make_client(
    emulator: Emulator, clock: Clock, options: ClientOptions, listen: EventHandler | None = None
) -> CarrierXClient:
    """Create a client that uses an emulator without a socket.

    Args:
        emulator: The emulator.
        clock: The client's clock, which also waits for delayed responses.
        options: Options of the caller, which override the defaults here.
        listen: A function that gets the client's events, as well as the `on_event` of the options.
    """
    transport = EmulatorTransport(emulator, sleep=clock.sleep)
    return CarrierXClient(
        None if options.get("basic_auth") else token_for(emulator),
        http_client=lambda: httpx.Client(transport=transport, trust_env=False),
        **_with_defaults(clock, options, listen),
    )


def make_async_client(
    emulator: Emulator, clock: Clock, options: ClientOptions, listen: EventHandler | None = None
) -> AsyncCarrierXClient:
    """Create an async client that uses an emulator without a socket.

    Args:
        emulator: The emulator.
        clock: As for `make_client`.
        options: As for `make_client`.
        listen: As for `make_client`.
    """
    transport = AsyncEmulatorTransport(emulator, sleep=clock.sleep_async)
    return AsyncCarrierXClient(
        None if options.get("basic_auth") else token_for(emulator),
        http_client=lambda: httpx.AsyncClient(transport=transport, trust_env=False),
        **_with_defaults(clock, options, listen),
    )


def _with_defaults(clock: Clock, options: ClientOptions, listen: EventHandler | None) -> ClientOptions:
    # The media check would send requests to the made-up URLs of a test.
    defaults: ClientOptions = {"base_url": _IN_PROCESS_URL, "clock": clock, "media_check": "off", "trust_env": False}
    together: ClientOptions = {**defaults, **options}
    given = together.get("on_event")
    if listen is not None and (given is None or callable(given)):  # the client refuses anything else
        together["on_event"] = _both(listen, given)
    return together


def _both(listen: EventHandler, given: EventHandler | None) -> EventHandler:
    def both(event: Event) -> None:
        listen(event)
        if given is not None:
            given(event)

    return both
