"""Reading a request's body as a JSON object, strictly."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, NoReturn, TypeGuard, cast

from carrierx.emulator.http.errors import not_json, unsupported_media_type
from carrierx.emulator.http.types import Request

_MAX_LEVELS: Final = 100


def read_json_object(request: Request) -> dict[str, object]:
    """Read the body as one JSON object.

    Args:
        request: The request.

    Returns:
        The object's fields.

    Raises:
        RefusedRequestError: 415 when the body is not declared as JSON in UTF-8; 400 when it is not a JSON object. A
            repeated field, NaN, text that is not UTF-8, and more than 100 levels are refused, since parsers disagree
            about them.

    Source: the table of responses.
    """
    if not _declares_json(request.header_values("content-type")):
        raise unsupported_media_type("application/json")
    return parse_json_object(request.body)


def parse_json_object(body: bytes) -> dict[str, object]:
    """Read bytes as one JSON object in UTF-8.

    Raises:
        RefusedRequestError: 400, when they are not; see `read_json_object`.
    """
    try:
        document = parse_json(body)
    except ValueError as error:
        raise not_json("the body is not valid JSON") from error
    # Python's own limit on levels depends on the version.
    can_be_deep = body.count(b"{") + body.count(b"[") > _MAX_LEVELS
    if can_be_deep and _is_deeper_than(_MAX_LEVELS, document):
        raise not_json(f"the body has more than {_MAX_LEVELS} levels")
    if not _is_object(document):
        raise not_json("the body is JSON, but not an object")
    return document


def parse_json(text: bytes) -> object:
    """Read bytes as any JSON value in UTF-8.

    Raises:
        ValueError: They are not. Repeated fields and NaN are refused, too.
    """
    try:
        document: object = _DECODER.decode(text.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("it has too many levels") from error

    return document


def _declares_json(values: tuple[str, ...]) -> bool:
    if len(values) != 1:
        return False
    media_type, *parameters = (part.strip().lower() for part in values[0].split(";"))
    return media_type == "application/json" and all(
        parameter in {"", "charset=utf-8", 'charset="utf-8"'} for parameter in parameters
    )


def _unique_fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field occurs twice")
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_object(document: object) -> TypeGuard[dict[str, object]]:
    return isinstance(document, dict)


def _is_deeper_than(levels: int, document: object) -> bool:
    layer = [document]
    for _ in range(levels + 1):
        layer = [child for value in layer for child in _children(value)]
        if not layer:
            return False
    return True


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique_fields, parse_constant=_refuse_constant)
