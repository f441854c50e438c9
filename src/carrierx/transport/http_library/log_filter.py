"""Masks what httpx and httpx2 log of our requests: whole URLs at INFO, phone numbers in them."""

from __future__ import annotations

import logging

import httpx

from carrierx.transport.call import shown_path

__all__ = ["mask_library_logs"]


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
        if not isinstance(text, str) or not text.startswith(tuple(self.base_urls)):
            return argument
        path, question, _ = text.partition("?")
        return shown_path(path) + ("?***" if question else "")


_mask = _UrlMask()


def mask_library_logs(base_url: str) -> None:
    """Mask requests below a base URL in the logs of httpx and httpx2, from now on."""
    # As httpx logs it: the host in small letters, without the scheme's own port.
    _mask.base_urls.add(str(httpx.URL(base_url)))
    for name in ("httpx", "httpx2"):
        logger = logging.getLogger(name)
        if _mask not in logger.filters:
            logger.addFilter(_mask)
