"""Reading phone numbers as people write them, without guessing which number is meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ExactNumber",
    "NumberProblem",
    "is_north_american",
    "is_short_code",
    "looks_national",
    "normalise_number",
    "normalise_sender",
    "problem_of_form",
    "tidied",
]

MIN_NUMBER_DIGITS = 7
"""Digits of the shortest accepted number. Source: the shortest numbers in use; E.164 sets no minimum."""
MAX_NUMBER_DIGITS = 15
"""Digits of the longest accepted number. Source: E.164."""
NORTH_AMERICAN_DIGITS = 11
"""Digits of a number that starts with 1. Source: the North American Numbering Plan."""
MIN_SHORT_CODE_DIGITS = 3
MAX_SHORT_CODE_DIGITS = 6

_SEPARATORS = str.maketrans("", "", " -.()/")
_TYPOGRAPHY = {
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " "),
    **dict.fromkeys(range(0x2010, 0x2015), "-"),
    # Direction marks, which contact lists put around numbers.
    **dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], None),
}
_MIN_DIGITS_AFTER_SLASH = 5
_DECIMAL = re.compile(r"[^.]*\.[0-9]?")
_DATE = re.compile(r" *(?:[0-9]{4}([-./])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-./])[0-9]{1,2}\2[0-9]{4})(?=$|[ T,])")
_TRUNK_ZERO = re.compile(r"\( *0 *\)")
is_north_american: Callable[[str], object] = re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}").fullmatch
"""Match a complete North American number in the form that is sent. Most numbers are such."""
looks_national: Callable[[str], object] = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}").fullmatch
"""Match ten digits that can be a US number without its leading 1."""


class ExactNumber(str):
    """A number with its country code, checked by carrierx or written by CarrierX. It is equal to the plain string.

    Ten digits can be a US number without its leading 1. A number of this class can be used again without that doubt:
    +354 691 2345 and +65 8234 5678 have that form, too.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def __format__(self, spec: str) -> str:
        return str.__format__(self, spec) if spec else self

    def __reduce__(self) -> tuple[type[ExactNumber], tuple[str]]:
        return type(self), (str.__str__(self),)


class NumberProblem(NamedTuple):
    """Reason that a text is not a phone number. It does not hold the text."""

    rule: str
    explanation: str
    measure: int | str | None = None
    limit: int | str | None = None


def normalise_number(text: str) -> str | NumberProblem:
    """Read a phone number. A leading `+` and separators (space, `-`, `.`, `/`, parentheses) are removed.

    Args:
        text: The number with its country code, as people write it.

    Returns:
        7 to 15 ASCII digits, or the problem. Source of the rules: CarrierX's send page (E.164 digits), E.164, and
        for numbers that start with 1 the North American Numbering Plan.

    Example:
        >>> normalise_number("+1 (516) 206-5574")
        '15162065574'
        >>> normalise_number("1516206557").rule
        'number_length_not_north_american'
    """
    if is_north_american(text):  # most numbers, which need no further check
        return text
    digits = text
    if not _is_digits(text):
        text = tidied(text)
        if _TRUNK_ZERO.search(text):
            return NumberProblem(
                "number_has_trunk_zero",
                "It holds a 0 in parentheses, which is only dialled within the country. Write the number without it.",
            )
        digits = text.translate(_SEPARATORS).removeprefix("+")
        if problem := problem_of_form(text):
            return problem
        if digits and not _is_digits(digits):
            others = sum(character not in "0123456789" for character in digits)
            return NumberProblem(
                "number_has_other_characters",
                f"It holds {others} character{'s' if others > 1 else ''} other than the digits 0 to 9 and separators "
                "(space, - . / and parentheses). Write digits with the country code, without letters, line breaks or "
                "an extension.",
                others,
                0,
            )
    return _problem_of_digits(digits) or digits


def normalise_sender(text: str) -> str | NumberProblem:
    """Read a sender: a phone number, or a short code of 3 to 6 digits.

    Source: the last note of CarrierX's send page, which mentions SMS from a short code.

    Args:
        text: The number with its country code, or the short code without `+`.

    Returns:
        ASCII digits, or the problem.

    Example:
        >>> normalise_sender("72345")
        '72345'
    """
    if not is_north_american(text):
        tidy = tidied(text)
        digits = tidy.translate(_SEPARATORS)
        if _is_digits(digits) and is_short_code(digits) and "/" not in tidy and problem_of_form(tidy) is None:
            return digits
    return normalise_number(text)


def tidied(text: str) -> str:
    """Replace typographic spaces and dashes by plain ones, and remove direction marks and a leading `tel:`."""
    text = text.removeprefix("tel:")
    return text if text.isascii() else text.translate(_TYPOGRAPHY)


def problem_of_form(text: str) -> NumberProblem | None:
    """Find digits and separators that are written as no number is: as a decimal, a date, or several numbers.

    Args:
        text: The text, after `tidied`.
    """
    _, slash, after_slash = text.partition("/")
    if _DECIMAL.fullmatch(text):
        explanation = (
            "It ends like a decimal number, as a column of a table does that was read as numbers. Read it as text."
        )
    elif _DATE.match(text):
        explanation = "It is written like a date."
    elif text.endswith(")"):
        explanation = "It ends with something in parentheses. Write only the number."
    elif slash and ("/" in after_slash or sum(map(str.isdigit, after_slash)) < _MIN_DIGITS_AFTER_SLASH):
        explanation = (
            "It has a slash that may separate several numbers. Give one number, with a slash only after its area code."
        )
    else:
        return None
    return NumberProblem("number_unclear", explanation)


def is_short_code(number: str) -> bool:
    """Tell whether a normalised sender is a short code."""
    return MIN_SHORT_CODE_DIGITS <= len(number) <= MAX_SHORT_CODE_DIGITS


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _problem_of_digits(digits: str) -> NumberProblem | None:
    count = len(digits)
    if digits.startswith("0"):
        return NumberProblem(
            "number_starts_with_zero",
            "It starts with 0. Write the country code first, without 0, 00 or 011 before it.",
        )
    if digits.startswith("1") and count != NORTH_AMERICAN_DIGITS:
        return NumberProblem(
            "number_length_not_north_american",
            f"It starts with 1 and has {count} digits; such a number has {NORTH_AMERICAN_DIGITS}. "
            "Check for a missing or an extra digit.",
            count,
            NORTH_AMERICAN_DIGITS,
        )
    if count < MIN_NUMBER_DIGITS:
        return NumberProblem(
            "number_too_short",
            f"It has {count} digits; a phone number has at least {MIN_NUMBER_DIGITS}. Write it with its country code.",
            count,
            MIN_NUMBER_DIGITS,
        )
    if count > MAX_NUMBER_DIGITS:
        return NumberProblem(
            "number_too_long",
            f"It has {count} digits; a phone number has at most {MAX_NUMBER_DIGITS}. Check that it is one number.",
            count,
            MAX_NUMBER_DIGITS,
        )
    if digits.startswith("1") and not is_north_american(digits):
        return NumberProblem(
            "number_not_north_american",
            "It starts with 1, and no such number exists: its area code, or the three digits after that, start with 0 "
            "or 1. Check the number.",
        )
    return None
