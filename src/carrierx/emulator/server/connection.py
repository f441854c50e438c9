"""A connection of the emulator's server that the application can close."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from carrierx.emulator.server.delivery import CONNECTION_KEY
from carrierx.extras import needs_packages

try:
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as _error:
    raise ImportError(needs_packages("Serving the emulator", "emulator")) from _error


class SeverableConnection(H11Protocol):
    """An HTTP connection of uvicorn that the application can close, through the state of its scopes.

    Unlike an ASGI application, it can wait until the server or the client ends the connection, and close the connection
    before or during a response.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Set up the connection of a transport."""
        self._ended: asyncio.Event = asyncio.Event()
        self._severed: bool = False
        self.app_state: dict[str, Any] = {**self.app_state, CONNECTION_KEY: self}
        super().connection_made(cast("asyncio.Transport", transport))

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up after the connection has closed; `exc` is the error that closed it, if any."""
        self._ended.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close the connection as soon as the current response allows it, because the server stops."""
        self._ended.set()
        if self._severed:  # don't wait for the rest of a cut response, which no client reads
            self.transport.abort()
        else:
            super().shutdown()

    async def pause(self, seconds: float) -> bool:
        """Wait.

        Args:
            seconds: The number of seconds.

        Returns:
            True after that time; False as soon as the connection or the server ends.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return True
        return False

    def sever(self) -> None:
        """Close the connection after the written data has gone out."""
        self._severed = True
        self.transport.close()
