"""Phone numbers: validation, country and formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = re.compile(r"[1-9][0-9]{6,14}")
_NORTH_AMERICAN: Final = re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}")
_SHORT_CODE: Final = re.compile(r"[0-9]{3,6}")

_CANADA: Final = """
    204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 514 519
    548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 942
"""

_CARIBBEAN_AND_ATLANTIC: Final = """
    242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876
"""

CANADIAN_AREA_CODES: Final = frozenset(_CANADA.split())
"""Area codes of +1 that belong to Canada."""

FOREIGN_AREA_CODES: Final = frozenset(f"{_CANADA} {_CARIBBEAN_AND_ATLANTIC}".split())
"""Area codes of +1 that belong to countries other than the United States.

Source: the North American Numbering Plan. The US territories (340, 670, 671, 684, 787, 939) are American numbers.
Non-geographic codes (toll-free codes such as 800, and 600) and unassigned codes count as American as well.
"""

COUNTRY_CODES: Final[Mapping[str, str]] = {
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


def is_american(number: str) -> bool:
    """Return whether a number in E.164 digits belongs to the United States, or at least to no other known country."""
    return number.startswith("1") and number[1:4] not in FOREIGN_AREA_CODES


def is_short_code(text: str) -> bool:
    """Return whether a string is a short code: 3 to 6 digits."""
    return _SHORT_CODE.fullmatch(text) is not None


def place_of(number: str) -> NumberPlace:
    """Return the country and the formats of a valid number."""
    if number.startswith("1"):
        area, local = number[1:4], f"{number[4:7]}-{number[7:]}"
        country = "USA" if area not in FOREIGN_AREA_CODES else "CAN" if area in CANADIAN_AREA_CODES else None
        return NumberPlace(country, _STATES.get(area), f"({area}) {local}", f"+1 {area}-{local}")
    for prefix, country in COUNTRY_CODES.items():
        if number.startswith(prefix):
            rest = number.removeprefix(prefix)
            return NumberPlace(country, None, rest, f"+{prefix} {rest}")
    return NumberPlace(None, None, number, f"+{number}")
