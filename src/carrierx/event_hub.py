"""Delivery of a client's events: to the logger `carrierx`, to `on_event=` and to `telemetry=`."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from carrierx.errors import ConfigurationError
from carrierx.options import check_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from carrierx.events import Event, EventHandler, Telemetry

__all__ = ["EventHub"]

logger: logging.Logger = logging.getLogger("carrierx")
logger.addHandler(logging.NullHandler())

_STARTS = frozenset({"AttemptStarted", "CallStarted"})
"""The events whose span is the current one in what the log and the user's function do with them."""


def _log(event: Event) -> None:
    from carrierx.events import (
        AttemptFinished,
        AttemptInterrupted,
        AttemptStarted,
        CallFinished,
        CallStarted,
        FieldsUnreadable,
        MessageRefused,
        ResponseMismatch,
        RetryScheduled,
        SegmentsDiffer,
        TokenRefreshed,
    )

    match event:
        case CallStarted() | CallFinished():
            pass  # they would only repeat what the events of the attempts say
        case AttemptStarted():
            logger.debug("%s %s: attempt %d", event.method, event.path, event.attempt)
        case AttemptFinished(status_code=None):
            logger.info(
                "%s %s: attempt %d ended without a response after %.3f s (%s), outcome %s",
                event.method,
                event.path,
                event.attempt,
                event.seconds,
                event.error,
                event.outcome.value,
            )
        case AttemptFinished():
            logger.info(
                "%s %s: attempt %d got status %d after %.3f s, outcome %s",
                event.method,
                event.path,
                event.attempt,
                event.status_code,
                event.seconds,
                event.outcome.value,
            )
        case AttemptInterrupted():
            logger.warning(
                "%s %s: attempt %d was interrupted after %.3f s, outcome %s, reference %s",
                event.method,
                event.path,
                event.attempt,
                event.seconds,
                event.outcome.value,
                event.reference,
            )
        case RetryScheduled():
            logger.info(
                "%s %s: retrying in %.2f s after attempt %d (%s)",
                event.method,
                event.path,
                event.delay,
                event.attempt,
                event.reason,
            )
        case TokenRefreshed():
            logger.info("%s %s: the token was refused, got a fresh one", event.method, event.path)
        case ResponseMismatch():
            logger.warning(
                "%s %s: the response to attempt %d describes another message, outcome %s, reference %s",
                event.method,
                event.path,
                event.attempt,
                event.outcome.value,
                event.reference,
            )
        case SegmentsDiffer():
            logger.info("message %s: %s segments counted, %s charged", event.message_sid, event.counted, event.charged)
        case MessageRefused():
            logger.info("a message was refused before it was sent: %s", ", ".join(event.rules))
        case FieldsUnreadable():
            logger.warning("%s %s: unreadable fields %s", event.method, event.path, ", ".join(event.fields))


class EventHub:
    """Passes events to the logger, to the user's function and to the telemetry.

    Attributes:
        handler: The user's function.
        telemetry: The telemetry.
        follows_calls: Whether anything receives the events for the start and the end of a call.
    """

    __slots__ = ("follows_calls", "handler", "telemetry")

    def __init__(self, handler: EventHandler | None, telemetry: Telemetry | None = None) -> None:
        self.handler: EventHandler | None = handler
        self.telemetry: Telemetry | None = telemetry
        self.follows_calls: bool = handler is not None or telemetry is not None

    @property
    def listening(self) -> bool:
        """True if anything receives events. If not, creating them is a waste of time."""
        return self.handler is not None or self.telemetry is not None or logger.isEnabledFor(logging.INFO)

    def joined_by(self, listener: EventHandler) -> EventHub:
        """Create a hub with one more listener, which is called before the user's function.

        It receives the events of calls only if the user's function or the telemetry do.
        """
        handler = self.handler

        def both(event: Event) -> None:
            listener(event)
            if handler is not None:
                handler(event)

        joined = EventHub(both, self.telemetry)
        joined.follows_calls = self.follows_calls
        return joined

    def emit(self, event: Event) -> None:
        """Deliver one event. What the user's function, the telemetry or log handlers raise doesn't end the call.

        After an accepted send, it would look like a failure, and the caller might send the message again.
        """
        name = type(event).__name__
        telemetry = self.telemetry
        if telemetry is not None and name in _STARTS:
            _tell(telemetry.follow, event, "telemetry")
        with suppress(Exception):  # a log handler raised, so there is no log to report it to
            _log(event)
        if self.handler is not None:
            _tell(self.handler, event, "on_event")
        if telemetry is not None and name not in _STARTS:
            _tell(telemetry.follow, event, "telemetry")

    def headers(self) -> Mapping[str, str]:
        """Return the headers that the telemetry adds to the attempt that just started."""
        if self.telemetry is None:
            return {}
        try:
            return dict(check_headers(self.telemetry.headers(), ConfigurationError))
        except Exception:
            with suppress(Exception):
                logger.exception("telemetry raised or returned unusable headers; the call continues")
            return {}


def _tell(listener: Callable[[Event], object], event: Event, what: str) -> None:
    try:
        listener(event)
    except Exception:
        with suppress(Exception):
            logger.exception("%s raised on %s; the call continues", what, type(event).__name__)
