"""A connection of the emulator's server, which the application can close, and which slow clients lose."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sized
from typing import Any, Final, Literal, cast

from carrierx.emulator.server.delivery import CONNECTION_KEY
from carrierx.extras import needs_packages

try:
    from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
    from uvicorn.protocols.http.flow_control import FlowControl
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
except ImportError as _error:
    raise ImportError(needs_packages("Serving the emulator", "emulator")) from _error

HEAD_SECONDS: Final = 10.0
"""The time in which a client must send the head of its first request, or of a request that it has begun."""

BODY_SECONDS: Final = 60.0
"""The longest pause of a client that sends the body of a request, however long all of it takes."""

READING_SECONDS: Final = 30.0
"""The time in which a client must read so much of a response that the rest of it can be sent."""

MAX_HEAD_BYTES: Final = 65_536
"""The size of a request's head up to which the server waits for its end."""

CLOSING_SECONDS: Final = 2.0
"""The time in which a client whose request is refused can read that, and close the connection."""

_INTERIM: Final = b"HTTP/1.1 1"
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_INVALID: Final = "Invalid HTTP request received."
_HEAD_TOO_LARGE: Final = f"The head of the request has more than {MAX_HEAD_BYTES} bytes."


def _bad_request(text: str) -> bytes:
    head = f"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: {len(text)}\r\n"
    return f"{head}content-type: text/plain; charset=utf-8\r\n\r\n{text}".encode("ascii")


class _ResponseWriter:
    """Writes the head of a response together with the first part of its body, in one system call.

    It is all of a transport that uvicorn needs to respond.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        if not self._head and data.startswith(b"HTTP/") and not data.startswith(_INTERIM):
            self._head = data
        else:
            self._transport.write(self._head + data)
            self._head = b""

    def close(self) -> None:
        if self._head:
            self.write(b"")
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()


class _Flow(FlowControl):
    """The flow of a connection, which isn't read while there are requests that wait for an earlier one."""

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


class SeverableConnection(HttpToolsProtocol):
    """An HTTP connection of uvicorn that the application can close, through the state of its scopes.

    Unlike an ASGI application, it can wait until the server or the client ends the connection, and close the connection
    before or during a response.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Set up the connection of a transport."""
        self._ended: asyncio.Event = asyncio.Event()
        self._severed: bool = False
        self._refusal: bytes | None = None
        self._is_half_closed: bool = False
        self._is_pausing: bool = False
        # The first of these is being answered; uvicorn knows only the last one, and those in `pipeline`.
        self._unanswered: deque[RequestResponseCycle] = deque()
        self._incoming: Literal["head", "body"] | None = None
        self._is_upgrade: bool = False
        self._begun: int = 0
        self._head_bytes: int = 0
        self.app_state: dict[str, Any] = {**self.app_state, CONNECTION_KEY: self}
        self._waited_for: Literal["head", "body"] | None = None
        self._wait: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        super().connection_made(cast("asyncio.Transport", transport))
        self.flow: FlowControl = _Flow(self.transport, self.pipeline)
        self._wait_for("head")

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up after the connection has closed; `exc` is the error that closed it, if any."""
        self._ended.set()
        self._wait_for(None)
        self._set_stuck(None)
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Handle data, and limit the time for the rest of the request."""
        if self._refusal is not None:
            return
        if self._waited_for == "body":
            self._wait_for(None)
        self._unset_keepalive_if_required()
        before, self._begun = self._incoming, 0
        try:
            self._parse(data)
        except HttpParserError:
            self.logger.warning(_INVALID)
            self._refuse(_bad_request(_INVALID))
            return
        # Between two requests, uvicorn's own limit for kept connections holds, unless something comes that begins none.
        is_idle = self._incoming is None and not self._unanswered
        self._wait_for("head" if is_idle else self._incoming)
        self._head_bytes = self._head_bytes_after(before, len(data))
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(_bad_request(_HEAD_TOO_LARGE))

    def on_message_begin(self) -> None:
        """Begin with the head of a request."""
        self._incoming = "head"
        self._begun += 1
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header of a request. Those after its body, which may say anything, are left out."""
        if self._incoming == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin with the body of a request."""
        self._is_upgrade = self.parser.should_upgrade()
        if self._is_upgrade:
            return
        super().on_headers_complete()
        self._incoming = "body"
        self._unanswered.append(self.cycle)
        if self.scope["method"] != "HEAD":  # to which nothing follows the head
            self.cycle.transport = cast("asyncio.Transport", _ResponseWriter(self.transport))

    def on_message_complete(self) -> None:
        """End a request."""
        if self._is_upgrade:
            return
        self._incoming = None
        super().on_message_complete()

    def eof_received(self) -> Any:
        """Keep the connection for the response if the client has sent its request and closed only its own side.

        A response that waits doesn't go out: its client has probably closed both sides.
        """
        self._is_half_closed = self._is_answering() and not self._is_pausing
        return self._is_half_closed

    def on_response_complete(self) -> None:
        """Begin with the next request, or close the connection if the client can't send more."""
        self._unanswered.popleft()
        super().on_response_complete()
        if self._refusal is not None and not self._unanswered:
            self._send_refusal()
        if self._is_half_closed and not self._is_answering():
            self.transport.close()

    def pause_writing(self) -> None:
        """Stop writing, because the client reads too slowly, and limit the time for that."""
        super().pause_writing()
        self._set_stuck(self.loop.call_later(READING_SECONDS, self.transport.abort))

    def resume_writing(self) -> None:
        """Go on writing, because the client has read."""
        self._set_stuck(None)
        super().resume_writing()

    def shutdown(self) -> None:
        """Close the connection as soon as the current response allows it, because the server stops."""
        self._ended.set()
        if self._severed:  # don't wait for the rest of a cut response, which no client reads
            self.transport.abort()
        elif self._refusal is not None and not self._unanswered:
            self.transport.close()
        else:
            super().shutdown()

    async def pause(self, seconds: float) -> bool:
        """Wait.

        Args:
            seconds: The number of seconds.

        Returns:
            True after that time; False as soon as the connection or the server ends, or the client closes its side.
        """
        if self._is_half_closed:
            return False
        self._is_pausing = True
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return True
        finally:
            self._is_pausing = False
        return False

    def sever(self) -> None:
        """Close the connection after the written data has gone out."""
        self._severed = True
        self.transport.close()

    def _wait_for(self, part: Literal["head", "body"] | None) -> None:
        """Limit the time for a part of a request. The time for a part that has begun already goes on."""
        if part == self._waited_for:
            return
        if self._wait is not None:
            self._wait.cancel()
        self._waited_for = part
        seconds = HEAD_SECONDS if part == "head" else BODY_SECONDS
        self._wait = None if part is None else self.loop.call_later(seconds, self._give_up)

    def _parse(self, data: bytes) -> None:
        """Parse data. A request to change the protocol, as of clients that know HTTP/2, is a request like others."""
        while True:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                if self.parser.get_method() == b"CONNECT":
                    raise HttpParserError("this server is no proxy") from upgrade
                # The parser takes the rest for another protocol. A new one gets the head without the wish to change.
                version = self.parser.get_http_version().encode()
                lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
                lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
                data = b"\r\n".join(lines) + b"\r\n\r\n" + data[cast("int", upgrade.args[0]) :]
                self.parser: HttpRequestParser = HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
            else:
                return

    def _head_bytes_after(self, before: Literal["head", "body"] | None, size: int) -> int:
        """Return how much of a head has come with some data; 0 if it begins anywhere within the data.

        Args:
            before: The part of a request that came in before the data.
            size: The size of the data.
        """
        if self._incoming != "head" or self._begun > 1:
            return 0
        if self._begun == 0:
            return self._head_bytes + size
        return size if before is None else 0

    def _is_answering(self) -> bool:
        """Return whether a request is complete, and its response is not."""
        return any(cycle is not self.cycle or self._incoming != "body" for cycle in self._unanswered)

    def _give_up(self) -> None:
        """Refuse the request of a client that is too slow, and close its connection."""
        if self.flow.read_paused:  # because of earlier requests, so that it isn't the client who is slow
            part, self._waited_for = self._waited_for, None
            self._wait_for(part)
        elif self._incoming is None or (self._incoming == "body" and self.cycle.response_started):
            self.transport.close()
        else:
            self._refuse(_TOO_SLOW)

    def _refuse(self, response: bytes) -> None:
        """Refuse the request that comes in, after the responses to those before it, and close the connection."""
        self._refusal = response
        self._wait_for(None)
        if self._incoming == "body":
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle in self._unanswered:
                self._unanswered.remove(self.cycle)
        self._incoming = None
        if not self._unanswered:
            self._send_refusal()

    def _send_refusal(self) -> None:
        if self._refusal is None or self.transport.is_closing():
            return
        # A connection that is closed while data comes in is reset, and the client can't read the response.
        self.transport.write(self._refusal)
        self.transport.write_eof()
        self.transport.resume_reading()
        self._wait = self.loop.call_later(CLOSING_SECONDS, self.transport.close)

    def _set_stuck(self, timer: asyncio.TimerHandle | None) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
        self._stuck = timer
