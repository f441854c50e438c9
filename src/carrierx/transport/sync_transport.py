"""Executes calls with a sync HTTP client."""

from __future__ import annotations

import importlib
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from carrierx.errors import CarrierXError
from carrierx.tracebacks import hide_frames
from carrierx.transport.call_execution import CallExecution
from carrierx.transport.evidence import Evidence, attempt_evidence
from carrierx.transport.httpx_adapter import HttpxAdapter
from carrierx.transport.httpx_session import Session
from carrierx.transport.library_errors import failure_kind, stripped
from carrierx.transport.outcome import FailureKind
from carrierx.transport.ownership import PerProcess
from carrierx.transport.retry import retry
from carrierx.transport.tls_and_proxy import connection_settings

if TYPE_CHECKING:
    import httpx

    from carrierx.credentials import Authorization, Credentials
    from carrierx.event_hub import EventHub
    from carrierx.options import CallSettings, ClientConfig
    from carrierx.transport.attempt_result import AttemptResult
    from carrierx.transport.call import Call, Response

__all__ = ["SyncTransport"]

T = TypeVar("T")

# The first DNS lookup would import it, and a child process that is forked during the import would deadlock.
importlib.import_module("encodings.idna")


class SyncTransport:
    """Executes the calls of a sync client and of all its copies.

    Args:
        config: The client's configuration.
        credentials: The client's credentials.
        http_client: The user's own client of httpx or httpx2, or a function that makes one for each process.

    Attributes:
        uses_own_session: Whether the connections are ours, and not those of an HTTP client that the user passed in.
    """

    def __init__(
        self,
        config: ClientConfig,
        credentials: Credentials,
        http_client: httpx.Client | Callable[[], httpx.Client] | None = None,
    ) -> None:
        self._credentials = credentials
        self.uses_own_session: bool = http_client is None
        self._adapters = _adapters(config, http_client)
        # A client that was never closed is closed with the last object that uses it, and not reported as leaked.
        weakref.finalize(self, self._adapters.close, wait=False)

    def execute(self, call: Call[T], settings: CallSettings, config: ClientConfig, events: EventHub) -> Response[T]:
        """Execute a call: make attempts, wait between them, and return the response or raise the error."""
        execution = CallExecution(call, settings, config, events)
        try:
            execution.begin()
            result = self._authorized_attempt(execution)
            if result.can_retry and settings.max_retries:
                result = retry(execution, result, lambda: self._authorized_attempt(execution), config.clock.sleep)
            return execution.finish(result)
        except BaseException as error:
            execution.ended(error)
            raise

    def close(self) -> None:
        """Close our own HTTP client, once the requests in flight have ended."""
        self._adapters.close()

    def _authorized_attempt(self, execution: CallExecution[T]) -> AttemptResult[T]:
        try:
            authorization = self._credentials.header()
            result = self._attempt(execution, authorization)
            if result.status_code == 401 and self._credentials.refreshable and execution.wants_fresh_token():
                result = self._attempt(execution, self._credentials.refresh(authorization))
        except CarrierXError as error:
            return execution.failed_before_attempt(error)
        return result

    def _attempt(self, execution: CallExecution[T], authorization: Authorization) -> AttemptResult[T]:
        self._adapters.in_flight.add(execution, execution.longest_attempt)
        try:
            adapter = self._adapters.get()
            return self._send(adapter, execution, execution.begin_attempt(authorization, bound_network=True))
        finally:
            self._adapters.in_flight.remove(execution)

    def _send(self, adapter: HttpxAdapter, execution: CallExecution[T], evidence: Evidence) -> AttemptResult[T]:
        token = attempt_evidence.set(evidence)
        try:
            response = adapter.send(execution, evidence)
        except Exception as failure:  # noqa: BLE001 - any exception needs an outcome
            kind = failure_kind(failure)
            raised_by_caller = evidence.source_failure is not None or evidence.fence_error is not None
            expected = evidence.blocked_host is not None or raised_by_caller
            if kind is FailureKind.FOREIGN and adapter.is_own_session and not expected:
                self._adapters.abandon(adapter)
            return execution.failed(evidence, kind, stripped(failure))
        except BaseException as interrupt:
            self._adapters.abandon(adapter)
            execution.interrupted(evidence)
            hide_frames(interrupt)
            raise
        finally:
            attempt_evidence.reset(token)
        return execution.answered(evidence, response)


def _adapters(config: ClientConfig, given: httpx.Client | Callable[[], httpx.Client] | None) -> PerProcess:
    if given is None:
        return PerProcess(lambda: HttpxAdapter(Session(connection_settings(config)), config))
    if callable(given):
        make = given
        return PerProcess(lambda: HttpxAdapter(make(), config))
    return PerProcess(None, HttpxAdapter(given, config))
