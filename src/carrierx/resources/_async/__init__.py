"""The async resources: one module for each. Write here; the sync ones are generated."""

from carrierx.resources._async.access_control import AsyncAccessControl
from carrierx.resources._async.base import AsyncContext
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

__all__ = [
    "AsyncAccessControl",
    "AsyncContainers",
    "AsyncContext",
    "AsyncDetailRecords",
    "AsyncDidGroups",
    "AsyncDids",
    "AsyncExternalDids",
    "AsyncFiles",
    "AsyncLookup",
    "AsyncMessages",
    "AsyncPartners",
    "AsyncRates",
    "AsyncRatings",
    "AsyncShortCodes",
    "AsyncTokens",
    "AsyncVerification",
]
