"""What a batch is given to send: an iterable of requests, or of mappings that its owner may go on changing."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, MutableMapping, MutableSequence, MutableSet
from copy import copy
from typing import TYPE_CHECKING, TypeAlias, cast

from carrierx.errors import InvalidArgumentError
from carrierx.models.send_request import SendMessageRequest

if TYPE_CHECKING:
    from carrierx.models.rules import MessageLimits

__all__ = ["AsyncRequests", "Requests", "TakenRequest", "check_requests", "check_requests_async"]

Requests: TypeAlias = Iterable[SendMessageRequest | Mapping[str, object]]
AsyncRequests: TypeAlias = Requests | AsyncIterable[SendMessageRequest | Mapping[str, object]]


def check_requests(requests: object) -> Iterable[object]:
    """Check that what is to be sent can be gone through, and is not a single message.

    Raises:
        InvalidArgumentError: It can't work.
    """
    kind = type(requests).__name__
    if isinstance(requests, AsyncIterable):
        raise InvalidArgumentError("An async iterable of requests needs the async client.")
    if isinstance(requests, str | bytes | Mapping | SendMessageRequest):
        raise InvalidArgumentError(
            f"requests must be an iterable of messages, not {kind}. For one message: send, or a list of one."
        )
    if not isinstance(requests, Iterable):
        raise InvalidArgumentError(f"requests must be an iterable of messages, not {kind}.")
    return cast("Iterable[object]", requests)


def check_requests_async(
    requests: Iterable[object] | AsyncIterable[object],
) -> Iterable[object] | AsyncIterable[object]:
    """Check the same for the async client, which takes async iterables too.

    Raises:
        InvalidArgumentError: It can't work.
    """
    return requests if isinstance(requests, AsyncIterable) else check_requests(requests)


class TakenRequest:
    """One of a batch's requests as it was when it was taken, whatever happens to the mapping afterwards.

    A generator may give the same mapping again and again with other fields in it. So it has to be read before the next
    one is asked for.

    Attributes:
        index: Its place among those given, from 0.
        given: What was given: a `SendMessageRequest`, a copy of a mapping, or something else as it is.
    """

    __slots__ = ("_fields", "_unreadable", "given", "index")

    def __init__(self, index: int, given: object) -> None:
        self.index: int = index
        self.given: object = given
        self._fields: Mapping[str, object] | None = None
        self._unreadable: Exception | None = None
        if isinstance(given, Mapping):
            try:
                self.given = self._fields = _copied(cast("Mapping[str, object]", given))
            except Exception as error:  # noqa: BLE001 - the caller's own class: it becomes this request's result
                self._unreadable = _without_our_frames(error)

    def request(self, limits: MessageLimits) -> SendMessageRequest:
        """Check it and make a request of it.

        Raises:
            InvalidMessageError: It breaks rules.
            InvalidArgumentError: It is neither a request nor a mapping.
            Exception: What the mapping raised when it was read.
        """
        if self._unreadable is not None:
            raise self._unreadable
        if isinstance(self.given, SendMessageRequest):
            return self.given
        if self._fields is not None:
            return SendMessageRequest.parse(self._fields, limits)
        kind = type(self.given).__name__
        raise InvalidArgumentError(f"send_many takes requests or mappings of their fields, not {kind}.")


def _copied(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: _as_it_is_now(fields[name]) for name in fields}


def _without_our_frames(error: Exception) -> Exception:
    """Leave out the frames whose local variables hold the mapping: error trackers record them."""
    step = error.__traceback__
    while step is not None and step.tb_frame.f_globals is globals():
        step = step.tb_next
    return error.with_traceback(step)


def _as_it_is_now(value: object) -> object:
    """Copy what can be changed: a list of numbers or URLs. Texts can't be."""
    if isinstance(value, str) or not isinstance(value, MutableSequence | MutableSet | MutableMapping):
        return value
    return copy(cast("object", value))
