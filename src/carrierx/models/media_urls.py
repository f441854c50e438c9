"""The rule for media URLs."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from unicodedata import normalize

from carrierx.errors import BrokenRule

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_media_urls"]

_NOT_IN_A_URL = re.compile(r"[\s\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_AUTHORITY = re.compile(r"(?i:https?)://([^/?#]*)")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::([0-9]{0,5}))?")
_MAX_PORT = 65_535


def check_media_urls(urls: Sequence[str | None]) -> Sequence[BrokenRule]:
    """Require absolute http or https URLs without user info. Source: common sense, because CarrierX has to fetch them.

    Args:
        urls: The URLs by position; None for values that are not strings.
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
            "The URL holds whitespace, control characters or backslashes. Percent-encode or remove them.",
        )
    start = _AUTHORITY.match(url)
    if start is None:
        return "url_not_http", "It is not an absolute http or https URL. Give the full URL, including https://."
    authority = start[1]
    if "@" in authority:
        return (
            "url_has_user_info",
            "The URL holds a user name or password, which would be passed on. Give a URL that needs none.",
        )
    parts = _HOST_AND_PORT.fullmatch(authority)
    if parts is None or not _is_host(parts[1]) or not 0 < int(parts[2] or 443) <= _MAX_PORT:
        return "url_without_host", "The URL has no host, or its host or port is malformed. Give the full URL."
    return None


def _is_host(text: str) -> bool:
    if text.startswith("["):
        try:
            IPv6Address(text[1:-1])
        except ValueError:
            return False
        return True
    # Some characters become separators when a host name is normalised. The URL would then name another host.
    return any(map(str.isalnum, text)) and not set(normalize("NFKC", text)) & set("/?#@:")
