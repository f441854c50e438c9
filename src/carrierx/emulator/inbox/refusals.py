"""Why the inbox does not do what it was asked for, as an answer to its page."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.http_types import Headers, Response, json_response

BAD_REQUEST: Final = 400
"""The request makes no sense."""

FORBIDDEN: Final = 403
"""Whoever asks may not."""

NOT_FOUND: Final = 404
"""There is no such thing."""


def refusal(status: int, message: str, headers: Headers = ()) -> Response:
    """Return an answer that says why not."""
    return json_response(status, {"message": message}, headers)


class InboxRefusalError(Exception):
    """The inbox does not do what it was asked for.

    Args:
        message: Why, for people.
        status: The status of the answer.

    Attributes:
        response: The answer.
    """

    def __init__(self, message: str, status: int = BAD_REQUEST) -> None:
        super().__init__(message)
        self.response: Response = refusal(status, message)
