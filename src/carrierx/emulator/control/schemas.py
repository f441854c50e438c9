"""JSON Schemas of the control API's requests and responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from carrierx.emulator.control.callbacks import STATES
from carrierx.emulator.control.clock import MAX_STEP_SECONDS
from carrierx.emulator.control.messages import MAX_WAIT
from carrierx.emulator.control.paging import DEFAULT_LIMIT, MAX_LIMIT
from carrierx.emulator.core.lifecycle import STATUSES
from carrierx.emulator.core.request_log import DeliveryName
from carrierx.emulator.faults import FaultKind
from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.openapi.objects import OBJECTS
from carrierx.emulator.openapi.schemas import (
    FLAG,
    INTEGER,
    INTEGER_OR_NULL,
    NEEDED_TEXT,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    TEXTS_OR_NULL,
    TIME,
    TIME_OR_NULL,
    one_of,
    partial,
    reference,
    whole,
)

_ANY: Final[JSONObject] = {}
_DELIVERY: Final = one_of(*get_args(DeliveryName))
_DELIVERY_OR_NULL: Final = one_of(*get_args(DeliveryName), or_null=True)
_STATUS: Final = one_of(*STATUSES)
_SEQUENCE: Final[JSONObject] = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
_NUMBER: Final[JSONObject] = {
    "type": "string",
    "pattern": "^(1[2-9][0-9]{2}[2-9][0-9]{6}|[2-9][0-9]{6,14}|[0-9]{3,6})$",
    "description": "a phone number in E.164 digits, without +, or a short code",
    "examples": ["15162065575"],
}


def _parameter(name: str, schema: JSONObject, description: str, *, required: bool = False) -> JSONObject:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": description}


_BEFORE: Final = _parameter("before", _SEQUENCE, "only items with a smaller number, for the next page")
_LIMIT: Final = _parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    "the maximum number of items",
)
_ANY_NUMBER: Final[JSONObject] = {"type": "string", "pattern": "^[0-9]{3,15}$"}

MESSAGE_PARAMETERS: Final = (
    _parameter("direction", one_of("outbound", "inbound"), "sent or received"),
    _parameter("from", _ANY_NUMBER, "the sender"),
    _parameter("to", _ANY_NUMBER, "the recipient"),
    _parameter("status", _STATUS, "the status"),
    _parameter("contains", TEXT, "a part of the text, whatever the case of its letters"),
    _LIMIT,
    _BEFORE,
    _parameter(
        "count",
        {"type": "integer", "minimum": 0, "maximum": 10**9},
        "the number of messages that must match; otherwise the response is a 409",
    ),
    _parameter(
        "wait",
        {"type": "number", "minimum": 0, "maximum": MAX_WAIT},
        "how many seconds to wait until this many messages match, or until one does",
    ),
)
"""Query parameters of the list of messages."""

CONVERSATION_PARAMETERS: Final = (
    _parameter("q", TEXT, "digits of a number, or a part of a text"),
    _parameter("status", _STATUS, "only conversations with a message that has this status"),
    _BEFORE,
)
"""Query parameters of the list of conversations."""

CONVERSATION_MESSAGE_PARAMETERS: Final = (
    _parameter("ours", NEEDED_TEXT, "the account's number", required=True),
    _parameter("theirs", NEEDED_TEXT, "the other number", required=True),
    _BEFORE,
)
"""Query parameters of the messages of a conversation."""

CALLBACK_PARAMETERS: Final = (
    _parameter("message_sid", TEXT, "only callbacks about this message"),
    _parameter("state", one_of(*STATES), "the state"),
    _LIMIT,
    _BEFORE,
)
"""Query parameters of the list of callbacks."""

REQUEST_PARAMETERS: Final = (
    _parameter("problems", FLAG, "true for only the requests that were refused or met a fault"),
    _LIMIT,
    _BEFORE,
)
"""Query parameters of the log."""


def _list_of(item: str, further: Mapping[str, JSONValue] | None = None) -> JSONObject:
    return whole({"items": {"type": "array", "items": reference(item)}, "more": FLAG, **(further or {})})


_RAW: Final = whole({"line": TEXT, "headers": {"type": "array", "items": TEXTS}, "body": TEXT})
_RAW_OR_NULL: Final[JSONObject] = {"anyOf": [reference("Raw"), {"type": "null"}]}
_REQUEST_FIELDS: Final[Mapping[str, JSONValue]] = {
    "number": INTEGER,
    "at": TIME,
    "method": TEXT,
    "path": TEXT,
    "status": INTEGER,
    "delivery": _DELIVERY,
    "fault": {
        "anyOf": [whole({"id": TEXT, "kind": one_of(*FaultKind), "text": TEXT}), {"type": "null"}],
    },
    "problem": TEXT_OR_NULL,
    "message_sid": TEXT_OR_NULL,
}
_RULE_FIELDS: Final[Mapping[str, JSONValue]] = {
    "kind": one_of(*FaultKind),
    "id": TEXT,
    "status": {"type": "integer", "minimum": 200, "maximum": 599},
    "body": _ANY,
    "body_text": TEXT,
    "body_base64": TEXT,
    "headers": {"type": "object", "additionalProperties": TEXT},
    "retry_after": {"type": ["integer", "string"]},
    "seconds": {"type": "number", "minimum": 0, "maximum": 3600},
    "path": TEXT,
    "method": TEXT,
    "number": TEXT,
    "times": {"type": "integer", "minimum": 1},
    "probability": {"type": "number", "minimum": 0, "maximum": 1},
    "seed": INTEGER,
}
_CONVERSATION_STATE: Final[Mapping[str, JSONValue]] = {"instance": TEXT, "sequence": _SEQUENCE}

SCHEMAS: Final[Mapping[str, JSONObject]] = {
    "About": whole({"base_path": TEXT, "token": TEXT_OR_NULL, "version": TEXT}),
    "Callback": whole(
        {
            "number": INTEGER,
            "message_sid": TEXT,
            "status": TEXT,
            "url": TEXT,
            "state": one_of(*STATES),
            "taken": FLAG,
            "due": TIME_OR_NULL,
            "attempts": {"type": "array", "items": reference("CallbackAttempt")},
            "body": {"type": "object"},
        }
    ),
    "CallbackAttempt": whole({"at": TIME, "status_code": INTEGER_OR_NULL, "problem": TEXT_OR_NULL}),
    "CallbackList": _list_of("Callback"),
    "Changes": whole(
        {
            **_CONVERSATION_STATE,
            "items": {"type": "array", "items": reference("Seen")},
            "moved": {"type": "array", "items": reference("Seen")},
            "skipped": FLAG,
            "controls": whole(
                {
                    "faults": INTEGER,
                    "used_up": INTEGER,
                    "hits": INTEGER,
                    "requests": INTEGER,
                    "problems": INTEGER,
                    "held": FLAG,
                    "now": TIME,
                }
            ),
        }
    ),
    "Clock": whole({"now": TIME, "held": FLAG}),
    "ConversationList": _list_of("Conversation", _CONVERSATION_STATE),
    "Conversation": whole({"ours": TEXT, "theirs": TEXT, "count": INTEGER, "latest": reference("Seen")}),
    "ConversationMessages": _list_of("Seen", _CONVERSATION_STATE),
    "Details": whole(
        {
            "message": reference("Message"),
            "timeline": {"type": "array", "items": whole({"status": _STATUS, "at": TIME})},
            "failure": TEXT_OR_NULL,
            "callbacks": {"type": "array", "items": reference("Callback")},
            "delivery": _DELIVERY_OR_NULL,
            "request": INTEGER_OR_NULL,
            "raw": reference("RawExchange"),
        }
    ),
    "Error": {
        "type": "object",
        "properties": {"message": TEXT, "errors": {"type": "array", "items": {"type": "object"}}},
        "required": ["errors", "message"],
    },
    "Fault": partial({**_RULE_FIELDS, "hits": INTEGER, "used_up": FLAG}, ["kind", "id", "hits", "used_up"]),
    "FaultList": whole({"items": {"type": "array", "items": reference("Fault")}}),
    "Listed": whole({"sequence": _SEQUENCE, "delivery": _DELIVERY_OR_NULL, "sms": reference("Message")}),
    **{name: OBJECTS[name] for name in ("CurrentMessage", "LegacyMessage", "Message", "OldMessage")},
    "MessageList": _list_of("Listed", {"count": INTEGER}),
    "NewFault": partial(_RULE_FIELDS, ["kind"]),
    "Raw": _RAW,
    "RawExchange": partial(
        {"request": _RAW_OR_NULL, "response": _RAW_OR_NULL, "made": reference("Raw")}, ["request", "response"]
    ),
    "Receive": partial(
        {
            "from": _NUMBER,
            "to": _NUMBER,
            "message": TEXT_OR_NULL,
            "media_urls": TEXTS_OR_NULL,
            "group_recipients": TEXTS_OR_NULL,
        },
        ["from", "to"],
    ),
    "Request": whole(_REQUEST_FIELDS),
    "RequestDetails": whole(
        {**_REQUEST_FIELDS, "request": reference("Raw"), "response": _RAW_OR_NULL, "made": reference("Raw")}, ["made"]
    ),
    "RequestList": _list_of("Request"),
    "Seen": whole(
        {
            "sequence": _SEQUENCE,
            "message_sid": TEXT,
            "sms": reference("Message"),
            "media": {
                "type": "array",
                "items": whole({"url": TEXT, "here": TEXT_OR_NULL, "name": TEXT_OR_NULL, "mime_type": TEXT_OR_NULL}),
            },
            "callbacks": whole(
                {
                    "count": INTEGER,
                    "taken": INTEGER,
                    "given_up": INTEGER,
                    "last": {"anyOf": [reference("CallbackAttempt"), {"type": "null"}]},
                    "due": TIME_OR_NULL,
                }
            ),
            "delivery": _DELIVERY_OR_NULL,
            "mark": TEXT,
            "moving": FLAG,
        }
    ),
    "Status": whole({"status": {"const": "ok"}}),
    "Turn": {
        "anyOf": [
            partial({"held": FLAG, "step": {"type": "number", "minimum": 0, "maximum": MAX_STEP_SECONDS}}, [name])
            for name in ("held", "step")
        ]
    },
    "Watched": partial({"after": _SEQUENCE, "watched": {"type": "object", "additionalProperties": TEXT}}, ["after"]),
}
"""All schemas, by name."""
