"""Reading a callback's fields from a form or a query string."""

from __future__ import annotations

import re
from typing import Final, cast
from urllib.parse import parse_qsl

from pydantic_core import from_json

from carrierx.callbacks.errors import CallbackError

__all__ = ["read_form"]

_MAX_FIELDS: Final = 1000
_LISTS: Final = frozenset({"media_urls", "group_recipients"})
# Their being empty says something; any other field that is empty was not filled in.
_TEXTS: Final = frozenset({"message", "user_data"})
_FIELD_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_POSITION: Final = re.compile(r"\[[0-9]{0,4}\]$")


def read_form(text: str) -> dict[str, object] | None:
    """Read the fields of a form. CarrierX documents no such callbacks, so this takes what is usual.

    A list is a field that comes several times, with or without `[]` or `[0]` after its name, or a JSON list in one.

    Args:
        text: A form body or a query string.

    Returns:
        The fields by name, or None if this is no form.

    Raises:
        CallbackError: It is not UTF-8, or a field that can stand once stands twice with different values.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except UnicodeDecodeError:
        pairs = None
    except ValueError:
        return None
    if pairs is None:
        raise CallbackError("The callback is a form whose escapes are not UTF-8.", reason="not_utf8")
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
        raise CallbackError("The callback gives a field twice, with different values.", reason="ambiguous")
    return given[0] if given[0] or name in _TEXTS else None


def _list(given: list[str]) -> list[object]:
    if len(given) == 1 and given[0].lstrip().startswith("["):
        try:
            return cast("list[object]", from_json(given[0]))
        except ValueError:
            pass  # then it is one value that begins with a bracket
    return [value for value in given if value]
