"""What the stub server answers: one whole answer for each API whose client is measured."""

from __future__ import annotations

import json

__all__ = ["CARRIERX_PATH", "FROM", "MESSAGE", "SID", "TO", "TOKEN", "answers_file"]

CARRIERX_PATH = "/core/v2"
TOKEN = "benchmark-0d7a8c3e-token"  # any will do: nobody checks it
FROM = "15162065575"
TO = "15162065574"
MESSAGE = "This is a test message"
SID = "097b49df-c54e-4eaf-97d0-89cf7d5a655b"

# CarrierX's own sample of an answer to a send, whole.
_SMS = {
    "date_changed": "2023-12-06T15:18:30.084Z",
    "date_created": "2023-12-06T15:18:29.189Z",
    "date_status_changed": None,
    "direction": "outbound",
    "from": FROM,
    "group_recipients": [],
    "mcc": None,
    "media_urls": [],
    "message": MESSAGE,
    "message_segments": 1,
    "message_sid": SID,
    "mnc": None,
    "partner_sid": "e00430c3-a7d0-4666-ab5c-f7202448382f",
    "price": None,
    "status": "queued",
    "to": TO,
    "type": "sms",
    "user_data": "test_message",
}

# By a part of the request's target. The peers' are the sample answers of their APIs.
_BODIES: dict[str, object] = {
    "/sms/messages": _SMS,
}

_HEADERS = (
    "Server: nginx",
    "Date: Wed, 06 Dec 2023 15:18:30 GMT",
    "Content-Type: application/json; charset=utf-8",
    "Connection: keep-alive",
    "Keep-Alive: timeout=75",
    "Cache-Control: no-store",
    "X-Request-Id: 5f0a3c1e9d7b4a62",
    "Strict-Transport-Security: max-age=31536000",
)


def answers_file() -> bytes:
    """Write the answers as the stub server reads them."""
    return b"".join(_entry(match, body) for match, body in _BODIES.items())


def _entry(match: str, body: object) -> bytes:
    content = json.dumps(body, separators=(",", ":")).encode()
    head = "\r\n".join(("HTTP/1.1 200 OK", *_HEADERS, f"Content-Length: {len(content)}", "", ""))
    answer = head.encode() + content
    return f"{match} {len(answer)}\n".encode() + answer
