"""CarrierX's side of a callback: what it posts, and posting it over a real connection."""

from __future__ import annotations

import uuid
from types import TracebackType
from typing import Any, Self

import httpx

YOURS, THEIRS = "15162065575", "15162065574"
"""A number of the account's, and a customer's."""
SID = "097b49df-c54e-4eaf-97d0-89cf7d5a655b"

# CarrierX's own sample of an outbound message. An inbound one is not published; this takes the same fields.
_OBJECT: dict[str, Any] = {
    "date_changed": "2023-12-06T15:18:30.084Z",
    "date_created": "2023-12-06T15:18:29.189Z",
    "date_status_changed": "2023-12-06T15:18:30.084Z",
    "direction": "outbound",
    "from": YOURS,
    "group_recipients": [],
    "mcc": 310,
    "media_urls": [],
    "message": "This is a test message",
    "message_segments": 1,
    "message_sid": SID,
    "mnc": 999,
    "partner_sid": "e00430c3-a7d0-4666-ab5c-f7202448382f",
    "price": "0.0150",
    "status": "sent",
    "to": THEIRS,
    "type": "sms",
    "user_data": None,
}


def status_update(status: str = "sent", **fields: object) -> dict[str, Any]:
    """A message that was sent, at a status."""
    return {**_OBJECT, "status": status, **fields}


def inbound(text: str | None = "Hello", **fields: object) -> dict[str, Any]:
    """A message that came in, with a SID of its own."""
    came_in = {"direction": "inbound", "from": THEIRS, "to": YOURS, "status": "received"}
    return {**_OBJECT, "message_sid": str(uuid.uuid4()), "message": text, **came_in, **fields}


def legacy(fields: dict[str, Any]) -> dict[str, Any]:
    """The same under the names that legacy accounts see, without what they do not see."""
    names = {"from": "from_did", "to": "to_did"}
    unseen = {"date_changed", "type", "user_data", "group_recipients", "media_urls"}
    return {names.get(name, name): value for name, value in fields.items() if name not in unseen}


class Carrier:
    """Posts callbacks to a URL, as CarrierX does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.Client(timeout=20, trust_env=False)

    def post(self, callback: dict[str, Any]) -> int:
        """Post a callback and return the status of the answer."""
        return self._client.post(self._url, json=callback).status_code

    def post_raw(self, body: bytes, **headers: str) -> httpx.Response:
        """Post anything."""
        return self._client.post(self._url, content=body, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()
