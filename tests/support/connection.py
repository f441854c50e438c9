"""One accepted connection: exact reads, bounded waits, and a status that others may ask for."""

import contextlib
import selectors
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Generator
from enum import Enum, auto
from functools import partial
from typing import Protocol, TypeVar

from tests.support.wire import BadRequestError, ReceivedRequest, RequestParser

PATIENCE = 60.0
"""No wait lasts longer than this many seconds."""

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

T = TypeVar("T")


class ConnectionOverError(Exception):
    """The connection ended, by either side."""


class Status(Enum):
    """What a connection's thread is doing; only a busy or pausing one can still change the counts by itself."""

    BUSY = auto()
    READING = auto()
    WRITING = auto()
    PAUSING = auto()
    SILENT = auto()
    DONE = auto()


class Recorder(Protocol):
    """Who keeps count of what arrives."""

    def request_started(self) -> None: ...

    def head_read(self, request: ReceivedRequest) -> None: ...


def ready(sock: socket.socket, events: int, timeout: float) -> bool:
    """Wait till the socket can be read or written."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, events)
        return bool(selector.select(max(0.0, timeout)))


class Connection:
    """Used by its own thread; `stop`, `settled` and `bytes_read` are for others."""

    def __init__(self, sock: socket.socket, number: int, recorder: Recorder) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.number = number
        self.bytes_read = 0
        self.idle_limit = PATIENCE
        self.status = Status.BUSY
        self._recorder = recorder
        self._parser = RequestParser(number)
        self._lock = threading.Condition(threading.Lock())
        self._stopping = False
        self._reading_while_pausing = False
        self._tls_awaited = False

    # What the connection's own thread does.

    @property
    def request(self) -> ReceivedRequest:
        """The request that is being read or answered."""
        assert self._parser.request is not None, "its headers have not been read"
        return self._parser.request

    def await_tls(self) -> None:
        """Note that what arrives is not HTTP until the handshake is over."""
        self._tls_awaited = True

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Shake hands as the server."""
        with self._lock, _ending_on_failure():
            self.sock.getpeername()  # fails if the client has gone; wrapping would then lose the socket unclosed
            wrapped = context.wrap_socket(self.sock, server_side=True, do_handshake_on_connect=False)
            self.sock = wrapped
            self._check_running()
        self._operate(wrapped.do_handshake, Status.READING, time.monotonic() + PATIENCE)
        self._tls_awaited = False

    def await_request(self) -> None:
        """Finish reading the last request, then wait for the first byte of the next."""
        if self._parser.started:
            self.read_body()
            self._parser = RequestParser(self.number)
        self._read_step(time.monotonic() + self.idle_limit)
        self.idle_limit = PATIENCE

    def read_headers(self) -> None:
        """Read to the end of the headers and not a byte further."""
        while self._parser.request is None:
            self._read_step()

    def read_body(self) -> None:
        """Read to the end of the request."""
        while not self._parser.complete:
            self._read_step()

    def read_part_of_body(self, size: int) -> None:
        """Read the headers and at most this many bytes of the body."""
        self.read_headers()
        while not self._parser.complete and (left := size - len(self.request.content)) > 0:
            self._read_step(at_most=left)

    def send(self, data: bytes) -> None:
        """Write everything."""
        deadline = time.monotonic() + PATIENCE
        view = memoryview(data)
        while view:
            written = self._operate(partial(self.sock.send, view), Status.WRITING, deadline)
            view = view[written:]

    def pause(self, seconds: float) -> None:
        """Neither read nor write, until someone settles the server: from then on, read what the client sent."""
        deadline = time.monotonic() + min(seconds, PATIENCE)
        with self._lock:
            self.status = Status.SILENT if self._tls_awaited else Status.PAUSING
            self._lock.wait_for(lambda: self._stopping or self._reading_while_pausing, deadline - time.monotonic())
            self.status = Status.BUSY
            self._check_running()
            if not self._reading_while_pausing:
                return
        with contextlib.suppress(TimeoutError):
            while True:
                if self._parser.complete:
                    self._parser = RequestParser(self.number)
                self._read_step(deadline)

    def receive_some(self) -> bytes:
        """Take whatever bytes are there, uncounted, outside of any request."""
        data = self._operate(lambda: self.sock.recv(65536), Status.READING, time.monotonic() + PATIENCE)
        self.bytes_read += len(data)
        return data

    def rest(self, *, at_end: bool = False) -> None:
        """Note that the next thing to be done is to read, or that nothing more is to be read."""
        with self._lock:
            self._check_running()
            self.status = Status.SILENT if at_end else Status.READING

    def end_writing(self) -> None:
        """Tell the other side that nothing more comes."""
        with self._lock, _ending_on_failure():
            socket.socket.shutdown(self.sock, socket.SHUT_WR)

    def close(self) -> None:
        """Close; the kernel answers with a reset if the client sent bytes that nobody read."""
        with self._lock:
            self._say_goodbye()
            self._close_socket()
        raise ConnectionOverError

    def reset(self) -> None:
        """End the connection with a TCP reset; if TLS is awaited, once the client has begun its handshake.

        Python's `wrap_socket` loses a socket unclosed that was reset before, and a warning about it fails a test.
        """
        if self._tls_awaited:
            self.rest()
            ready(self.sock, READ, PATIENCE)
        with self._lock:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._close_socket()
        raise ConnectionOverError

    def close_gently(self, within: float = 5.0) -> None:
        """Stop writing, throw away what still comes (it is not counted), then close."""
        deadline = time.monotonic() + within
        with self._lock, _ending_on_failure():
            self._say_goodbye()
            socket.socket.shutdown(self.sock, socket.SHUT_WR)
        with contextlib.suppress(TimeoutError):
            while self._operate(lambda: socket.socket.recv(self.sock, 65536), Status.READING, deadline):
                pass
        self.close()

    def finish(self) -> None:
        """Free the socket, whatever happened."""
        with self._lock:
            self._close_socket()

    def _read_step(self, deadline: float | None = None, at_most: int = 65536) -> None:
        size = min(self._parser.wanted, at_most)
        data = self._operate(
            lambda: self.sock.recv(size), Status.READING, time.monotonic() + PATIENCE if deadline is None else deadline
        )
        if not data:
            raise ConnectionOverError
        self.bytes_read += len(data)
        if not self._parser.started:
            self._recorder.request_started()
        had_head = self._parser.request is not None
        try:
            self._parser.feed(data)
        except BadRequestError as error:
            raise ConnectionOverError from error
        if not had_head and self._parser.request is not None:
            self._recorder.head_read(self._parser.request)

    def _operate(self, operation: Callable[[], T], waiting: Status, deadline: float) -> T:
        """Do it without blocking, or wait till it can be done."""
        while True:
            with self._lock:
                self._check_running()
                self.status = Status.BUSY
                events = READ if waiting is Status.READING else WRITE
                with _ending_on_failure():
                    try:
                        return operation()
                    except ssl.SSLWantReadError:
                        events = READ
                    except ssl.SSLWantWriteError:
                        events = WRITE
                    except BlockingIOError:
                        pass
                self.status = waiting
            if not ready(self.sock, events, deadline - time.monotonic()):
                with self._lock:
                    self.status = Status.BUSY
                raise TimeoutError

    def _check_running(self) -> None:
        if self._stopping:
            raise ConnectionOverError

    def _say_goodbye(self) -> None:
        if isinstance(self.sock, ssl.SSLSocket) and not self._tls_awaited:
            with contextlib.suppress(OSError, ValueError):
                self.sock.unwrap()

    def _close_socket(self) -> None:
        self.sock.close()
        self.status = Status.DONE

    # What others may do.

    def begin_exchange(self) -> None:
        """Forget an earlier settling: a new request is being dealt with."""
        with self._lock:
            self._reading_while_pausing = False

    @property
    def done(self) -> bool:
        """Whether the socket is closed."""
        return self.status is Status.DONE

    def settled(self) -> bool:
        """Whether nothing is left to read; a pausing connection is told to read."""
        with self._lock:
            if self.status is Status.PAUSING:
                self._reading_while_pausing = True
                self._lock.notify_all()
            if self.status is Status.READING:
                return not ready(self.sock, READ, 0)
            return self.status in (Status.WRITING, Status.SILENT, Status.DONE)

    def stop(self) -> None:
        """Wake the connection's thread and have it end."""
        with self._lock:
            self._stopping = True
            if self.status is not Status.DONE:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            self._lock.notify_all()


@contextlib.contextmanager
def _ending_on_failure() -> Generator[None]:
    try:
        yield
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
        raise
    except OSError as error:
        raise ConnectionOverError from error
