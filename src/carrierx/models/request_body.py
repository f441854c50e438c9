"""Writing the JSON body of a send that has extra fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from carrierx.errors import InvalidArgumentError
from carrierx.models.field_names import WIRE_NAMES

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["encode_body"]

# `type` may be an extra field, because CarrierX might one day require it for all messages.
_CHECKED_NAMES = WIRE_NAMES.keys() - {"type"}


def encode_body(body: Mapping[str, JsonValue], extra: Mapping[str, JsonValue]) -> bytes:
    """Encode a body with extra fields as compact JSON in UTF-8.

    Args:
        body: The fields of a checked request.
        extra: Further fields. None may have the name of a field that the request checks.

    Raises:
        InvalidArgumentError: If an extra field would replace one of the request's, or JSON can't carry a value.
    """
    if not isinstance(extra, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(f"Extra fields must be a mapping of names to values, not {type(extra).__name__}.")
    for name in extra:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError("The names of extra fields must be strings.")
        if name in _CHECKED_NAMES or name in body:
            raise InvalidArgumentError(
                f"The extra field `{name}` would replace a checked field. Set it as a field of the message instead."
            )
    try:
        text = json.dumps({**body, **extra}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError):
        pass  # raised below, because an encoding error holds the text and would be chained to ours
    raise InvalidArgumentError("An extra field or user_data holds a value that JSON can't carry, such as NaN.")
