"""The parameters of operations, except those in their paths."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.openapi.schemas import FLAG, NUMBER, SENDER, TEXT, one_of

_MAX_INTEGER: Final = 10**12


def _query(name: str, schema: JSONObject, description: str, *, required: bool = False) -> JSONObject:
    return {"name": name, "in": "query", "schema": schema, "description": description, "required": required}


def _integer(minimum: int, maximum: int = _MAX_INTEGER) -> JSONObject:
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


LIST: Final = (
    _query("limit", {**_integer(0, 1000), "default": 10}, "the maximum number of items on a page; 0 for the default"),
    _query("offset", {**_integer(0), "default": 0}, "the number of items to skip"),
    _query("order", TEXT, "`attribute`, `attribute asc`, `attribute desc` or `shuffle`"),
    _query("filter", TEXT, "`attribute operator value`, joined by `and`; the operators are eq, like, gt, ge and lt"),
)
"""The parameters of every list."""

LONG_LIST: Final = (
    _query("limit", {**_integer(0, 1000), "default": 1000}, "the maximum number of items on a page; 0 for the default"),
    *LIST[1:],
)
"""The parameters of a list whose default is the longest page."""

INCLUDE_FIELDS: Final = _query("includeFields", TEXT, "the fields to return, separated by commas; all by default")
"""The parameter of every read that returns JSON."""

CURSOR: Final = (
    _query("after", TEXT, "the SID of an item; returns only items after it"),
    _query("before", TEXT, "the SID of an item; returns only items before it"),
)
"""The parameters of a list that is read by cursor."""

WITH_RELATED: Final = _query("with_related", FLAG, "has no effect here")
TRUNK_GROUP: Final = _query("trunk_group_sid", TEXT, "the trunk group; returns only its numbers")
FORCE: Final = _query("force", FLAG, "whether type, campaign and network may change while messaging is enabled")

ACL_DIRECTIONS: Final = ("any", "inbound", "outbound", "undirected")
"""The directions of access control lists."""

EFFECTIVE_ACLS: Final = (
    _query("direction", one_of(*ACL_DIRECTIONS), "the direction of the lists; all by default"),
    _query("partner_sid", TEXT, "the account; only the caller's own is allowed"),
)
"""The parameters of the access control lists that apply."""

RATING: Final = (
    _query("direction", one_of("inbound", "outbound"), "the direction of the message", required=True),
    _query("to", SENDER, "the number; a short code only when inbound", required=True),
    _query("partner_sid", TEXT, "the account; only the caller's own is allowed"),
)
"""The parameters of a rating."""

SEGMENTS: Final = _query("message_segments", _integer(1, 1600), "the number of segments of the SMS")

VERIFICATION: Final = (
    _query("from", SENDER, "the sender; needed unless from_did is given"),
    _query("to", NUMBER, "the recipient; needed unless to_did is given"),
    _query("from_did", SENDER, "the old name of from"),
    _query("to_did", NUMBER, "the old name of to"),
    _query("message", TEXT, "the text before the code"),
    _query("code_length", _integer(1, 32), "the length of the code"),
    _query(
        "code_type",
        one_of(
            "alphabetical",
            "alphabetical_lower",
            "alphabetical_upper",
            "alphanumeric",
            "alphanumeric_lower",
            "alphanumeric_upper",
            "numeric",
        ),
        "the characters of the code",
    ),
    _query("did_group_sid", TEXT, "has no effect here"),
    _query("allow_short_code", FLAG, "whether the sender may be a short code"),
)
"""The parameters of a generated code."""

LOOKUP: Final = (
    *(_query(name, FLAG, f"whether to return {name}") for name in ("carrier", "cnam", "lrn")),
    _query("hlr", FLAG, "has no effect here"),
    _query("cnam_ttl", _integer(0), "has no effect here"),
    _query("country_code", {"type": "string", "pattern": "^([A-Z]{3})?$"}, "has no effect here"),
    _query("guess", TEXT, "has no effect here"),
)
"""The parameters of a lookup."""

UPLOAD: Final = (
    _query("container_sid", TEXT, "the container; with a body of application/octet-stream only"),
    _query("name", TEXT, "the name of the file; with a body of application/octet-stream only"),
)
"""The parameters of an upload."""

RANGE: Final[JSONObject] = {
    "name": "Range",
    "in": "header",
    "schema": TEXT,
    "description": "the requested bytes, as in RFC 9110",
    "required": False,
}
