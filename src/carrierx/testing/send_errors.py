"""Emulator that records why it last refused a send, for the messages of failing tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from carrierx.emulator import BASE_PATH, Emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from carrierx.emulator import EmulatorConfig, EmulatorResponse, Request

__all__ = ["RecordingEmulator", "is_send"]

_SEND_PATH: Final = f"{BASE_PATH}/sms/messages"
_FIRST_ERROR: Final = 400


def is_send(request: Request) -> bool:
    """Tell whether a request sends a message."""
    return request.method == "POST" and request.path == _SEND_PATH


class RecordingEmulator(Emulator):
    """Emulator that records the error of the latest send that failed.

    Args:
        config: The emulator's settings.
        clock: Returns the time.
    """

    def __init__(self, config: EmulatorConfig | None, *, clock: Callable[[], datetime]) -> None:
        super().__init__(config, clock=clock)
        self._last_send_error: str | None = None

    @property
    def last_send_error(self) -> str | None:
        """Status and error texts of the latest send that was refused; None if no send was."""
        return self._last_send_error

    def handle(self, request: Request) -> EmulatorResponse:
        """Respond to a request as the API would."""
        response = super().handle(request)
        if response.status >= _FIRST_ERROR and is_send(request):
            self._last_send_error = _words_of(response)
        return response


def _words_of(response: EmulatorResponse) -> str:
    try:
        body: object = json.loads(response.body)
    except ValueError:
        body = None
    words = [str(response.status), *_texts(body, "message")]
    errors = cast("dict[str, object]", body).get("errors") if isinstance(body, dict) else None
    if isinstance(errors, list):
        words += [": ".join(_texts(error, "field", "message")) for error in cast("list[object]", errors)]
    return ", ".join(word for word in words if word)


def _texts(record: object, *names: str) -> list[str]:
    """Return the texts in some fields of a JSON object; empty for any other value."""
    if not isinstance(record, dict):
        return []
    values = [cast("dict[str, object]", record).get(name) for name in names]
    return [value for value in values if isinstance(value, str)]
