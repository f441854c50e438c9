"""Addresses on loopback where no connection is to be had."""

import contextlib
import socket
from collections.abc import Generator
from typing import NamedTuple

from tests.support.connection import WRITE, ready

UNRESOLVABLE_HOST = "nothing.invalid"
"""A name that no resolver knows, by RFC 6761."""


class Address(NamedTuple):
    """A host and port, with a URL."""

    host: str
    port: int

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"http://{self.host}:{self.port}/core/v2"


@contextlib.contextmanager
def refusing_address() -> Generator[Address]:
    """An address that refuses connections: bound, so that nobody else takes it, and not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield Address(*bound.getsockname())


@contextlib.contextmanager
def unaccepting_address(most: int = 16) -> Generator[Address]:
    """An address where connecting takes forever: it listens, and its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = Address(*listener.getsockname())
        for _ in range(most):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
            if not ready(filler, WRITE, 0.1):
                break
        else:
            raise RuntimeError("the queue of connections does not fill up")
        yield address
