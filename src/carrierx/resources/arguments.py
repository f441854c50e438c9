"""Checks of arguments that many operations share. Their errors name the argument and never its value."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import quote

from carrierx.errors import InvalidArgumentError
from carrierx.models.given_numbers import read_number, read_sender
from carrierx.models.numbers import NumberProblem, normalise_number
from carrierx.models.validation import check_encodable, check_media_urls

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "NOT_GIVEN",
    "NotGiven",
    "NotGivenType",
    "checked_choice",
    "checked_number",
    "checked_sender",
    "checked_switch",
    "checked_text",
    "checked_url",
    "quoted",
]


class NotGivenType(Enum):
    """The type of `NOT_GIVEN`: it tells a field to keep from a field to clear with None."""

    NOT_GIVEN = "not given"

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGivenType.NOT_GIVEN
"""The default of an argument for which None means something else."""
NotGiven: TypeAlias = Literal[NotGivenType.NOT_GIVEN]


def checked_text(name: str, value: object) -> str:
    """Check that an argument is a text and not blank.

    Raises:
        InvalidArgumentError: It is not.
    """
    if not isinstance(value, str):
        raise InvalidArgumentError(f"{name} must be a string, not {type(value).__name__}.")
    if not value.strip():
        raise InvalidArgumentError(f"{name} must not be blank.")
    for rule in check_encodable(name, value):
        raise InvalidArgumentError(f"{name}: {rule.explanation}")
    return value


def checked_choice(name: str, value: object, choices: Sequence[str]) -> str:
    """Check that an argument is one of the values that CarrierX documents.

    Raises:
        InvalidArgumentError: It is not.
    """
    if not isinstance(value, str) or value not in choices:
        raise InvalidArgumentError(f"{name} must be one of {', '.join(choices)}.")
    return value


def checked_switch(name: str, value: object) -> bool:
    """Check that an argument is True or False: the text "false" would count as true.

    Raises:
        InvalidArgumentError: It is not.
    """
    if not isinstance(value, bool):
        raise InvalidArgumentError(f"{name} must be True or False, not {type(value).__name__}.")
    return value


def checked_number(
    name: str, value: object, default_region: str | None = None, *, may_lack_country: bool = False
) -> str:
    """Check and normalize a phone number, as for messages: a leading `+` and separators are removed.

    Args:
        name: The argument's name.
        value: The number.
        default_region: The country of numbers without `+`; None if they need their country code.
        may_lack_country: Accept ten digits without `+`, because the country is given separately.

    Returns:
        The number's digits.

    Raises:
        InvalidArgumentError: It is not a phone number.
    """
    if not isinstance(value, str):
        raise InvalidArgumentError(f"{name} must be a string of digits, not {type(value).__name__}.")
    number = normalise_number(value) if may_lack_country else read_number(value, default_region)
    if isinstance(number, NumberProblem):
        raise InvalidArgumentError(f"{name}: {number.explanation}")
    return number


def checked_sender(name: str, value: object, default_region: str | None = None) -> str:
    """Check and normalize a phone number or a short code.

    Raises:
        InvalidArgumentError: It is neither.
    """
    if not isinstance(value, str):
        raise InvalidArgumentError(f"{name} must be a string of digits, not {type(value).__name__}.")
    number = read_sender(value, default_region)
    if isinstance(number, NumberProblem):
        raise InvalidArgumentError(f"{name}: {number.explanation}")
    return number


def checked_url(name: str, value: object) -> str:
    """Check that an argument is an absolute http or https URL, with a user name and password or without.

    Raises:
        InvalidArgumentError: It is not.
    """
    url = checked_text(name, value)
    for rule in check_media_urls([url]):
        if rule.rule != "url_has_user_info":  # only CarrierX sees it
            raise InvalidArgumentError(f"{name}: {rule.explanation}")
    return url


def quoted(path_part: object) -> str:
    """Quote an identifier for a path, including slashes.

    Raises:
        InvalidArgumentError: It is not a text, is blank or unprintable, or is `.` or `..`.
    """
    if not isinstance(path_part, str):
        raise InvalidArgumentError(f"An identifier in a path must be a string, not {type(path_part).__name__}.")
    if not path_part.strip() or path_part in (".", ".."):
        raise InvalidArgumentError("An identifier in a path must not be blank or consist of dots.")
    if not path_part.isprintable():
        raise InvalidArgumentError("An identifier in a path must not contain unprintable characters.")
    return quote(path_part, safe="")
