"""What `carrierx send` checks before it sends: stricter than the library, since a person types it by hand."""

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
    "It has ten digits and no +, so it is not clear which country is meant. Write a US number with its leading 1, and "
    "another country's with a + before its country code."
)


def refuse_several(name: str, values: Sequence[object], hint: str) -> None:
    """End the command if a value was given more than once.

    The last one would win in silence, and a text without quotes would lose all its words but one.

    Args:
        name: The option's name, as people know it.
        values: What was given.
        hint: What to do instead.
    """
    if len(values) > 1:
        complain("Not sent.", f"{name} takes one value and got {len(values)}. {hint}")
        raise typer.Exit(ExitCode.INVALID)


def checked_request(
    from_: str, to: str, text: str | None, media_urls: Sequence[str] | None, group: Sequence[str] | None
) -> SendMessageRequest:
    """Check a message against every rule.

    Raises:
        InvalidMessageError: It breaks some.
    """
    from carrierx.errors import BrokenRule, InvalidMessageError
    from carrierx.models.numbers import AmbiguousNumberWarning
    from carrierx.models.send_request import SendMessageRequest

    recipients = {f"group_recipients[{position}]": number for position, number in enumerate(group or ())}
    unclear = [field for field, number in {"from": from_, "to": to, **recipients}.items() if _is_unclear(number)]
    broken = [BrokenRule(field, "number_ambiguous", _TEN_DIGITS) for field in unclear]
    try:
        with warnings.catch_warnings():
            # A warning comes too late for somebody who has just pressed Enter, so here it is an error.
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
        # What follows from reading an unclear number one way, such as that it lies abroad, would only confuse.
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
