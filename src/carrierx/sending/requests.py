"""The messages of a batch: an iterable of requests, or of mappings that can change later."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, MutableMapping, MutableSequence, MutableSet
from copy import copy
from typing import TypeAlias, cast

from carrierx.errors import InvalidArgumentError
from carrierx.models.send_request import SendMessageRequest

__all__ = ["AsyncRequests", "Requests", "TakenRequest", "check_requests", "check_requests_async"]

Requests: TypeAlias = Iterable[SendMessageRequest | Mapping[str, object]]
AsyncRequests: TypeAlias = Requests | AsyncIterable[SendMessageRequest | Mapping[str, object]]


def check_requests(requests: object) -> Iterable[object]:
    """Check that the argument is an iterable of messages, and not a single message.

    Raises:
        InvalidArgumentError: It isn't.
    """
    kind = type(requests).__name__
    if isinstance(requests, AsyncIterable):
        raise InvalidArgumentError("An async iterable of messages needs the async client.")
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
    """Check the same for the async client, which also accepts async iterables.

    Raises:
        InvalidArgumentError: It isn't.
    """
    return requests if isinstance(requests, AsyncIterable) else check_requests(requests)


class TakenRequest:
    """A snapshot of one of a batch's messages, unaffected by later changes of the mapping.

    A generator can yield the same mapping repeatedly with other fields in it. So each must be copied before the next
    one is requested.

    Attributes:
        index: Its position in the iterable, from 0.
        given: The `SendMessageRequest`, a copy of the mapping, or any other object unchanged.
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

    def request(self, parse: Callable[[Mapping[str, object]], SendMessageRequest]) -> SendMessageRequest:
        """Check it and convert it to a request.

        Args:
            parse: A function that creates a request from fields.

        Raises:
            InvalidMessageError: The message breaks rules.
            InvalidArgumentError: It is neither a request nor a mapping.
            Exception: The exception that reading the mapping raised.
        """
        if self._unreadable is not None:
            raise self._unreadable
        if isinstance(self.given, SendMessageRequest):
            return self.given
        if self._fields is not None:
            return parse(self._fields)
        kind = type(self.given).__name__
        raise InvalidArgumentError(f"send_many takes requests or mappings of their fields, not {kind}.")


def _copied(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: _as_it_is_now(fields[name]) for name in fields}


def _without_our_frames(error: Exception) -> Exception:
    """Remove the frames whose local variables include the mapping, because error trackers record them."""
    step = error.__traceback__
    while step is not None and step.tb_frame.f_globals is globals():
        step = step.tb_next
    return error.with_traceback(step)


def _as_it_is_now(value: object) -> object:
    """Copy a value that can change, such as a list of numbers or URLs."""
    if isinstance(value, str) or not isinstance(value, MutableSequence | MutableSet | MutableMapping):
        return value
    return copy(cast("object", value))
