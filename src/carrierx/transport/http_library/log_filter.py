"""Masks what httpx and httpx2 log of our requests: whole URLs at INFO, phone numbers in them."""

from __future__ import annotations

import logging
import re

__all__ = ["mask_library_logs"]

_NUMBER_IN_PATH = re.compile(r"(?<=/)(?:\+|%2B)?\d{5,}(?=/|$)")


class _UrlMask(logging.Filter):
    """Masks numbers in the path, and the whole query, of URLs below our base URLs."""

    def __init__(self) -> None:
        super().__init__()
        self.base_urls: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(self._masked(argument) for argument in record.args)
        return True

    def _masked(self, argument: object) -> object:
        text = str(argument) if type(argument).__name__ == "URL" else argument
        if not isinstance(text, str) or not any(text.startswith(base_url) for base_url in self.base_urls):
            return argument
        path, question, _ = text.partition("?")
        return _NUMBER_IN_PATH.sub("***", path) + ("?***" if question else "")


_mask = _UrlMask()


def mask_library_logs(base_url: str) -> None:
    """Mask requests below a base URL in the logs of httpx and httpx2, from now on."""
    _mask.base_urls.add(base_url)
    for name in ("httpx", "httpx2"):
        logger = logging.getLogger(name)
        if _mask not in logger.filters:
            logger.addFilter(_mask)
