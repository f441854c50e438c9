"""Parse callbacks in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from pydantic import ValidationError
from pydantic_core import from_json

from carrierx.callbacks.errors import CallbackError
from carrierx.callbacks.forms import read_form
from carrierx.callbacks.kinds import kind_of

if TYPE_CHECKING:
    from carrierx.callbacks.kinds import InboundMessage, StatusUpdate
    from carrierx.models.message import Message

__all__ = ["MAX_BODY_BYTES", "parse"]

MAX_BODY_BYTES: Final = 262_144
"""Maximum size of a callback in bytes. CarrierX documents no limit, and a message has about 2 kB."""

_JSON_STARTS: Final = ("{", "[", '"')


def parse(
    body: bytes | str, *, content_type: str | None = None, query: str | None = None, body_limit: int = MAX_BODY_BYTES
) -> InboundMessage | StatusUpdate | Message:
    """Parse a callback: a message that came in, or the new status of a message that you sent.

    The body may be JSON or a form, with the names `from` and `to` or `from_did` and `to_did`. The format is
    detected from the body, not from `Content-Type`. CarrierX documents JSON; the form is our assumption.

    Args:
        body: Raw body, in UTF-8.
        content_type: `Content-Type` header, if you have it. It only makes the error for an unreadable body clearer.
        query: Query string of the URL, used if the body is empty.
        body_limit: Maximum body size in bytes.

    Returns:
        `InboundMessage` if `direction` is `inbound` (or missing, with the status `received`); `StatusUpdate` if it is
        `outbound` and there is a status; otherwise `Message`. Only `message_sid` is always present. Values that
        can't be read are in `unreadable_fields`.

    Raises:
        CallbackError: The body is not a callback. The error contains none of its content.

    Example:
        >>> parse(b'{"message_sid": "5c1b3f2e", "direction": "inbound", "from": "15162065574", "message": "Stop"}')
        InboundMessage(message_sid='5c1b3f2e', from_='***5574', message=<4 characters>, direction=Direction('inbound'))
        >>> parse("message_sid=097b49df&direction=outbound&status=sent&to_did=15162065574").to
        '15162065574'
        >>> parse("<html>")
        Traceback (most recent call last):
            ...
        carrierx.callbacks.errors.CallbackError: The callback is neither JSON nor a form.
    """
    text = _decoded(body, body_limit)
    fields = _read_fields(text, content_type) if text else _read_query(query, body_limit)
    try:
        return kind_of(fields).model_validate(fields)
    except ValidationError:
        pass  # raised below, so that the validation error isn't chained to ours
    raise CallbackError("The callback has no message_sid, or it is not a string.", reason="no_message_sid")


def _decoded(body: bytes | str, limit: int) -> str:
    if len(body) > limit:  # also for a str, whose characters have at least one byte each
        raise _too_large(limit)
    try:
        data = body.encode() if isinstance(body, str) else body
        text = data.decode("utf-8-sig").strip()
    except UnicodeError:
        pass  # raised below, because the codec's error contains the body
    else:
        if len(data) > limit:
            raise _too_large(limit)
        return text
    raise CallbackError("The callback is not UTF-8.", reason="not_utf8")


def _too_large(limit: int) -> CallbackError:
    return CallbackError(f"The callback is larger than {limit} bytes.", reason="too_large")


def _read_query(query: str | None, limit: int) -> dict[str, object]:
    text = _decoded(query or "", limit).removeprefix("?")
    if not text:
        raise CallbackError("The callback is empty.", reason="empty")
    fields = read_form(text)
    if fields is None:
        raise CallbackError("The callback is empty, and its query string is not a form.", reason="not_json_or_form")
    return fields


def _read_fields(text: str, content_type: str | None) -> dict[str, object]:
    if not text.startswith(_JSON_STARTS) and "=" in text:
        fields = read_form(text)
        if fields is not None:
            return fields
        raise _neither(content_type)
    try:
        value = cast("object", from_json(text, allow_inf_nan=False))
    except ValueError as error:
        too_deep = "recursion limit" in str(error)
    else:
        if isinstance(value, dict):
            return cast("dict[str, object]", value)
        raise CallbackError("The callback is JSON, but not an object.", reason="not_an_object")
    if too_deep:
        raise CallbackError("The callback is JSON that is nested too deeply.", reason="nested_too_deep")
    raise _neither(content_type)


def _neither(content_type: str | None) -> CallbackError:
    declared = (content_type or "").lower()
    said = next((f", though declared as {kind}" for kind in ("JSON", "multipart") if kind.lower() in declared), "")
    return CallbackError(f"The callback is neither JSON nor a form{said}.", reason="not_json_or_form")
