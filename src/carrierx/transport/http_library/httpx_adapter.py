"""Sends attempts through a client of httpx or httpx2: our own session, or a client that the user injected.

None of the client's settings act on a request: it is built complete, and goes through the client's public `send`.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, TypeVar

from carrierx.errors import ConfigurationError
from carrierx.transport.answer import Answer, AnswerBody, Defect
from carrierx.transport.http_library.failures import response_within, stripped
from carrierx.transport.http_library.log_filter import mask_library_logs
from carrierx.transport.http_library.network import WatchedAsyncStream, WatchedStream
from carrierx.transport.http_library.requests import (
    HttpxRequestBuilder,
    library_of,
    refusing_async_trace,
    refusing_trace,
)
from carrierx.transport.http_library.sessions import AsyncSession, Session

if TYPE_CHECKING:
    import httpx

    from carrierx.options import ClientConfig
    from carrierx.transport.evidence import Evidence
    from carrierx.transport.journey import Journey

__all__ = ["AsyncHttpxAdapter", "HttpxAdapter"]

T = TypeVar("T")

_KEEP_ALIVE_TIMEOUT = re.compile(r"\btimeout=(\d{1,6})\b", re.IGNORECASE)


class HttpxAdapter:
    """Sends attempts through a sync client.

    Args:
        client: The client.
        config: How CarrierX is reached.

    Raises:
        ConfigurationError: The client is of another kind or library.
    """

    def __init__(self, client: httpx.Client, config: ClientConfig) -> None:
        _check_kind(client, "Client", "AsyncClient", "CarrierXClient")
        self.is_own_session: bool = isinstance(client, Session)
        self._client = client
        self._builder = HttpxRequestBuilder(config, client, refusing_trace)
        mask_library_logs(config.base_url)

    def send(self, journey: Journey[T], evidence: Evidence) -> Answer:
        """Send one attempt, and take its answer in."""
        request = self._builder.build(journey, evidence)
        try:
            response = self._client.send(request, stream=True, auth=None, follow_redirects=False)
        except Exception as failure:  # noqa: BLE001 - it is raised again unless it holds our answer
            if evidence.close_answer is not None:
                evidence.close_answer()
            return _refused(failure, request, evidence)
        status = evidence.status_code = response.status_code
        headers = response.headers
        largest = journey.call.largest_answer
        in_memory = _answer_in_memory(response, headers, largest)
        if in_memory is not None:
            return in_memory
        _note_connection(response, headers, evidence)
        body = AnswerBody(headers, largest)
        try:
            for chunk in response.iter_raw():
                if not body.feed(chunk):
                    break
        except Exception as failure:  # noqa: BLE001 - the status is known, so the body can only be cut
            return body.answer(status, headers, stripped(failure))
        finally:
            response.close()
        return body.answer(status, headers)

    def close(self) -> None:
        """Close the client; its owner calls this only for one that was made for us."""
        self._client.close()

    def abandon(self) -> None:
        """Leave the client after an interrupt, whose locks and bookkeeping may be in any state."""
        if isinstance(self._client, Session):
            self._client.abandon()


class AsyncHttpxAdapter:
    """Sends attempts through an async client.

    Args:
        client: The client.
        config: How CarrierX is reached.

    Raises:
        ConfigurationError: The client is of another kind or library.
    """

    def __init__(self, client: httpx.AsyncClient, config: ClientConfig) -> None:
        _check_kind(client, "AsyncClient", "Client", "AsyncCarrierXClient")
        self._client = client
        self._builder = HttpxRequestBuilder(config, client, refusing_async_trace)
        mask_library_logs(config.base_url)

    async def send(self, journey: Journey[T], evidence: Evidence, deadline: asyncio.Timeout) -> Answer:
        """Send one attempt, until its deadline, and take its answer in."""
        headers, body, failure = None, None, None
        request = self._builder.build(journey, evidence)
        try:
            async with deadline:
                response = await self._client.send(request, stream=True, auth=None, follow_redirects=False)
                status = evidence.status_code = response.status_code
                headers = response.headers
                largest = journey.call.largest_answer
                in_memory = _answer_in_memory(response, headers, largest)
                if in_memory is not None:
                    return in_memory
                _note_connection(response, headers, evidence)
                body = AnswerBody(headers, largest)
                try:
                    async for chunk in response.aiter_raw():
                        if not body.feed(chunk):
                            break
                finally:
                    await response.aclose()
            return body.answer(status, headers)
        except Exception as error:  # noqa: BLE001 - it is raised again unless our answer had begun
            failure = error
        if headers is not None and body is not None and evidence.status_code is not None:
            return body.answer(evidence.status_code, headers, stripped(failure))
        closing = evidence.close_answer() if evidence.close_answer is not None else None
        if closing is not None:
            await closing
        if deadline.expired():
            raise failure
        return _refused(failure, request, evidence)

    async def aclose(self) -> None:
        """Close the client; its owner calls this only for one that was made for us."""
        await self._client.aclose()

    def close_sockets(self) -> None:
        """Close the sockets of our own session, where its event loop is closed."""
        if isinstance(self._client, AsyncSession):
            self._client.close_sockets()


def _check_kind(client: object, wanted: str, other: str, owner: str) -> None:
    library = library_of(client)
    if not isinstance(client, getattr(library, wanted)):
        raise ConfigurationError(f"{owner} takes an {library.__name__}.{wanted}, not an {library.__name__}.{other}.")


def _note_connection(response: httpx.Response, headers: httpx.Headers, evidence: Evidence) -> None:
    """Note a connection of ours, and stop using it before the server does: a request may meet its closing half-way."""
    stream: object = response.extensions.get("network_stream")
    if not isinstance(stream, WatchedStream | WatchedAsyncStream):
        return
    evidence.connection = stream
    stated = _KEEP_ALIVE_TIMEOUT.search(headers.get("keep-alive", ""))
    if stated is not None:
        stream.usable_until = time.monotonic() + int(stated[1]) - 1.0


def _refused(failure: Exception, request: httpx.Request, evidence: Evidence) -> Answer:
    """Take the status out of what a hook of the client's raised, or raise it again if it has none of ours."""
    refused = response_within(failure, request)
    if refused is None:
        raise failure
    evidence.status_code = refused.status_code
    return Answer(refused.status_code, refused.headers, b"", Defect.CUT)


def _answer_in_memory(response: httpx.Response, headers: httpx.Headers, largest: int) -> Answer | None:
    """Take an answer that was read already, by a hook or a test's transport; None if it is still to be read."""
    if not response.is_stream_consumed:
        return None
    try:
        content = response.content
    except RuntimeError:  # the library's ResponseNotRead: a hook used the stream up and kept nothing
        return Answer(response.status_code, headers, b"", Defect.CUT)
    defect = Defect.TOO_LARGE if len(content) > largest else None
    return Answer(response.status_code, headers, b"" if defect else content, defect)
