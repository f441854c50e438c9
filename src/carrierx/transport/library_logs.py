"""Masks what HTTP libraries log of our requests: phone numbers in URLs, a proxy's password, a server's words."""

from __future__ import annotations

import logging
import re
from http.client import responses
from typing import cast

import httpx

from carrierx.models.masking import shown_path
from carrierx.transport.evidence import attempt_evidence

__all__ = ["mask_library_logs"]

# A filter acts on the logger that it is added to, and not on the loggers below it.
_CONNECTIONS = tuple(
    f"{library}.{part}" for library in ("httpcore", "httpcore2") for part in ("connection", "http11", "proxy", "socks")
)
_HARMLESS_EVENTS = ("connect_tcp.", "start_tls.", "close.", "retry.")
_STATUS = re.compile(r"return_value=\(b'HTTP/[\d.]+', (\d{3})\b")


class _UrlMask(logging.Filter):
    """Masks numbers in the path, and all of the query, of URLs below our base URLs, and the server's own words."""

    def __init__(self) -> None:
        super().__init__()
        self.base_urls: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            masked = [self._masked(argument) for argument in record.args]
            if attempt_evidence.get() is not None and len(masked) == 5:  # method, URL, version, status and its words
                masked[4] = responses.get(cast("int", masked[3]), "***")
            record.args = tuple(masked)
        return True

    def _masked(self, argument: object) -> object:
        text = str(argument) if type(argument).__name__ == "URL" else argument
        if not isinstance(text, str) or not text.startswith(tuple(self.base_urls)):
            return argument
        path, question, _ = text.partition("?")
        return shown_path(path) + ("?***" if question else "")


class _ExchangeMask(logging.Filter):
    """Leaves the events of our own exchanges their names, and the status: the rest is what a server or a user wrote."""

    def filter(self, record: logging.LogRecord) -> bool:
        if attempt_evidence.get() is not None and isinstance(record.msg, str):
            event, _, details = record.msg.partition(" ")
            if not event.startswith(_HARMLESS_EVENTS):
                status = _STATUS.match(details)
                record.msg = f"{event} status={status[1]}" if status else event
        return True


_url_mask = _UrlMask()
_exchange_mask = _ExchangeMask()


def mask_library_logs(base_url: str) -> None:
    """Mask requests below a base URL in the logs of the HTTP libraries, from now on."""
    # As httpx logs it: the host in small letters, without the scheme's own port.
    _url_mask.base_urls.add(str(httpx.URL(base_url)))
    for names, mask in ((("httpx", "httpx2"), _url_mask), (_CONNECTIONS, _exchange_mask)):
        for name in names:
            logging.getLogger(name).addFilter(mask)  # a filter that is there already is not added again
