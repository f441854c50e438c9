"""Keeps a request from the network, in a test run that may not talk to its host.

A trace does it, which httpcore tells of each step: so the request is refused where it would open a connection or use
one that is open, and whatever answers before that in a test, such as respx, is not disturbed.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from carrierx.errors import NetworkBlockedError

if TYPE_CHECKING:
    from carrierx.transport.evidence import Evidence

__all__ = ["Refusing", "refuse", "refusing", "refusing_async"]

Refusing: TypeAlias = "Callable[[str, Evidence], Callable[[str, object], object]]"
"""Makes the trace of a request, from its host and the evidence of its attempt."""

_STEPS = ("connect_tcp.started", "connect_unix_socket.started", "send_request_headers.started")


def refuse(host: str, evidence: Evidence) -> NoReturn:
    """End an attempt before it uses the network. The evidence proves it, whatever becomes of the exception on its way.

    Raises:
        NetworkBlockedError: Always; its caller meets one that says what to do.
    """
    evidence.blocked_host = host
    raise NetworkBlockedError(f"A test run may not talk to {host}.", host=host)


def refusing(host: str, evidence: Evidence) -> Callable[[str, object], None]:
    """Make the trace of a sync request."""

    def trace(step: str, details: object) -> None:  # noqa: ARG001 - the library's
        if step.endswith(_STEPS):
            refuse(host, evidence)

    return trace


def refusing_async(host: str, evidence: Evidence) -> Callable[[str, object], Coroutine[None, None, None]]:
    """Make the trace of an async request."""
    trace = refusing(host, evidence)

    async def trace_async(step: str, details: object) -> None:
        trace(step, details)

    return trace_async
