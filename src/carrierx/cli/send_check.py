"""Checks of `carrierx send` before it sends. They are stricter than the library's, since people type by hand."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import typer

from carrierx.cli.output import ExitCode, complain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx.models.send_request import SendMessageRequest

__all__ = ["checked_request", "refuse_several"]

_TEN_DIGITS = (
    "It has ten digits and no +, so the country is unclear. Write a US number with its leading 1, and a number of "
    "another country with a + before its country code."
)


def refuse_several(name: str, values: Sequence[object], hint: str) -> None:
    """Exit if a value was given more than once.

    Otherwise the last one would win silently, and a text without quotes would lose all words but one.

    Args:
        name: The option's name, as people know it.
        values: The given values.
        hint: A hint for the user.
    """
    if len(values) > 1:
        complain("Not sent.", f"{name} accepts one value but got {len(values)}. {hint}")
        raise typer.Exit(ExitCode.INVALID)


def checked_request(
    from_: str, to: str, text: str | None, media_urls: Sequence[str] | None, group: Sequence[str] | None
) -> SendMessageRequest:
    """Check a message against every rule.

    Raises:
        InvalidMessageError: The message breaks a rule.
    """
    from carrierx.errors import BrokenRule, InvalidMessageError
    from carrierx.models.numbers import AmbiguousNumberWarning
    from carrierx.models.send_request import SendMessageRequest

    recipients = {f"group_recipients[{position}]": number for position, number in enumerate(group or ())}
    unclear = [field for field, number in {"from": from_, "to": to, **recipients}.items() if _is_unclear(number)]
    broken = [BrokenRule(field, "number_ambiguous", _TEN_DIGITS) for field in unclear]
    try:
        with warnings.catch_warnings():
            # Once the user has pressed Enter a warning is too late, so here it is an error.
            warnings.simplefilter("ignore", AmbiguousNumberWarning)
            request = SendMessageRequest.parse(
                {
                    "from": from_,
                    "to": to,
                    "message": text,
                    "media_urls": media_urls,
                    "group_recipients": list(recipients.values()),
                }
            )
    except InvalidMessageError as error:
        # Errors that follow from one reading of an unclear number, such as that it is foreign, would only confuse.
        raise InvalidMessageError(
            [*broken, *(rule for rule in error.broken_rules if rule.field not in unclear)]
        ) from error
    if broken:
        raise InvalidMessageError(broken)
    return request


def _is_unclear(given: str) -> bool:
    from carrierx.models.numbers import is_ambiguous, normalise_number

    number = normalise_number(given)
    return isinstance(number, str) and is_ambiguous(given, number)
