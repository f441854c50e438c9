"""What goes wrong with the emulator itself, as opposed to what it answers over HTTP."""

from __future__ import annotations

from typing import Final

MISSING_EXTRA: Final = "serving the emulator over HTTP needs Starlette and uvicorn: install carrierx[emulator]"
"""The text of the ImportError when the web libraries are not installed."""


class EmulatorError(Exception):
    """The emulator can't do its work: its database can't be used, or its address can't be served.

    A refused request is no EmulatorError: it is an HTTP answer.
    """


class AnswerCutError(EmulatorError):
    """An answer is lost or breaks off on purpose, and this ASGI server can't close its connections.

    The emulator's own `serve` and `run` can. Under others this error ends the request, and they answer as they do.
    """

    def __init__(self) -> None:
        super().__init__(
            "a fault ends this answer, but this ASGI server has no way to close the connection: use the emulator's own"
            " serve or run"
        )
