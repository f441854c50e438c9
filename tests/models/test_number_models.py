"""The models of numbers, prices and accounts: tolerant of surprises, and discreet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from carrierx.models.access_control import EffectiveAcls
from carrierx.models.api_object import ApiObject
from carrierx.models.did import Capability, Did, DidStatus, ExternalDid
from carrierx.models.did_group import DidGroup
from carrierx.models.lookup import NumberLookup
from carrierx.models.messaging_enablement import EnablementStatus, EnablementType, MessagingEnablement
from carrierx.models.oauth_token import GeneratedToken, OAuthToken
from carrierx.models.partner import Partner
from carrierx.models.rate import Rate, RatePage
from carrierx.models.rating import Rating
from carrierx.models.short_code import ShortCode
from carrierx.models.verification import VerificationCode
from tests.support.samples import did, external_did, sample, sampled

WHOLE: list[tuple[type[ApiObject], dict[str, Any]]] = [
    (Did, did()),
    (ExternalDid, external_did()),
    (MessagingEnablement, sampled("did_messaging_enable_response")),
    (Rate, sampled("sms_rates_outbound_response")["items"][0]),
    (RatePage, sampled("sms_rates_outbound_response")),
    (Rating, sampled("rating_sms_response")),
    (NumberLookup, sampled("lookup_did_response")),
    (VerificationCode, sampled("verification_sms_response")),
    (Partner, sampled("partner_get_response")),
    (DidGroup, sampled("did_group_create_response")),
    (ShortCode, sampled("short_code_update_response")),
    (OAuthToken, sampled("oauth_token_response")),
    (GeneratedToken, sampled("oauth_token_response")),
    (EffectiveAcls, sampled("effective_acl_sms_response")["items"][0]),
]
NEEDED: dict[type[ApiObject], set[str]] = {
    Did: {"did_sid"},
    ExternalDid: {"external_did_sid"},
    MessagingEnablement: {"did_sid"},
    RatePage: {"items"},
    Rating: {"price"},
    NumberLookup: {"phonenumber"},
    VerificationCode: {"code", "message_sid"},
    Partner: {"partner_sid"},
    DidGroup: {"did_group_sid"},
    ShortCode: {"short_code_sid"},
    OAuthToken: {"token_sid"},
    GeneratedToken: {"token_sid", "access_token"},
}


@pytest.mark.parametrize(("model", "raw"), WHOLE, ids=lambda value: getattr(value, "__name__", ""))
def test_a_surprise_in_one_field_spoils_no_other(model: type[ApiObject], raw: dict[str, Any]) -> None:
    for name in raw.keys() - NEEDED.get(model, set[str]()):
        for odd in ({"a": [1]}, [None], 1.5, "~", True, None):
            data = raw | {name: odd}

            found = model.model_validate_json(json.dumps(data))

            written = found.to_dict()
            assert written.keys() == data.keys()
            assert {key: written[key] for key in written if key != name} == {k: v for k, v in data.items() if k != name}


@pytest.mark.parametrize(("model", "raw"), WHOLE, ids=lambda value: getattr(value, "__name__", ""))
def test_an_object_fails_only_over_what_it_cannot_do_without(model: type[ApiObject], raw: dict[str, Any]) -> None:
    for name in raw:
        rest = {key: value for key, value in raw.items() if key != name}
        if name in NEEDED.get(model, set[str]()):
            with pytest.raises(ValidationError, match=name):
                model.model_validate(rest)
        else:
            assert model.model_validate(rest).to_dict() == rest


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (0, Capability(0)),
        (7, Capability.RECEIVE_SMS | Capability.SEND_SMS | Capability.VOICE),
        ("31", Capability(31)),
        (1 << 20 | 1, Capability(1 << 20 | 1)),
        (None, None),
        (-1, None),
        (True, None),
        (1.0, None),
        ("many", None),
        ("٣", None),
        (1 << 40, None),
    ],
    ids=repr,
)
def test_capabilities_keep_bits_that_nobody_has_named(raw: object, read: Capability | None) -> None:
    found = Did.model_validate_json(json.dumps({"did_sid": "a", "capabilities": raw}))

    assert found.capabilities == read
    if not isinstance(raw, str) or read is None:
        assert found.to_dict()["capabilities"] == raw
    assert found.could(Capability.SEND_SMS) is bool(read and read & 2)
    assert not found.can(Capability.SEND_SMS)


def test_all_of_several_capabilities_are_wanted() -> None:
    found = Did.model_validate({"did_sid": "a", "active_capabilities": 3})

    assert found.can(Capability.SEND_SMS | Capability.RECEIVE_SMS)
    assert not found.can(Capability.SEND_SMS | Capability.SEND_MMS)


def test_values_that_nobody_has_named_stay_possible() -> None:
    assert DidStatus("porting") == "porting"
    assert (EnablementStatus.ENABLED, EnablementType.A2P) == ("enabled", "a2p")
    found = MessagingEnablement.model_validate({"did_sid": "a", "status": "paused", "mms_status": "enabled"})
    assert (found.status, found.unknown_fields) == ("paused", {"mms_status": "enabled"})


def test_a_repr_shows_neither_numbers_nor_names_nor_secrets() -> None:
    secrets = ["5162065574", "700987654", "70 098 76 54", "1234-pin", "mellon", "example", "Smith", "90804", "3035210"]
    shown = [
        Did.model_validate(
            did(
                porting_pin="1234-pin", callback_url="https://mellon", string_key_1="mellon", attributes={"a": "mellon"}
            )
        ),
        ExternalDid.model_validate(external_did(name="mellon")),
        Partner.model_validate(sampled("partner_get_response", callbacks={"sms": "https://mellon"}, login="mellon")),
        NumberLookup.model_validate(sampled("lookup_did_response", details={"cnam": "Smith", "lrn": "15162065574"})),
    ]
    for thing in shown:
        assert [secret for secret in secrets if secret in repr(thing) + str(thing)] == []
    assert "phonenumber='***5574'" in repr(shown[0])
    assert "porting_pin=<set>" in repr(shown[0])


def test_a_page_of_rates_is_described_with_what_holds_for_all() -> None:
    found = RatePage.model_validate_json(sample("sms_rates_outbound_response"))

    assert "active='yes'" in repr(found)
    assert {"items", "effective_date", "rates_plan"} <= RatePage.model_json_schema(mode="serialization")[
        "properties"
    ].keys()
    assert Did.model_json_schema()["properties"]["capabilities"]["anyOf"][0] == {"type": "integer"}
