"""Carries calls with a sync HTTP client."""

from __future__ import annotations

import importlib
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from carrierx.errors import CarrierXError
from carrierx.tracebacks import hide_frames
from carrierx.transport.evidence import attempt_evidence
from carrierx.transport.http_library.failures import failure_kind, stripped
from carrierx.transport.http_library.httpx_adapter import HttpxAdapter
from carrierx.transport.http_library.sessions import Session
from carrierx.transport.journey import Journey
from carrierx.transport.outcome import FailureKind
from carrierx.transport.per_process import PerProcess
from carrierx.transport.retry import retry
from carrierx.transport.tls_and_proxy import connection_settings

if TYPE_CHECKING:
    import httpx

    from carrierx.credentials import Authorization, Credentials
    from carrierx.event_hub import EventHub
    from carrierx.options import CallSettings, ClientConfig
    from carrierx.transport.call import Call, Response
    from carrierx.transport.verdict import Verdict

__all__ = ["SyncTransport"]

T = TypeVar("T")

# The first look-up of a host name would load it, and a child that is forked meanwhile would wait for it without end.
importlib.import_module("encodings.idna")


class SyncTransport:
    """Carries the calls of a sync client and of every copy of it.

    Args:
        config: How CarrierX is reached.
        credentials: Who calls.
        http_client: The user's own client of httpx or httpx2, or a function that makes one a process.
    """

    def __init__(
        self,
        config: ClientConfig,
        credentials: Credentials,
        http_client: httpx.Client | Callable[[], httpx.Client] | None = None,
    ) -> None:
        self._credentials = credentials
        self._adapters = _adapters(config, http_client)
        # What nobody closed is closed with the last client or resource that uses it, and not reported as leaked.
        weakref.finalize(self, self._adapters.close, wait=False)

    def execute(self, call: Call[T], settings: CallSettings, config: ClientConfig, events: EventHub) -> Response[T]:
        """Carry a call: attempts, waits between them, and the answer or the error that comes of it."""
        journey = Journey(call, settings, config, events)
        verdict = self._authorized_attempt(journey)
        if verdict.again and settings.max_retries:
            verdict = retry(journey, verdict, lambda: self._authorized_attempt(journey), config.clock.sleep)
        return journey.finish(verdict)

    def close(self) -> None:
        """Close what was made here, after the exchanges under way."""
        self._adapters.close()

    def _authorized_attempt(self, journey: Journey[T]) -> Verdict[T]:
        try:
            authorization = self._credentials.header()
            verdict = self._attempt(journey, authorization)
            if verdict.status_code == 401 and self._credentials.refreshable and journey.wants_fresh_token():
                verdict = self._attempt(journey, self._credentials.refresh(authorization))
        except CarrierXError as error:
            return journey.unable(error)
        return verdict

    def _attempt(self, journey: Journey[T], authorization: Authorization) -> Verdict[T]:
        self._adapters.in_flight.add(journey, journey.longest_attempt)
        try:
            return self._attempt_with(self._adapters.get(), journey, authorization)
        finally:
            self._adapters.in_flight.remove(journey)

    def _attempt_with(self, adapter: HttpxAdapter, journey: Journey[T], authorization: Authorization) -> Verdict[T]:
        evidence = journey.begin_attempt(authorization, bound_network=True)
        token = attempt_evidence.set(evidence)
        try:
            answer = adapter.send(journey, evidence)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the outcome must be judged
            kind = failure_kind(failure)
            expected = evidence.blocked_host is not None or evidence.source_failure is not None
            if kind is FailureKind.FOREIGN and adapter.is_own_session and not expected:
                self._adapters.abandon(adapter)
            return journey.failed(evidence, kind, stripped(failure))
        except BaseException as interrupt:
            self._adapters.abandon(adapter)
            journey.interrupted(evidence)
            hide_frames(interrupt)
            raise
        finally:
            attempt_evidence.reset(token)
        return journey.answered(evidence, answer)


def _adapters(config: ClientConfig, given: httpx.Client | Callable[[], httpx.Client] | None) -> PerProcess:
    if given is None:
        return PerProcess(lambda: HttpxAdapter(Session(connection_settings(config)), config))
    if callable(given):
        make = given
        return PerProcess(lambda: HttpxAdapter(make(), config))
    return PerProcess(None, HttpxAdapter(given, config))
