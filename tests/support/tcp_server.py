"""Threads around a listening socket: accepting, counting, settling, and stopping without leaks."""

import asyncio
import selectors
import socket
import ssl
import threading
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from tests.support.connection import READ, Connection, ConnectionOverError, ready
from tests.support.wire import ReceivedRequest

SMALL_BUFFER = 4096
STOP_WITHIN = 10.0


class TcpServer(ABC):
    """A server on a free port of 127.0.0.1, a thread for each connection, from `with` to the block's end."""

    host = "127.0.0.1"

    def __init__(self, *, tls_context: ssl.SSLContext | None = None, small_receive_buffer: bool = False) -> None:
        self._tls_context = tls_context
        self._small_receive_buffer = small_receive_buffer
        self._lock = threading.Lock()
        self._requests_started = 0
        self._seen: list[ReceivedRequest] = []
        self._connections: list[Connection] = []
        self._accepted = 0
        self._threads: list[threading.Thread] = []
        self._failures: list[Exception] = []
        self._stopping = False

    @abstractmethod
    def handle(self, connection: Connection) -> None:
        """Serve one connection, in its own thread, till it ends."""

    def __enter__(self) -> Self:
        self._listener = socket.socket()
        if self._small_receive_buffer:
            self.shrink_receive_buffer()
        self._listener.bind((self.host, 0))
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._port: int = self._listener.getsockname()[1]
        self._wake_sender, self._wake_receiver = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept_until_stopped, name="acceptor", daemon=True)
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._stopping = True
        self._wake_sender.close()
        self._acceptor.join(STOP_WITHIN)
        self._wake_receiver.close()
        self._listener.close()
        for connection in self._connections:
            connection.stop()
        for thread in self._threads:
            thread.join(STOP_WITHIN)
        if error is not None:
            return
        alive = [thread.name for thread in (self._acceptor, *self._threads) if thread.is_alive()]
        if alive:
            raise RuntimeError(f"threads did not end: {alive}")
        if self._failures:
            raise ExceptionGroup("a server's thread failed", self._failures)

    @property
    def port(self) -> int:
        """The port of the listening socket."""
        return self._port

    @property
    def open_connections(self) -> int:
        """How many connections are not over yet."""
        with self._lock:
            return sum(not connection.done for connection in self._connections)

    @property
    def connections(self) -> int:
        """How many connections were accepted."""
        with self._lock:
            return self._accepted

    @property
    def requests_started(self) -> int:
        """Of how many requests at least one byte was read."""
        with self._lock:
            return self._requests_started

    @property
    def requests_fully_read(self) -> int:
        """How many requests were read to the end of their body."""
        return len(self.requests)

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The requests that were read to their end, in the order of their headers."""
        with self._lock:
            return [request for request in self._seen if request.complete]

    @property
    def unfinished_requests(self) -> list[ReceivedRequest]:
        """The requests whose headers were read but whose body was not, or not to its end."""
        with self._lock:
            return [request for request in self._seen if not request.complete]

    def settle(self, timeout: float = 5.0, quiet: float = 0.1) -> None:
        """Wait till the counts are final. To be called when the client has given up or is done.

        Connections that stay silent read, from now on, what the client left in the kernel's buffers: a stalled server
        that wakes up would. Connections still open are believed to be at rest after `quiet` seconds without a byte.
        """
        deadline = time.monotonic() + timeout
        progress, since = -1, time.monotonic()
        while True:
            with self._lock:
                waiting = ready(self._listener, READ, 0)
                connections = list(self._connections)
            unsettled = [connection for connection in connections if not connection.settled()]  # asks every one
            settled = not unsettled and not waiting
            if settled and all(connection.done for connection in connections):
                return
            now = time.monotonic()
            total = len(connections) + sum(connection.bytes_read for connection in connections)
            if total != progress:
                progress, since = total, now
            if settled and now - since >= quiet:
                return
            if now > deadline:
                raise TimeoutError("the server is still reading")
            time.sleep(0.002)

    async def settled(self, timeout: float = 5.0, quiet: float = 0.1) -> None:
        """Settle while the event loop goes on, which may still be flushing what a client wrote."""
        await asyncio.to_thread(self.settle, timeout, quiet)

    def request_started(self) -> None:
        """Count a request's first byte."""
        with self._lock:
            self._requests_started += 1

    def head_read(self, request: ReceivedRequest) -> None:
        """Keep a request whose headers have been read."""
        with self._lock:
            self._seen.append(request)

    def watch(self, sock: socket.socket) -> Connection:
        """Have a socket settled and stopped with the server's own; it is not counted."""
        with self._lock:
            connection = Connection(sock, len(self._connections), self)
            self._connections.append(connection)
            if self._stopping:
                connection.stop()
            return connection

    def _accept_until_stopped(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake_receiver, selectors.EVENT_READ)
            while True:
                selector.select()
                with self._lock:
                    if self._stopping:
                        return
                    try:
                        sock, _ = self._listener.accept()
                    except OSError:  # the client has gone already
                        continue
                    self._start(sock)

    def _start(self, sock: socket.socket) -> None:
        connection = Connection(sock, self._accepted, self)
        self._accepted += 1
        self._connections.append(connection)
        name = f"connection {connection.number} of port {self._port}"
        thread = threading.Thread(target=self._serve, args=(connection,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            self.handle(connection)
        except (ConnectionOverError, TimeoutError):
            pass
        except Exception as error:  # noqa: BLE001  told at the end of the with block
            self._failures.append(error)
        finally:
            connection.finish()

    def shrink_receive_buffer(self) -> None:
        """Have connections that are accepted from now on take in little that is not read."""
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)

    def secure(self, connection: Connection) -> None:
        """Shake hands if this server speaks TLS."""
        if self._tls_context is not None:
            connection.start_tls(self._tls_context)
