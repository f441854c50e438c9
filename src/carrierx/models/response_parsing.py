"""Reading a body as the type that is expected, or what there is of it."""

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

__all__ = ["UnreadableError", "check_answer_type", "parse_body", "parse_object", "parse_truncated_object"]

T = TypeVar("T")


class UnreadableError(Exception):
    """An answer is not what was expected. Its text names fields and never values."""


_FIELD_LIKE = re.compile(r"(?!.*\d{5})[A-Za-z_][\w.-]{0,39}")
_readers: dict[object, Callable[[bytes], Any]] = {}


def check_answer_type(answer_type: object) -> None:
    """Refuse a type that no answer can be read as, before a call of it leaves: it would be carried out all the same.

    Raises:
        InvalidArgumentError: pydantic can't read it.
    """
    try:
        if answer_type in _readers:
            return
        # A name in quotes would be looked up where nobody knows it.
        readable = not isinstance(answer_type, str)
        if readable:
            _readers[answer_type] = _reader_for(answer_type)
    except (PydanticUserError, TypeError):
        readable = False
    if not readable:
        raise InvalidArgumentError(
            "The answer type of a call must be a type that pydantic can read, such as Message, dict[str, object], "
            "bytes or None, and not its name as a text."
        )


def parse_body(answer_type: type[T], body: bytes) -> T:
    """Read a whole body as a type: `bytes` as it is, `None` whatever it is, else JSON of the type's shape.

    Raises:
        UnreadableError: It is not JSON, or of another shape, or the type's own code raises.
    """
    reader: Callable[[bytes], T] | None = _readers.get(answer_type)
    if reader is None:
        reader = _readers[answer_type] = _reader_for(answer_type)
    try:
        return reader(body)
    except ValidationError as error:
        raise UnreadableError(_shape(error)) from None
    except Exception as error:  # noqa: BLE001 - a validator of the caller's; the call has been carried out by now
        raise UnreadableError(f"the code that reads it raised {type(error).__name__}") from None


def _reader_for(answer_type: Any) -> Callable[[bytes], Any]:
    if isinstance(answer_type, type) and issubclass(cast("type[object]", answer_type), ApiObject):
        return cast("type[ApiObject]", answer_type).model_validate_json
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(answer_type)
    if answer_type is bytes:
        return adapter.validate_python
    if answer_type in (None, NoneType):
        return lambda _body: adapter.validate_python(None)
    return adapter.validate_json


def _shape(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return "it is not JSON"
    places = [f"{'.'.join(map(_place, one['loc'])) or 'the whole'} ({one['type']})" for one in found[:5]]
    return f"it has another shape than expected: {', '.join(places)}"


def _place(step: int | str) -> str:
    # A mapping's key may be anything, a number or a text too.
    return str(step) if isinstance(step, int) or _FIELD_LIKE.fullmatch(step) else "***"


def parse_truncated_object(body: bytes) -> dict[str, object] | None:
    """Read what there is of a JSON object that breaks off; None if this is no such beginning.

    A body that holds nothing at all counts: the object was lost whole.
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
    """Read a body as a JSON object, leniently: whatever else it is gives an empty one."""
    try:
        value = from_json(body)
    except ValueError:
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
