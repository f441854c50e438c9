"""What `client.` offers: every resource, with the file that it lives in.

Each loads when it is first touched. A new client touches its messages, so that the first send imports nothing. The
clients inherit them: spelt out in the clients themselves, they would hide what a client is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from carrierx.resources.context import AsyncContext, SyncContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrierx.resources.containers import Containers
    from carrierx.resources.containers_async import AsyncContainers
    from carrierx.resources.detail_records import DetailRecords
    from carrierx.resources.detail_records_async import AsyncDetailRecords
    from carrierx.resources.dids import Dids
    from carrierx.resources.dids_async import AsyncDids
    from carrierx.resources.external_dids import ExternalDids
    from carrierx.resources.external_dids_async import AsyncExternalDids
    from carrierx.resources.files import Files
    from carrierx.resources.files_async import AsyncFiles
    from carrierx.resources.lookup import Lookup
    from carrierx.resources.lookup_async import AsyncLookup
    from carrierx.resources.messages import Messages
    from carrierx.resources.messages_async import AsyncMessages
    from carrierx.resources.partners import Partners
    from carrierx.resources.partners_async import AsyncPartners
    from carrierx.resources.rates import Rates
    from carrierx.resources.rates_async import AsyncRates
    from carrierx.resources.ratings import Ratings
    from carrierx.resources.ratings_async import AsyncRatings
    from carrierx.resources.verification import Verification
    from carrierx.resources.verification_async import AsyncVerification

__all__ = ["AsyncResources", "SyncResources"]

C = TypeVar("C")
R = TypeVar("R")


class _Resources(Generic[C]):
    """Makes each resource once, when it is first asked for."""

    _context: C
    _made: dict[object, Any]

    def _once(self, resource: Callable[[C], R]) -> R:
        if resource not in self._made:
            # Atomic: threads that ask for it first together all get the same one.
            self._made.setdefault(resource, resource(self._context))
        made: R = self._made[resource]
        return made


class SyncResources(_Resources[SyncContext]):
    """What a sync client offers."""

    @property
    def messages(self) -> Messages:
        """Send, read and follow messages."""
        from carrierx.resources.messages import Messages

        return self._once(Messages)

    @property
    def files(self) -> Files:
        """Upload media for an MMS, read, change and delete them."""
        from carrierx.resources.files import Files

        return self._once(Files)

    @property
    def containers(self) -> Containers:
        """Find, make and change the containers that files lie in."""
        from carrierx.resources.containers import Containers

        return self._once(Containers)

    @property
    def detail_records(self) -> DetailRecords:
        """Read and export the records that CarrierX keeps of messages, and bills by."""
        from carrierx.resources.detail_records import DetailRecords

        return self._once(DetailRecords)

    @property
    def dids(self) -> Dids:
        """Your own numbers: read, change and rent them, enable messaging on them."""
        from carrierx.resources.dids import Dids

        return self._once(Dids)

    @property
    def external_dids(self) -> ExternalDids:
        """Numbers of other providers that CarrierX carries messages for."""
        from carrierx.resources.external_dids import ExternalDids

        return self._once(ExternalDids)

    @property
    def rates(self) -> Rates:
        """What your SMS cost, by country and network."""
        from carrierx.resources.rates import Rates

        return self._once(Rates)

    @property
    def ratings(self) -> Ratings:
        """What one message to one number costs."""
        from carrierx.resources.ratings import Ratings

        return self._once(Ratings)

    @property
    def lookup(self) -> Lookup:
        """What CarrierX knows about any phone number."""
        from carrierx.resources.lookup import Lookup

        return self._once(Lookup)

    @property
    def verification(self) -> Verification:
        """Text a code to a person, so that they can prove to have the phone."""
        from carrierx.resources.verification import Verification

        return self._once(Verification)

    @property
    def partners(self) -> Partners:
        """Accounts: what is left to spend, and where messages are posted."""
        from carrierx.resources.partners import Partners

        return self._once(Partners)


class AsyncResources(_Resources[AsyncContext]):
    """What an async client offers."""

    @property
    def messages(self) -> AsyncMessages:
        """Send, read and follow messages."""
        from carrierx.resources.messages_async import AsyncMessages

        return self._once(AsyncMessages)

    @property
    def files(self) -> AsyncFiles:
        """Upload media for an MMS, read, change and delete them."""
        from carrierx.resources.files_async import AsyncFiles

        return self._once(AsyncFiles)

    @property
    def containers(self) -> AsyncContainers:
        """Find, make and change the containers that files lie in."""
        from carrierx.resources.containers_async import AsyncContainers

        return self._once(AsyncContainers)

    @property
    def detail_records(self) -> AsyncDetailRecords:
        """Read and export the records that CarrierX keeps of messages, and bills by."""
        from carrierx.resources.detail_records_async import AsyncDetailRecords

        return self._once(AsyncDetailRecords)

    @property
    def dids(self) -> AsyncDids:
        """Your own numbers: read, change and rent them, enable messaging on them."""
        from carrierx.resources.dids_async import AsyncDids

        return self._once(AsyncDids)

    @property
    def external_dids(self) -> AsyncExternalDids:
        """Numbers of other providers that CarrierX carries messages for."""
        from carrierx.resources.external_dids_async import AsyncExternalDids

        return self._once(AsyncExternalDids)

    @property
    def rates(self) -> AsyncRates:
        """What your SMS cost, by country and network."""
        from carrierx.resources.rates_async import AsyncRates

        return self._once(AsyncRates)

    @property
    def ratings(self) -> AsyncRatings:
        """What one message to one number costs."""
        from carrierx.resources.ratings_async import AsyncRatings

        return self._once(AsyncRatings)

    @property
    def lookup(self) -> AsyncLookup:
        """What CarrierX knows about any phone number."""
        from carrierx.resources.lookup_async import AsyncLookup

        return self._once(AsyncLookup)

    @property
    def verification(self) -> AsyncVerification:
        """Text a code to a person, so that they can prove to have the phone."""
        from carrierx.resources.verification_async import AsyncVerification

        return self._once(AsyncVerification)

    @property
    def partners(self) -> AsyncPartners:
        """Accounts: what is left to spend, and where messages are posted."""
        from carrierx.resources.partners_async import AsyncPartners

        return self._once(AsyncPartners)
