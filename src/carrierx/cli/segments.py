"""`carrierx segments`: the SMS segments of a text."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Annotated

import typer

from carrierx.cli.failures import CommandError
from carrierx.cli.output import Fact, Line, Prose
from carrierx.cli.session import Session, command, text_from

if TYPE_CHECKING:
    from carrierx.segmentation import OffendingCharacter

__all__ = ["segments"]


@command
def segments(
    session: Session,
    text: Annotated[str, typer.Argument(metavar="TEXT|-", help="The text, in quotes, or - for standard input.")],
    normalise: Annotated[
        bool, typer.Option("--normalise", help="Replace characters that have an equivalent in the GSM alphabet.")
    ] = False,
) -> None:
    """Count the SMS segments of a text. Needs no account.

    Characters outside the GSM alphabet make a text longer. They are listed, with their equivalents.
    """
    from carrierx.cli.documents import Offender, SegmentsDocument
    from carrierx.segmentation import gsm_normalise
    from carrierx.segmentation import segments as counted

    given = text_from(session, text) or ""
    if any("\ud800" <= character <= "\udfff" for character in given):
        raise CommandError("The text is not valid UTF-8.")
    used = gsm_normalise(given) if normalise else given
    found = counted(used)
    document = SegmentsDocument(
        encoding=found.encoding.value,
        segments=found.count,
        units=found.units,
        room_left=found.room_left,
        offending=tuple(
            Offender(character=each.character, positions=each.positions, replacement=each.replacement)
            for each in found.offending
        ),
        text=used if normalise else None,
    )
    lines: list[Line] = [
        Fact("encoding", found.encoding.value),
        Fact("segments", str(found.count)),
        Fact("units", str(found.units)),
        Fact("room left", str(found.room_left)),
    ]
    if normalise:
        lines.append(Fact("text", used))
    if found.offending:
        lines.append(Prose("These characters are not in the GSM alphabet, so a segment holds less:"))
        lines += [Prose(_named(each)) for each in found.offending]
        if any(each.replacement is not None for each in found.offending):
            lines.append(Prose("--normalise replaces those that have an equivalent."))
    session.show(document.to_json(), lines)


def _named(offending: OffendingCharacter) -> str:
    names = ", ".join(f"U+{ord(point):04X} {unicodedata.name(point, '(no name)')}" for point in offending.character)
    count = len(offending.positions)
    equivalent = "no equivalent" if offending.replacement is None else f"equivalent {offending.replacement!r}"
    return f"  {offending.character}  {names}, {'once' if count == 1 else f'{count} times'}, {equivalent}"
