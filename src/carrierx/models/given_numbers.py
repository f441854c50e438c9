"""Reading the numbers that a caller gives: with the country code, or in a national format such as `030 901820`."""

from __future__ import annotations

from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.extras import needs_packages
from carrierx.models.numbers import (
    ExactNumber,
    NumberProblem,
    is_short_code,
    looks_national,
    normalise_number,
    normalise_sender,
)

__all__ = ["check_region", "read_national_number", "read_number", "read_sender"]


def read_number(text: str, default_region: str | None) -> str | NumberProblem:
    """Read a phone number that a caller gave. Refuse ten digits that may lack a country code.

    Args:
        text: The number.
        default_region: The country of numbers without `+`: None, US, or another one (extra `phone`).

    Returns:
        The digits with the country code, or the problem.

    Example:
        >>> read_number("(212) 555-0123", None).rule
        'number_ambiguous'
        >>> read_number("(212) 555-0123", "US"), read_number("+65 8234 5678", "US")
        ('12125550123', '6582345678')
    """
    is_complete = "+" in text or isinstance(text, ExactNumber)
    if not is_complete and default_region not in (None, "US"):
        return read_national_number(text, default_region)
    number = normalise_number(text)
    if is_complete or isinstance(number, NumberProblem) or not looks_national(number):
        return number
    if default_region == "US":
        return f"1{number}"
    return NumberProblem(
        "number_ambiguous",
        "It has ten digits and no +, like a US number without its leading 1. If it is a US number, write +1 before it. "
        "If it already has its country code, write + before it.",
    )


def read_sender(text: str, default_region: str | None) -> str | NumberProblem:
    """Read a sender that a caller gave: a phone number as `read_number` does, or a short code."""
    short_code = normalise_sender(text)
    if isinstance(short_code, str) and is_short_code(short_code):
        return short_code
    return read_number(text, default_region)


def check_region(region: object) -> str:
    """Check a country and return its code in capitals.

    Raises:
        InvalidArgumentError: The country is unknown.
        ConfigurationError: The extra is not installed.
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

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return NumberProblem("number_not_national", f"It can't be read as a number of the region {region}.")
    if number.extension:
        return NumberProblem("number_has_extension", "It has an extension. Extensions can't receive texts.")
    result = phonenumbers.is_possible_number_with_reason(number)
    if result != phonenumbers.ValidationResult.IS_POSSIBLE:
        reason = {
            phonenumbers.ValidationResult.TOO_SHORT: "it is too short",
            phonenumbers.ValidationResult.TOO_LONG: "it is too long",
            phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "it lacks its area code",
        }.get(result, "its length is wrong")
        return NumberProblem("number_not_national", f"As a number of the region {region}, {reason}.")
    digits: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ExactNumber(digits.removeprefix("+"))
