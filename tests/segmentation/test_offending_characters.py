"""Characters that force UCS-2, and their replacements."""

from __future__ import annotations

import pytest

from carrierx.segmentation import Encoding, gsm_normalise, segments
from tests.support.rows import check_rows


def test_the_offenders_are_listed_with_their_places() -> None:
    found = segments("It’s 5 o’clock – or 6…")

    assert [(each.character, each.positions, each.replacement) for each in found.offending] == [
        ("’", (2, 8), "'"),
        ("–", (15,), "-"),
        ("…", (21,), "..."),
    ]


@pytest.mark.parametrize("text", ["", "Hello", "Café €5 [ok]", "ΔΦ\f\r\n"])
def test_a_gsm_text_has_none(text: str) -> None:
    assert segments(text).offending == ()
    assert gsm_normalise(text) is text


REPLACEMENTS = [
    ("‘", "'"),
    ("’", "'"),
    ("‚", "'"),
    ("“", '"'),
    ("”", '"'),
    ("„", '"'),
    ("«", '"'),
    ("`", "'"),
    ("´", "'"),
    ("′", "'"),
    ("–", "-"),
    ("—", "-"),
    ("\u2011", "-"),
    ("−", "-"),
    ("•", "-"),
    ("…", "..."),
    ("\u00a0", " "),
    ("\u202f", " "),
    ("\u2009", " "),
    ("\u3000", " "),
    ("\t", " "),
    ("\u2028", "\n"),
    ("\u00ad", ""),
    ("\u200b", ""),
    ("\ufeff", ""),
    ("！", "!"),
    ("Ａ", "A"),
    ("５", "5"),
    ("～", "~"),
    ("￥", "¥"),
    ("ﬁ", "fi"),
    ("№", "No"),
    ("𝐇", "H"),
    ("½", "1/2"),
    ("×", "x"),
    ("™", "(TM)"),
    ("\u2126", "Ω"),  # the ohm sign is the Greek letter
    ("\u212b", "Å"),  # the angstrom sign is the letter, too
    ("e\u0301", "é"),
    ("n\u0303", "ñ"),
    ("A\u030a", "Å"),
]
IRREPLACEABLE = "çáíóúâêôãőşžłđ°²😀жαΑあ中한\u200d\u200c\ufe0f\u0301\x1b\x00\ud83d\ue000①"


def test_what_means_the_same_is_a_replacement() -> None:
    def check(row: tuple[str, str]) -> None:
        character, replacement = row
        (offender,) = segments(f"ab{character}").offending
        assert (offender.character, offender.positions, offender.replacement) == (character, (2,), replacement)
        assert gsm_normalise(f"ab{character}") == f"ab{replacement}"
        assert segments(replacement).encoding is Encoding.GSM_7

    check_rows(REPLACEMENTS, check)


def test_what_would_change_the_text_is_not() -> None:
    def check(character: str) -> None:
        (offender,) = segments(character).offending
        assert (offender.character, offender.replacement) == (character, None)
        assert gsm_normalise(character) == character

    check_rows(IRREPLACEABLE, check)


@pytest.mark.parametrize(
    ("text", "offenders"),
    [
        ("c\u0327", [("\u0327", (1,))]),  # together they are ç, which is not in the alphabet
        ("e\u0323\u0301", [("\u0323", (1,)), ("\u0301", (2,))]),
        ("ж\u0301", [("ж", (0,)), ("\u0301", (1,))]),
    ],
)
def test_an_accent_that_makes_no_gsm_letter_offends_by_itself(
    text: str, offenders: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert [(each.character, each.positions) for each in segments(text).offending] == offenders
    assert gsm_normalise(text) == text


def test_normalising_changes_nothing_else() -> None:
    assert gsm_normalise("‘Привет’ – 😀 ça va…") == "'Привет' - 😀 ça va..."


def test_normalising_can_save_segments() -> None:
    text = "We’ll see you at 5 – bring the tickets… " * 4

    assert segments(text).count == 3
    assert segments(gsm_normalise(text)).count == 2


def test_an_offender_names_itself_without_its_places() -> None:
    text = "It’s ’til\x00 e\u0301"

    assert [repr(offender) for offender in segments(text).offending] == [
        '<U+2019 RIGHT SINGLE QUOTATION MARK: 2 times, replacement "\'">',
        "<U+0000 (no name): once, replacement None>",
        "<U+0065 LATIN SMALL LETTER E, U+0301 COMBINING ACUTE ACCENT: once, replacement 'é'>",
    ]
