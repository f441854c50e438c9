"""Delivery of a client's events to the logger `carrierx` and to the function given as `on_event=`."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrierx.events import Event, EventHandler

__all__ = ["EventHub"]

logger: logging.Logger = logging.getLogger("carrierx")
logger.addHandler(logging.NullHandler())


def _log(event: Event) -> None:
    from carrierx.events import (
        AttemptFinished,
        AttemptInterrupted,
        AttemptStarted,
        FieldsUnreadable,
        ResponseMismatch,
        RetryScheduled,
        SegmentsDiffer,
        TokenRefreshed,
    )

    match event:
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
        case FieldsUnreadable():
            logger.warning("%s %s: unreadable fields %s", event.method, event.path, ", ".join(event.fields))


class EventHub:
    """Passes events to the logger and to the user's function."""

    __slots__ = ("_handler",)

    def __init__(self, handler: EventHandler | None) -> None:
        self._handler = handler

    @property
    def listening(self) -> bool:
        """True if anything receives events. If not, creating them is a waste of time."""
        return self._handler is not None or logger.isEnabledFor(logging.INFO)

    def joined_by(self, listener: EventHandler) -> EventHub:
        """Create a hub with one more listener, which is called before the user's function."""
        handler = self._handler

        def both(event: Event) -> None:
            listener(event)
            if handler is not None:
                handler(event)

        return EventHub(both)

    def emit(self, event: Event) -> None:
        """Deliver one event. What the user's function or log handlers raise doesn't end the call.

        After an accepted send, it would look like a failure, and the caller might send the message again.
        """
        with suppress(Exception):  # a log handler raised, so there is no log to report it to
            _log(event)
        if self._handler is None:
            return
        try:
            self._handler(event)
        except Exception:
            with suppress(Exception):
                logger.exception("on_event raised on %s; the call continues", type(event).__name__)
