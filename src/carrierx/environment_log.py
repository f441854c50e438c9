"""Logging to the standard error stream, if the environment variable `CARRIERX_LOG` asks for it."""

from __future__ import annotations

import logging
import os

from carrierx.errors import ConfigurationError

__all__ = ["LOG_VARIABLE", "log_as_the_environment_says"]

LOG_VARIABLE = "CARRIERX_LOG"

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}
_handler: logging.Handler | None = None


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
    if _handler is None:
        logger = logging.getLogger("carrierx")
        _handler = logging.StreamHandler()
        _handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s: %(message)s"))
        logger.addHandler(_handler)
        # A more detailed level that the program has set itself stays.
        logger.setLevel(min(level, logger.level or level))
