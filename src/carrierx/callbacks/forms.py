"""Read the fields of a callback from a form or a query string."""

from __future__ import annotations

import re
from typing import Final, cast
from urllib.parse import parse_qsl

from pydantic_core import from_json

from carrierx.callbacks.errors import CallbackError

__all__ = ["read_form"]

_MAX_FIELDS: Final = 1000
_LISTS: Final = frozenset({"media_urls", "group_recipients"})
# These fields may be empty. Any other empty field counts as missing.
_TEXTS: Final = frozenset({"message", "user_data"})
_FIELD_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_POSITION: Final = re.compile(r"\[[0-9]{0,4}\]$")


def read_form(text: str) -> dict[str, object] | None:
    """Read the fields of a form. CarrierX documents no such callbacks, so this accepts the common formats.

    A list is a repeated field, with or without `[]` or `[0]` after its name, or one field with a JSON list.

    Args:
        text: Form body or query string.

    Returns:
        The fields by name, or None if the text is not a form.

    Raises:
        CallbackError: The text is not UTF-8, or a field that isn't a list occurs twice with different values.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except UnicodeDecodeError:
        pairs = None
    except ValueError:
        return None
    if pairs is None:
        raise CallbackError("The callback is a form, but its percent-encoded text is not UTF-8.", reason="not_utf8")
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        name = _POSITION.sub("", key)
        if not _FIELD_NAME.fullmatch(name):
            return None
        values.setdefault(name, []).append(value)
    fields = {name: _value(name, given) for name, given in values.items()}
    return {name: value for name, value in fields.items() if value is not None} or None


def _value(name: str, given: list[str]) -> object:
    if name in _LISTS:
        return _list(given)
    if len(set(given)) > 1:
        raise CallbackError("The callback contains a field twice, with different values.", reason="ambiguous")
    return given[0] if given[0] or name in _TEXTS else None


def _list(given: list[str]) -> list[object]:
    if len(given) == 1 and given[0].lstrip().startswith("["):
        try:
            return cast("list[object]", from_json(given[0]))
        except ValueError:
            pass  # a single value that happens to start with a bracket
    return [value for value in given if value]
