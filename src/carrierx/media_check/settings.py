"""Base of the sync and the async checker: settings, start of a check, and TLS context."""

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
    """Return the TLS context of this process for media. Loading the certificates takes about 30 ms."""
    return httpx.create_ssl_context()


class CheckerOptions(TypedDict, total=False):
    """Options of a checker.

    Attributes:
        allow_private: True to allow media on this machine and in private networks. Default False.
        resolver: Function that returns the addresses of a host, instead of the system's resolver. Several threads may
            call it at the same time.
        clock: Clock for remembered sizes (10 minutes) and unreachable hosts (1 minute).
        seconds: Time limit of a check. Default 5.
        concurrency: Maximum number of URLs that a check measures at the same time. Default 4.
        tls_context: Function that returns the TLS context, called at the first https URL. By default, all checkers of
            the process share one context.
    """

    allow_private: bool
    resolver: Resolver | None
    clock: Clock | None
    seconds: float
    concurrency: int
    tls_context: Callable[[], ssl.SSLContext] | None


class CheckerBase:
    """Settings and cache of a sync or async checker. It holds no connection, so it may be shared.

    Args:
        limit_default: Maximum total size in bytes for checks without a limit of their own; None for no limit.
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
        """Begin a check, or return its report if there is nothing to measure."""
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
    """Return the plan for an item in a stage."""
    return proving(item, state) if stage.is_proof else sizing(item, state)
