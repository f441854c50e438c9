"""`carrierx estimate`: the cost of a file of messages, before they are sent."""

from __future__ import annotations

from array import array
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from carrierx.cli.message_file import (
    DefaultSender,
    FormatOption,
    InvalidRow,
    MessageFile,
    MessagePath,
    refusal_of,
)
from carrierx.cli.options import PriceFile
from carrierx.cli.output import Fact, Line, Prose
from carrierx.cli.session import Session, command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carrierx.models.send_request import SendMessageRequest
    from carrierx.pricing import Prices

__all__ = ["CheckedFile", "SenderKind", "check_file", "estimate", "prices_from"]

_FICTION: Final = "12025550100"
"""A number that is reserved for fiction, for messages without a sender: it doesn't change the price."""
_SHOWN: Final = 20


class SenderKind(Enum):
    """Kind of number that sends, which decides CarrierX's rates."""

    TOLL = "toll"
    TOLL_FREE = "toll_free"
    SHORT_CODE = "short_code"


SenderKindOption = Annotated[
    SenderKind, typer.Option("--sub-type", help="The kind of number that sends, for CarrierX's rates.")
]


@command
def estimate(
    session: Session,
    file: MessagePath,
    from_: DefaultSender = None,
    file_format: FormatOption = None,
    prices: PriceFile = None,
    sub_type: SenderKindOption = SenderKind.TOLL,
) -> None:
    """Estimate the cost of a file of messages. Nothing is sent.

    Without --prices, CarrierX's rates count: they are for SMS only, and the highest rate of a country applies. With
    --prices, you need no account.
    """
    source = MessageFile.opened(session, file, file_format, from_ or _FICTION)
    found = prices_from(session, prices, sub_type)
    checked = check_file(source, found)
    if checked.invalid_count:
        raise refusal_of(checked.invalid, checked.invalid_count, source.name)
    from carrierx.cli.documents import EstimateDocument

    document = EstimateDocument(
        messages=checked.messages,
        segments=checked.segments,
        total=f"{checked.total:f}",
        complete=not checked.unpriced_lines,
        unpriced=len(checked.unpriced_lines),
    )
    lines: list[Line] = [
        Fact("messages", str(checked.messages)),
        Fact("segments", str(checked.segments)),
        Fact("total", f"${checked.total:f}"),
    ]
    if checked.unpriced_lines:
        named = ", ".join(map(str, checked.unpriced_lines[:_SHOWN]))
        more = len(checked.unpriced_lines) - _SHOWN
        lines.append(
            Prose(f"The price is unknown for line {named}{f' and {more} more' if more > 0 else ''}: not in the total.")
        )
    session.show(document.to_json(), lines)


def prices_from(session: Session, path: Path | None, sub_type: SenderKind) -> Prices:
    """Return the prices of a file, or CarrierX's outbound rates."""
    from carrierx.pricing import Prices

    if path is not None:
        return Prices.from_csv(path)
    with session.client() as client:
        return Prices.from_rates(list(client.rates.iterate_outbound(sub_type.value, page_size=1000)))


class CheckedFile:
    """The result of checking a file of messages.

    Attributes:
        messages: The number of valid messages.
        segments: Their segments.
        total: Their price, as far as it's known.
        unpriced_lines: The lines of messages whose price is unknown.
        invalid: The first invalid lines.
        invalid_count: The number of invalid lines.
    """

    def __init__(self) -> None:
        from decimal import Decimal

        self.messages: int = 0
        self.segments: int = 0
        self.total: Decimal = Decimal(0)
        self.unpriced_lines: list[int] = []
        self.invalid: list[InvalidRow] = []
        self.invalid_count: int = 0


_MOST_KEPT: Final = 1000


def check_file(file: MessageFile, prices: Prices | None) -> CheckedFile:
    """Read a file of messages, check each, and add up what they cost. References must differ.

    Args:
        file: The file.
        prices: The prices; None to count segments only.
    """
    from carrierx.errors import BrokenRule
    from carrierx.pricing import Prices
    from carrierx.pricing import estimate as estimated

    checked = CheckedFile()
    valid_lines = array("Q")
    references = dict[str, int]()

    def valid() -> Iterator[SendMessageRequest]:
        for row in file.rows():
            if isinstance(row, InvalidRow):
                _note(checked, row)
            elif row.has_own_reference and (first := references.setdefault(row.reference, row.line)) != row.line:
                explanation = f"Line {first} has the same reference. Each message needs its own."
                _note(checked, InvalidRow(row.line, (BrokenRule("reference", "reference_repeated", explanation),)))
            else:
                valid_lines.append(row.line)
                yield row.request

    found = estimated(valid(), prices or Prices({}), keep_items=False)
    checked.messages, checked.segments, checked.total = found.messages, found.segments, found.total
    checked.unpriced_lines = [valid_lines[item.index] for item in found.unpriced]
    return checked


def _note(checked: CheckedFile, row: InvalidRow) -> None:
    checked.invalid_count += 1
    if len(checked.invalid) < _MOST_KEPT:
        checked.invalid.append(row)
