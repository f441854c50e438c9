"""`carrierx send --dry-run`: the message that would be sent, its segments and its price."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from carrierx.cli.failures import CredentialsError
from carrierx.cli.output import Fact, Line, Prose
from carrierx.cli.wording import in_cli_words
from carrierx.errors import CarrierXError
from carrierx.models.masking import mask_number

if TYPE_CHECKING:
    from carrierx.cli.session import Session
    from carrierx.models.send_request import SendMessageRequest

__all__ = ["show_dry_run"]

_NO_TOKEN = "without a token or --prices"  # noqa: S105 - no token
_TOLL_FREE = ("1800", "1833", "1844", "1855", "1866", "1877", "1888")
_SHORTEST_NUMBER = 7


def show_dry_run(session: Session, request: SendMessageRequest, reference: str | None, prices: Path | None) -> None:
    """Print the message that would be sent.

    Args:
        session: The session.
        request: The checked message.
        reference: The given reference, if any.
        prices: A file of prices, to not ask CarrierX.

    Raises:
        CarrierXError: The reference or the base URL can't be used.
    """
    from carrierx.cli.documents import DryRun
    from carrierx.options import ClientConfig, base_url_from
    from carrierx.resources.reconcile import checked_reference
    from carrierx.segmentation import segments

    mark = None if reference is None else checked_reference(reference)
    base_url = ClientConfig(base_url=base_url_from(session.options.base_url)).base_url
    text = request.message or ""
    is_sms = request.kind == "sms"
    found = segments(text)
    charged = found.count if is_sms else len(_recipients(request))
    price, problem = _price(session, request, charged, prices)
    document = DryRun(
        dry_run=True,
        base_url=base_url,
        kind=str(request.kind),
        sender=request.from_,
        to=request.to,
        group_recipients=tuple(request.group_recipients),
        media_urls=request.media_urls,
        characters=len(text),
        encoding=found.encoding.value if is_sms else None,
        segments=charged,
        price=None if price is None else f"{price:f}",
        price_problem=problem,
        reference=mark,
    )
    facts = {
        "through": base_url,
        "kind": request.kind.upper(),
        "from": mask_number(request.from_) if request.from_ else "",
        "to": mask_number(request.to) if request.to else "",
        "group": ", ".join(map(mask_number, request.group_recipients)),
        "text": f"{len(text)} characters" if text else "",
        "media": f"{len(request.media_urls)}" if request.media_urls else "",
        "segments": f"{charged} ({found.encoding.value})" if is_sms else f"{charged}, one for each recipient",
        "price": f"unknown {problem}" if price is None else f"${price:f}",
        "reference": mark or "made when it is sent",
    }
    lines: list[Line] = [Prose("Dry run: nothing was sent. The message would be:")]
    session.effect = None
    session.show(document.to_json(), [*lines, *(Fact(name, value) for name, value in facts.items() if value)])


def _recipients(request: SendMessageRequest) -> list[str]:
    return sorted({number for number in (request.to, *request.group_recipients) if number} - {request.from_ or ""})


def _price(
    session: Session, request: SendMessageRequest, charged: int, prices: Path | None
) -> tuple[Decimal | None, str | None]:
    """Return the price, or why it is unknown. With a file of prices, or without a token, CarrierX isn't asked."""
    if prices is not None:
        from carrierx.pricing import Prices, estimate

        found = estimate([request], Prices.from_csv(prices))
        return (found.total, None) if found.complete else (None, f"in {prices.name}")
    try:
        with session.client() as client:
            kind = _kind_of_sender(request.from_ or "")
            if request.kind == "sms":
                rating = client.ratings.sms(kind, to=request.to or "", message_segments=charged)
                return rating.price, None
            return sum([client.ratings.mms(kind, to=each).price for each in _recipients(request)], Decimal(0)), None
    except CredentialsError:
        return None, _NO_TOKEN
    except CarrierXError as error:
        return None, f"({in_cli_words(str(error))})"


def _kind_of_sender(number: str) -> Literal["short_code", "toll_free", "toll"]:
    if len(number) < _SHORTEST_NUMBER:
        return "short_code"
    return "toll_free" if number.startswith(_TOLL_FREE) else "toll"
