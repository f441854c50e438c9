"""Taking in an answer of httpx or httpx2: within bounds, and with whatever of it arrived."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from carrierx.transport.answer import Answer, AnswerBody, Defect
from carrierx.transport.http_library.failures import stripped

if TYPE_CHECKING:
    import httpx

    from carrierx.transport.evidence import Evidence

__all__ = ["answer_cut", "answer_in_memory", "answer_of", "note_keep_alive"]

_KEEP_ALIVE_TIMEOUT = re.compile(r"\btimeout=(\d{1,6})\b", re.IGNORECASE)


def note_keep_alive(response: httpx.Response, evidence: Evidence) -> None:
    """Stop using a connection before the server stops waiting: a request may meet its closing half-way."""
    stated = response.headers.get("keep-alive")
    if stated is None or evidence.stream is None:
        return
    seconds = _KEEP_ALIVE_TIMEOUT.search(stated)
    if seconds is not None:
        evidence.stream.usable_until = time.monotonic() + int(seconds[1]) - 1.0


def answer_in_memory(response: httpx.Response, largest: int) -> Answer | None:
    """Take an answer that was read already, by a hook or a test's transport; None if it is still to be read."""
    if not response.is_stream_consumed:
        return None
    try:
        content = response.content
    except RuntimeError:  # the library's ResponseNotRead: a hook used the stream up and kept nothing
        return Answer(response.status_code, response.headers, b"", Defect.CUT)
    defect = Defect.TOO_LARGE if len(content) > largest else None
    return Answer(response.status_code, response.headers, b"" if defect else content, defect)


def answer_of(response: httpx.Response, body: AnswerBody) -> Answer:
    """Take what was collected of an answer that came to its end, or to ours."""
    content = body.finish()
    return Answer(response.status_code, response.headers, content, body.defect)


def answer_cut(response: httpx.Response, body: AnswerBody, failure: Exception | None) -> Answer:
    """Take what was collected of an answer that broke off."""
    content = body.finish()
    cause = stripped(failure) if failure is not None else None
    return Answer(response.status_code, response.headers, content, body.defect or Defect.CUT, cause)
