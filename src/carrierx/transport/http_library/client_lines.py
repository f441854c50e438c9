"""Attempts over a whole HTTP client of httpx or httpx2, one of the user's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from carrierx.transport.answer import Answer, AnswerBody, AnswerHeaders, Defect
from carrierx.transport.http_library.answers import answer_cut, answer_of, note_keep_alive
from carrierx.transport.http_library.failures import response_within
from carrierx.transport.http_library.libraries import library_of
from carrierx.transport.http_library.log_filter import mask_library_logs
from carrierx.transport.http_library.requests import RequestBuilder

if TYPE_CHECKING:
    import httpx

    from carrierx.options import ClientConfig
    from carrierx.transport.evidence import Evidence
    from carrierx.transport.journey import Journey

__all__ = ["AsyncClientLine", "SyncClientLine"]

T = TypeVar("T")


class SyncClientLine:
    """Carries attempts over a sync client, none of whose settings act on them.

    Args:
        client: The client.
        config: How CarrierX is reached.
    """

    def __init__(self, client: httpx.Client, config: ClientConfig) -> None:
        mask_library_logs(config.base_url)
        self._client = client
        self._builder = RequestBuilder(config, library_of(client))

    def exchange(self, journey: Journey[T], evidence: Evidence) -> Answer:
        """Carry one attempt, and take its answer in."""
        request = self._builder.build(journey, evidence)
        try:
            response = self._client.send(request, stream=True, auth=None, follow_redirects=False)
        except Exception as failure:  # noqa: BLE001 - it is raised again unless it holds our answer
            return _refused(failure, request, evidence)
        status = evidence.status_code = response.status_code
        headers = AnswerHeaders(response.headers.raw)
        largest = journey.call.largest_answer
        in_memory = _answer_in_memory(response, headers, largest)
        if in_memory is not None:
            return in_memory
        note_keep_alive(headers, evidence)
        body = AnswerBody(headers, largest)
        try:
            for chunk in response.iter_raw():
                if not body.feed(chunk):
                    break
        except Exception as failure:  # noqa: BLE001 - the status is known, so the body can only be cut
            return answer_cut(status, headers, body, failure)
        finally:
            response.close()
        return answer_of(status, headers, body)

    def close(self) -> None:
        """Close the client; its owner calls this only for one that was made for us."""
        self._client.close()


class AsyncClientLine:
    """Carries attempts over an async client, none of whose settings act on them.

    Args:
        client: The client.
        config: How CarrierX is reached.
    """

    def __init__(self, client: httpx.AsyncClient, config: ClientConfig) -> None:
        mask_library_logs(config.base_url)
        self._client = client
        self._builder = RequestBuilder(config, library_of(client))

    async def exchange(
        self, journey: Journey[T], evidence: Evidence, deadline: asyncio.Timeout
    ) -> Answer:
        """Carry one attempt until its deadline, and take its answer in."""
        request = self._builder.build(journey, evidence)
        try:
            async with deadline:
                response = await self._client.send(request, stream=True, auth=None, follow_redirects=False)
        except Exception as failure:
            if deadline.expired():
                raise
            return _refused(failure, request, evidence)
        status = evidence.status_code = response.status_code
        headers = AnswerHeaders(response.headers.raw)
        largest = journey.call.largest_answer
        in_memory = _answer_in_memory(response, headers, largest)
        if in_memory is not None:
            return in_memory
        note_keep_alive(headers, evidence)
        body = AnswerBody(headers, largest)
        try:
            async with asyncio.timeout(journey.time_left()):
                async for chunk in response.aiter_raw():
                    if not body.feed(chunk):
                        break
        except Exception as failure:  # noqa: BLE001 - the status is known, so the body can only be cut
            return answer_cut(status, headers, body, failure)
        finally:
            await response.aclose()
        return answer_of(status, headers, body)

    async def aclose(self) -> None:
        """Close the client; its owner calls this only for one that was made for us."""
        await self._client.aclose()


def _refused(failure: Exception, request: httpx.Request, evidence: Evidence) -> Answer:
    """Take the status out of what a hook of the client's raised, or raise it again if it has none of ours."""
    refused = response_within(failure, request)
    if refused is None:
        raise failure
    evidence.status_code = refused.status_code
    return Answer(refused.status_code, AnswerHeaders(refused.headers.raw), b"", Defect.CUT)


def _answer_in_memory(response: httpx.Response, headers: AnswerHeaders, largest: int) -> Answer | None:
    """Take an answer that was read already, by a hook or a test's transport; None if it is still to be read."""
    if not response.is_stream_consumed:
        return None
    try:
        content = response.content
    except RuntimeError:  # the library's ResponseNotRead: a hook used the stream up and kept nothing
        return Answer(response.status_code, headers, b"", Defect.CUT)
    defect = Defect.TOO_LARGE if len(content) > largest else None
    return Answer(response.status_code, headers, b"" if defect else content, defect)
