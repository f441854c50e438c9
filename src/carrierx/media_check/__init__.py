"""Check the total size of an MMS's media before the message is sent.

For each URL, the checker sends a HEAD request, then a GET for one byte, then a GET that stops once the limit is
exceeded. It stops as soon as the size is clear. The result for a URL is EXACT, AT_LEAST or UNKNOWN. Only confirmed
sizes can block a message:

- One size stated by the server is enough to let a message pass. The `Content-Length` of a HEAD response counts as EXACT
  unless it is 0, comes with a content or transfer encoding, or would put the media over the limit. The check doesn't
  notice a stated length that is too small, because that would require a full download.
- To block a message, a GET must confirm the length from the HEAD response: by the total in its `Content-Range`, or by
  the bytes that arrive. A stated length that can't be confirmed becomes UNKNOWN, so a wrong HEAD response never blocks
  a valid message. The same applies to a size remembered from an earlier check, because files can be replaced.
- The `Content-Length` of a GET response may also let a message pass. To block one, the bytes are counted. A body that
  is cut off counts as AT_LEAST the bytes that arrived.
- A compressed response is UNKNOWN, because its length is not that of the file.

The check sends no token, cookie or user info. It uses no proxy, keeps no bytes of a body, closes its connections when
it ends, and connects only to public addresses. Every failure is UNKNOWN, and UNKNOWN never blocks a message.
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
