"""A connection of the emulator's server, which the application may close."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from carrierx.emulator.delivery import CONNECTION_KEY
from carrierx.emulator.errors import MISSING_EXTRA

try:
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as _error:
    raise ImportError(MISSING_EXTRA) from _error


class SeverableConnection(H11Protocol):
    """uvicorn's HTTP connection, offered to the application by the state of its scopes.

    As an ASGI application can't, this can wait until the server or the client ends it, and close the connection
    before an answer or within it.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, with a transport of asyncio."""
        self._ended: asyncio.Event = asyncio.Event()
        self._severed: bool = False
        self.app_state: dict[str, Any] = {**self.app_state, CONNECTION_KEY: self}
        super().connection_made(cast("asyncio.Transport", transport))

    def connection_lost(self, exc: Exception | None) -> None:
        """End, with the error that ended it, if one did."""
        self._ended.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End as soon as the answer that is being written allows it: the server stops."""
        self._ended.set()
        if self._severed:  # the rest of a cut answer, which nobody reads
            self.transport.abort()
        else:
            super().shutdown()

    async def pause(self, seconds: float) -> bool:
        """Wait.

        Args:
            seconds: How long.

        Returns:
            Whether the time has passed; False as soon as the connection or the server ends.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return True
        return False

    def sever(self) -> None:
        """Close the connection once what was written has gone out."""
        self._severed = True
        self.transport.close()
