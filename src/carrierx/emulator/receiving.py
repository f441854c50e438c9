"""Messages that other people send to the account."""

from __future__ import annotations

from collections.abc import Sequence

from carrierx.emulator.fields import is_unicode
from carrierx.emulator.messages import Send
from carrierx.emulator.numbers import is_number, is_short_code
from carrierx.emulator.rules import is_web_url


def check_received(
    from_number: str,
    to_number: str,
    message: str | None,
    media_urls: Sequence[str],
    group_recipients: Sequence[str],
    *,
    legacy_names: bool,
) -> Send:
    """Check a message that somebody sends to the account, and return it.

    Args:
        from_number: The sender.
        to_number: The recipient.
        message: The text.
        media_urls: The URLs of the media.
        group_recipients: The numbers of a group.
        legacy_names: True if the message has the old field names.

    Raises:
        ValueError: The values don't make a valid message. The error repeats neither numbers nor text.
    """
    for name, number in (("from_", from_number), ("to", to_number)):
        if not is_number(number) and not is_short_code(number):
            raise ValueError(f"{name} must be a phone number in E.164 digits, or a short code of 3 to 6 digits")
    if not all(is_number(number) for number in group_recipients):
        raise ValueError("group_recipients must be phone numbers in E.164 digits")
    if not all(is_web_url(url) and is_unicode(url) for url in media_urls):
        raise ValueError("media_urls must be absolute http or https URLs without user information")
    if not message and not media_urls:
        raise ValueError("there must be a message or media_urls")
    if message is not None and not is_unicode(message):
        raise ValueError("message contains a lone surrogate")

    return Send(
        kind="mms" if media_urls or group_recipients else "sms",
        from_number=from_number,
        to_number=to_number,
        message=message,
        media_urls=tuple(media_urls),
        group_recipients=tuple(group_recipients),
        user_data=None,
        legacy_names=legacy_names,
    )
