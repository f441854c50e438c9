"""Logging to the standard error stream, if the environment variable `CARRIERX_LOG` asks for it."""

from __future__ import annotations

import logging
import os
from typing import TextIO

from carrierx.errors import ConfigurationError

__all__ = ["LOG_VARIABLE", "log_as_the_environment_says"]

LOG_VARIABLE = "CARRIERX_LOG"

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}


class _StandardErrorHandler(logging.StreamHandler[TextIO]):
    """Writes to the standard error stream, unless a handler of the program writes the same line there."""

    def handle(self, record: logging.LogRecord) -> bool:
        others = [*logging.getLogger(record.name).handlers, *logging.getLogger().handlers]
        return not any(self._is_the_same(other, record) for other in others) and bool(super().handle(record))

    def _is_the_same(self, other: logging.Handler, record: logging.LogRecord) -> bool:
        stream: object = getattr(other, "stream", None)
        return other is not self and stream is self.stream and record.levelno >= other.level


_handler: _StandardErrorHandler | None = None


def log_as_the_environment_says() -> None:
    """Log the events of all clients to the standard error stream, if `CARRIERX_LOG` is `debug` or `info`.

    Events hold no token, phone number or text. Without the variable, or if it's empty, the program's own logging
    applies.

    Raises:
        ConfigurationError: The variable has another value.
    """
    global _handler
    value = os.environ.get(LOG_VARIABLE, "")
    if not value:
        return
    level = _LEVELS.get(value.lower())
    if level is None:
        raise ConfigurationError(f"{LOG_VARIABLE} must be debug or info.")
    logger = logging.getLogger("carrierx")
    logger.disabled = False  # logging.config.dictConfig disables the loggers that exist, unless it's told not to
    if _handler is None:
        _handler = _StandardErrorHandler()
        _handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s: %(message)s"))
        logger.addHandler(_handler)
        # A more detailed level that the program has set itself stays.
        logger.setLevel(min(level, logger.level or level))
