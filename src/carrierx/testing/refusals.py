"""An emulator that remembers why it refused to send, for the failures of tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from carrierx.emulator import BASE_PATH, Emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from carrierx.emulator import EmulatorConfig, Request, Response

__all__ = ["RememberingEmulator", "is_send"]

_SEND_PATH: Final = f"{BASE_PATH}/sms/messages"
_FIRST_REFUSAL: Final = 400


def is_send(request: Request) -> bool:
    """Tell whether a request asks for a message to be sent."""
    return request.method == "POST" and request.path == _SEND_PATH


class RememberingEmulator(Emulator):
    """An emulator that remembers how it refused a message last.

    Args:
        config: How it behaves.
        clock: Tells the time.
    """

    def __init__(self, config: EmulatorConfig | None, *, clock: Callable[[], datetime]) -> None:
        super().__init__(config, clock=clock)
        self._last_refusal: str | None = None

    @property
    def last_refusal(self) -> str | None:
        """The status and the words of the answer to the latest send that was refused; None if none was."""
        return self._last_refusal

    def handle(self, request: Request) -> Response:
        """Answer one request, as the API would."""
        response = super().handle(request)
        if response.status >= _FIRST_REFUSAL and is_send(request):
            self._last_refusal = _words_of(response)
        return response


def _words_of(response: Response) -> str:
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
    """The texts that stand in some fields of a JSON object; none if it is another thing."""
    if not isinstance(record, dict):
        return []
    values = [cast("dict[str, object]", record).get(name) for name in names]
    return [value for value in values if isinstance(value, str)]
