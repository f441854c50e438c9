"""A phone number as a value, with the forms for sending, for people and for logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from carrierx.errors import InvalidArgumentError
from carrierx.models.given_numbers import check_region, read_national_number, read_number
from carrierx.models.masking import mask_number
from carrierx.models.numbers import NORTH_AMERICAN_DIGITS, ExactNumber, NumberProblem
from carrierx.tracebacks import clears_locals

__all__ = ["PhoneNumber"]


@dataclass(frozen=True, slots=True, init=False, repr=False)
class PhoneNumber:
    """A phone number with its country code. Two are equal if they are sent as the same digits.

    It is not a `str`, so that no log shows the complete number: printing masks it. Pass `wire` to a send.

    Args:
        text: The number with its country code, as people write it. For national formats: `PhoneNumber.parse`.

    Attributes:
        wire: The number as it is sent to CarrierX: digits with the country code.

    Raises:
        InvalidArgumentError: It is not a phone number. The error does not hold the text.

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
        object.__setattr__(self, "wire", _wire(read_number(_text(text), None)))

    @classmethod
    @clears_locals
    def parse(cls, text: str, region: str = "US") -> Self:
        """Read a number as people type it, including national formats. Needs the extra `phone`.

        Args:
            text: The number. Without a `+` it is read as a number of the region: `(516) 206-5574`, `030 1234567`.
            region: The two-letter ISO 3166-1 code of the country, such as `US` or `DE`.

        Raises:
            InvalidArgumentError: It is not a phone number of the region, or the region is unknown. The error does not
                hold the text.
            ConfigurationError: The extra is not installed.

        Example:
            >>> PhoneNumber.parse("(516) 206-5574").wire
            '15162065574'
            >>> PhoneNumber.parse("030 901820", region="DE").display
            '+4930901820'
        """
        return cls(f"+{_wire(read_national_number(_text(text), check_region(region)))}")

    @property
    def display(self) -> str:
        """The complete number for people: `+1 516-206-5574` in North America, otherwise `+` and the digits."""
        digits = self.wire
        if digits.startswith("1") and len(digits) == NORTH_AMERICAN_DIGITS:
            return f"+1 {digits[1:4]}-{digits[4:7]}-{digits[7:]}"
        return f"+{digits}"

    @property
    def masked(self) -> str:
        """The masked number for logs: `***` and the last 4 digits."""
        return mask_number(self.wire)

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked!r})"


def _text(text: object) -> str:
    if not isinstance(text, str):
        raise InvalidArgumentError(f"A phone number must be a string, not {type(text).__name__}.")
    return text


def _wire(number: str | NumberProblem) -> str:
    if isinstance(number, NumberProblem):
        raise InvalidArgumentError(f"This is not a phone number. {number.explanation}")
    return ExactNumber(number)
