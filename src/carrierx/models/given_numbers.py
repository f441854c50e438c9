"""Reading the numbers that a caller gives: with the country code, or in a national format such as `030 901820`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.extras import needs_packages
from carrierx.models.numbers import (
    ExactNumber,
    NumberProblem,
    is_north_american,
    is_short_code,
    looks_national,
    normalise_number,
    normalise_sender,
    problem_of_form,
    tidied,
)

if TYPE_CHECKING:
    import phonenumbers

__all__ = ["check_default_region", "check_region", "read_national_number", "read_number", "read_sender"]

US_DIGITS = 10
"""Digits of a US number without its country code. Source: the North American Numbering Plan."""


def read_number(text: str, default_region: str | None) -> str | NumberProblem:
    """Read a phone number that a caller gave. Refuse one that can be two numbers.

    Args:
        text: The number.
        default_region: The country of numbers without `+`, as `check_default_region` returned it.

    Returns:
        The digits with the country code, or the problem.

    Example:
        >>> read_number("(212) 555-0123", None).rule
        'number_ambiguous'
        >>> read_number("(212) 555-0123", "US"), read_number("+65 8234 5678", "US")
        ('12125550123', '6582345678')
    """
    if "+" in text or isinstance(text, ExactNumber):
        return normalise_number(text)
    if default_region is None:
        number = normalise_number(text)
        return _CAN_LACK_ONE if isinstance(number, str) and looks_national(number) else number
    if default_region == "US":
        return _read_us_number(text)
    number = read_national_number(text, default_region)
    if isinstance(number, str) and _lacks_trunk_prefix(text, number) and _with_country_code(text) not in (None, number):
        return NumberProblem(
            "number_ambiguous",
            f"Without +, it can be a number of the region {default_region}, or one with its country code. Write + and "
            "the country code before it.",
        )
    return number


def read_sender(text: str, default_region: str | None) -> str | NumberProblem:
    """Read a sender that a caller gave: a phone number as `read_number` does, or a short code."""
    short_code = normalise_sender(text)
    if isinstance(short_code, str) and is_short_code(short_code):
        return short_code
    return read_number(text, default_region)


def check_default_region(region: object) -> str | None:
    """Check the country of numbers without `+` and return its code in capitals. None and US need no further package.

    Raises:
        InvalidArgumentError: The country is unknown.
        ConfigurationError: The packages that other countries need are not installed.
    """
    if region is None:
        return None
    if region == "US":
        return "US"
    return check_region(region)


def check_region(region: object) -> str:
    """Check a country and return its code in capitals.

    Raises:
        InvalidArgumentError: The country is unknown.
        ConfigurationError: The packages of the extra `phone` are not installed.
    """
    try:
        import phonenumbers
    except ImportError as error:
        raise ConfigurationError(needs_packages("Reading national numbers", "phone")) from error
    if not isinstance(region, str) or region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidArgumentError("The region must be a two-letter ISO 3166-1 country code, such as US or DE.")
    return region.upper()


def read_national_number(text: str, region: str) -> str | NumberProblem:
    """Read a number as people of a country write it. With a `+` it can be a number of any country.

    Args:
        text: The number.
        region: A region that `check_region` returned.

    Returns:
        The digits with the country code, or the problem.
    """
    import phonenumbers

    text = tidied(text)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return NumberProblem("number_not_national", f"It can't be read as a number of the region {region}.")
    if number.extension:
        return NumberProblem("number_has_extension", "It has an extension. Extensions can't receive texts.")
    # phonenumbers finds a number in any text, and dials letters.
    others = len(_NOT_IN_A_NUMBER.findall(text))
    if others:
        return NumberProblem(
            "number_has_other_characters",
            f"It holds {others} character{'s' if others > 1 else ''} other than the digits 0 to 9 and separators "
            "(space, - . / and parentheses). Write nothing else than one number.",
            others,
            0,
        )
    if problem := problem_of_form(text):
        return problem
    if not phonenumbers.is_valid_number(number):
        reason = {
            phonenumbers.ValidationResult.TOO_SHORT: "it is too short",
            phonenumbers.ValidationResult.TOO_LONG: "it is too long",
            phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "it lacks its area code",
            phonenumbers.ValidationResult.INVALID_LENGTH: "its length is wrong",
        }.get(phonenumbers.is_possible_number_with_reason(number), "no such number exists")
        return NumberProblem(
            "number_not_national",
            f"As a number of the region {region}, {reason}. If it has its country code, write + before it.",
        )
    return _e164(number)


_CAN_LACK_ONE = NumberProblem(
    "number_ambiguous",
    "It has ten digits and no +, like a US number without its leading 1. If it is a US number, write +1 before it. "
    "If it already has its country code, write + before it.",
)
_NOT_IN_A_NUMBER = re.compile(r"[^0-9 +./()\-]")


def _read_us_number(text: str) -> str | NumberProblem:
    number = normalise_number(text)
    if isinstance(number, NumberProblem) or is_north_american(number):
        return number
    if looks_national(number):
        return f"1{number}"
    return NumberProblem(
        "number_not_national",
        f"Without +, it is read as a US number, and it can't be one. A US number has {US_DIGITS} digits; its area code "
        "and the three digits after that start with 2 to 9. Write + and the country code before any other number.",
        len(number),
        US_DIGITS,
    )


def _lacks_trunk_prefix(text: str, number: str) -> bool:
    """Tell whether a national number is written without the digits that people put before it, such as the German 0."""
    import phonenumbers

    national = phonenumbers.format_number(phonenumbers.parse(f"+{number}"), phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"\D", "", text) != re.sub(r"\D", "", national)


def _with_country_code(text: str) -> str | None:
    """Read the digits of a number as if a `+` was before them. Return None if there is no such number."""
    import phonenumbers

    try:
        number = phonenumbers.parse(f"+{tidied(text)}", None)
    except phonenumbers.NumberParseException:
        return None
    return _e164(number) if phonenumbers.is_valid_number(number) else None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    import phonenumbers

    digits: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ExactNumber(digits.removeprefix("+"))
