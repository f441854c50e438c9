"""The schemas of the objects that the emulator returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.openapi.schemas import (
    ARRAY,
    FLAG,
    INTEGER,
    INTEGER_OR_NULL,
    MONEY,
    MONEY_OR_NULL,
    NULL,
    NUMBER,
    OBJECT,
    SENDER,
    SID,
    SID_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    TIME,
    TIME_OR_NULL,
    list_of,
    one_of,
    reference,
    whole,
)
from carrierx.emulator.rules.fields import LEGACY_NAMES

_STATUS: Final = one_of("queued", "sent", "delivered", "received", "failed", "undelivered")
_DIRECTION: Final = one_of("inbound", "outbound")
_KIND: Final = one_of("sms", "mms")
_KEYS: Final[Mapping[str, JSONValue]] = {
    **{f"integer_key_{number}": INTEGER_OR_NULL for number in (1, 2)},
    **{f"string_key_{number}": TEXT_OR_NULL for number in (1, 2, 3, 4)},
}
_MESSAGE: Final[Mapping[str, JSONValue]] = {
    "date_changed": TIME,
    "date_created": TIME,
    "date_status_changed": TIME_OR_NULL,
    "direction": _DIRECTION,
    "from": SENDER,
    "group_recipients": TEXTS,
    "mcc": INTEGER_OR_NULL,
    "media_urls": TEXTS,
    "message": TEXT_OR_NULL,
    "message_segments": {"type": "integer", "minimum": 1},
    "message_sid": SID,
    "mnc": INTEGER_OR_NULL,
    "partner_sid": SID,
    "price": MONEY_OR_NULL,
    "status": _STATUS,
    "to": SENDER,
    "type": _KIND,
    "user_data": TEXT_OR_NULL,
}
_NEW_FIELDS: Final = ("date_changed", "group_recipients", "type", "user_data")
_DETAIL_RECORD: Final[Mapping[str, JSONValue]] = {
    **dict.fromkeys(("date_changed", "date_insert", "date_start", "date_stop"), TIME),
    **dict.fromkeys(("a2p_campaign", "p2p_nnid", "vendor_error_code", "version"), TEXT_OR_NULL),
    **dict.fromkeys(("mcc_mnc_price", "mcc_mnc_rate", "price", "rate"), MONEY),
    **dict.fromkeys(("passthrough_price", "passthrough_rate", "registration_type"), NULL),
    **dict.fromkeys(("number_billing", "number_dst", "number_external", "number_src"), SENDER),
    "date_sent": TIME_OR_NULL,
    "delay_sent": {"type": "integer", "minimum": 0},
    "direction": _DIRECTION,
    "dr_sid": SID,
    "mcc": INTEGER,
    "media_urls": TEXTS,
    "message": TEXT_OR_NULL,
    "message_segments": {"type": "integer", "minimum": 1},
    "mnc": INTEGER,
    "number_group_dst": TEXTS,
    "partner_sid": SID,
    "provider": TEXT,
    "status": _STATUS,
    "type": _KIND,
    "user_data": TEXT_OR_NULL,
}
_ANY_DID: Final[Mapping[str, JSONValue]] = {
    "active_capabilities": INTEGER,
    "attributes": OBJECT,
    "callback_url": TEXT_OR_NULL,
    "campaign_sid": SID_OR_NULL,
    "capabilities": INTEGER,
    "classification_sid": SID,
    "country_code": TEXT_OR_NULL,
    "in_country_format": TEXT,
    "international_format": TEXT,
    "locality": TEXT_OR_NULL,
    "lrn_sid": SID_OR_NULL,
    "name": TEXT,
    "phonenumber": NUMBER,
    "state": TEXT_OR_NULL,
    "string_key_1": TEXT_OR_NULL,
    "string_key_2": TEXT_OR_NULL,
}
_DID: Final[Mapping[str, JSONValue]] = {
    **_ANY_DID,
    "did_group_sid": SID_OR_NULL,
    "did_sid": SID,
    "lata": TEXT_OR_NULL,
    "ocn": TEXT_OR_NULL,
    "porting_pin": TEXT_OR_NULL,
    "price": MONEY,
    "transformations": ARRAY,
    "trunk_group_sid": SID_OR_NULL,
}
_ENABLEMENT: Final[Mapping[str, JSONValue]] = {
    "campaign_external_id": TEXT_OR_NULL,
    "campaign_sid": SID_OR_NULL,
    "did_sid": SID,
    "enabled": FLAG,
    "p2p_nnid": TEXT_OR_NULL,
    "status": one_of("disabled", "in_progress", "enabled"),
    "type": one_of("a2p", "p2p"),
}
_FILE: Final[Mapping[str, JSONValue]] = {
    **_KEYS,
    **dict.fromkeys(("container_sid", "file_sid", "partner_sid"), SID),
    **dict.fromkeys(("date_last_accessed", "date_modified"), TIME),
    **dict.fromkeys(("content_format", "desired_format", "publish_uri"), TEXT_OR_NULL),
    **dict.fromkeys(("content_classification", "file_access_name", "lifecycle_action", "mime_type", "name"), TEXT),
    "content_duration": INTEGER_OR_NULL,
    "content_transcoding_progress": INTEGER_OR_NULL,
    "desired_bitrate": INTEGER_OR_NULL,
    "file_bytes": {"type": "integer", "minimum": 0},
    "lifecycle_ttl": INTEGER,
    "parent_file_sid": SID_OR_NULL,
    "publish": one_of("file_access_name", "file_sid", "none"),
    "threshold_include": FLAG,
    "type": one_of("file"),
    "unique": FLAG,
}
_THRESHOLDS: Final = (
    *("threshold_available_bytes_percent", "threshold_available_files_percent", "threshold_bytes"),
    *("threshold_bytes_target", "threshold_files", "threshold_files_target"),
)
_CONTAINER: Final[Mapping[str, JSONValue]] = {
    **_KEYS,
    **dict.fromkeys(_THRESHOLDS, INTEGER_OR_NULL),
    **dict.fromkeys(("threshold_grace_period", "threshold_total_bytes", "threshold_total_files"), INTEGER),
    **dict.fromkeys(("available_bytes_percent", "available_files_percent", "quota_bytes", "quota_files"), INTEGER),
    **dict.fromkeys(("total_bytes", "total_files", "default_file_lifecycle_ttl"), INTEGER),
    **dict.fromkeys(("allow_publish", "encrypted", "unique"), FLAG),
    **dict.fromkeys(("default_file_threshold_include", "default_file_unique"), FLAG),
    **dict.fromkeys(("allowed_classifications", "blocked_classifications"), ARRAY),
    **dict.fromkeys(("default_file_lifecycle_action", "durability_class", "name", "publish_domain", "type"), TEXT),
    **dict.fromkeys(("container_sid", "partner_sid"), SID),
    "default_file_publish": one_of("file_access_name", "file_sid", "none"),
    "external_attributes": OBJECT,
    "parent_container_sid": SID_OR_NULL,
    "threshold_action": TEXT_OR_NULL,
}
_PARTNER: Final[Mapping[str, JSONValue]] = {
    **dict.fromkeys(("acls", "available_scopes", "parent_assigned_acls", "transformations"), ARRAY),
    **dict.fromkeys(("address1", "address2", "city", "state", "zip", "phonenumber"), TEXT_OR_NULL),
    **dict.fromkeys(("billing_email", "company_name", "owner_email", "tech_email"), TEXT_OR_NULL),
    **dict.fromkeys(("country_code", "display_id", "login", "name", "payment_type", "status"), TEXT),
    **dict.fromkeys(("balance", "charge_at", "daily_spending_limit", "daily_spent_amount"), MONEY),
    **dict.fromkeys(("prepay_amount", "spending_limit"), MONEY),
    **dict.fromkeys(("parent_sid", "partner_sid"), SID),
    "attributes": OBJECT,
    "callbacks": {"type": "object", "additionalProperties": TEXT_OR_NULL},
    "date_created": TIME,
}
_RATE: Final[Mapping[str, JSONValue]] = {
    **dict.fromkeys(("country_code", "country_name"), TEXT),
    **dict.fromkeys(("network", "operator"), TEXT_OR_NULL),
    "mcc": INTEGER,
    "mnc": INTEGER,
    "price": MONEY,
}
_RATING: Final[Mapping[str, JSONValue]] = {
    "direction": _DIRECTION,
    "price": MONEY,
    "rate": MONEY,
    "segments": {"type": "string", "pattern": "^[0-9]+$"},
}
_CARRIER: Final = whole(dict.fromkeys(("mcc", "mnc", "name", "type"), TEXT))
_LOOKUP: Final[Mapping[str, JSONValue]] = {
    "country_code": TEXT_OR_NULL,
    "details": whole({"carrier": {"anyOf": [_CARRIER, NULL]}, "cnam": TEXT_OR_NULL, "lrn": TEXT_OR_NULL}),
    "e164_format": TEXT,
    "in_country_format": TEXT,
    "international_format": TEXT,
    "phonenumber": NUMBER,
    "state": TEXT_OR_NULL,
}
_RATE_LIST: Final[Mapping[str, JSONValue]] = {
    "active": TEXT,
    "effective_date": TIME,
    "partner_sid": SID,
    "rates_plan": whole({"name": TEXT, "rates_plan_sid": SID}),
}
_DID_GROUP: Final[Mapping[str, JSONValue]] = {
    "callback_url": TEXT_OR_NULL,
    "did_group_sid": SID,
    "name": TEXT,
    "partner_sid": SID,
}
_SHORT_CODE: Final[Mapping[str, JSONValue]] = {
    **dict.fromkeys(
        ("callback_url", "country_code", "locality", "state", "string_key_1", "string_key_2"), TEXT_OR_NULL
    ),
    **dict.fromkeys(("did_group_sid", "lrn_sid"), SID_OR_NULL),
    **dict.fromkeys(("partner_sid", "short_code_sid"), SID),
    "attributes": OBJECT,
    "name": TEXT,
    "short_code": {"type": "string", "pattern": "^[0-9]{3,6}$"},
}
_OAUTH_TOKEN: Final[Mapping[str, JSONValue]] = {
    **dict.fromkeys(("access_token", "client_id", "name", "refresh_token"), TEXT),
    **dict.fromkeys(("date_created", "date_expiration_access_token", "date_expiration_refresh_token"), TIME),
    "date_last_accessed": TIME_OR_NULL,
    "ip_last_accessed": TEXT_OR_NULL,
    "partner_sid": SID,
    "scopes": TEXTS,
    "token_sid": SID,
    "token_type": one_of("bearer"),
}
_ACL: Final[Mapping[str, JSONValue]] = {
    **dict.fromkeys(("sms_action_false", "sms_action_true", "voice_action_false", "voice_action_true"), TEXT_OR_NULL),
    "access_control_rules": TEXTS,
    "direction": one_of("any", "inbound", "outbound", "undirected"),
}
_EFFECTIVE_ACLS: Final[Mapping[str, JSONValue]] = {
    "effective_acls": {"type": "array", "items": whole(_ACL)},
    "layer": INTEGER,
}
_ERROR_ENTRY: Final = whole({"field": TEXT_OR_NULL, "message": TEXT, "reference_sid": NULL})

OBJECTS: Final[Mapping[str, JSONObject]] = {
    "AvailableDid": whole({**_DID, "partner_sid": NULL, "status": one_of("available")}),
    "Container": whole(_CONTAINER),
    "ContainerList": list_of("Container"),
    "CurrentMessage": whole(_MESSAGE),
    "DetailRecord": whole(_DETAIL_RECORD),
    "DetailRecordList": list_of("DetailRecord"),
    "Did": whole({**_DID, "partner_sid": SID, "status": one_of("assigned", "aging")}),
    "DidGroup": whole(_DID_GROUP),
    "DidGroupList": list_of("DidGroup"),
    "DidList": list_of("Did"),
    "AvailableDidList": list_of("AvailableDid"),
    "EffectiveAcls": whole(_EFFECTIVE_ACLS),
    "EffectiveAclsList": list_of("EffectiveAcls"),
    "Enablement": whole(_ENABLEMENT, optional=["p2p_nnid"]),
    "Error": whole({"errors": {"type": "array", "items": _ERROR_ENTRY}, "message": TEXT}),
    "ExternalDid": whole(
        {
            **_ANY_DID,
            "external_did_sid": SID,
            "id": INTEGER,
            "lata": TEXT_OR_NULL,
            "ocn": TEXT_OR_NULL,
            "ocn_block": TEXT_OR_NULL,
            "partner_sid": SID,
            "provider_sid": SID_OR_NULL,
            "status": one_of("assigned"),
            "underlying_carrier_sid": SID_OR_NULL,
        },
        optional=["id", "lata", "ocn", "ocn_block", "provider_sid"],
    ),
    "ExternalDidList": list_of("ExternalDid"),
    "File": whole(_FILE),
    "FileList": list_of("File"),
    "LegacyMessage": whole({LEGACY_NAMES.get(name, name): schema for name, schema in _MESSAGE.items()}),
    "Lookup": whole(_LOOKUP),
    "Message": {"oneOf": [reference(name) for name in ("CurrentMessage", "LegacyMessage", "OldMessage")]},
    "MessageList": list_of("Message"),
    "OAuthToken": whole(_OAUTH_TOKEN),
    "OAuthTokenList": list_of("OAuthToken"),
    "OldMessage": whole(
        {LEGACY_NAMES.get(name, name): schema for name, schema in _MESSAGE.items() if name not in _NEW_FIELDS},
        optional=["media_urls"],
    ),
    "Partner": whole(_PARTNER),
    "PartnerList": list_of("Partner"),
    "Rate": whole(_RATE),
    "RateList": list_of("Rate", _RATE_LIST),
    "Rating": whole(_RATING),
    "ShortCode": whole(_SHORT_CODE),
    "ShortCodeList": list_of("ShortCode"),
    "VerificationCode": whole({"code": TEXT, "message_sid": SID}),
}
"""The schema of each object, by its name in the document."""
