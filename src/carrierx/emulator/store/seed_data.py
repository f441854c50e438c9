"""The objects that a new account has: numbers, groups, a short code, a container and the account itself.

SIDs and numbers come from CarrierX's samples, where there are any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.rules.enablement import CAMPAIGN_SID, enabled_state
from carrierx.emulator.store.new_objects import (
    MESSAGING,
    RECEIVE_SMS,
    SEND_SMS,
    VOICE,
    new_container,
    new_did,
    new_did_group,
    new_external_did,
    new_short_code,
)

ENABLED_DID_SID: Final = "f448e2c3-88c1-4cd1-8cf2-3567c16e0794"
"""15162065575, rented and enabled for messaging."""

DID_SID: Final = "e8df62d5-07a3-4189-a67e-87585067c5fe"
"""15162065574, rented and able to send and receive SMS, which is not enabled."""

VOICE_DID_SID: Final = "5dbed1ba-b7e7-4337-9d9c-36ef03ac2805"
"""15162065337, rented and for voice only."""

TOLL_FREE_DID_SID: Final = "0a3c1f0e-6f0b-4a58-8a0d-7f5f2a3b9c11"
"""18885550142, rented and enabled for messaging."""

EXTERNAL_DID_SID: Final = "8efbf9d0-3872-4f5c-b4b6-e6ba64176f30"
"""12059051025, of another provider."""

CONTAINER_SID: Final = "cb05c1f4-2398-432c-8314-cc306156281c"
"""The container for files."""

DID_GROUP_SIDS: Final = ("41e21049-e5eb-433c-a93d-d57417b1863c", "9cf3c0aa-3f80-43f7-b8c2-8f88251ff562")
"""Two groups of numbers. The second one has the short code."""

SHORT_CODE_SID: Final = "531f65b7-dff7-42b4-b638-597f91da9ccc"
"""The short code 26399."""

PARTNER_KEY: Final = "partner"
"""The key of the account itself in its table. Its SID comes from the emulator's settings."""

AVAILABLE_DIDS: Final[Mapping[str, JSONObject]] = {
    sid: new_did(sid, phonenumber, capabilities)
    for sid, phonenumber, capabilities in (
        ("07e3dee3-2f0d-4254-b635-21334ccde8b9", "15162065573", 7),
        ("2b9d6a64-0d3f-4d7c-9a52-3f0a1c5e7d01", "15162065576", VOICE | MESSAGING),
        ("3c8e7b75-1e40-4e8d-8b63-401b2d6f8e02", "17207210038", VOICE | MESSAGING),
        ("4d7f8c86-2f51-4f9e-9c74-512c3e709f03", "12078152557", VOICE),
        ("5e609d97-3062-40af-8d85-623d4f81a004", "18885550143", VOICE | MESSAGING),
    )
}
"""The numbers that can be rented, by SID, unless they are rented already."""


_PARTNER: Final[JSONObject] = {
    "acls": [],
    "address1": None,
    "address2": None,
    "attributes": {},
    "available_scopes": [],
    "balance": "351.52",
    "billing_email": "example@example.com",
    "callbacks": {},
    "charge_at": "20",
    "city": None,
    "company_name": "CarrierX",
    "country_code": "USA",
    "daily_spending_limit": "500",
    "daily_spent_amount": "0",
    "date_created": "2023-09-20T21:34:55.000Z",
    "display_id": "CX72521509",
    "login": "example",
    "name": "John Smith",
    "owner_email": "example@example.com",
    "parent_assigned_acls": [
        {
            "access_control_rules": ["93525bae-f9a9-446b-b92a-7f421df7a11e"],
            "direction": "outbound",
            "sms_action_false": None,
            "sms_action_true": "accept",
            "voice_action_false": None,
            "voice_action_true": None,
        }
    ],
    "parent_sid": "ac38616e-d2e7-4cd6-99ae-b6658f0728b6",
    "payment_type": "prepay",
    "phonenumber": "15162065819",
    "prepay_amount": "100",
    "spending_limit": "0",
    "state": None,
    "status": "active",
    "tech_email": "example@example.com",
    "transformations": [],
    "zip": "90804",
}

SEED_OBJECTS: Final[Mapping[str, Mapping[str, JSONObject]]] = {
    "dids": {
        sid: new_did(sid, phonenumber, capabilities)
        for sid, phonenumber, capabilities in (
            (ENABLED_DID_SID, "15162065575", VOICE | MESSAGING),
            (DID_SID, "15162065574", 7),
            (VOICE_DID_SID, "15162065337", VOICE),
            (TOLL_FREE_DID_SID, "18885550142", VOICE | MESSAGING),
        )
    },
    "external_dids": {
        EXTERNAL_DID_SID: new_external_did(EXTERNAL_DID_SID, "12059051025", RECEIVE_SMS | SEND_SMS, "BIRMINGHAM")
    },
    "did_groups": {sid: new_did_group(sid) for sid in DID_GROUP_SIDS},
    "short_codes": {SHORT_CODE_SID: new_short_code(SHORT_CODE_SID, "26399", DID_GROUP_SIDS[1])},
    "oauth_tokens": {},
    "did_messaging": {ENABLED_DID_SID: enabled_state(CAMPAIGN_SID), TOLL_FREE_DID_SID: enabled_state(None)},
    "containers": {CONTAINER_SID: new_container(CONTAINER_SID)},
    "partners": {PARTNER_KEY: _PARTNER},
}
"""The contents of each object table in a new database."""
