"""How an emulator behaves where CarrierX's behaviour depends on the account or is not documented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from carrierx.emulator.credentials import DEMO_TOKEN, Credential
from carrierx.emulator.lifecycle import Prices, StatusDelays
from carrierx.emulator.rules import is_web_url

CALLBACK_RETRIES: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 120, 600))
"""How long after each attempt that failed a callback is tried again, unless the settings say otherwise."""


@dataclass(frozen=True, kw_only=True)
class EmulatorConfig:
    """How an emulator behaves where CarrierX's behaviour depends on the account or is not documented.

    Attributes:
        credentials: Who may call; by default whoever has `DEMO_TOKEN`.
        enabled_numbers: The DIDs and short codes that may send, in digits; None means that any valid one may.
        delays: When a message is sent and delivered.
        visibility_lag: How long after its acceptance a message can be found, and its detail record after its own.
        prices: What messages cost.
        reply_after: How long after its delivery a magic number answers a message.
        callback_url: Where callbacks go if neither the number nor the account has a URL; None for nowhere.
        callback_retries: How long after each attempt that failed a callback is tried again; after the last it is given
            up. CarrierX's schedule is not documented: this one is the emulator's own.
        callback_hosts: The hosts to which a served emulator posts callbacks besides this machine. None by default, so
            that what is set in an account never calls a stranger.
        legacy_callbacks: Whether callbacks say `from_did` and `to_did`; None for the names that each message uses.
        partner_sid: The account that everything belongs to.
        show_total: Whether lists count all their items in `total`, or answer null; CarrierX does both.
        link_next: Whether lists link to their next page; CarrierX leaves the link out on some lists.
        enabling_takes: How long enabling a DID for messaging is in progress; seconds to minutes at CarrierX.
        max_body_bytes: The largest request body, in bytes; larger ones get a 413. The default is the emulator's own.
        max_file_bytes: The largest file that can be uploaded, in bytes. The default is the emulator's own.
        quota_bytes: How many bytes the files of one container may have together; 1 GB at CarrierX.
        quota_files: How many files one container may have; 100 in CarrierX's sample.

    Raises:
        ValueError: One of `enabled_numbers` is not written in digits, so that nobody could ever send from it; a time is
            negative; or `callback_url` is no absolute http or https URL.
    """

    credentials: tuple[Credential, ...] = (Credential.bearer(DEMO_TOKEN),)
    enabled_numbers: frozenset[str] | None = None
    delays: StatusDelays = field(default_factory=StatusDelays)
    visibility_lag: timedelta = timedelta(0)
    prices: Prices = field(default_factory=Prices)
    reply_after: timedelta = timedelta(seconds=2)
    callback_url: str | None = None
    callback_retries: tuple[timedelta, ...] = CALLBACK_RETRIES
    callback_hosts: frozenset[str] = frozenset()
    legacy_callbacks: bool | None = None
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
        if min(self.visibility_lag, self.reply_after, *self.callback_retries) < timedelta(0):
            raise ValueError("visibility_lag, reply_after and callback_retries can't be negative")
        if self.callback_url is not None and not is_web_url(self.callback_url):
            raise ValueError("callback_url must be an absolute http or https URL without user information")
