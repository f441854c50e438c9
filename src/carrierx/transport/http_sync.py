"""Carrying calls with a sync HTTP client. HTTP libraries and tenacity load when they are first needed."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from carrierx.errors import CarrierXError
from carrierx.transport.evidence import attempt_evidence
from carrierx.transport.journey import Journey
from carrierx.transport.ownership import SyncOwner

if TYPE_CHECKING:
    import httpx

    from carrierx.credentials import Authorization, Credentials
    from carrierx.event_hub import EventHub
    from carrierx.options import CallSettings, ClientConfig
    from carrierx.transport.call import Call, Response
    from carrierx.transport.http_library.client_lines import SyncClientLine
    from carrierx.transport.http_library.own_lines import SyncOwnLine
    from carrierx.transport.verdict import Verdict

__all__ = ["SyncTransport"]

T = TypeVar("T")


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
        self._owner = _make_owner(config, http_client)
        # What nobody closed is closed with the last client or resource that uses it, and not reported as leaked.
        weakref.finalize(self, self._owner.close)

    def execute(self, call: Call[T], settings: CallSettings, config: ClientConfig, events: EventHub) -> Response[T]:
        """Carry a call: attempts, waits between them, and the answer or the error that comes of it."""
        journey = Journey(call, settings, config, events)
        verdict = self._authorized_attempt(journey)
        if verdict.again and settings.max_retries:
            from carrierx.transport.retry import retry

            verdict = retry(journey, verdict, lambda: self._authorized_attempt(journey), config.clock.sleep)
        return journey.finish(verdict)

    def close(self) -> None:
        """Close what was made here."""
        self._owner.close()

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
        line = self._owner.client()
        evidence = journey.begin_attempt(authorization, bound_network=True)
        token = attempt_evidence.set(evidence)
        try:
            try:
                answer = line.exchange(journey, evidence)
            except Exception as failure:  # noqa: BLE001 - whatever it is, the outcome must be judged
                from carrierx.transport.http_library.failures import failure_kind, stripped

                return journey.failed(evidence, failure_kind(failure), stripped(failure))
        except BaseException:
            self._owner.abandon(line)
            journey.interrupted(evidence)
            raise
        finally:
            attempt_evidence.reset(token)
        return journey.answered(evidence, answer)


def _make_owner(
    config: ClientConfig, given: httpx.Client | Callable[[], httpx.Client] | None
) -> SyncOwner[SyncOwnLine | SyncClientLine]:
    if given is None:

        def own() -> SyncOwnLine:
            from carrierx.transport.http_library.making import make_sync_line

            return make_sync_line(config)

        return SyncOwner(own)
    from carrierx.transport.http_library.client_lines import SyncClientLine
    from carrierx.transport.http_library.making import check_injected

    if callable(given):
        make = given

        def checked() -> SyncClientLine:
            client = make()
            check_injected(client, asynchronous=False)
            return SyncClientLine(client, config)

        return SyncOwner(checked)
    check_injected(given, asynchronous=False)
    return SyncOwner(None, SyncClientLine(given, config))
