"""How big the media of an MMS are together, measured before a byte of the message leaves.

For each URL the checker asks by HEAD, then by a GET of one byte, then by a GET that stops as soon as the limit is
passed. It gives a result: EXACT, AT_LEAST or UNKNOWN. Only what was measured can count against a message:

- One statement of a server is enough to let a message pass. A HEAD's `Content-Length` counts as EXACT unless it is 0,
  comes with a content or transfer encoding, or would bring the media over the limit. A length that is stated too small
  is not noticed: that would take a download of everything.
- To hold a message back, a HEAD's length has to be confirmed by a GET: by the total in its `Content-Range`, or by the
  bytes that really came. A stated length that nothing confirms becomes UNKNOWN, so a wrong HEAD never blocks a message
  that is fine. The same goes for a size that is remembered from an earlier check: files are replaced.
- A GET's own `Content-Length` may let a message pass, too, and against it the bytes are counted. A body that is cut off
  counts as AT_LEAST what arrived.
- A compressed answer is UNKNOWN: its length is not the file's.

The check sends no token, cookie or user info, uses no proxy, keeps no byte of a body and no connection beyond itself,
and connects to public addresses alone. Whatever goes wrong is UNKNOWN, and UNKNOWN never blocks.
"""

from __future__ import annotations

from carrierx.media_check.checker import MediaChecker
from carrierx.media_check.checker_async import AsyncMediaChecker
from carrierx.media_check.results import Certainty, MediaCheckResult, MediaReport, media_sizes_fit

__all__ = [
    "AsyncMediaChecker",
    "Certainty",
    "MediaCheckResult",
    "MediaChecker",
    "MediaReport",
    "media_sizes_fit",
]
