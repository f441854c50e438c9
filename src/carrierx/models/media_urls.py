"""The rule for the addresses of media."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from unicodedata import normalize

from carrierx.errors import BrokenRule

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["media_urls_are_sound"]

_NOT_IN_A_URL = re.compile(r"[\s\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_AUTHORITY = re.compile(r"(?i:https?)://([^/?#]*)")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::([0-9]{0,5}))?")
_MAX_PORT = 65_535


def media_urls_are_sound(urls: Sequence[str | None]) -> Sequence[BrokenRule]:
    """Media URLs are absolute http or https URLs, without user info. Source: habit; CarrierX has to fetch them.

    Args:
        urls: The URLs by position; None where something else was given.
    """
    problems = [None if url is None else _problem_of_url(url) for url in urls]
    return [
        BrokenRule(f"media_urls[{position}]", *problem)
        for position, problem in enumerate(problems)
        if problem is not None
    ]


def _problem_of_url(url: str) -> tuple[str, str] | None:
    if _NOT_IN_A_URL.search(url):
        return (
            "url_has_forbidden_characters",
            "The URL holds blanks, control characters or backslashes. Percent-encode them or remove them.",
        )
    start = _AUTHORITY.match(url)
    if start is None:
        return "url_not_http", "It is not an absolute http or https URL. Give the whole address, https:// included."
    authority = start[1]
    if "@" in authority:
        return (
            "url_has_user_info",
            "The URL holds a user name or password, which would be handed on. Give a URL that needs none.",
        )
    parts = _HOST_AND_PORT.fullmatch(authority)
    if parts is None or not _is_host(parts[1]) or not 0 < int(parts[2] or 443) <= _MAX_PORT:
        return "url_without_host", "The URL names no host, or a malformed host or port. Give the whole address."
    return None


def _is_host(text: str) -> bool:
    if text.startswith("["):
        try:
            IPv6Address(text[1:-1])
        except ValueError:
            return False
        return True
    # Some characters turn into separators when a host's name is normalised, and then name another host.
    return any(map(str.isalnum, text)) and not set(normalize("NFKC", text)) & set("/?#@:")
