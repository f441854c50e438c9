"""Texts of many kinds, the same in every run, with lengths near the limits of segments."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TypeVar

from carrierx.gsm_alphabet import GSM_BASIC, GSM_EXTENSION

Item = TypeVar("Item")

NUMBER_OF_TEXTS = 20_000
SEED = 20_040

ASCII = "etaoin shrdlu ETAOIN 0123456789 .,;:!?-+*/()'\"#%&=<>@$_"
EMOJI = "😀🚀🎉🍕👍💡🐍𝒳𐍈"
NOT_GSM = "çáíóúâêôãõşğčžżłđ’‘“”–—…•°™\u00a0\t`ΑαЖжшאبあ漢字한글\u200b\u2028\ufeff"
LONE_SURROGATES = "\ud83d\udc00\ude00\udbff"
GRAPHEMES = (
    "🇺🇸",
    "👨\u200d👩\u200d👧\u200d👦",
    "👍🏽",
    "e\u0301",
    "n\u0303",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "नि",
    "각",
    "a" + "\u0300\u0301" * 3,
)
KINDS: tuple[tuple[str, ...], ...] = (
    tuple(ASCII),
    tuple(GSM_BASIC),
    tuple(GSM_EXTENSION),
    (*GSM_BASIC, *GSM_EXTENSION * 2),
    (*ASCII, *"€€[]{}~^\\|\f"),
    ("\r\n", "\n", "\r", *"abcde"),
    (*ASCII, *NOT_GSM),
    tuple(NOT_GSM),
    tuple(EMOJI),
    (*ASCII, *EMOJI),
    (*NOT_GSM, *EMOJI),
    (*ASCII[:20], *EMOJI, *LONE_SURROGATES),
    (*"abc ", *GRAPHEMES),
    (*ASCII, *EMOJI, *GRAPHEMES),
)
"""Sets of characters that the texts are made from."""
EDGES = (1, 35, 66, 67, 69, 70, 71, 80, 132, 133, 134, 135, 152, 153, 154, 159, 160, 161, 200, 201, 305, 306, 307, 459)
"""Lengths in units at which the number of segments changes."""


def generated_texts() -> Iterator[str]:
    """Yield 20,000 texts."""
    # Only `random()` of `Random` returns the same numbers in every version of Python.
    random = Random(SEED).random
    for index in range(NUMBER_OF_TEXTS):
        kind = KINDS[index % len(KINDS)]
        fill = pick(random(), kind if random() < 0.5 else KINDS[0] if random() < 0.5 else tuple(NOT_GSM))
        length = max(0, pick(random(), EDGES) + int(random() * 5) - 2)
        # Mostly one repeated character, with characters of the set at random places and near the limits.
        pieces = [fill] * length
        for _ in range(int(random() * 12)):
            if pieces:
                pieces[int(random() * len(pieces))] = pick(random(), kind)
        for edge in (66, 67, 70, 133, 134, 152, 153, 160, 305, 306):
            if edge < len(pieces) and random() < 0.3:
                pieces[edge - int(random() * 3)] = pick(random(), kind)
        yield "".join(pieces) if random() < 0.8 else "".join(pick(random(), kind) for _ in pieces)


def pick(random: float, items: tuple[Item, ...]) -> Item:
    """Choose one of several items by a number from 0 to 1."""
    return items[int(random * len(items))]
