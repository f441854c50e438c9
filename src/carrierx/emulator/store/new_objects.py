"""New DIDs, external DIDs, DID groups, short codes and containers, as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.rules.numbers import place_of

RECEIVE_SMS, SEND_SMS, VOICE, RECEIVE_MMS, SEND_MMS = 1, 2, 4, 8, 16
"""The capabilities of a number: the bits of `capabilities`. Source: the DID object's page."""

MESSAGING: Final = RECEIVE_SMS | SEND_SMS | RECEIVE_MMS | SEND_MMS
"""The capability bits for messages."""

AGING: Final = "aging"
"""The status of a released DID. Source: the page about releasing one."""

_CLASSIFICATION: Final = "17f4d954-d635-4cda-912b-c2a2fa3a6860"


def new_did(did_sid: str, phonenumber: str, capabilities: int) -> JSONObject:
    """Return a DID as it is stored: without `active_capabilities`, `campaign_sid`, `partner_sid` and `status`.

    It is assigned until its release stores another status. Source: the samples of the DID pages.
    """
    place = place_of(phonenumber)
    return {
        "attributes": {},
        "callback_url": None,
        "capabilities": capabilities,
        "classification_sid": _CLASSIFICATION,
        "country_code": place.country_code,
        "did_group_sid": None,
        "did_sid": did_sid,
        "in_country_format": place.in_country_format,
        "international_format": place.international_format,
        "lata": None,
        "locality": "NEW YORK" if place.state == "NY" else None,
        "lrn_sid": None,
        "name": "N/A",
        "ocn": "251F",
        "phonenumber": phonenumber,
        "porting_pin": None,
        "price": "0.6",
        "state": place.state,
        "string_key_1": None,
        "string_key_2": None,
        "transformations": [],
        "trunk_group_sid": None,
    }


def is_released(did: Mapping[str, JSONValue]) -> bool:
    """Return whether a DID was released."""
    return did.get("status") == AGING


def new_external_did(external_did_sid: str, phonenumber: str, capabilities: int, locality: str | None) -> JSONObject:
    """Return an external DID as it is stored: without `active_capabilities`, `campaign_sid` and `partner_sid`.

    Source: the sample of the list. Its `id` is the only numeric id.
    """
    place = place_of(phonenumber)
    return {
        "attributes": {},
        "callback_url": None,
        "capabilities": capabilities,
        "classification_sid": "6a7b1e41-8f55-4a5a-9d42-7e0e9f2a9d11",
        "country_code": place.country_code,
        "external_did_sid": external_did_sid,
        "id": 8421,
        "in_country_format": place.in_country_format,
        "international_format": place.international_format,
        "locality": locality,
        "lrn_sid": None,
        "name": f"{place.country_code} External DID",
        "phonenumber": phonenumber,
        "state": place.state,
        "status": "assigned",
        "string_key_1": None,
        "string_key_2": None,
        "underlying_carrier_sid": "40a8c9cf-8b08-4c21-a3e3-952c65ee892d",
    }


def new_did_group(did_group_sid: str) -> JSONObject:
    """Return a DID group as it is stored: without `partner_sid`. Source: the sample of the page about creating one."""
    return {"callback_url": None, "did_group_sid": did_group_sid, "name": "N/A"}


def new_short_code(short_code_sid: str, short_code: str, did_group_sid: str) -> JSONObject:
    """Return a short code as it is stored: without `partner_sid`. Source: the sample of the object's page."""
    return {
        "attributes": {},
        "callback_url": None,
        "country_code": "USA",
        "did_group_sid": did_group_sid,
        "locality": None,
        "lrn_sid": None,
        "name": "test",
        "short_code": short_code,
        "short_code_sid": short_code_sid,
        "state": "IL",
        "string_key_1": None,
        "string_key_2": None,
    }


def new_container(container_sid: str) -> JSONObject:
    """Return a container as it is stored: without `partner_sid` and usage, and null for the default quotas.

    Source: the sample of the page about creating one.
    """
    return {
        "allow_publish": True,
        "allowed_classifications": [],
        "blocked_classifications": [],
        "container_sid": container_sid,
        "default_file_lifecycle_action": "no_action",
        "default_file_lifecycle_ttl": -1,
        "default_file_publish": "file_sid",
        "default_file_threshold_include": True,
        "default_file_unique": False,
        "durability_class": "unassigned",
        "encrypted": False,
        "external_attributes": {},
        "integer_key_1": None,
        "integer_key_2": None,
        "name": "N/A",
        "parent_container_sid": None,
        "quota_bytes": None,
        "quota_files": None,
        "string_key_1": None,
        "string_key_2": None,
        "string_key_3": None,
        "string_key_4": None,
        "threshold_action": None,
        "threshold_available_bytes_percent": None,
        "threshold_available_files_percent": None,
        "threshold_bytes": None,
        "threshold_bytes_target": None,
        "threshold_files": None,
        "threshold_files_target": None,
        "threshold_grace_period": 0,
        "threshold_total_bytes": 0,
        "threshold_total_files": 0,
        "type": "internal",
        "unique": False,
    }
