"""Sends attempts through a client of httpx or httpx2: our own session, or a client that the user passes in.

None of the client's settings affect a request: it is built completely and sent with the client's public `send`.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, TypeVar

from carrierx.errors import ConfigurationError
from carrierx.transport.httpx_session import AsyncSession, Session
from carrierx.transport.library_errors import response_within, stripped
from carrierx.transport.library_logs import mask_library_logs
from carrierx.transport.raw_response import BodyError, BodyReader, RawResponse
from carrierx.transport.request_builder import (
    HttpxRequestBuilder,
    library_of,
    refusing_async_trace,
    refusing_trace,
)
from carrierx.transport.watched_network import WatchedAsyncStream, WatchedStream

if TYPE_CHECKING:
    import httpx

    from carrierx.options import ClientConfig
    from carrierx.transport.call_execution import CallExecution
    from carrierx.transport.evidence import Evidence

__all__ = ["AsyncHttpxAdapter", "HttpxAdapter"]

T = TypeVar("T")

_KEEP_ALIVE_TIMEOUT = re.compile(r"\btimeout=(\d{1,6})\b", re.IGNORECASE)


class HttpxAdapter:
    """Sends attempts through a sync client.

    Args:
        client: The client.
        config: The configuration of our client.

    Raises:
        ConfigurationError: The client is of another kind or library.
    """

    def __init__(self, client: httpx.Client, config: ClientConfig) -> None:
        _check_kind(client, "Client", "AsyncClient", "CarrierXClient")
        self.is_own_session: bool = isinstance(client, Session)
        self._client = client
        self._builder = HttpxRequestBuilder(config, client, refusing_trace)
        mask_library_logs(config.base_url)

    def send(self, execution: CallExecution[T], evidence: Evidence) -> RawResponse:
        """Send one attempt and read its response."""
        request = self._builder.build(execution, evidence)
        try:
            response = self._client.send(request, stream=True, auth=None, follow_redirects=False)
        except Exception as failure:  # noqa: BLE001 - it is raised again unless it contains our response
            if evidence.close_response is not None:
                evidence.close_response()
            return _refused(failure, request, evidence)
        status = evidence.status_code = response.status_code
        headers = response.headers
        largest = execution.call.max_response_bytes
        in_memory = _response_in_memory(response, headers, largest)
        if in_memory is not None:
            return in_memory
        _note_connection(response, headers, evidence)
        body = BodyReader(headers, largest)
        try:
            for chunk in response.iter_raw():
                if not body.feed(chunk):
                    break
        except Exception as failure:  # noqa: BLE001 - the status is known, so only the body is cut off
            return body.response(status, headers, stripped(failure))
        finally:
            response.close()
        return body.response(status, headers)

    def close(self) -> None:
        """Close the client. Only for a client that we made."""
        self._client.close()

    def abandon(self) -> None:
        """Drop the client after an interrupt, which may have left its locks and state inconsistent."""
        if isinstance(self._client, Session):
            self._client.abandon()


class AsyncHttpxAdapter:
    """Sends attempts through an async client.

    Args:
        client: The client.
        config: The configuration of our client.

    Raises:
        ConfigurationError: The client is of another kind or library.
    """

    def __init__(self, client: httpx.AsyncClient, config: ClientConfig) -> None:
        _check_kind(client, "AsyncClient", "Client", "AsyncCarrierXClient")
        self._client = client
        self._builder = HttpxRequestBuilder(config, client, refusing_async_trace)
        mask_library_logs(config.base_url)

    async def send(self, execution: CallExecution[T], evidence: Evidence, deadline: asyncio.Timeout) -> RawResponse:
        """Send one attempt and read its response, until the deadline."""
        headers, body, failure = None, None, None
        request = self._builder.build(execution, evidence)
        try:
            async with deadline:
                response = await self._client.send(request, stream=True, auth=None, follow_redirects=False)
                status = evidence.status_code = response.status_code
                headers = response.headers
                largest = execution.call.max_response_bytes
                in_memory = _response_in_memory(response, headers, largest)
                if in_memory is not None:
                    return in_memory
                _note_connection(response, headers, evidence)
                body = BodyReader(headers, largest)
                try:
                    async for chunk in response.aiter_raw():
                        if not body.feed(chunk):
                            break
                finally:
                    await response.aclose()
            return body.response(status, headers)
        except Exception as error:  # noqa: BLE001 - it is raised again unless our response had begun
            failure = error
        if headers is not None and body is not None and evidence.status_code is not None:
            return body.response(evidence.status_code, headers, stripped(failure))
        closing = evidence.close_response() if evidence.close_response is not None else None
        if closing is not None:
            await closing
        if deadline.expired():
            raise failure
        return _refused(failure, request, evidence)

    async def aclose(self) -> None:
        """Close the client. Only for a client that we made."""
        await self._client.aclose()

    def close_sockets(self) -> None:
        """Close the sockets of our own session, after its event loop was closed."""
        if isinstance(self._client, AsyncSession):
            self._client.close_sockets()


def _check_kind(client: object, wanted: str, other: str, owner: str) -> None:
    library = library_of(client)
    if not isinstance(client, getattr(library, wanted)):
        raise ConfigurationError(f"{owner} needs an {library.__name__}.{wanted}, not an {library.__name__}.{other}.")


def _note_connection(response: httpx.Response, headers: httpx.Headers, evidence: Evidence) -> None:
    """Record our connection, and set when to stop using it: before the server closes it with a request on its way."""
    stream: object = response.extensions.get("network_stream")
    if not isinstance(stream, WatchedStream | WatchedAsyncStream):
        return
    evidence.connection = stream
    stated = _KEEP_ALIVE_TIMEOUT.search(headers.get("keep-alive", ""))
    if stated is not None:
        stream.usable_until = time.monotonic() + int(stated[1]) - 1.0


def _refused(failure: Exception, request: httpx.Request, evidence: Evidence) -> RawResponse:
    """Build a response from the exception of a client's hook, or raise it again if it contains no response of ours."""
    refused = response_within(failure, request)
    if refused is None:
        raise failure
    evidence.status_code = refused.status_code
    return RawResponse(refused.status_code, refused.headers, b"", BodyError.CUT)


def _response_in_memory(response: httpx.Response, headers: httpx.Headers, largest: int) -> RawResponse | None:
    """Build a response whose body was already read, by a hook or a test transport. Return None if it was not."""
    if not response.is_stream_consumed:
        return None
    try:
        content = response.content
    except RuntimeError:  # the library's ResponseNotRead: a hook consumed the stream without keeping it
        return RawResponse(response.status_code, headers, b"", BodyError.CUT)
    body_error = BodyError.TOO_LARGE if len(content) > largest else None
    return RawResponse(response.status_code, headers, b"" if body_error else content, body_error)
