"""Taking in an answer: within bounds, and with whatever of it arrived."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from carrierx.transport.answer import Answer, AnswerBody, Defect
from carrierx.transport.http_library.failures import stripped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx.transport.evidence import Evidence

__all__ = ["answer_cut", "answer_of", "note_keep_alive"]

_KEEP_ALIVE_TIMEOUT = re.compile(r"\btimeout=(\d{1,6})\b", re.IGNORECASE)


def note_keep_alive(headers: Mapping[str, str], evidence: Evidence) -> None:
    """Stop using a connection before the server stops waiting: a request may meet its closing half-way."""
    stated = headers.get("keep-alive")
    if stated is None or evidence.connection is None:
        return
    seconds = _KEEP_ALIVE_TIMEOUT.search(stated)
    if seconds is not None:
        evidence.connection.usable_until = time.monotonic() + int(seconds[1]) - 1.0


def answer_of(status_code: int, headers: Mapping[str, str], body: AnswerBody) -> Answer:
    """Take what was collected of an answer that came to its end, or to ours."""
    content = body.finish()
    return Answer(status_code, headers, content, body.defect)


def answer_cut(status_code: int, headers: Mapping[str, str], body: AnswerBody, failure: Exception) -> Answer:
    """Take what was collected of an answer that broke off."""
    content = body.finish()
    return Answer(status_code, headers, content, body.defect or Defect.CUT, stripped(failure))
