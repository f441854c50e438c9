"""How an emulator behaves where CarrierX's behaviour depends on the account or is not documented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from carrierx.emulator.credentials import DEMO_TOKEN, Credential
from carrierx.emulator.lifecycle import Prices, StatusDelays


@dataclass(frozen=True, kw_only=True)
class EmulatorConfig:
    """How an emulator behaves where CarrierX's behaviour depends on the account or is not documented.

    Attributes:
        credentials: Who may call; by default whoever has `DEMO_TOKEN`.
        enabled_numbers: The DIDs and short codes that may send, in digits; None means that any valid one may.
        delays: When a message is sent and delivered.
        prices: What messages cost.
        partner_sid: The account that everything belongs to.
        show_total: Whether lists count all their items in `total`, or answer null; CarrierX does both.
        link_next: Whether lists link to their next page; CarrierX leaves the link out on some lists.
        enabling_takes: How long enabling a DID for messaging is in progress; seconds to minutes at CarrierX.
        max_body_bytes: The largest request body, in bytes; larger ones get a 413. The default is the emulator's own.
        max_file_bytes: The largest file that can be uploaded, in bytes. The default is the emulator's own.
        quota_bytes: How many bytes the files of one container may have together; 1 GB at CarrierX.
        quota_files: How many files one container may have; 100 in CarrierX's sample.

    Raises:
        ValueError: One of `enabled_numbers` is not written in digits, so that nobody could ever send from it.
    """

    credentials: tuple[Credential, ...] = (Credential.bearer(DEMO_TOKEN),)
    enabled_numbers: frozenset[str] | None = None
    delays: StatusDelays = field(default_factory=StatusDelays)
    prices: Prices = field(default_factory=Prices)
    partner_sid: str = "e00430c3-a7d0-4666-ab5c-f7202448382f"
    show_total: bool = True
    link_next: bool = True
    enabling_takes: timedelta = timedelta(seconds=5)
    max_body_bytes: int = 1_048_576
    max_file_bytes: int = 10_000_000
    quota_bytes: int = 1_073_741_824
    quota_files: int = 100

    def __post_init__(self) -> None:
        if not all(number.isascii() and number.isdigit() for number in self.enabled_numbers or ()):
            raise ValueError("enabled_numbers are written in digits alone, as they are on the wire")
