"""What `client.` offers: every resource, with the file that it lives in, each loaded when it is first touched.

The clients inherit them: spelt out in the clients themselves, they would hide what a client is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrierx.resources.containers import Containers
    from carrierx.resources.containers_async import AsyncContainers
    from carrierx.resources.context import AsyncContext, SyncContext
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


class SyncResources:
    """What a sync client offers."""

    _context: SyncContext

    @property
    def messages(self) -> Messages:
        """Send, read and follow messages."""
        from carrierx.resources.messages import Messages

        return Messages(self._context)

    @property
    def files(self) -> Files:
        """Upload media for an MMS, read, change and delete them."""
        from carrierx.resources.files import Files

        return Files(self._context)

    @property
    def containers(self) -> Containers:
        """Find, make and change the containers that files lie in."""
        from carrierx.resources.containers import Containers

        return Containers(self._context)

    @property
    def detail_records(self) -> DetailRecords:
        """Read and export the records that CarrierX keeps of messages, and bills by."""
        from carrierx.resources.detail_records import DetailRecords

        return DetailRecords(self._context)

    @property
    def dids(self) -> Dids:
        """Your own numbers: read, change and rent them, enable messaging on them."""
        from carrierx.resources.dids import Dids

        return Dids(self._context)

    @property
    def external_dids(self) -> ExternalDids:
        """Numbers of other providers that CarrierX carries messages for."""
        from carrierx.resources.external_dids import ExternalDids

        return ExternalDids(self._context)

    @property
    def rates(self) -> Rates:
        """What your SMS cost, by country and network."""
        from carrierx.resources.rates import Rates

        return Rates(self._context)

    @property
    def ratings(self) -> Ratings:
        """What one message to one number costs."""
        from carrierx.resources.ratings import Ratings

        return Ratings(self._context)

    @property
    def lookup(self) -> Lookup:
        """What CarrierX knows about any phone number."""
        from carrierx.resources.lookup import Lookup

        return Lookup(self._context)

    @property
    def verification(self) -> Verification:
        """Text a code to a person, so that they can prove to have the phone."""
        from carrierx.resources.verification import Verification

        return Verification(self._context)

    @property
    def partners(self) -> Partners:
        """Accounts: what is left to spend, and where messages are posted."""
        from carrierx.resources.partners import Partners

        return Partners(self._context)


class AsyncResources:
    """What an async client offers."""

    _context: AsyncContext

    @property
    def messages(self) -> AsyncMessages:
        """Send, read and follow messages."""
        from carrierx.resources.messages_async import AsyncMessages

        return AsyncMessages(self._context)

    @property
    def files(self) -> AsyncFiles:
        """Upload media for an MMS, read, change and delete them."""
        from carrierx.resources.files_async import AsyncFiles

        return AsyncFiles(self._context)

    @property
    def containers(self) -> AsyncContainers:
        """Find, make and change the containers that files lie in."""
        from carrierx.resources.containers_async import AsyncContainers

        return AsyncContainers(self._context)

    @property
    def detail_records(self) -> AsyncDetailRecords:
        """Read and export the records that CarrierX keeps of messages, and bills by."""
        from carrierx.resources.detail_records_async import AsyncDetailRecords

        return AsyncDetailRecords(self._context)

    @property
    def dids(self) -> AsyncDids:
        """Your own numbers: read, change and rent them, enable messaging on them."""
        from carrierx.resources.dids_async import AsyncDids

        return AsyncDids(self._context)

    @property
    def external_dids(self) -> AsyncExternalDids:
        """Numbers of other providers that CarrierX carries messages for."""
        from carrierx.resources.external_dids_async import AsyncExternalDids

        return AsyncExternalDids(self._context)

    @property
    def rates(self) -> AsyncRates:
        """What your SMS cost, by country and network."""
        from carrierx.resources.rates_async import AsyncRates

        return AsyncRates(self._context)

    @property
    def ratings(self) -> AsyncRatings:
        """What one message to one number costs."""
        from carrierx.resources.ratings_async import AsyncRatings

        return AsyncRatings(self._context)

    @property
    def lookup(self) -> AsyncLookup:
        """What CarrierX knows about any phone number."""
        from carrierx.resources.lookup_async import AsyncLookup

        return AsyncLookup(self._context)

    @property
    def verification(self) -> AsyncVerification:
        """Text a code to a person, so that they can prove to have the phone."""
        from carrierx.resources.verification_async import AsyncVerification

        return AsyncVerification(self._context)

    @property
    def partners(self) -> AsyncPartners:
        """Accounts: what is left to spend, and where messages are posted."""
        from carrierx.resources.partners_async import AsyncPartners

        return AsyncPartners(self._context)
