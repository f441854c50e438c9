"""What the inbox's tests share."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any, TypeAlias

import httpx

from carrierx.emulator import BASE_PATH, Emulator, RunningEmulator
from tests.emulator.helpers import DID, PHONE

JSON: TypeAlias = dict[str, Any]

HOSTILE_TEXTS = (
    "<script>document.title = 'taken'</script>",
    '"><img src=x onerror="document.title = \'taken\'">',
    "</p></li><h1>heading</h1>{{7*7}}${7*7}&lt;b&gt;&amp;",
    "javascript:alert(1) https://example.com/?a=<b>",
    "\u202etxet desrever \u200f\u0000\u0007 \u2028 end",
    "z\u0351\u036b\u0343a\u0329\u0356l\u035ag\u0350o " * 20,
)


def root_of(running: RunningEmulator) -> str:
    """Return where the page is, without the slash."""
    return running.base_url.removesuffix(BASE_PATH)


def read(page: httpx.Client, name: str, /, **parameters: str | int) -> JSON:
    """Ask what the page asks, and return what is told."""
    answer = page.get(f"/control/{name}", params=parameters)
    assert answer.status_code == 200, answer.text
    content: JSON = answer.json()
    return content


def tell(page: httpx.Client, name: str, /, **content: object) -> JSON:
    """Have something done as the page does, and return what is told."""
    answer = page.post(f"/control/{name}", json=content)
    assert answer.status_code == 200, answer.text
    told: JSON = answer.json()
    return told


def as_json(told: object) -> JSON:
    """Return what the page is told as it comes over the wire."""
    content: JSON = json.loads(json.dumps(told))
    return content


def texts(told: JSON) -> list[str]:
    """Return the texts of the messages that were told."""
    return [item["sms"]["message"] for item in told["items"]]


def receive(emulator: Emulator, text: str, *, from_: str = PHONE, to: str = DID) -> str:
    """Let a text come in, and return its SID."""
    return str(emulator.receive(from_=from_, to=to, message=text)["message_sid"])


def picture(width: int = 240, height: int = 150) -> bytes:
    """Draw a small PNG."""
    rows = b"".join(
        b"\0" + b"".join(bytes((60 + x * 150 // width, 150 - y * 60 // height, 140)) for x in range(width))
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
