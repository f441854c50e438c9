"""The clients: `CarrierXClient`, and its async twin `AsyncCarrierXClient`. What carries calls loads with the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from carrierx.client_options import changed, configured
from carrierx.credentials import Credentials
from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.resources.context import AsyncContext, SyncContext
from carrierx.resources.lazy import AsyncResources, SyncResources
from carrierx.resources.media_gate import AsyncMediaGate, MediaGate
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self, Unpack

    import httpx

    from carrierx.client_options import ChangeableOptions, ClientOptions
    from carrierx.credentials import AsyncTokenSource, TokenSource
    from carrierx.options import CallOptions
    from carrierx.transport.call import Call, Response

__all__ = ["AsyncCarrierXClient", "CarrierXClient"]

T = TypeVar("T")


_NO_PICKLE = "A client does not pickle: it holds a token and connections. Make one where it is used."


class CarrierXClient(SyncResources):
    """A client of CarrierX's messaging API. It may be used by many threads at once.

    It opens no connection until its first call. Close it, or use it in a `with` block.

    Args:
        token: The access token, a function that gives one, or nothing: then `CARRIERX_TOKEN` holds it.
        http_client: A client of httpx or httpx2 of your own, or a function that makes one a process. It is never
            closed or changed, and its settings for authorization, redirects, headers and timeouts do not act on sends.
        **options: See `ClientOptions`.

    Raises:
        ConfigurationError: It can't work as it is set up; the text says why and holds no secret.

    Example:
        >>> from carrierx import CarrierXClient
        >>> with CarrierXClient("0d7a8c3e", base_url="http://127.0.0.1:8025/core/v2") as client:
        ...     client
        CarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
    """

    @clears_locals
    def __init__(
        self,
        token: TokenSource | None = None,
        *,
        http_client: httpx.Client | Callable[[], httpx.Client] | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        from carrierx.event_hub import EventHub
        from carrierx.transport.sync_transport import SyncTransport

        try:
            credentials = Credentials(token, options.pop("basic_auth", None))
        finally:
            del token  # error trackers record the local variables of each frame that an exception passes
        config, settings = configured(options)
        transport = SyncTransport(config, credentials, http_client)
        media = MediaGate(allow_private=options.get("allow_private_media", False))
        self._context = SyncContext(config, EventHub(options.get("on_event")), transport, settings, media)
        self._made = {}
        self._owns_transport = True
        _ = self.messages  # loads what the first send would import

    @clears_locals
    def execute(self, call: Call[T], **options: Unpack[CallOptions]) -> Response[T]:
        """Carry out any operation, also one that has no method here.

        Args:
            call: The operation as data.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The parsed answer, with status, headers, body and attempts.

        Raises:
            InvalidArgumentError: An option is unknown or out of its range.
            ConfigurationError: The client can't send, here or at all.
            UnconfirmedSendError: A call that is not repeatable may have been carried out.
            APIError: CarrierX refused it.
            TransportError: It did not come about, or, for a repeatable call, no answer came.
            ResponseError: The answer to a repeatable call can't be read.

        Scopes: those of the operation; name them in the call, and a 403 will too.

        Example:
            >>> from carrierx import Call, Message
            >>> answer = client.execute(Call("GET", f"/sms/messages/{message.message_sid}", Message))
            >>> answer.status_code, answer.parsed.message_sid == message.message_sid
            (200, True)
        """
        _check_call(call)
        return self._context.execute(call, options)

    @clears_locals
    def with_options(self, **options: Unpack[ChangeableOptions]) -> Self:
        """Make a copy with other options, which shares the connections. Closing the copy leaves them open.

        Args:
            **options: See `ChangeableOptions`.

        Raises:
            ConfigurationError: An option is unknown or its value can't work.

        Example:
            >>> client.with_options(timeout=5, max_retries=0)
            CarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
        """
        from carrierx.event_hub import EventHub

        context = self._context
        config, settings = changed(context.config, context.message_settings, options)
        events = EventHub(options["on_event"]) if "on_event" in options else context.events
        copy = object.__new__(type(self))
        copy._context = SyncContext(config, events, context.transport, settings, context.media)
        copy._made = {}
        copy._owns_transport = False
        return copy

    def close(self) -> None:
        """Close the connections. Closing twice is fine; an injected client stays open."""
        if self._owns_transport:
            self._context.transport.close()
            self._context.media.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._context.config.base_url!r})"

    def __reduce__(self) -> str:
        raise TypeError(_NO_PICKLE)


class AsyncCarrierXClient(AsyncResources):
    """A client of CarrierX's messaging API for asyncio. It may be used by many tasks, and by several loops in turn.

    It opens no connection until its first call. Close it, or use it in an `async with` block.

    Args:
        token: The access token, a function that gives one (it may be awaitable), or nothing: then `CARRIERX_TOKEN`
            holds it.
        http_client: An async client of httpx or httpx2 of your own, or a function that makes one an event loop. It is
            never closed or changed, and its settings for authorization, redirects, headers and timeouts do not act on
            sends.
        async_backend: `httpx`, or `aiohttp` (extra `aiohttp`): quicker with many requests in flight, but respx does
            not see it, and it knows no SOCKS proxies.
        **options: See `ClientOptions`.

    Raises:
        ConfigurationError: It can't work as it is set up; the text says why and holds no secret.

    Example:
        >>> from carrierx import AsyncCarrierXClient
        >>> AsyncCarrierXClient("0d7a8c3e", base_url="http://127.0.0.1:8025/core/v2")
        AsyncCarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
    """

    @clears_locals
    def __init__(
        self,
        token: AsyncTokenSource | None = None,
        *,
        http_client: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None = None,
        async_backend: Literal["httpx", "aiohttp"] = "httpx",
        **options: Unpack[ClientOptions],
    ) -> None:
        from carrierx.event_hub import EventHub
        from carrierx.transport.async_transport import AsyncTransport

        try:
            credentials = Credentials(token, options.pop("basic_auth", None))
        finally:
            del token  # error trackers record the local variables of each frame that an exception passes
        if async_backend not in ("httpx", "aiohttp"):
            raise ConfigurationError('async_backend must be "httpx" or "aiohttp".')
        config, settings = configured(options)
        transport = AsyncTransport(config, credentials, http_client, async_backend)
        media = AsyncMediaGate(allow_private=options.get("allow_private_media", False))
        self._context = AsyncContext(config, EventHub(options.get("on_event")), transport, settings, media)
        self._made = {}
        self._owns_transport = True
        _ = self.messages  # loads what the first send would import

    @clears_locals
    async def execute(self, call: Call[T], **options: Unpack[CallOptions]) -> Response[T]:
        """Carry out any operation, also one that has no method here. See `CarrierXClient.execute`."""
        _check_call(call)
        return await self._context.execute(call, options)

    @clears_locals
    def with_options(self, **options: Unpack[ChangeableOptions]) -> Self:
        """Make a copy with other options, which shares the connections. See `CarrierXClient.with_options`."""
        from carrierx.event_hub import EventHub

        context = self._context
        config, settings = changed(context.config, context.message_settings, options)
        events = EventHub(options["on_event"]) if "on_event" in options else context.events
        copy = object.__new__(type(self))
        copy._context = AsyncContext(config, events, context.transport, settings, context.media)
        copy._made = {}
        copy._owns_transport = False
        return copy

    async def close(self) -> None:
        """Close the connections of the running loop. Closing twice is fine; an injected client stays open."""
        if self._owns_transport:
            await self._context.transport.close()
            await self._context.media.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._context.config.base_url!r})"

    def __reduce__(self) -> str:
        raise TypeError(_NO_PICKLE)


def _check_call(call: object) -> None:
    from carrierx.transport.call import Call

    if not isinstance(call, Call):
        raise InvalidArgumentError(
            f"execute takes a Call, not {type(call).__name__}: Call(method, path, answer type, query=..., body=...)."
        )
