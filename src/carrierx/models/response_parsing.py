"""Parsing response bodies into the expected type."""

from __future__ import annotations

import re
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import PydanticUserError, ValidationError
from pydantic_core import from_json

from carrierx.errors import InvalidArgumentError
from carrierx.models.api_object import ApiObject

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["UnreadableError", "check_response_type", "parse_body", "parse_object", "parse_truncated_object"]

T = TypeVar("T")


class UnreadableError(Exception):
    """A body does not have the expected type. The text names fields, never values."""


_FIELD_LIKE = re.compile(r"(?!.*\d{5})[A-Za-z_][\w.-]{0,39}")
_readers: dict[object, Callable[[bytes], Any]] = {}


def check_response_type(response_type: object) -> None:
    """Refuse a type that can't be parsed before the request is sent. Otherwise CarrierX would still carry out the call.

    Raises:
        InvalidArgumentError: pydantic can't read it.
    """
    try:
        if response_type in _readers:
            return
        # pydantic would look up the name of a type in the wrong module.
        readable = not isinstance(response_type, str)
        if readable:
            _readers[response_type] = _reader_for(response_type)
    except (PydanticUserError, TypeError):
        readable = False
    if not readable:
        raise InvalidArgumentError(
            "The response type of a call must be a type that pydantic can read, such as Message, dict[str, object], "
            "bytes or None, and not the name of a type as a string."
        )


def parse_body(response_type: type[T], body: bytes) -> T:
    """Parse a complete body: `bytes` returns it unchanged, `None` ignores it, any other type is read from JSON.

    Raises:
        UnreadableError: It is not JSON, does not fit the type, or a validator of the type raised.
    """
    reader: Callable[[bytes], T] | None = _readers.get(response_type)
    if reader is None:
        reader = _readers[response_type] = _reader_for(response_type)
    try:
        return reader(body)
    except ValidationError as error:
        raise UnreadableError(_shape(error)) from None
    except Exception as error:  # noqa: BLE001 - a validator of the caller; CarrierX has already carried out the call
        raise UnreadableError(f"the code that reads it raised {type(error).__name__}") from None


def _reader_for(response_type: Any) -> Callable[[bytes], Any]:
    if isinstance(response_type, type) and issubclass(cast("type[object]", response_type), ApiObject):
        return cast("type[ApiObject]", response_type).model_validate_json
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(response_type)
    if response_type is bytes:
        return adapter.validate_python
    if response_type in (None, NoneType):
        return lambda _body: adapter.validate_python(None)
    return adapter.validate_json


def _shape(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return "it is not JSON"
    steps = [f"{'.'.join(map(_step, one['loc'])) or 'the body'} ({one['type']})" for one in found[:5]]
    return f"it has another shape than expected: {', '.join(steps)}"


def _step(step: int | str) -> str:
    # The key of a mapping may be anything, also a phone number or a text.
    return str(step) if isinstance(step, int) or _FIELD_LIKE.fullmatch(step) else "***"


def parse_truncated_object(body: bytes) -> dict[str, object] | None:
    """Parse the beginning of a truncated JSON object. Return None if the body is something else.

    An empty body counts as a truncated object and returns an empty one.
    """
    if not body.strip():
        return {}
    try:
        from_json(body)
    except ValueError:
        pass
    else:
        return None
    try:
        beginning = from_json(body, allow_partial=True)
    except ValueError:
        return None
    return cast("dict[str, object]", beginning) if isinstance(beginning, dict) else None


def parse_object(body: bytes) -> dict[str, object]:
    """Parse a body as a JSON object. Return an empty one if it is anything else."""
    try:
        value = from_json(body)
    except ValueError:
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
