"""A phone number as a value: how it goes on the wire, how people read it, and how much of it may be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.models.masking import mask_number
from carrierx.models.numbers import (
    NORTH_AMERICAN_DIGITS,
    NumberProblem,
    is_ambiguous,
    normalise_number,
    warn_of_ambiguous_numbers,
)
from carrierx.tracebacks import clears_locals

__all__ = ["PhoneNumber"]


@dataclass(frozen=True, slots=True, init=False, repr=False)
class PhoneNumber:
    """A phone number with its country code. Two are equal if they are the same on the wire.

    It is no `str`, so that it can't slip whole into a log: what is printed of it is masked. Give `wire` to a send.

    Args:
        text: The number with its country code, as people write it. For national formats: `PhoneNumber.parse`.

    Attributes:
        wire: The number as CarrierX takes it: digits with the country code.

    Raises:
        InvalidArgumentError: It is no phone number. The error does not hold the text.

    Example:
        >>> number = PhoneNumber("+1 (516) 206-5574")
        >>> number
        PhoneNumber('***5574')
        >>> number.wire, number.display, f"from {number}"
        ('15162065574', '+1 516-206-5574', 'from ***5574')
        >>> number == PhoneNumber("1.516.206.5574")
        True
    """

    wire: str

    @clears_locals
    def __init__(self, text: str) -> None:
        checked = _text(text)
        wire = normalise_number(checked)
        if isinstance(wire, NumberProblem):
            raise InvalidArgumentError(f"This is no phone number. {wire.explanation}")
        if is_ambiguous(checked, wire):
            warn_of_ambiguous_numbers(["PhoneNumber"])
        object.__setattr__(self, "wire", wire)

    @classmethod
    @clears_locals
    def parse(cls, text: str, region: str = "US") -> Self:
        """Read a number as people type it, also in the format of their country. Needs the extra `phone`.

        Args:
            text: The number; without a `+` it is read as in the region: `(516) 206-5574`, `030 1234567`.
            region: The country in two letters, by ISO 3166-1, such as `US` or `DE`.

        Raises:
            InvalidArgumentError: It is no phone number there, or the region is unknown. The error does not hold the
                text.
            ConfigurationError: The extra is not installed.

        Example:
            >>> PhoneNumber.parse("(516) 206-5574").wire
            '15162065574'
            >>> PhoneNumber.parse("030 901820", region="DE").display
            '+4930901820'
        """
        return cls(f"+{_digits_of(text, region)}")

    @property
    def display(self) -> str:
        """The whole number for people: `+1 516-206-5574` in North America, else `+` and the digits."""
        digits = self.wire
        if digits.startswith("1") and len(digits) == NORTH_AMERICAN_DIGITS:
            return f"+1 {digits[1:4]}-{digits[4:7]}-{digits[7:]}"
        return f"+{digits}"

    @property
    def masked(self) -> str:
        """What may be shown to anybody: `***` and the last 4 digits."""
        return mask_number(self.wire)

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked!r})"


def _text(text: object) -> str:
    if not isinstance(text, str):
        raise InvalidArgumentError(f"A phone number is a text, not of type {type(text).__name__}.")
    return text


def _digits_of(text: object, region: object) -> str:
    """Read a number of a region; give its digits with the country code."""
    try:
        import phonenumbers
    except ImportError as error:
        raise ConfigurationError('PhoneNumber.parse needs the extra: pip install "carrierx[phone]".') from error
    typed = _text(text)
    if not isinstance(region, str) or region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidArgumentError("region must be a country's two letters by ISO 3166-1, such as US or DE.")
    try:
        number = phonenumbers.parse(typed, region.upper())
    except phonenumbers.NumberParseException:
        number = None
    # Out here, so that the library's error is not chained to ours.
    if number is None:
        raise InvalidArgumentError("This is no phone number: it can't be read as one.")
    if number.extension:
        raise InvalidArgumentError("The number has an extension, which can't be texted.")
    result = phonenumbers.is_possible_number_with_reason(number)
    if result != phonenumbers.ValidationResult.IS_POSSIBLE:
        why = {
            phonenumbers.ValidationResult.TOO_SHORT: "it is too short",
            phonenumbers.ValidationResult.TOO_LONG: "it is too long",
            phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "it lacks its area code",
        }
        raise InvalidArgumentError(f"This is no phone number: {why.get(result, 'its length is wrong')}.")
    digits: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return digits.removeprefix("+")
