"""Carrying calls with a sync HTTP client."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from carrierx.errors import CarrierXError
from carrierx.transport.answer import Answer, AnswerBody, Defect
from carrierx.transport.evidence import Evidence, attempt_evidence
from carrierx.transport.http_library.answers import answer_cut, answer_in_memory, answer_of, note_keep_alive
from carrierx.transport.http_library.clients import check_injected, library_of, make_sync_client
from carrierx.transport.http_library.failures import failure_kind, response_within, stripped
from carrierx.transport.http_library.log_filter import mask_library_logs
from carrierx.transport.http_library.requests import RequestBuilder
from carrierx.transport.journey import Journey
from carrierx.transport.ownership import SyncOwner
from carrierx.transport.retry import retry

if TYPE_CHECKING:
    import httpx

    from carrierx.credentials import Credentials
    from carrierx.events import EventHub
    from carrierx.options import CallSettings, ClientConfig
    from carrierx.transport.call import Call, Response
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
        self._config = config
        self._credentials = credentials
        self._builder: RequestBuilder | None = None
        self._owner = _make_owner(config, http_client)
        # What nobody closed is closed with the last client or resource that uses it, and not reported as leaked.
        weakref.finalize(self, self._owner.close)

    def execute(self, call: Call[T], settings: CallSettings, config: ClientConfig, events: EventHub) -> Response[T]:
        """Carry a call: attempts, waits between them, and the answer or the error that comes of it."""
        journey = Journey(call, settings, config, events)
        verdict = self._authorized_attempt(journey)
        if verdict.again and settings.max_retries:
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

    def _attempt(self, journey: Journey[T], authorization: str) -> Verdict[T]:
        client = self._owner.client()
        evidence = journey.begin_attempt(authorization, bound_network=True)
        status: int | None = None
        request: httpx.Request | None = None
        token = attempt_evidence.set(evidence)
        try:
            try:
                request = self._request_builder(client).build(journey, evidence, authorization)
                response = client.send(request, stream=True, auth=None, follow_redirects=False)
            except Exception as failure:  # noqa: BLE001 - whatever it is, the outcome must be judged
                refused = response_within(failure, request)
                if refused is None:
                    return journey.failed(evidence, failure_kind(failure), stripped(failure))
                status = refused.status_code
                answer = Answer(status, refused.headers, b"", Defect.CUT)
            else:
                status = response.status_code
                answer = _read(response, evidence, journey.call.largest_answer)
        except BaseException:
            self._owner.abandon(client)
            journey.interrupted(evidence, status)
            raise
        finally:
            attempt_evidence.reset(token)
        return journey.answered(evidence, answer)

    def _request_builder(self, client: httpx.Client) -> RequestBuilder:
        if self._builder is None:
            mask_library_logs(self._config.base_url)
            self._builder = RequestBuilder(self._config, library_of(client))
        return self._builder


def _make_owner(
    config: ClientConfig, given: httpx.Client | Callable[[], httpx.Client] | None
) -> SyncOwner[httpx.Client]:
    if given is None:
        return SyncOwner(lambda: make_sync_client(config))
    if callable(given):
        make = given

        def checked() -> httpx.Client:
            client = make()
            check_injected(client, asynchronous=False)
            return client

        return SyncOwner(checked)
    check_injected(given, asynchronous=False)
    return SyncOwner(None, given)


def _read(response: httpx.Response, evidence: Evidence, largest: int) -> Answer:
    in_memory = answer_in_memory(response, largest)
    if in_memory is not None:
        return in_memory
    note_keep_alive(response, evidence)
    body = AnswerBody(response.headers, largest)
    try:
        for chunk in response.iter_raw():
            if not body.feed(chunk):
                break
    except Exception as failure:  # noqa: BLE001 - the status is known, so the body can only be cut
        return answer_cut(response, body, failure)
    finally:
        response.close()
    return answer_of(response, body)
