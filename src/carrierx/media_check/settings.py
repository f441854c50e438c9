"""What the sync and the async checker share: their settings, how a check begins, and the TLS context."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypedDict, Unpack

import httpx

from carrierx.errors import ConfigurationError
from carrierx.media_check.check_state import NO_LIMIT, CheckState
from carrierx.media_check.network import Deadline
from carrierx.media_check.plans import proving, sizing
from carrierx.media_check.public_addresses import AddressGuard, resolve
from carrierx.media_check.results import Certainty, MediaCheckResult, MediaReport
from carrierx.media_check.size_cache import SizeCache
from carrierx.options import Clock, check_count, check_seconds, unknown_name_text

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence
    from types import EllipsisType

    from carrierx.media_check.check_state import Item, Stage
    from carrierx.media_check.plans import Plan
    from carrierx.media_check.public_addresses import Resolver

__all__ = ["CLOSED", "CheckerBase", "CheckerOptions", "plan_for"]

CLOSED = "the checker is closed"


@cache
def _default_tls_context() -> ssl.SSLContext:
    """Make the process's TLS context for media: reading the authorities takes some 30 ms."""
    return httpx.create_ssl_context()


class CheckerOptions(TypedDict, total=False):
    """Options of a checker.

    Attributes:
        allow_private: Whether media may lie on this machine and in its own networks. Default no.
        resolver: Gives the addresses of a host, instead of the system. It may be asked by several threads at once.
        clock: Tells how long sizes (10 minutes) and unreachable hosts (1 minute) are remembered.
        seconds: How long a check may take. Default 5.
        concurrency: How many URLs of a check are measured at once. Default 4.
        tls_context: Gives the TLS context, at the first https URL, instead of one that the process's checkers share.
    """

    allow_private: bool
    resolver: Resolver | None
    clock: Clock | None
    seconds: float
    concurrency: int
    tls_context: Callable[[], ssl.SSLContext] | None


class CheckerBase:
    """The settings and the memory of a checker, of either kind. It holds no connection, so it may be shared.

    Args:
        limit_default: The bytes that are allowed for all media together, where a check does not say; None for any.
        **options: See `CheckerOptions`.

    Raises:
        ConfigurationError: An option is unknown, or a number is out of its range.
    """

    def __init__(self, limit_default: int | None, **options: Unpack[CheckerOptions]) -> None:
        unknown = options.keys() - CheckerOptions.__optional_keys__
        if unknown:
            raise ConfigurationError(unknown_name_text("option", min(unknown), CheckerOptions.__optional_keys__))
        self._seconds = options.get("seconds", 5.0)
        self._concurrency = options.get("concurrency", 4)
        if limit_default is not None:
            check_count("limit_default", limit_default, ConfigurationError)
        check_seconds("seconds", self._seconds, ConfigurationError)
        check_count("concurrency", self._concurrency, ConfigurationError, minimum=1)
        self._limit_default = limit_default
        self._guard = AddressGuard(
            options.get("resolver") or resolve, allow_private=options.get("allow_private", False)
        )
        self._cache = SizeCache(options.get("clock") or Clock())
        self._tls_context = options.get("tls_context") or _default_tls_context
        self._closed = False

    def _begin(self, urls: Sequence[str], limit: int | EllipsisType | None) -> CheckState | MediaReport:
        """Begin a check, or report at once that there is nothing to measure."""
        allowed = self._limit_default if limit is ... else limit
        if self._closed or allowed is None:
            reason = CLOSED if self._closed else NO_LIMIT
            unknown = (MediaCheckResult(position, Certainty.UNKNOWN, reason=reason) for position in range(len(urls)))
            return MediaReport(tuple(unknown), allowed)
        state = CheckState(allowed, self._cache, Deadline(self._seconds))
        state.add(urls)
        return state

    def _end(self) -> None:
        self._closed = True
        self._cache.clear()


def plan_for(item: Item, stage: Stage, state: CheckState) -> Plan:
    """Choose how an item is dealt with in a stage."""
    return proving(item, state) if stage.is_proof else sizing(item, state)
