"""The stub server's responses: one complete response for each API whose client is measured."""

from __future__ import annotations

import json

__all__ = ["CARRIERX_PATH", "FROM", "MESSAGE", "SID", "TO", "TOKEN", "answers_file"]

CARRIERX_PATH = "/core/v2"
TOKEN = "benchmark-0d7a8c3e-token"  # any value works, because the stub server does not check it
FROM = "15162065575"
TO = "15162065574"
MESSAGE = "This is a test message"
SID = "097b49df-c54e-4eaf-97d0-89cf7d5a655b"

# CarrierX's own sample of a response to a send.
_SMS: dict[str, object] = {
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

# Responses of the peers' APIs to a create, as in their documentation, with our message.
_TWILIO: dict[str, object] = {
    "account_sid": "AC00000000000000000000000000000000",
    "api_version": "2010-04-01",
    "body": MESSAGE,
    "date_created": "Wed, 06 Dec 2023 15:18:29 +0000",
    "date_sent": None,
    "date_updated": "Wed, 06 Dec 2023 15:18:30 +0000",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": f"+{FROM}",
    "messaging_service_sid": None,
    "num_media": "0",
    "num_segments": "1",
    "price": None,
    "price_unit": "USD",
    "sid": "SM00000000000000000000000000000000",
    "status": "queued",
    "subresource_uris": {"media": "/2010-04-01/Accounts/AC0/Messages/SM0/Media.json"},
    "to": f"+{TO}",
    "uri": "/2010-04-01/Accounts/AC0/Messages/SM0.json",
}
_TELNYX: dict[str, object] = {
    "data": {
        "record_type": "message",
        "direction": "outbound",
        "id": "40385f64-5717-4562-b3fc-2c963f66afa6",
        "type": "SMS",
        "messaging_profile_id": "4000eba1-a0c0-4563-9925-b25e842a7cb6",
        "from": {"phone_number": f"+{FROM}", "carrier": "T-Mobile USA", "line_type": "Wireless"},
        "to": [{"phone_number": f"+{TO}", "status": "queued", "carrier": "T-Mobile USA", "line_type": "Wireless"}],
        "text": MESSAGE,
        "media": [],
        "webhook_url": "",
        "encoding": "GSM-7",
        "parts": 1,
        "tags": [],
        "cost": None,
        "received_at": "2023-12-06T15:18:29.189Z",
        "sent_at": None,
        "completed_at": None,
        "valid_until": "2023-12-06T16:18:29.189Z",
        "errors": [],
    }
}
_PLIVO: dict[str, object] = {
    "message": "message(s) queued",
    "message_uuid": ["db3ce55a-7f1d-11e1-8ea7-1231380bc196"],
    "api_id": "db342550-7f1d-11e1-8ea7-1231380bc196",
}
_STRIPE: dict[str, object] = {
    "id": "pi_3MtwBwLkdIwHu7ix28a3tqPa",
    "object": "payment_intent",
    "amount": 2000,
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "automatic_payment_methods": {"enabled": True},
    "capture_method": "automatic",
    "client_secret": "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_1",
    "confirmation_method": "automatic",
    "created": 1680800504,
    "currency": "usd",
    "livemode": False,
    "metadata": {},
    "payment_method_types": ["card", "link"],
    "status": "requires_payment_method",
}
_OPENAI: dict[str, object] = {
    "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    "object": "chat.completion",
    "created": 1741569952,
    "model": "gpt-4.1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello!", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29},
    "service_tier": "default",
}

# Each by a part of the request's target.
_BODIES: dict[str, object] = {
    "/sms/messages": _SMS,
    "/Messages.json": _TWILIO,
    "/v2/messages": _TELNYX,
    "/v1/messages": {"message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"},
    "/Message/": _PLIVO,
    "/payment_intents": _STRIPE,
    "/chat/completions": _OPENAI,
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
    """Write the responses in the format that the stub server reads."""
    return b"".join(_entry(match, body) for match, body in _BODIES.items())


def _entry(match: str, body: object) -> bytes:
    content = json.dumps(body, separators=(",", ":")).encode()
    head = "\r\n".join(("HTTP/1.1 200 OK", *_HEADERS, f"Content-Length: {len(content)}", "", ""))
    answer = head.encode() + content
    return f"{match} {len(answer)}\n".encode() + answer
