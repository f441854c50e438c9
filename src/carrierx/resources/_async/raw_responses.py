"""The resources once more, with methods that return the complete response: `client.with_raw_response`."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar, cast

from carrierx.resources._async.access_control import AsyncAccessControl
from carrierx.resources._async.base import AsyncResource
from carrierx.resources._async.containers import AsyncContainers
from carrierx.resources._async.detail_records import AsyncDetailRecords
from carrierx.resources._async.did_groups import AsyncDidGroups
from carrierx.resources._async.dids import AsyncDids
from carrierx.resources._async.external_dids import AsyncExternalDids
from carrierx.resources._async.files import AsyncFiles
from carrierx.resources._async.lookup import AsyncLookup
from carrierx.resources._async.messages import AsyncMessages
from carrierx.resources._async.partners import AsyncPartners
from carrierx.resources._async.rates import AsyncRates, AsyncRatings
from carrierx.resources._async.short_codes import AsyncShortCodes
from carrierx.resources._async.tokens import AsyncTokens
from carrierx.resources._async.verification import AsyncVerification
from carrierx.resources.base import LastResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from carrierx.resources._async.base import AsyncContext
    from carrierx.transport.call import Response

__all__ = ["AsyncRawResource", "AsyncRawResponses"]

P = ParamSpec("P")
S = TypeVar("S", bound=AsyncResource)
T = TypeVar("T")


class AsyncRawResource(AsyncResource):
    """A resource whose methods return a `Response`, with what they otherwise return in `parsed`."""

    _resource_class: type[AsyncResource]

    def _resource_with(self, last: LastResponse) -> AsyncResource:
        return self._resource_class(self._context._replace(last_response=last))


def _raw(
    method: Callable[Concatenate[S, P], Awaitable[T]],
) -> Callable[Concatenate[AsyncRawResource, P], Awaitable[Response[T]]]:
    """Return a method that calls the resource's own one, and returns the last response that arrived in it."""

    @wraps(method)
    async def call(self: AsyncRawResource, /, *args: P.args, **kwargs: P.kwargs) -> Response[T]:
        last = LastResponse()
        resource = cast("S", self._resource_with(last))  # pyright: ignore[reportPrivateUsage]
        return last.with_result(await method(resource, *args, **kwargs))

    signature = inspect.signature(method)
    returned = f"Response[{signature.return_annotation}]"
    # A function has no such attribute for mypy; `inspect` reads it.
    call.__signature__ = signature.replace(return_annotation=returned)  # type: ignore[attr-defined]
    return call


class AsyncRawMessages(AsyncRawResource):
    """`client.with_raw_response.messages`."""

    _resource_class = AsyncMessages

    send: Final = _raw(AsyncMessages.send)
    get: Final = _raw(AsyncMessages.get)
    list: Final = _raw(AsyncMessages.list)
    wait: Final = _raw(AsyncMessages.wait)


class AsyncRawFiles(AsyncRawResource):
    """`client.with_raw_response.files`."""

    _resource_class = AsyncFiles

    upload: Final = _raw(AsyncFiles.upload)
    get: Final = _raw(AsyncFiles.get)
    list: Final = _raw(AsyncFiles.list)
    download: Final = _raw(AsyncFiles.download)
    update: Final = _raw(AsyncFiles.update)
    delete: Final = _raw(AsyncFiles.delete)


class AsyncRawContainers(AsyncRawResource):
    """`client.with_raw_response.containers`."""

    _resource_class = AsyncContainers

    get: Final = _raw(AsyncContainers.get)
    list: Final = _raw(AsyncContainers.list)
    create: Final = _raw(AsyncContainers.create)
    update: Final = _raw(AsyncContainers.update)


class AsyncRawDetailRecords(AsyncRawResource):
    """`client.with_raw_response.detail_records`."""

    _resource_class = AsyncDetailRecords

    get: Final = _raw(AsyncDetailRecords.get)
    list: Final = _raw(AsyncDetailRecords.list)


class AsyncRawDids(AsyncRawResource):
    """`client.with_raw_response.dids`."""

    _resource_class = AsyncDids

    get: Final = _raw(AsyncDids.get)
    list: Final = _raw(AsyncDids.list)
    available: Final = _raw(AsyncDids.available)
    get_available: Final = _raw(AsyncDids.get_available)
    rent: Final = _raw(AsyncDids.rent)
    release: Final = _raw(AsyncDids.release)
    update: Final = _raw(AsyncDids.update)
    get_messaging: Final = _raw(AsyncDids.get_messaging)
    enable_messaging: Final = _raw(AsyncDids.enable_messaging)
    disable_messaging: Final = _raw(AsyncDids.disable_messaging)
    wait_until_enabled: Final = _raw(AsyncDids.wait_until_enabled)


class AsyncRawExternalDids(AsyncRawResource):
    """`client.with_raw_response.external_dids`."""

    _resource_class = AsyncExternalDids

    get: Final = _raw(AsyncExternalDids.get)
    list: Final = _raw(AsyncExternalDids.list)
    register: Final = _raw(AsyncExternalDids.register)
    update: Final = _raw(AsyncExternalDids.update)
    delete: Final = _raw(AsyncExternalDids.delete)
    get_messaging: Final = _raw(AsyncExternalDids.get_messaging)
    enable_messaging: Final = _raw(AsyncExternalDids.enable_messaging)
    disable_messaging: Final = _raw(AsyncExternalDids.disable_messaging)
    wait_until_enabled: Final = _raw(AsyncExternalDids.wait_until_enabled)


class AsyncRawShortCodes(AsyncRawResource):
    """`client.with_raw_response.short_codes`."""

    _resource_class = AsyncShortCodes

    get: Final = _raw(AsyncShortCodes.get)
    list: Final = _raw(AsyncShortCodes.list)
    update: Final = _raw(AsyncShortCodes.update)


class AsyncRawDidGroups(AsyncRawResource):
    """`client.with_raw_response.did_groups`."""

    _resource_class = AsyncDidGroups

    get: Final = _raw(AsyncDidGroups.get)
    list: Final = _raw(AsyncDidGroups.list)
    create: Final = _raw(AsyncDidGroups.create)
    update: Final = _raw(AsyncDidGroups.update)


class AsyncRawTokens(AsyncRawResource):
    """`client.with_raw_response.tokens`."""

    _resource_class = AsyncTokens

    generate: Final = _raw(AsyncTokens.generate)
    generate_for_partner: Final = _raw(AsyncTokens.generate_for_partner)
    get: Final = _raw(AsyncTokens.get)
    list: Final = _raw(AsyncTokens.list)
    revoke: Final = _raw(AsyncTokens.revoke)
    revoke_own: Final = _raw(AsyncTokens.revoke_own)


class AsyncRawAccessControl(AsyncRawResource):
    """`client.with_raw_response.access_control`."""

    _resource_class = AsyncAccessControl

    effective_sms_acls: Final = _raw(AsyncAccessControl.effective_sms_acls)


class AsyncRawRates(AsyncRawResource):
    """`client.with_raw_response.rates`."""

    _resource_class = AsyncRates

    outbound: Final = _raw(AsyncRates.outbound)


class AsyncRawRatings(AsyncRawResource):
    """`client.with_raw_response.ratings`."""

    _resource_class = AsyncRatings

    sms: Final = _raw(AsyncRatings.sms)
    mms: Final = _raw(AsyncRatings.mms)


class AsyncRawLookup(AsyncRawResource):
    """`client.with_raw_response.lookup`."""

    _resource_class = AsyncLookup

    get: Final = _raw(AsyncLookup.get)


class AsyncRawVerification(AsyncRawResource):
    """`client.with_raw_response.verification`."""

    _resource_class = AsyncVerification

    send_code: Final = _raw(AsyncVerification.send_code)


class AsyncRawPartners(AsyncRawResource):
    """`client.with_raw_response.partners`."""

    _resource_class = AsyncPartners

    get: Final = _raw(AsyncPartners.get)
    list: Final = _raw(AsyncPartners.list)
    sms_callback: Final = _raw(AsyncPartners.sms_callback)
    set_sms_callback: Final = _raw(AsyncPartners.set_sms_callback)


class AsyncRawResponses:
    """The resources of a client, with methods that return the complete response.

    Attributes:
        messages: As `client.messages`.
        files: As `client.files`.
        containers: As `client.containers`.
        detail_records: As `client.detail_records`.
        dids: As `client.dids`.
        external_dids: As `client.external_dids`.
        short_codes: As `client.short_codes`.
        did_groups: As `client.did_groups`.
        tokens: As `client.tokens`.
        access_control: As `client.access_control`.
        rates: As `client.rates`.
        ratings: As `client.ratings`.
        lookup: As `client.lookup`.
        verification: As `client.verification`.
        partners: As `client.partners`.
    """

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(sorted(vars(self)))}>"

    def __init__(self, context: AsyncContext) -> None:
        self.messages: AsyncRawMessages = AsyncRawMessages(context)
        self.files: AsyncRawFiles = AsyncRawFiles(context)
        self.containers: AsyncRawContainers = AsyncRawContainers(context)
        self.detail_records: AsyncRawDetailRecords = AsyncRawDetailRecords(context)
        self.dids: AsyncRawDids = AsyncRawDids(context)
        self.external_dids: AsyncRawExternalDids = AsyncRawExternalDids(context)
        self.short_codes: AsyncRawShortCodes = AsyncRawShortCodes(context)
        self.did_groups: AsyncRawDidGroups = AsyncRawDidGroups(context)
        self.tokens: AsyncRawTokens = AsyncRawTokens(context)
        self.access_control: AsyncRawAccessControl = AsyncRawAccessControl(context)
        self.rates: AsyncRawRates = AsyncRawRates(context)
        self.ratings: AsyncRawRatings = AsyncRawRatings(context)
        self.lookup: AsyncRawLookup = AsyncRawLookup(context)
        self.verification: AsyncRawVerification = AsyncRawVerification(context)
        self.partners: AsyncRawPartners = AsyncRawPartners(context)
