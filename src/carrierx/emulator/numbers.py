"""Phone numbers: validation, country and formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from carrierx.emulator.area_codes import CANADIAN_AREA_CODES, FOREIGN_AREA_CODES

_NUMBER: Final = re.compile(r"[1-9][0-9]{6,14}")
_NORTH_AMERICAN: Final = re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}")
_SHORT_CODE: Final = re.compile(r"[0-9]{3,6}")

_COUNTRY_CODES: Final[Mapping[str, str]] = {
    "33": "FRA",
    "420": "CZE",
    "44": "GBR",
    "46": "SWE",
    "49": "DEU",
    "52": "MEX",
}
_STATES: Final[Mapping[str, str]] = {
    "205": "AL",
    "207": "ME",
    "212": "NY",
    "312": "IL",
    "435": "UT",
    "516": "NY",
    "562": "CA",
    "720": "CO",
    "757": "VA",
}


@dataclass(frozen=True)
class NumberPlace:
    """The country and the formats of a number, as far as the emulator's small tables go.

    Attributes:
        country_code: The country, ISO 3166-1 alpha-3.
        state: The US state.
        in_country_format: The number in the format of its country.
        international_format: The number in the international format.
    """

    country_code: str | None
    state: str | None
    in_country_format: str
    international_format: str


def is_number(text: str) -> bool:
    """Return whether a string is a phone number in E.164 digits: 7 to 15, no leading 0, eleven after a leading 1."""
    if text.startswith("1"):
        return _NORTH_AMERICAN.fullmatch(text) is not None
    return _NUMBER.fullmatch(text) is not None


def is_short_code(text: str) -> bool:
    """Return whether a string is a short code: 3 to 6 digits."""
    return _SHORT_CODE.fullmatch(text) is not None


def place_of(number: str) -> NumberPlace:
    """Return the country and the formats of a valid number."""
    if number.startswith("1"):
        area, local = number[1:4], f"{number[4:7]}-{number[7:]}"
        country = "USA" if area not in FOREIGN_AREA_CODES else "CAN" if area in CANADIAN_AREA_CODES else None
        return NumberPlace(country, _STATES.get(area), f"({area}) {local}", f"+1 {area}-{local}")
    for prefix, country in _COUNTRY_CODES.items():
        if number.startswith(prefix):
            rest = number.removeprefix(prefix)
            return NumberPlace(country, None, rest, f"+{prefix} {rest}")
    return NumberPlace(None, None, number, f"+{number}")
