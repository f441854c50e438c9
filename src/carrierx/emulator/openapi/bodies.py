"""The schemas of request bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.openapi.schemas import (
    ARRAY_OR_NULL,
    FLAG,
    FLAG_OR_NULL,
    NEEDED_TEXT,
    NUMBER,
    OBJECT_OR_NULL,
    SENDER,
    STORED_INTEGER,
    STORED_SIZE,
    TEXT,
    TEXT_OR_NULL,
    TEXTS_OR_NULL,
    WEB_URL,
    WEB_URL_OR_NULL,
    one_of,
    or_null,
    partial,
)
from carrierx.emulator.rules.messages import MAX_CHARACTERS, MAX_IN_GROUP, MAX_MEDIA
from carrierx.emulator.rules.patching import CALLBACK_TYPES
from carrierx.emulator.store.new_objects import MESSAGING

_SEND: Final[Mapping[str, JSONValue]] = {
    "from": or_null(SENDER),
    "from_did": or_null(SENDER),
    "group_recipients": {
        "type": ["array", "null"],
        "items": NUMBER,
        "maxItems": MAX_IN_GROUP,
        "uniqueItems": True,
    },
    "media_urls": {"type": ["array", "null"], "items": WEB_URL, "maxItems": MAX_MEDIA},
    "message": {"type": ["string", "null"], "maxLength": MAX_CHARACTERS},
    "to": or_null(NUMBER),
    "to_did": or_null(NUMBER),
    "type": one_of("sms", "mms", or_null=True),
    "user_data": TEXT_OR_NULL,
}
_KEYS: Final[Mapping[str, JSONValue]] = {
    **{f"integer_key_{number}": STORED_INTEGER for number in (1, 2)},
    **{f"string_key_{number}": TEXT_OR_NULL for number in (1, 2, 3, 4)},
}
_ANY_DID: Final[Mapping[str, JSONValue]] = {
    "attributes": OBJECT_OR_NULL,
    "callback_url": WEB_URL_OR_NULL,
    "name": TEXT_OR_NULL,
    "string_key_1": TEXT_OR_NULL,
    "string_key_2": TEXT_OR_NULL,
}
_DID: Final[Mapping[str, JSONValue]] = {
    **_ANY_DID,
    **dict.fromkeys(("did_group_sid", "porting_pin", "trunk_group_sid"), TEXT_OR_NULL),
    "transformations": ARRAY_OR_NULL,
}
_BITRATES: Final = (8, 16, 24, 32, 40, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_FILE: Final[Mapping[str, JSONValue]] = {
    **_KEYS,
    "desired_bitrate": {
        "enum": [None, *_BITRATES, *map(str, _BITRATES)],
    },
    "desired_format": TEXT_OR_NULL,
    "lifecycle_action": TEXT_OR_NULL,
    "lifecycle_ttl": STORED_INTEGER,
    "file_access_name": TEXT_OR_NULL,
    "name": TEXT,
    "parent_file_sid": TEXT_OR_NULL,
    "publish": one_of("file_access_name", "file_sid", "none", or_null=True),
    "threshold_include": FLAG_OR_NULL,
    "type": TEXT_OR_NULL,
    "unique": FLAG_OR_NULL,
}
_CONTAINER: Final[Mapping[str, JSONValue]] = {
    **_KEYS,
    **dict.fromkeys(("allow_publish", "default_file_threshold_include", "default_file_unique", "unique"), FLAG_OR_NULL),
    **dict.fromkeys(("default_file_lifecycle_action", "name", "parent_container_sid"), TEXT_OR_NULL),
    "default_file_lifecycle_ttl": STORED_INTEGER,
    **dict.fromkeys(("allowed_classifications", "blocked_classifications"), TEXTS_OR_NULL),
    **dict.fromkeys(("quota_bytes", "quota_count", "quota_files"), STORED_SIZE),
    "default_file_publish": one_of("file_access_name", "file_sid", "none", or_null=True),
}
_PARTNER: Final[Mapping[str, JSONValue]] = {
    **dict.fromkeys(("address1", "address2", "city", "state", "zip", "phonenumber", "name"), TEXT_OR_NULL),
    **dict.fromkeys(("billing_email", "company_name", "owner_email", "tech_email"), TEXT_OR_NULL),
    "attributes": OBJECT_OR_NULL,
    "callbacks": or_null(partial(dict.fromkeys(CALLBACK_TYPES, WEB_URL_OR_NULL))),
}
_ENABLEMENT: Final[Mapping[str, JSONValue]] = {
    "campaign_sid": {"type": ["string", "null"], "format": "uuid"},
    "enabled": FLAG,
    "p2p_nnid": TEXT_OR_NULL,
    "type": one_of("a2p", "p2p", or_null=True),
}
_CLIENT: Final[Mapping[str, JSONValue]] = dict.fromkeys(("client_id", "client_secret"), NEEDED_TEXT)

LONGEST_TOKEN_SECONDS: Final = 3_153_600_000
"""The longest validity of a token, in seconds: the 100 years of the sample."""

_SECONDS: Final[JSONObject] = {"type": "integer", "minimum": 1, "maximum": LONGEST_TOKEN_SECONDS}

BODIES: Final[Mapping[str, JSONObject]] = {
    "ChangedContainer": partial(_CONTAINER),
    "ChangedDid": partial(_DID),
    "ChangedDidGroup": partial({"callback_url": WEB_URL_OR_NULL, "name": TEXT_OR_NULL}),
    "ChangedExternalDid": partial(_ANY_DID),
    "ChangedFile": partial(_FILE),
    "ChangedPartner": partial(_PARTNER),
    "ChangedShortCode": partial({**_ANY_DID, "did_group_sid": TEXT_OR_NULL}),
    "NewContainer": partial(_CONTAINER),
    "NewDid": partial({"callback_url": WEB_URL_OR_NULL, "phonenumber": TEXT_OR_NULL, "trunk_group_sid": TEXT_OR_NULL}),
    "NewEnablement": partial(_ENABLEMENT),
    "NewExternalDid": partial(
        {
            **_ANY_DID,
            "capabilities": {"enum": [bits for bits in range(1, MESSAGING + 1) if not bits & ~MESSAGING]},
            "phonenumber": NUMBER,
            "underlying_carrier_sid": TEXT_OR_NULL,
        },
        required=["capabilities", "phonenumber"],
    ),
    "NewFile": partial({**_FILE, "container_sid": TEXT, "name": TEXT_OR_NULL}, required=["container_sid"]),
    "NewPartnerToken": partial({**_CLIENT, "access_token_expires_in": _SECONDS}, required=_CLIENT),
    "NewToken": partial(
        {
            **_CLIENT,
            "access_token_expires_in": _SECONDS,
            "grant_type": one_of("password"),
            "password": NEEDED_TEXT,
            "refresh_token": TEXT,
            "scope": TEXT,
            "username": NEEDED_TEXT,
        },
        required=[*_CLIENT, "grant_type", "password", "username"],
    ),
    "RevokedToken": partial({**_CLIENT, "token": TEXT, "token_type": TEXT}, required=_CLIENT),
    "NewMessage": {
        **partial(_SEND),
        "allOf": [
            {"anyOf": [{"required": ["from"]}, {"required": ["from_did"]}]},
            {"anyOf": [{"required": ["to"]}, {"required": ["to_did"]}]},
        ],
        "description": (
            "Without media_urls, the message must not be blank. With group_recipients, the type must be mms. An MMS or"
            " a message from a short code can only be sent to the United States. Its settings can allow more."
            " null counts as absent."
        ),
    },
}
"""The schema of each body, by its name in the document. A body can also repeat read-only attributes unchanged."""
