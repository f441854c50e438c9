"""Errors of the emulator itself, as opposed to its HTTP error responses."""

from __future__ import annotations


class EmulatorError(Exception):
    """The emulator can't work, for example because its database can't be used or its port is taken.

    A refused request doesn't raise it: the emulator returns an HTTP response.
    """


class AnswerCutError(EmulatorError):
    """A fault loses or cuts a response, but this ASGI server can't close its connections.

    The emulator's own `serve` and `run` can. Under other servers, this error ends the request, and the server responds
    in its own way.
    """

    def __init__(self) -> None:
        super().__init__(
            "a fault ends this response, but this ASGI server has no way to close the connection: use the emulator's"
            " own serve or run"
        )
