"""The emulator on a real socket of this machine."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from carrierx.emulator.core.routing import BASE_PATH
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.http.credentials import include_demo_token
from carrierx.emulator.server.app import create_app
from carrierx.emulator.server.connection import SeverableConnection
from carrierx.emulator.web.auth import check_password
from carrierx.extras import needs_packages

try:
    import uvicorn
except ImportError as _error:
    raise ImportError(needs_packages("Serving the emulator", "emulator")) from _error

LOOPBACK: Final = "127.0.0.1"
"""The default host, which only this machine can reach."""

_GRACE_SECONDS: Final = 2
_HIGHEST_PORT: Final = 65_535


@dataclass(frozen=True)
class RunningEmulator:
    """An emulator that is being served.

    Attributes:
        base_url: The API's base URL, such as `http://127.0.0.1:8080/core/v2`.
        emulator: The emulator.
    """

    base_url: str
    emulator: Emulator


@contextmanager
def serve(
    emulator: Emulator, *, host: str = LOOPBACK, port: int = 0, password: str | None = None
) -> Generator[RunningEmulator]:
    """Serve an emulator from a background thread for as long as the `with` block lasts.

    Meanwhile, it posts the callbacks that are due: to this machine, and to the hosts that its settings allow.

    Args:
        emulator: The emulator; the caller closes it.
        host: A loopback address or `localhost`. Any other address of this machine requires a password.
        port: The port; 0 for a free one.
        password: The password of the inbox, the page at `/`: 8 visible ASCII characters or more.

    Yields:
        The served emulator, with its base URL.

    Raises:
        EmulatorError: The host is not an address of this machine, the port is not available, or other machines could
            use the emulator without a password or with the publicly known demo token.
    """
    listener = _listen(emulator, host, port, password)
    with listener:
        answered = threading.Event()
        server = _Server(emulator, password, answered.set)

        def work() -> None:
            try:
                server.run(sockets=[listener])
            finally:
                answered.set()

        thread = threading.Thread(target=work, name="carrierx-emulator", daemon=True)
        thread.start()
        try:
            answered.wait()
            if not server.started:
                raise EmulatorError("the emulator's server stopped before it had started")
            yield RunningEmulator(_base_url(listener), emulator)
        finally:
            server.should_exit = True
            thread.join()


def run(
    emulator: Emulator,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    password: str | None = None,
    announce: Callable[[RunningEmulator], None] | None = None,
) -> None:
    """Serve an emulator in the foreground until the process is interrupted (Ctrl-C) or terminated.

    Meanwhile, it posts the callbacks that are due: to this machine, and to the hosts that its settings allow.

    Must be called from the main thread, where signals arrive.

    Args:
        emulator: The emulator; the caller closes it.
        host: A loopback address or `localhost`. Any other address of this machine requires a password.
        port: The port; 0 for a free one.
        password: The password of the inbox, the page at `/`: 8 visible ASCII characters or more.
        announce: Called with the served emulator and its base URL when the server accepts requests.

    Raises:
        EmulatorError: The host is not an address of this machine, the port is not available, or other machines could
            use the emulator without a password or with the publicly known demo token.
    """
    with _listen(emulator, host, port, password) as listener:
        running = RunningEmulator(_base_url(listener), emulator)
        server = _Server(emulator, password, lambda: announce(running) if announce else None)
        # At Ctrl-C, uvicorn shuts down cleanly and raises KeyboardInterrupt again; here that is the normal end.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, emulator: Emulator, password: str | None, on_started: Callable[[], None]) -> None:
        config = uvicorn.Config(
            create_app(emulator, password=password),
            loop="asyncio",
            http=SeverableConnection,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,  # its lines would show the numbers and texts in filters
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._on_started()


def _listen(emulator: Emulator, host: str, port: int, password: str | None) -> socket.socket:
    address = LOOPBACK if host == "localhost" else host
    _check_exposure(emulator, address, password)
    if not 0 <= port <= _HIGHEST_PORT:
        raise EmulatorError(f"a port must be a number from 0 to {_HIGHEST_PORT}, not {port}")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, port), family=family)
    except OSError as error:
        raise EmulatorError(f"port {port} of {host} can't be served; another program may use it: {error}") from error
    # asyncio sends small responses immediately only on sockets with the TCP protocol set; others wait 40 ms.
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach())


def _check_exposure(emulator: Emulator, address: str, password: str | None) -> None:
    """Refuse to expose the inbox without a password, or the API with the demo token, to other machines."""
    try:
        is_loopback = ipaddress.ip_address(address).is_loopback
    except ValueError as error:
        raise EmulatorError(
            f"the emulator is served on this machine only: {address!r} is neither one of its IP addresses nor localhost"
        ) from error
    if password is not None:
        try:
            check_password(password)
        except ValueError as error:
            raise EmulatorError(str(error)) from error
    if is_loopback:
        return
    if password is None:
        raise EmulatorError(
            f"{address} can be reached from other machines, and messages are private: set a password"
            f" (--password, or CARRIERX_EMULATOR_PASSWORD), or serve this machine only, at {LOOPBACK}"
        )
    if include_demo_token(emulator.config.credentials):
        raise EmulatorError(
            f"{address} can be reached from other machines, and everybody knows the demo token: give the emulator"
            " credentials of its own, EmulatorConfig(credentials=(Credential.bearer(...),))"
        )


def _base_url(listener: socket.socket) -> str:
    address: tuple[str, int] = listener.getsockname()[:2]
    host, port = address
    return f"http://[{host}]:{port}{BASE_PATH}" if ":" in host else f"http://{host}:{port}{BASE_PATH}"
