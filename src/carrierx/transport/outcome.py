"""The rules that turn an attempt's evidence and status into an outcome.

Whoever changes this file decides whether a text can go out twice. Each rule errs towards `UNKNOWN`.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from carrierx.errors import Outcome

if TYPE_CHECKING:
    from carrierx.transport.evidence import Evidence

__all__ = ["FailureKind", "outcome_of_failure", "outcome_of_status", "read_may_be_repeated"]


class FailureKind(Enum):
    """The ways a request can fail, whatever the HTTP library calls them."""

    CONNECT = auto()
    CONNECT_TIMEOUT = auto()
    TLS_REFUSED = auto()
    PROXY = auto()
    PROXY_CREDENTIALS = auto()
    POOL_TIMEOUT = auto()
    TIMEOUT = auto()
    DEADLINE = auto()
    BROKEN = auto()
    REQUEST_REFUSED = auto()
    """The HTTP library refused to write the request."""
    SOURCE = auto()
    """The source of a streamed body could not be read completely."""
    FOREIGN = auto()
    """An exception from outside the HTTP library: a hook, a test or a signal handler raised it."""


# 408 and 425 ask the client to repeat the request, and 499 is a proxy's "client closed the connection". All three can
# follow a request that was carried out.
_UNCLEAR_4XX = frozenset({408, 425, 499})


def outcome_of_failure(evidence: Evidence) -> Outcome:
    """Return the outcome of an attempt that ended without a status."""
    return Outcome.NOT_SENT if evidence.never_complete else Outcome.UNKNOWN


def outcome_of_status(evidence: Evidence, status_code: int, *, refusal_trusted: bool = False) -> Outcome:
    """Return the outcome that a status proves. For 2xx the response body can still change it.

    Args:
        evidence: The attempt's evidence.
        status_code: The HTTP status.
        refusal_trusted: Whether this is a 503 with `Retry-After` and the policy trusts those.
    """
    if 200 <= status_code < 300:
        return Outcome.ACCEPTED
    if evidence.body_starts > 1:
        return Outcome.UNKNOWN
    if status_code in (407, 429) or refusal_trusted:
        return Outcome.NOT_SENT
    if 400 <= status_code < 500 and status_code not in _UNCLEAR_4XX:
        return Outcome.REJECTED
    return Outcome.UNKNOWN


def read_may_be_repeated(status_code: int) -> bool:
    """Return whether a read may be retried after this status."""
    return status_code == 429 or status_code >= 500 or status_code in _UNCLEAR_4XX
