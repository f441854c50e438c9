"""Query parameters for the pages of a list, newest first."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.control.arguments import MAX_SEQUENCE
from carrierx.emulator.http.errors import bad_request
from carrierx.emulator.http.query_parameters import Parameters

DEFAULT_LIMIT: Final = 50
"""The default number of items on a page."""

MAX_LIMIT: Final = 1000
"""The largest number of items on a page."""


def read_limit(parameters: Parameters) -> int:
    """Return the maximum number of items.

    Raises:
        RefusedRequestError: 400, when it isn't a whole number from 1 to `MAX_LIMIT`.
    """
    return parameters.whole_number("limit", DEFAULT_LIMIT, minimum=1, maximum=MAX_LIMIT)


def read_before(parameters: Parameters) -> int:
    """Return the number before which the page starts.

    Raises:
        RefusedRequestError: 400, when it isn't a whole number.
    """
    text = parameters.text("before")
    if text is None:
        return MAX_SEQUENCE
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_SEQUENCE))) or int(text) > MAX_SEQUENCE:
        raise bad_request("must be a sequence number, which every item has", "before")
    return int(text)
