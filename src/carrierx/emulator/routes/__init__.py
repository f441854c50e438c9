"""The operations of the emulator, in one module for each kind of resource."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.routing import Route
from carrierx.emulator.openapi.document import description_route
from carrierx.emulator.routes import (
    access_control,
    available_dids,
    containers,
    did_groups,
    did_messaging,
    dids,
    external_dids,
    file_data,
    files,
    lookup,
    message_drs,
    messages,
    oauth,
    partners,
    rates,
    rating,
    short_codes,
    verification,
)

_OPERATIONS: Final[tuple[Route, ...]] = (
    *messages.ROUTES,
    *message_drs.ROUTES,
    *rates.ROUTES,
    *rating.ROUTES,
    *verification.ROUTES,
    *lookup.ROUTES,
    *dids.ROUTES,
    *available_dids.ROUTES,
    *external_dids.ROUTES,
    *did_messaging.ROUTES,
    *did_groups.ROUTES,
    *short_codes.ROUTES,
    *files.ROUTES,
    *file_data.ROUTES,
    *containers.ROUTES,
    *partners.ROUTES,
    *access_control.ROUTES,
    *oauth.ROUTES,
)

ROUTES: Final[tuple[Route, ...]] = (*_OPERATIONS, description_route(_OPERATIONS))
"""All operations of the emulator."""
