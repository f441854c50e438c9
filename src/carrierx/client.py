"""The clients: `CarrierXClient` and `AsyncCarrierXClient`.

The HTTP library and the resources load with the first client, not with this module: a program that only names the
class doesn't pay for them, and no send imports anything, which would block its event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from carrierx.client_options import changed, configured
from carrierx.credentials import Credentials
from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.event_hub import EventHub
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self, Unpack

    import httpx

    from carrierx.client_options import ChangeableOptions, ClientOptions
    from carrierx.credentials import AsyncTokenSource, TokenSource
    from carrierx.options import CallOptions
    from carrierx.resources._async.base import AsyncContext
    from carrierx.resources._async.containers import AsyncContainers
    from carrierx.resources._async.detail_records import AsyncDetailRecords
    from carrierx.resources._async.dids import AsyncDids
    from carrierx.resources._async.external_dids import AsyncExternalDids
    from carrierx.resources._async.files import AsyncFiles
    from carrierx.resources._async.lookup import AsyncLookup
    from carrierx.resources._async.messages import AsyncMessages
    from carrierx.resources._async.partners import AsyncPartners
    from carrierx.resources._async.rates import AsyncRates, AsyncRatings
    from carrierx.resources._async.verification import AsyncVerification
    from carrierx.resources._sync.base import SyncContext
    from carrierx.resources._sync.containers import Containers
    from carrierx.resources._sync.detail_records import DetailRecords
    from carrierx.resources._sync.dids import Dids
    from carrierx.resources._sync.external_dids import ExternalDids
    from carrierx.resources._sync.files import Files
    from carrierx.resources._sync.lookup import Lookup
    from carrierx.resources._sync.messages import Messages
    from carrierx.resources._sync.partners import Partners
    from carrierx.resources._sync.rates import Rates, Ratings
    from carrierx.resources._sync.verification import Verification
    from carrierx.transport.call import Call, Response

__all__ = ["AsyncCarrierXClient", "CarrierXClient"]

T = TypeVar("T")


_NO_PICKLE = "A client does not pickle: it holds a token and connections. Make one where it is used."


class CarrierXClient:
    """A client of CarrierX's messaging API. It may be used by many threads at once.

    It opens no connection until its first call. Close it, or use it in a `with` block.

    Args:
        token: The access token, a function that gives one, or nothing: then `CARRIERX_TOKEN` holds it.
        http_client: A client of httpx or httpx2 of your own, or a function that makes one a process. It is never
            closed or changed, and its settings for authorization, redirects, headers and timeouts do not act on sends.
        **options: See `ClientOptions`.

    Attributes:
        messages: Send messages, read them and follow them.
        files: Upload media for an MMS; read, change and delete files.
        containers: Find, create and change the containers that hold files.
        detail_records: Read and export the records that CarrierX keeps of messages and bills by.
        dids: Your own numbers: read, change and rent them, and enable messaging on them.
        external_dids: Numbers of other providers that CarrierX carries messages for.
        rates: The price of your SMS, by country and network.
        ratings: The price of one message to one number.
        lookup: Look up any phone number.
        verification: Text a code to a person, to verify their phone number.
        partners: Accounts: their balance, and the URL that their messages are posted to.

    Raises:
        ConfigurationError: It can't work as it is set up; the text says why and holds no secret.

    Example:
        >>> from carrierx import CarrierXClient
        >>> with CarrierXClient("0d7a8c3e", base_url="http://127.0.0.1:8025/core/v2") as client:
        ...     client
        CarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
    """

    messages: Messages
    files: Files
    containers: Containers
    detail_records: DetailRecords
    dids: Dids
    external_dids: ExternalDids
    rates: Rates
    ratings: Ratings
    lookup: Lookup
    verification: Verification
    partners: Partners

    @clears_locals
    def __init__(
        self,
        token: TokenSource | None = None,
        *,
        http_client: httpx.Client | Callable[[], httpx.Client] | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        from carrierx.media_check import MediaChecker
        from carrierx.resources._sync.base import SyncContext
        from carrierx.transport.http_sync import SyncTransport

        try:
            credentials = Credentials(token, options.pop("basic_auth", None))
        finally:
            del token  # error trackers record the local variables of each frame that an exception passes
        config, settings = configured(options)
        transport = SyncTransport(config, credentials, http_client)
        media_checker = MediaChecker(allow_private=options.get("allow_private_media", False))
        events = EventHub(options.get("on_event"))
        self._set_up(SyncContext(config, events, transport, settings, media_checker))
        self._owns_transport = True

    def _set_up(self, context: SyncContext) -> None:
        from carrierx.resources._sync.containers import Containers
        from carrierx.resources._sync.detail_records import DetailRecords
        from carrierx.resources._sync.dids import Dids
        from carrierx.resources._sync.external_dids import ExternalDids
        from carrierx.resources._sync.files import Files
        from carrierx.resources._sync.lookup import Lookup
        from carrierx.resources._sync.messages import Messages
        from carrierx.resources._sync.partners import Partners
        from carrierx.resources._sync.rates import Rates, Ratings
        from carrierx.resources._sync.verification import Verification

        self._context = context
        self.messages = Messages(context)
        self.files = Files(context)
        self.containers = Containers(context)
        self.detail_records = DetailRecords(context)
        self.dids = Dids(context)
        self.external_dids = ExternalDids(context)
        self.rates = Rates(context)
        self.ratings = Ratings(context)
        self.lookup = Lookup(context)
        self.verification = Verification(context)
        self.partners = Partners(context)

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
        context = self._context
        config, settings = changed(context.config, context.message_settings, options)
        events = EventHub(options["on_event"]) if "on_event" in options else context.events
        copy = object.__new__(type(self))
        copy._set_up(context._replace(config=config, events=events, message_settings=settings))
        copy._owns_transport = False
        return copy

    def close(self) -> None:
        """Close the connections. Closing twice is fine; an injected client stays open."""
        if self._owns_transport:
            self._context.transport.close()
            self._context.media_checker.close()

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


class AsyncCarrierXClient:
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

    Attributes:
        messages: Send messages, read them and follow them.
        files: Upload media for an MMS; read, change and delete files.
        containers: Find, create and change the containers that hold files.
        detail_records: Read and export the records that CarrierX keeps of messages and bills by.
        dids: Your own numbers: read, change and rent them, and enable messaging on them.
        external_dids: Numbers of other providers that CarrierX carries messages for.
        rates: The price of your SMS, by country and network.
        ratings: The price of one message to one number.
        lookup: Look up any phone number.
        verification: Text a code to a person, to verify their phone number.
        partners: Accounts: their balance, and the URL that their messages are posted to.

    Raises:
        ConfigurationError: It can't work as it is set up; the text says why and holds no secret.

    Example:
        >>> from carrierx import AsyncCarrierXClient
        >>> AsyncCarrierXClient("0d7a8c3e", base_url="http://127.0.0.1:8025/core/v2")
        AsyncCarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
    """

    messages: AsyncMessages
    files: AsyncFiles
    containers: AsyncContainers
    detail_records: AsyncDetailRecords
    dids: AsyncDids
    external_dids: AsyncExternalDids
    rates: AsyncRates
    ratings: AsyncRatings
    lookup: AsyncLookup
    verification: AsyncVerification
    partners: AsyncPartners

    @clears_locals
    def __init__(
        self,
        token: AsyncTokenSource | None = None,
        *,
        http_client: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None = None,
        async_backend: Literal["httpx", "aiohttp"] = "httpx",
        **options: Unpack[ClientOptions],
    ) -> None:
        from carrierx.media_check import AsyncMediaChecker
        from carrierx.resources._async.base import AsyncContext
        from carrierx.transport.http_async import AsyncTransport

        try:
            credentials = Credentials(token, options.pop("basic_auth", None))
        finally:
            del token  # error trackers record the local variables of each frame that an exception passes
        if async_backend not in ("httpx", "aiohttp"):
            raise ConfigurationError('async_backend must be "httpx" or "aiohttp".')
        config, settings = configured(options)
        transport = AsyncTransport(config, credentials, http_client, async_backend)
        media_checker = AsyncMediaChecker(allow_private=options.get("allow_private_media", False))
        events = EventHub(options.get("on_event"))
        self._set_up(AsyncContext(config, events, transport, settings, media_checker))
        self._owns_transport = True

    def _set_up(self, context: AsyncContext) -> None:
        from carrierx.resources._async.containers import AsyncContainers
        from carrierx.resources._async.detail_records import AsyncDetailRecords
        from carrierx.resources._async.dids import AsyncDids
        from carrierx.resources._async.external_dids import AsyncExternalDids
        from carrierx.resources._async.files import AsyncFiles
        from carrierx.resources._async.lookup import AsyncLookup
        from carrierx.resources._async.messages import AsyncMessages
        from carrierx.resources._async.partners import AsyncPartners
        from carrierx.resources._async.rates import AsyncRates, AsyncRatings
        from carrierx.resources._async.verification import AsyncVerification

        self._context = context
        self.messages = AsyncMessages(context)
        self.files = AsyncFiles(context)
        self.containers = AsyncContainers(context)
        self.detail_records = AsyncDetailRecords(context)
        self.dids = AsyncDids(context)
        self.external_dids = AsyncExternalDids(context)
        self.rates = AsyncRates(context)
        self.ratings = AsyncRatings(context)
        self.lookup = AsyncLookup(context)
        self.verification = AsyncVerification(context)
        self.partners = AsyncPartners(context)

    @clears_locals
    async def execute(self, call: Call[T], **options: Unpack[CallOptions]) -> Response[T]:
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
            >>> answer = await client.execute(Call("GET", f"/sms/messages/{message.message_sid}", Message))
            >>> answer.status_code, answer.parsed.message_sid == message.message_sid
            (200, True)
        """
        _check_call(call)
        return await self._context.execute(call, options)

    @clears_locals
    def with_options(self, **options: Unpack[ChangeableOptions]) -> Self:
        """Make a copy with other options, which shares the connections. Closing the copy leaves them open.

        Args:
            **options: See `ChangeableOptions`.

        Raises:
            ConfigurationError: An option is unknown or its value can't work.

        Example:
            >>> client.with_options(timeout=5, max_retries=0)
            AsyncCarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
        """
        context = self._context
        config, settings = changed(context.config, context.message_settings, options)
        events = EventHub(options["on_event"]) if "on_event" in options else context.events
        copy = object.__new__(type(self))
        copy._set_up(context._replace(config=config, events=events, message_settings=settings))
        copy._owns_transport = False
        return copy

    async def close(self) -> None:
        """Close the connections of the running loop. Closing twice is fine; an injected client stays open."""
        if self._owns_transport:
            await self._context.transport.close()
            await self._context.media_checker.close()

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
