"""Checks of `carrierx send` before it sends."""

from __future__ import annotations

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
    from carrierx.models.send_request import SendMessageRequest

    fields = {"from": from_, "to": to, "message": text, "media_urls": media_urls, "group_recipients": list(group or ())}
    try:
        return SendMessageRequest.parse(fields)
    except InvalidMessageError as error:
        rules = error.broken_rules
    # The library's explanation names an argument of the client.
    raise InvalidMessageError(
        [BrokenRule(rule.field, rule.rule, _TEN_DIGITS) if rule.rule == "number_ambiguous" else rule for rule in rules]
    )
