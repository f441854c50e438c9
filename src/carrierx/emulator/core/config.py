"""Settings of an emulator where CarrierX's behavior depends on the account or is not documented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, get_args

from carrierx.emulator.core.lifecycle import EmulatorPrices, StatusDelays
from carrierx.emulator.http.cors import check_origins
from carrierx.emulator.http.credentials import DEMO_TOKEN, Credential
from carrierx.emulator.rules.fields import is_web_url
from carrierx.emulator.rules.messages import OverLimit

CALLBACK_RETRIES: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 120, 600))
"""The default delay after each failed attempt to deliver a callback until the next one."""


@dataclass(frozen=True, kw_only=True)
class EmulatorConfig:
    """Settings of an emulator where CarrierX's behavior depends on the account or is not documented.

    Attributes:
        credentials: The credentials that the emulator accepts; only `DEMO_TOKEN` by default.
        enabled_numbers: The DIDs and short codes that may send, in digits; None for any valid number. The
            account's own numbers must be enabled for messaging in any case.
        own_numbers_only: True if other numbers than the account's, and those in `enabled_numbers`, can't send.
        delays: The times after which a message is sent and delivered.
        visibility_lag: The time after its acceptance until a message can be found. A detail record has the same lag.
        prices: The prices of messages.
        over_limit: The treatment of a message with more than 1600 characters, 10 media or 3 MB: `refuse` answers 422,
            `fail` accepts it, and it fails later.
        us_only_mms: True if an MMS can only go to US numbers.
        us_only_short_codes: True if a message from a short code can only go to US numbers.
        group_needs_from: True if a group MMS needs a sender. Otherwise, the account's first number that can send an
            MMS sends one that has none.
        group_needs_to: True if a group MMS needs a recipient in addition to the group. Otherwise, the first of the
            group becomes the recipient of one that has none.
        group_needs_type: True if a group MMS needs its type, `mms`.
        reply_after: The time from a message's delivery to the reply of a magic number.
        callback_url: The URL for callbacks if neither the number nor the account has one; None for no callbacks.
        callback_retries: The delay after each failed attempt to deliver a callback until the next one. After the last
            attempt, the callback is given up. CarrierX's schedule is not documented; this one is the emulator's own.
        callback_hosts: The hosts that a served emulator posts callbacks to, in addition to this machine. There are
            none by default, so that a URL in the account's settings can't make it call other machines.
        cors_origins: The origins whose web pages can use the API, in addition to those of this machine; `*` for all.
            Write each as browsers send it, such as `https://app.example:8443`, without a path or a slash at the end.
        legacy_callbacks: True if callbacks use the names `from_did` and `to_did`, False if they use `from` and `to`;
            None for the names that each message uses.
        legacy_objects: True for an account whose SMS objects look like those of 2019 and 2021: with `from_did` and
            `to_did`, and without `date_changed`, `type`, `user_data` and `group_recipients`.
        partner_sid: The SID of the account that everything belongs to.
        show_total: True if `total` is the number of all items of a list, False if it is null; CarrierX does both.
        link_next: True if lists link to their next page; CarrierX leaves the link out on some lists.
        strict_query: True to refuse unknown query parameters with 400, to find mistakes in a client; False to ignore
            them.
        enabling_takes: The time for which enabling a DID for messaging is in progress; seconds to minutes at CarrierX.
        max_body_bytes: The largest request body, in bytes; larger ones get a 413. The default is the emulator's own.
        max_file_bytes: The largest file that can be uploaded, in bytes. The default is the emulator's own.
        quota_bytes: The most bytes that the files of one container can have in total; 1 GB at CarrierX. A container can
            have its own quota.
        quota_files: The most files in one container; 100 in CarrierX's sample.

    Raises:
        ValueError: A number in `enabled_numbers` is not written in digits only, a time is negative, `over_limit` is
            unknown, `callback_url` is not an absolute http or https URL, or `cors_origins` is not a set of origins.
    """

    credentials: tuple[Credential, ...] = (Credential.bearer(DEMO_TOKEN),)
    enabled_numbers: frozenset[str] | None = None
    own_numbers_only: bool = False
    delays: StatusDelays = field(default_factory=StatusDelays)
    visibility_lag: timedelta = timedelta(0)
    prices: EmulatorPrices = field(default_factory=EmulatorPrices)
    over_limit: OverLimit = "refuse"
    us_only_mms: bool = True
    us_only_short_codes: bool = True
    group_needs_from: bool = True
    group_needs_to: bool = True
    group_needs_type: bool = True
    reply_after: timedelta = timedelta(seconds=2)
    callback_url: str | None = None
    callback_retries: tuple[timedelta, ...] = CALLBACK_RETRIES
    callback_hosts: frozenset[str] = frozenset()
    cors_origins: frozenset[str] = frozenset()
    legacy_callbacks: bool | None = None
    legacy_objects: bool = False
    partner_sid: str = "e00430c3-a7d0-4666-ab5c-f7202448382f"
    show_total: bool = True
    link_next: bool = True
    strict_query: bool = False
    enabling_takes: timedelta = timedelta(seconds=5)
    max_body_bytes: int = 1_048_576
    max_file_bytes: int = 10_000_000
    quota_bytes: int = 1_073_741_824
    quota_files: int = 100

    def __post_init__(self) -> None:
        if not all(number.isascii() and number.isdigit() for number in self.enabled_numbers or ()):
            raise ValueError("enabled_numbers must be written in digits only")
        if self.over_limit not in get_args(OverLimit):
            raise ValueError(f"over_limit must be one of: {', '.join(get_args(OverLimit))}")
        if min(self.visibility_lag, self.reply_after, *self.callback_retries) < timedelta(0):
            raise ValueError("visibility_lag, reply_after and callback_retries can't be negative")
        if self.callback_url is not None and not is_web_url(self.callback_url):
            raise ValueError("callback_url must be an absolute http or https URL without user information")
        check_origins(self.cors_origins)
