"""Masks the log records of HTTP libraries: phone numbers in URLs, proxy passwords, text from servers."""

from __future__ import annotations

import logging
import re
from http.client import responses
from typing import cast

import httpx

from carrierx.models.masking import shown_path
from carrierx.transport.evidence import attempt_evidence

__all__ = ["mask_library_logs"]

# A filter affects only the logger that it is added to, not the loggers below it.
_CONNECTIONS = tuple(
    f"{library}.{part}" for library in ("httpcore", "httpcore2") for part in ("connection", "http11", "proxy", "socks")
)
_HARMLESS_EVENTS = ("connect_tcp.", "start_tls.", "close.", "retry.")
_STATUS = re.compile(r"return_value=\(b'HTTP/[\d.]+', (\d{3})\b")


class _UrlMask(logging.Filter):
    """Masks numbers in the path and the complete query of URLs below our base URLs, and the server's reason phrase."""

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


class _EventMask(logging.Filter):
    """Reduces the events of our own requests to their names and the status. The rest comes from servers or users."""

    def filter(self, record: logging.LogRecord) -> bool:
        if attempt_evidence.get() is not None and isinstance(record.msg, str):
            event, _, details = record.msg.partition(" ")
            if not event.startswith(_HARMLESS_EVENTS):
                status = _STATUS.match(details)
                record.msg = f"{event} status={status[1]}" if status else event
        return True


_url_mask = _UrlMask()
_event_mask = _EventMask()


def mask_library_logs(base_url: str) -> None:
    """From now on, mask requests below a base URL in the logs of the HTTP libraries."""
    # As httpx logs it: with a lowercase host and without the default port.
    _url_mask.base_urls.add(str(httpx.URL(base_url)))
    for names, mask in ((("httpx", "httpx2"), _url_mask), (_CONNECTIONS, _event_mask)):
        for name in names:
            logging.getLogger(name).addFilter(mask)  # adding the same filter twice has no effect
