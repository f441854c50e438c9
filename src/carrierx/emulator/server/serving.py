"""The emulator on a real socket of this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Final

from carrierx.emulator.control.auth import check_password
from carrierx.emulator.core.routing import BASE_PATH
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.http.credentials import include_demo_token
from carrierx.emulator.server.app import create_app
from carrierx.emulator.server.connection import SeverableConnection
from carrierx.extras import needs_packages

try:
    import uvicorn
except ImportError as _error:
    raise ImportError(needs_packages("Serving the emulator", "emulator")) from _error

LOOPBACK: Final = "127.0.0.1"
"""The default host, which only this machine can reach."""

_GRACE_SECONDS: Final = 2
_TICK_SECONDS: Final = 0.1
_TICKS_A_DAY: Final = 864_000
_LAST_PAUSE_SECONDS: Final = 0.001
# The event loop needs a few turns from accepting a connection until the server knows it and can close it.
_TURNS_OF_A_NEW_CONNECTION: Final = 5
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
            server.stop()
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

    Must be called from the main thread, where signals arrive. Returns at Ctrl-C. SIGTERM raises SystemExit with the
    code 143, as a shell shows it, so that the `with` block of the emulator ends and closes the database; unless the
    program has a handler for SIGTERM, which is called when the server has stopped.

    Args:
        emulator: The emulator; the caller closes it.
        host: A loopback address or `localhost`. Any other address of this machine requires a password.
        port: The port; 0 for a free one.
        password: The password of the inbox, the page at `/`: 8 visible ASCII characters or more.
        announce: Called with the served emulator and its base URL when the server accepts requests.

    Raises:
        EmulatorError: The host is not an address of this machine, the port is not available, or other machines could
            use the emulator without a password or with the publicly known demo token.
        SystemExit: The process was terminated.
    """
    with exiting_on_termination(), _listen(emulator, host, port, password) as listener:
        running = RunningEmulator(_base_url(listener), emulator)
        server = _Server(emulator, password, lambda: announce(running) if announce else None)
        # uvicorn shuts down cleanly and then raises the signal again. After Ctrl-C, that is the normal end here.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


@contextmanager
def exiting_on_termination() -> Generator[None]:
    """Let SIGTERM raise SystemExit during a block, so that blocks around it end too, unless the program handles it."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


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
        )
        super().__init__(config)
        self._on_started = on_started
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    def stop(self) -> None:
        """Let the server stop. Any thread may call it, at any time."""
        self.should_exit = True
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has ended already
                loop.call_soon_threadsafe(self._woken.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)
        self._on_started()

    async def main_loop(self) -> None:
        """Do what uvicorn does ten times a second, but end as soon as the server should stop."""
        counter = 0
        while not await self.on_tick(counter):
            counter = (counter + 1) % _TICKS_A_DAY
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._woken.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as uvicorn does, but without its pauses of a tenth of a second."""
        # Accept no more connections, and let those that are accepted begin: a closed server would forget to close them.
        for listener in sockets or []:
            with suppress(NotImplementedError):  # the event loop of Windows has no readers
                asyncio.get_running_loop().remove_reader(listener)
        for _ in range(_TURNS_OF_A_NEW_CONNECTION):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._wait_for_connections()
        for task in self.server_state.tasks:
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await self._wait_for_connections()
        if not self.force_exit:
            await self.lifespan.shutdown()

    async def _wait_for_connections(self) -> None:
        """Wait until connections and requests have ended, but not for long."""
        state = self.server_state
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                # uvicorn says of neither when it has ended
                while (state.connections or state.tasks) and not self.force_exit:  # noqa: ASYNC110
                    await asyncio.sleep(_LAST_PAUSE_SECONDS)


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
