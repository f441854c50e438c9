"""The building blocks of the description's JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from carrierx.emulator.http.types import JSONObject, JSONValue

TEXT: Final[JSONObject] = {"type": "string"}
NEEDED_TEXT: Final[JSONObject] = {"type": "string", "minLength": 1}
TEXT_OR_NULL: Final[JSONObject] = {"type": ["string", "null"]}
FLAG: Final[JSONObject] = {"type": "boolean"}
FLAG_OR_NULL: Final[JSONObject] = {"enum": [True, False, "true", "false", None]}
INTEGER: Final[JSONObject] = {"type": "integer"}
INTEGER_OR_NULL: Final[JSONObject] = {"type": ["integer", "null"]}
OBJECT: Final[JSONObject] = {"type": "object"}
OBJECT_OR_NULL: Final[JSONObject] = {"type": ["object", "null"]}
ARRAY: Final[JSONObject] = {"type": "array"}
ARRAY_OR_NULL: Final[JSONObject] = {"type": ["array", "null"]}
NULL: Final[JSONObject] = {"type": "null"}
TEXTS: Final[JSONObject] = {"type": "array", "items": TEXT}
TEXTS_OR_NULL: Final[JSONObject] = {"type": ["array", "null"], "items": TEXT}
TIME: Final[JSONObject] = {"type": "string", "format": "date-time"}
TIME_OR_NULL: Final[JSONObject] = {"type": ["string", "null"], "format": "date-time"}
SID: Final[JSONObject] = {"type": "string", "description": "a SID"}
SID_OR_NULL: Final[JSONObject] = {"type": ["string", "null"], "description": "a SID"}
MONEY: Final[JSONObject] = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "description": "US dollars"}
MONEY_OR_NULL: Final[JSONObject] = {**MONEY, "type": ["string", "null"]}
STORED_INTEGER: Final[JSONObject] = {
    "anyOf": [
        {"type": ["integer", "null"], "minimum": -(2**63), "maximum": 2**63 - 1},
        {"type": "string", "pattern": "^-?[0-9]{1,18}$"},
    ]
}
STORED_SIZE: Final[JSONObject] = {
    "anyOf": [
        {"type": ["integer", "null"], "minimum": 0, "maximum": 2**63 - 1},
        {"type": "string", "pattern": "^[0-9]{1,18}$"},
    ]
}

NUMBER: Final[JSONObject] = {
    "type": "string",
    "pattern": "^(1[2-9][0-9]{2}[2-9][0-9]{6}|[2-9][0-9]{6,14})$",
    "description": "a phone number in E.164 digits, without +",
    "examples": ["15162065574"],
}
SENDER: Final[JSONObject] = {
    "type": "string",
    "pattern": "^(1[2-9][0-9]{2}[2-9][0-9]{6}|[2-9][0-9]{6,14}|[0-9]{3,6})$",
    "description": "a phone number in E.164 digits, without +, or a short code",
    "examples": ["15162065575"],
}
WEB_URL: Final[JSONObject] = {"type": "string", "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://\S+$"}
WEB_URL_OR_NULL: Final[JSONObject] = {**WEB_URL, "type": ["string", "null"]}


def one_of(*values: str, or_null: bool = False) -> JSONObject:
    """Return the schema of a string that is one of several, or null."""
    return {"enum": [*values, *([None] if or_null else [])]}


def or_null(schema: JSONObject) -> JSONObject:
    """Return a schema that also allows null."""
    return {**schema, "type": [str(schema["type"]), "null"]}


def whole(properties: Mapping[str, JSONValue], optional: Iterable[str] = ()) -> JSONObject:
    """Return the schema of an object with these attributes and no others.

    Args:
        properties: The attributes.
        optional: The attributes that may be missing.
    """
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(properties.keys() - set(optional)),
        "additionalProperties": False,
    }


def partial(properties: Mapping[str, JSONValue], required: Iterable[str] = ()) -> JSONObject:
    """Return the schema of an object in which these attributes are allowed, and only a few are required.

    Args:
        properties: The attributes.
        required: The attributes that are required.
    """
    return whole(properties, properties.keys() - set(required))


def reference(schema: str | JSONObject) -> JSONObject:
    """Return a reference to a schema of the document, by its name. Return any other schema unchanged."""
    return {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema


def list_of(item: str | JSONObject, further: Mapping[str, JSONValue] | None = None) -> JSONObject:
    """Return the schema of a page of a list.

    Args:
        item: The schema of its items, or the name of one.
        further: The schemas of further attributes of this list.
    """
    count: JSONObject = {"type": "integer", "minimum": 0}
    return whole(
        {
            "count": count,
            "has_more": FLAG,
            "items": {"type": "array", "items": reference(item)},
            "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
            "offset": count,
            "pagination": partial({"next": TEXT, "previous": TEXT}),
            "total": {"type": ["integer", "null"], "minimum": 0},
            **(further or {}),
        }
    )
