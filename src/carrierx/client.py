"""The clients: `CarrierXClient` and `AsyncCarrierXClient`.

The HTTP library and the resources load with the first client, not with this module: a program that only names the
class doesn't pay for them, and no send imports anything, which would block its event loop.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from carrierx.client_options import ClientOptions, changed, configured
from carrierx.credentials import Credentials
from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.event_hub import EventHub
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self, Unpack

    import httpx

    from carrierx.client_options import ChangeableOptions
    from carrierx.credentials import AsyncTokenSource, TokenSource
    from carrierx.models.validation import MessageLimits
    from carrierx.options import CallOptions
    from carrierx.resources._async import (
        AsyncAccessControl,
        AsyncContainers,
        AsyncContext,
        AsyncDetailRecords,
        AsyncDidGroups,
        AsyncDids,
        AsyncExternalDids,
        AsyncFiles,
        AsyncLookup,
        AsyncMessages,
        AsyncPartners,
        AsyncRates,
        AsyncRatings,
        AsyncShortCodes,
        AsyncTokens,
        AsyncVerification,
    )
    from carrierx.resources._async.raw_responses import AsyncRawResponses
    from carrierx.resources._sync import (
        AccessControl,
        Containers,
        DetailRecords,
        DidGroups,
        Dids,
        ExternalDids,
        Files,
        Lookup,
        Messages,
        Partners,
        Rates,
        Ratings,
        ShortCodes,
        SyncContext,
        Tokens,
        Verification,
    )
    from carrierx.resources._sync.raw_responses import RawResponses
    from carrierx.transport.call import Call, Response

__all__ = ["AsyncCarrierXClient", "CarrierXClient"]

F = TypeVar("F", bound="Callable[..., None]")
T = TypeVar("T")


_NO_PICKLE = (
    "A client can't be pickled, because it has a token and connections. Create one in the process that uses it."
)


class _Resource:
    """A resource as an attribute of a client: created when it is first used, and the same object from then on.

    On the class, the attribute is the resource's class. So `unittest.mock.create_autospec` knows its methods, and a
    replaced attribute of the class or of one client is used.
    """

    def __init__(self, class_name: str, side: str) -> None:
        self._class_name = class_name
        self._side = side

    def __set_name__(self, owner: type[object], name: str) -> None:
        self._name = name

    def __get__(self, client: Any, owner: type[object]) -> Any:
        if client is None:
            return self._resource_class()
        created: dict[str, object] = client._resources  # noqa: SLF001 - this descriptor is part of the clients
        if self._name not in created:
            created.setdefault(self._name, self._resource_class()(client._context))  # noqa: SLF001
        return created[self._name]

    def _resource_class(self) -> Any:
        return getattr(import_module(f"carrierx.resources.{self._side}"), self._class_name)


def _shows_options(initialise: F) -> F:
    """Decorate a constructor so that `help`, IPython and editors show each of its options, instead of `**options`."""
    signature = inspect.signature(initialise)
    shown = [parameter for parameter in signature.parameters.values() if parameter.kind is not parameter.VAR_KEYWORD]
    for name, annotation in ClientOptions.__annotations__.items():
        text = getattr(annotation, "__forward_arg__", annotation)
        shown.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=..., annotation=text))
    # A function has no such attribute for mypy; `inspect` reads it.
    initialise.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    return initialise


def _resource(class_name: str) -> Any:
    return _Resource(class_name, "_async" if class_name.startswith("Async") else "_sync")


class CarrierXClient:
    """A client of CarrierX's messaging API. Any number of threads can use it at the same time.

    It opens its first connection with the first call. Close it, or use it in a `with` block.

    Args:
        token: The access token, or a function that returns one. The default is the variable `CARRIERX_TOKEN`.
        http_client: Your own client of httpx or httpx2, or a function that creates one for each process. carrierx
            never closes or changes it, and ignores its authorization, redirects, headers and timeouts.
        **options: See `ClientOptions`.

    Attributes:
        messages: Send messages, read them and follow them.
        files: Upload media for an MMS; list, download, change and delete files.
        containers: Find, create and change the containers that hold files.
        detail_records: Read and export the records that CarrierX keeps of messages and bills by.
        dids: Your own numbers: read, change, rent and release them, and enable messaging on them.
        external_dids: Numbers of other providers that CarrierX carries messages for.
        did_groups: Groups of numbers that share a callback URL.
        short_codes: Your short codes: read and change them.
        rates: The price of your SMS, by country and network.
        ratings: The price of one message to one number.
        lookup: Look up any phone number.
        verification: Text a code to a person, to verify their phone number.
        partners: Accounts: their balance, and the URL that their messages are posted to.
        access_control: The access control lists that apply to your messages.
        tokens: OAuth tokens: generate, read and revoke them.

    Raises:
        ConfigurationError: The configuration can't work. The message says why and contains no secret.

    Example:
        >>> from carrierx import CarrierXClient
        >>> with CarrierXClient("0d7a8c3e", base_url="http://127.0.0.1:8025/core/v2") as client:
        ...     client
        CarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
    """

    messages: Messages = _resource("Messages")
    files: Files = _resource("Files")
    containers: Containers = _resource("Containers")
    detail_records: DetailRecords = _resource("DetailRecords")
    dids: Dids = _resource("Dids")
    external_dids: ExternalDids = _resource("ExternalDids")
    did_groups: DidGroups = _resource("DidGroups")
    short_codes: ShortCodes = _resource("ShortCodes")
    rates: Rates = _resource("Rates")
    ratings: Ratings = _resource("Ratings")
    lookup: Lookup = _resource("Lookup")
    verification: Verification = _resource("Verification")
    partners: Partners = _resource("Partners")
    access_control: AccessControl = _resource("AccessControl")
    tokens: Tokens = _resource("Tokens")

    @_shows_options
    @clears_locals
    def __init__(
        self,
        token: TokenSource | None = None,
        *,
        http_client: httpx.Client | Callable[[], httpx.Client] | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        from carrierx.media_check import MediaChecker
        from carrierx.resources._sync import SyncContext
        from carrierx.transport.sync_transport import SyncTransport

        try:
            credentials = Credentials(token, options.pop("basic_auth", None))
        finally:
            del token  # error trackers record the local variables of each frame that an exception passes
        config, settings = configured(options)
        transport = SyncTransport(config, credentials, http_client)
        media_checker = MediaChecker(allow_private=options.get("allow_private_media", False))
        events = EventHub(options.get("on_event"), options.get("telemetry"))
        self._set_context(SyncContext(config, events, transport, settings, media_checker))
        self._owns_transport = True

    def _set_context(self, context: SyncContext) -> None:
        self._context = context
        self._resources: dict[str, object] = {}

    @clears_locals
    def execute(self, call: Call[T], **options: Unpack[CallOptions]) -> Response[T]:
        """Execute any operation, including one that has no method here.

        Args:
            call: The operation as data.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The parsed response, with its status, headers, body and attempts.

        Raises:
            InvalidArgumentError: An option is unknown or out of range.
            ConfigurationError: The client can't send, in this process or at all.
            UnconfirmedSendError: A call that isn't repeatable might have had an effect.
            APIError: CarrierX refused the request.
            TransportError: The request provably didn't reach CarrierX, or a repeatable call got no response.
            ResponseError: The response to a repeatable call can't be read.

        Scopes: those of the operation. If you name them in the call, the error for a 403 names them, too.

        Example:
            >>> from carrierx import Call, Message
            >>> response = client.execute(Call("GET", f"/sms/messages/{message.message_sid}", Message))
            >>> response.status_code, response.parsed.message_sid == message.message_sid
            (200, True)
        """
        _check_call(call)
        return self._context.execute(call, options)

    @clears_locals
    def with_options(self, **options: Unpack[ChangeableOptions]) -> Self:
        """Create a copy with other options, which shares the connections. Closing the copy leaves them open.

        Args:
            **options: See `ChangeableOptions`.

        Raises:
            ConfigurationError: An option is unknown or its value is invalid.

        Example:
            >>> client.with_options(timeout=5, max_retries=0)
            CarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
        """
        context = self._context
        config, settings = changed(context.config, context.message_settings, options)
        events = _changed_events(context.events, options)
        copy = object.__new__(type(self))
        copy._set_context(context._replace(config=config, events=events, message_settings=settings))
        copy._owns_transport = False
        return copy

    @property
    def with_raw_response(self) -> RawResponses:
        """The same resources, with methods that return a `Response`: `parsed`, status, headers, body and attempts.

        The methods that return one object or one page have it. A method that makes several calls returns the response
        to the last one.

        Returns:
            The resources. Arguments and errors of their methods are the same.

        Example:
            >>> response = client.with_raw_response.messages.get(message.message_sid)
            >>> response.status_code, response.headers["content-type"], len(response.attempts)
            (200, 'application/json', 1)
        """
        from carrierx.resources._sync.raw_responses import RawResponses

        return RawResponses(self._context)

    @property
    def uses_own_session(self) -> bool:
        """True if the client makes its own connections, and doesn't use an `http_client` of yours."""
        return self._context.transport.uses_own_session

    @property
    def message_limits(self) -> MessageLimits:
        """The limits that messages are checked against."""
        return self._context.message_settings.limits

    def close(self) -> None:
        """Close the connections. You can close a client twice. Your own `http_client` stays open."""
        if self._owns_transport:
            self._context.transport.close()
            self._context.media_checker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    if not TYPE_CHECKING:  # type checkers would accept any name

        def __getattr__(self, name: str) -> object:
            if hasattr(type(self), name):  # a property of a subclass raised an AttributeError
                return object.__getattribute__(self, name)
            raise AttributeError(_no_attribute(type(self).__name__, name), name=name, obj=self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._context.config.base_url!r})"

    def __reduce__(self) -> str:
        raise TypeError(_NO_PICKLE)


class AsyncCarrierXClient:
    """A client of CarrierX's messaging API for asyncio. Any number of tasks can use it, and several loops in turn.

    It opens its first connection with the first call. Close it, or use it in an `async with` block.

    Args:
        token: The access token, or a function that returns one, which can be async. The default is the variable
            `CARRIERX_TOKEN`.
        http_client: Your own async client of httpx or httpx2, or a function that creates one for each event loop.
            carrierx never closes or changes it, and ignores its authorization, redirects, headers and timeouts.
        async_backend: `httpx`, or `aiohttp` (extra `aiohttp`), which is faster with many requests in flight. But
            respx doesn't see it, and it doesn't support SOCKS proxies.
        **options: See `ClientOptions`.

    Attributes:
        messages: Send messages, read them and follow them.
        files: Upload media for an MMS; list, download, change and delete files.
        containers: Find, create and change the containers that hold files.
        detail_records: Read and export the records that CarrierX keeps of messages and bills by.
        dids: Your own numbers: read, change, rent and release them, and enable messaging on them.
        external_dids: Numbers of other providers that CarrierX carries messages for.
        did_groups: Groups of numbers that share a callback URL.
        short_codes: Your short codes: read and change them.
        rates: The price of your SMS, by country and network.
        ratings: The price of one message to one number.
        lookup: Look up any phone number.
        verification: Text a code to a person, to verify their phone number.
        partners: Accounts: their balance, and the URL that their messages are posted to.
        access_control: The access control lists that apply to your messages.
        tokens: OAuth tokens: generate, read and revoke them.

    Raises:
        ConfigurationError: The configuration can't work. The message says why and contains no secret.

    Example:
        >>> from carrierx import AsyncCarrierXClient
        >>> AsyncCarrierXClient("0d7a8c3e", base_url="http://127.0.0.1:8025/core/v2")
        AsyncCarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
    """

    messages: AsyncMessages = _resource("AsyncMessages")
    files: AsyncFiles = _resource("AsyncFiles")
    containers: AsyncContainers = _resource("AsyncContainers")
    detail_records: AsyncDetailRecords = _resource("AsyncDetailRecords")
    dids: AsyncDids = _resource("AsyncDids")
    external_dids: AsyncExternalDids = _resource("AsyncExternalDids")
    did_groups: AsyncDidGroups = _resource("AsyncDidGroups")
    short_codes: AsyncShortCodes = _resource("AsyncShortCodes")
    rates: AsyncRates = _resource("AsyncRates")
    ratings: AsyncRatings = _resource("AsyncRatings")
    lookup: AsyncLookup = _resource("AsyncLookup")
    verification: AsyncVerification = _resource("AsyncVerification")
    partners: AsyncPartners = _resource("AsyncPartners")
    access_control: AsyncAccessControl = _resource("AsyncAccessControl")
    tokens: AsyncTokens = _resource("AsyncTokens")

    @_shows_options
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
        from carrierx.resources._async import AsyncContext
        from carrierx.transport.async_transport import AsyncTransport

        try:
            credentials = Credentials(token, options.pop("basic_auth", None))
        finally:
            del token  # error trackers record the local variables of each frame that an exception passes
        if async_backend not in ("httpx", "aiohttp"):
            raise ConfigurationError('async_backend must be "httpx" or "aiohttp".')
        config, settings = configured(options)
        transport = AsyncTransport(config, credentials, http_client, async_backend)
        media_checker = AsyncMediaChecker(allow_private=options.get("allow_private_media", False))
        events = EventHub(options.get("on_event"), options.get("telemetry"))
        self._set_context(AsyncContext(config, events, transport, settings, media_checker))
        self._owns_transport = True

    def _set_context(self, context: AsyncContext) -> None:
        self._context = context
        self._resources: dict[str, object] = {}

    @clears_locals
    async def execute(self, call: Call[T], **options: Unpack[CallOptions]) -> Response[T]:
        """Execute any operation, including one that has no method here.

        Args:
            call: The operation as data.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The parsed response, with its status, headers, body and attempts.

        Raises:
            InvalidArgumentError: An option is unknown or out of range.
            ConfigurationError: The client can't send, in this process or at all.
            UnconfirmedSendError: A call that isn't repeatable might have had an effect.
            APIError: CarrierX refused the request.
            TransportError: The request provably didn't reach CarrierX, or a repeatable call got no response.
            ResponseError: The response to a repeatable call can't be read.

        Scopes: those of the operation. If you name them in the call, the error for a 403 names them, too.

        Example:
            >>> from carrierx import Call, Message
            >>> response = await client.execute(Call("GET", f"/sms/messages/{message.message_sid}", Message))
            >>> response.status_code, response.parsed.message_sid == message.message_sid
            (200, True)
        """
        _check_call(call)
        return await self._context.execute(call, options)

    @clears_locals
    def with_options(self, **options: Unpack[ChangeableOptions]) -> Self:
        """Create a copy with other options, which shares the connections. Closing the copy leaves them open.

        Args:
            **options: See `ChangeableOptions`.

        Raises:
            ConfigurationError: An option is unknown or its value is invalid.

        Example:
            >>> client.with_options(timeout=5, max_retries=0)
            AsyncCarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
        """
        context = self._context
        config, settings = changed(context.config, context.message_settings, options)
        events = _changed_events(context.events, options)
        copy = object.__new__(type(self))
        copy._set_context(context._replace(config=config, events=events, message_settings=settings))
        copy._owns_transport = False
        return copy

    @property
    def with_raw_response(self) -> AsyncRawResponses:
        """The same resources, with methods that return a `Response`: `parsed`, status, headers, body and attempts.

        The methods that return one object or one page have it. A method that makes several calls returns the response
        to the last one.

        Returns:
            The resources. Arguments and errors of their methods are the same.

        Example:
            >>> response = await client.with_raw_response.messages.get(message.message_sid)
            >>> response.status_code, response.headers["content-type"], len(response.attempts)
            (200, 'application/json', 1)
        """
        from carrierx.resources._async.raw_responses import AsyncRawResponses

        return AsyncRawResponses(self._context)

    @property
    def uses_own_session(self) -> bool:
        """True if the client makes its own connections, and doesn't use an `http_client` of yours."""
        return self._context.transport.uses_own_session

    @property
    def message_limits(self) -> MessageLimits:
        """The limits that messages are checked against."""
        return self._context.message_settings.limits

    async def close(self) -> None:
        """Close the connections of the running loop. Your own `http_client` stays open."""
        if self._owns_transport:
            await self._context.transport.close()
            await self._context.media_checker.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    if not TYPE_CHECKING:  # type checkers would accept any name

        def __getattr__(self, name: str) -> object:
            if hasattr(type(self), name):  # a property of a subclass raised an AttributeError
                return object.__getattribute__(self, name)
            raise AttributeError(_no_attribute(type(self).__name__, name), name=name, obj=self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._context.config.base_url!r})"

    def __reduce__(self) -> str:
        raise TypeError(_NO_PICKLE)


_OTHER_NAMES = {
    **dict.fromkeys(("send", "send_message", "send_sms", "send_mms", "sms", "mms", "message"), "messages.send(...)"),
    **dict.fromkeys(("get_message", "list_messages"), "messages.get(...) or messages.list(...)"),
    **dict.fromkeys(("numbers", "phone_numbers", "phonenumbers"), "dids"),
    **dict.fromkeys(("records", "message_drs", "drs"), "detail_records"),
    **dict.fromkeys(("media", "storage", "upload"), "files"),
    **dict.fromkeys(("account", "accounts", "balance"), "partners"),
}
"""Names that newcomers try, with the name in this client."""


def _no_attribute(class_name: str, name: str) -> str:
    hint = f" Use client.{_OTHER_NAMES[name]}." if name in _OTHER_NAMES else ""
    return f"{class_name!r} object has no attribute {name!r}.{hint}"


def _changed_events(present: EventHub, options: ChangeableOptions) -> EventHub:
    if "on_event" not in options and "telemetry" not in options:
        return present
    return EventHub(options.get("on_event", present.handler), options.get("telemetry", present.telemetry))


def _check_call(call: object) -> None:
    from carrierx.transport.call import Call

    if not isinstance(call, Call):
        raise InvalidArgumentError(
            f"execute needs a Call, not {type(call).__name__}: Call(method, path, response type, query=..., body=...)."
        )
