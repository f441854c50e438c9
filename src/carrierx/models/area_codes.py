"""Area codes of +1 numbers outside the US.

Some twenty countries share +1. The table lists the geographic area codes of all of them except the US. Any other code
passes: the US, its territories (340, 670, 671, 684, 787, 939), codes without a place (toll-free, personal numbers,
Canada's 600 and 622), and codes newer than this table.

Source: the numbering plan of NANPA, as in Google's libphonenumber; the tests compare the two.
"""

from __future__ import annotations

__all__ = ["AREA_CODES_OUTSIDE_US", "is_outside_us"]

_CANADA = """
    204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 514 519
    548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 942
"""
# Bahamas, Barbados, Anguilla, Antigua and Barbuda, British Virgin Islands, Cayman Islands, Bermuda, Grenada, Turks and
# Caicos, Jamaica, Montserrat, Sint Maarten, Saint Lucia, Dominica, Saint Vincent, Dominican Republic, Trinidad and
# Tobago, Saint Kitts and Nevis.
_CARIBBEAN_AND_ATLANTIC = """
    242 246 264 268 284 345 441 473 649 658 876 664 721 758 767 784 809 829 849 868 869
"""

AREA_CODES_OUTSIDE_US: frozenset[str] = frozenset((_CANADA + _CARIBBEAN_AND_ATLANTIC).split())
"""The +1 area codes known to belong to another country than the US."""


def is_outside_us(number: str) -> bool:
    """Tell whether a number is known to be outside the US.

    Args:
        number: A normalised number: digits with the country code, no `+`.

    Returns:
        True for another country code than 1, and for an area code in the table.

    Example:
        >>> is_outside_us("442079460958"), is_outside_us("17875551234")
        (True, False)
    """
    return not number.startswith("1") or number[1:4] in AREA_CODES_OUTSIDE_US
