"""Every answer looks like the one that CarrierX's documentation shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import (
    DID,
    JSON,
    MMS,
    PARTNER_SID,
    PHONE,
    START,
    accept,
    assert_same_shape,
    call,
    content,
    generated_token,
    make_emulator,
    read,
    upload,
    written,
)
from tests.support.clocks import SteppingClock
from tests.support.samples import sample_names, sampled

CAMPAIGN = "fef13cdd-2f65-4ed8-8272-de2a940d0cb5"
ENABLE = {"campaign_sid": CAMPAIGN, "enabled": True, "type": "a2p"}
DIDS = "/phonenumber/dids"


def detail_records(emulator: Emulator, clock: SteppingClock) -> JSON:
    group = ["17207217011", "17207210038"]
    for _ in range(3):
        accept(emulator, MMS, group_recipients=group, type="mms", user_data="test_message")
    clock.advance(1)
    first = read(emulator, "/sms/message_drs", limit=1)["items"][0]["dr_sid"]
    return read(emulator, "/sms/message_drs", limit=1, after=first)


def external_did(emulator: Emulator) -> str:
    sid: str = read(emulator, "/phonenumber/external_dids")["items"][0]["external_did_sid"]
    return sid


ANSWERS: dict[str, Callable[[Emulator], JSON]] = {
    "container_create_response": lambda emulator: written(emulator, "POST", "/storage/containers", {}),
    "did_group_create_response": lambda emulator: written(emulator, "POST", "/phonenumber/did_groups", {}),
    "did_group_list_response": lambda emulator: read(emulator, "/phonenumber/did_groups", limit=1),
    "did_list_response": lambda emulator: read(emulator, DIDS, limit=1),
    "did_messaging_enable_response": lambda emulator: written(
        emulator, "POST", f"{DIDS}/{read(emulator, DIDS, offset=1)['items'][0]['did_sid']}/messaging", ENABLE
    ),
    "did_rent_response": lambda emulator: written(emulator, "POST", DIDS, {}),
    "effective_acl_sms_response": lambda emulator: read(emulator, "/accesscontrol/effective_acl/sms"),
    "error_404_no_item": lambda emulator: content(call(emulator, "GET", "/core/v2/sms/message_drs/unknown")),
    "external_did_get_response": lambda emulator: read(
        emulator, f"/phonenumber/external_dids/{external_did(emulator)}"
    ),
    "external_did_list_response": lambda emulator: read(emulator, "/phonenumber/external_dids"),
    "external_did_messaging_enable_response": lambda emulator: written(
        emulator, "POST", f"/phonenumber/external_dids/{external_did(emulator)}/messaging", ENABLE
    ),
    "file_upload_response": lambda emulator: upload(emulator, name="my_audio.mp3"),
    "lookup_did_response": lambda emulator: read(emulator, "/lookup/dids/14353035210", carrier="true", hlr="true"),
    "mms_send_response": lambda emulator: accept(emulator, MMS),
    "oauth_token_list_response": lambda emulator: [generated_token(emulator), read(emulator, "/oauth/tokens")][1],
    "oauth_token_response": generated_token,
    "partner_get_response": lambda emulator: read(emulator, f"/partners/{PARTNER_SID}"),
    "rating_sms_response": lambda emulator: read(
        emulator, "/rating/sms/toll", direction="outbound", to=PHONE, message_segments=1
    ),
    "short_code_list_response": lambda emulator: read(emulator, "/phonenumber/short_codes"),
    "short_code_update_response": lambda emulator: written(
        emulator,
        "PATCH",
        f"/phonenumber/short_codes/{read(emulator, '/phonenumber/short_codes')['items'][0]['short_code_sid']}",
        {"name": "new short code name"},
    ),
    "sms_rates_outbound_response": lambda emulator: read(emulator, "/sms/rates/outbound/toll", limit=1),
    "sms_send_response": lambda emulator: accept(emulator, user_data="test_message"),
    "sms_send_response_legacy_2019": lambda emulator: {
        name: value
        for name, value in accept(emulator, {"from_did": DID, "to_did": PHONE, "message": "Hello"}).items()
        # What the answers of 2019 did not have yet.
        if name not in {"date_changed", "group_recipients", "media_urls", "type", "user_data"}
    },
    "verification_sms_response": lambda emulator: content(
        call(emulator, "POST", "/core/v2/verification/sms", query=f"from={DID}&to={PHONE}")
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_the_shape_of_the_published_one(name: str) -> None:
    with make_emulator() as emulator:
        answer, published = ANSWERS[name](emulator), sampled(name)
    if not answer.get("pagination"):
        published.pop("pagination", None)
        answer.pop("pagination", None)

    assert_same_shape(answer, published)


def test_a_list_of_detail_records_has_the_shape_of_the_published_one() -> None:
    clock = SteppingClock(START)
    with make_emulator(EmulatorConfig(link_next=False), clock) as emulator:
        assert_same_shape(detail_records(emulator, clock), sampled("message_drs_list_response"))


def test_every_sample_is_compared() -> None:
    requests = {name for name in sample_names() if "_request" in name}
    assert sample_names() - requests == {*ANSWERS, "message_drs_list_response", "container_list_response"}
