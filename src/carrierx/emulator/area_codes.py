"""Countries of the North American Numbering Plan (+1), as far as messaging depends on them."""

from __future__ import annotations

from typing import Final

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


def is_american(number: str) -> bool:
    """Return whether a number in E.164 digits belongs to the United States, or at least to no other known country."""
    return number.startswith("1") and number[1:4] not in FOREIGN_AREA_CODES
