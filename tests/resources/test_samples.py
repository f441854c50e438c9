"""Every sample of CarrierX's documentation is read by the public method that meets it, and written back as it came.

Those of messages are in `tests/agreement/test_samples.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import respx

from carrierx import NotFoundError
from carrierx.models.api_object import ApiObject
from carrierx.models.container import Container
from carrierx.models.detail_record import DetailRecord
from carrierx.models.did_group import DidGroup
from carrierx.models.file import File
from carrierx.models.oauth_token import GeneratedToken, OAuthToken
from carrierx.models.short_code import ShortCode
from tests.resources.helpers import BASE_URL, CONTAINER_SID, DID_SID, DR_SID, FILE_SID, Resource
from tests.support.client_factory import ClientFactory
from tests.support.samples import sample, sample_names, sampled

Ask = Callable[[Resource], Any]

CASES: dict[str, tuple[str, int, str, str, str, Ask]] = {
    "list of DIDs": ("did_list_response", 200, "GET", "/phonenumber/dids", "dids", lambda dids: dids.list(limit=1)),
    "free numbers": (
        "did_list_response",
        200,
        "GET",
        "/phonenumber/available_dids",
        "dids",
        lambda dids: dids.available(limit=1),
    ),
    "rented DID": (
        "did_rent_response",
        200,
        "POST",
        "/phonenumber/dids",
        "dids",
        lambda dids: dids.rent("15162065575", confirm=True),
    ),
    "one DID": (
        "did_rent_response",
        200,
        "GET",
        f"/phonenumber/dids/{DID_SID}",
        "dids",
        lambda dids: dids.get(DID_SID),
    ),
    "changed DID": (
        "did_rent_response",
        200,
        "PATCH",
        f"/phonenumber/dids/{DID_SID}",
        "dids",
        lambda dids: dids.update(DID_SID, name="N/A"),
    ),
    "messaging enabled": (
        "did_messaging_enable_response",
        200,
        "POST",
        f"/phonenumber/dids/{DID_SID}/messaging",
        "dids",
        lambda dids: dids.enable_messaging(DID_SID, campaign_sid="fef13cdd-2f65-4ed8-8272-de2a940d0cb5"),
    ),
    "messaging of an external DID": (
        "did_messaging_enable_response",
        200,
        "GET",
        f"/phonenumber/external_dids/{DID_SID}/messaging",
        "external_dids",
        lambda numbers: numbers.get_messaging(DID_SID),
    ),
    "messaging enabled on an external DID": (
        "external_did_messaging_enable_response",
        200,
        "POST",
        f"/phonenumber/external_dids/{DID_SID}/messaging",
        "external_dids",
        lambda numbers: numbers.enable_messaging(DID_SID, campaign_sid="fef13cdd-2f65-4ed8-8272-de2a940d0cb5"),
    ),
    "external DID": (
        "external_did_get_response",
        200,
        "GET",
        f"/phonenumber/external_dids/{DID_SID}",
        "external_dids",
        lambda numbers: numbers.get(DID_SID),
    ),
    "registered external DID": (
        "external_did_get_response",
        200,
        "POST",
        "/phonenumber/external_dids",
        "external_dids",
        lambda numbers: numbers.register("46700987654", capabilities=3),
    ),
    "list of external DIDs": (
        "external_did_list_response",
        200,
        "GET",
        "/phonenumber/external_dids",
        "external_dids",
        lambda numbers: numbers.list(limit=1),
    ),
    "group of DIDs": (
        "did_group_create_response",
        200,
        "GET",
        "/phonenumber/did_groups/41e21049",
        "did_groups",
        lambda groups: groups.get("41e21049"),
    ),
    "new group of DIDs": (
        "did_group_create_response",
        200,
        "POST",
        "/phonenumber/did_groups",
        "did_groups",
        lambda groups: groups.create(),
    ),
    "changed group of DIDs": (
        "did_group_create_response",
        200,
        "PATCH",
        "/phonenumber/did_groups/41e21049",
        "did_groups",
        lambda groups: groups.update("41e21049", name="N/A"),
    ),
    "list of groups of DIDs": (
        "did_group_list_response",
        200,
        "GET",
        "/phonenumber/did_groups",
        "did_groups",
        lambda groups: groups.list(limit=1),
    ),
    "short code": (
        "short_code_update_response",
        200,
        "GET",
        "/phonenumber/short_codes/531f65b7",
        "short_codes",
        lambda codes: codes.get("531f65b7"),
    ),
    "changed short code": (
        "short_code_update_response",
        200,
        "PATCH",
        "/phonenumber/short_codes/531f65b7",
        "short_codes",
        lambda codes: codes.update("531f65b7", name="new shortcode name"),
    ),
    "list of short codes": (
        "short_code_list_response",
        200,
        "GET",
        "/phonenumber/short_codes",
        "short_codes",
        lambda codes: codes.list(),
    ),
    "effective access control lists": (
        "effective_acl_sms_response",
        200,
        "GET",
        "/accesscontrol/effective_acl/sms",
        "access_control",
        lambda access_control: access_control.effective_sms_acls(),
    ),
    "new token": (
        "oauth_token_response",
        200,
        "POST",
        "/oauth/token",
        "tokens",
        lambda tokens: tokens.generate(client_id="5c79", client_secret="5033", username="joe", password="qwerty123"),
    ),
    "new token of a sub-partner": (
        "oauth_token_response",
        200,
        "POST",
        "/oauth/token/cee93bf3",
        "tokens",
        lambda tokens: tokens.generate_for_partner("cee93bf3", client_id="5c79", client_secret="5033"),
    ),
    "token": (
        "oauth_token_response",
        200,
        "GET",
        "/oauth/tokens/b3f45e4d",
        "tokens",
        lambda tokens: tokens.get("b3f45e4d"),
    ),
    "list of tokens": (
        "oauth_token_list_response",
        200,
        "GET",
        "/oauth/tokens",
        "tokens",
        lambda tokens: tokens.list(),
    ),
    "rates": (
        "sms_rates_outbound_response",
        200,
        "GET",
        "/sms/rates/outbound/toll",
        "rates",
        lambda rates: rates.outbound("toll", limit=1),
    ),
    "rating": (
        "rating_sms_response",
        200,
        "GET",
        "/rating/sms/toll",
        "ratings",
        lambda ratings: ratings.sms("toll", to="17605692222", message_segments=1),
    ),
    "lookup": (
        "lookup_did_response",
        200,
        "GET",
        "/lookup/dids/14353035210",
        "lookup",
        lambda lookup: lookup.get("14353035210", carrier=True, cnam=True, lrn=True, hlr=True),
    ),
    "verification": (
        "verification_sms_response",
        200,
        "POST",
        "/verification/sms",
        "verification",
        lambda verification: verification.send_code(from_="15162065574", to="18057224756"),
    ),
    "partner": (
        "partner_get_response",
        200,
        "GET",
        "/partners/ed437757",
        "partners",
        lambda partners: partners.get("ed437757"),
    ),
    "upload": (
        "file_upload_response",
        201,
        "POST",
        "/storage/files",
        "files",
        lambda files: files.upload(b"sound", container_sid="c", name="my_audio.mp3"),
    ),
    "file": (
        "file_upload_response",
        200,
        "GET",
        f"/storage/files/{FILE_SID}",
        "files",
        lambda files: files.get(FILE_SID),
    ),
    "changed file": (
        "file_upload_response",
        200,
        "PATCH",
        f"/storage/files/{FILE_SID}",
        "files",
        lambda files: files.update(FILE_SID, name="my_audio.mp3"),
    ),
    "containers": (
        "container_list_response",
        200,
        "GET",
        "/storage/containers",
        "containers",
        lambda containers: containers.list(limit=1000),
    ),
    "container": (
        "container_create_response",
        200,
        "GET",
        f"/storage/containers/{CONTAINER_SID}",
        "containers",
        lambda containers: containers.get(CONTAINER_SID),
    ),
    "new container": (
        "container_create_response",
        200,
        "POST",
        "/storage/containers",
        "containers",
        lambda containers: containers.create(),
    ),
    "changed container": (
        "container_create_response",
        200,
        "PATCH",
        f"/storage/containers/{CONTAINER_SID}",
        "containers",
        lambda containers: containers.update(CONTAINER_SID, extra_body={"integer_key_1": 39984}),
    ),
    "records": (
        "message_drs_list_response",
        200,
        "GET",
        "/sms/message_drs",
        "detail_records",
        lambda records: records.list(limit=1, after="b6d574ea"),
    ),
}


def test_every_sample_is_used() -> None:
    messages = {name for name in sample_names() if "ms_send_" in name}
    elsewhere = {"error_404_no_item", "did_messaging_enable_request"}

    assert sample_names() - messages == {name for name, *_ in CASES.values()} | elsewhere


@pytest.mark.parametrize("case", CASES)
def test_a_sample_is_read_and_written_back(factory: ClientFactory, case: str) -> None:
    name, status, method, path, resource, ask = CASES[case]
    with respx.mock(base_url=BASE_URL) as router:
        router.request(method, path).respond(status, content=sample(name), content_type="application/json")

        found = ask(Resource(factory, factory.make(), resource))

    assert isinstance(found, ApiObject)
    assert json.loads(found.to_json()) == found.to_dict() == sampled(name)
    for one in (found, *getattr(found, "items", ())):
        assert not one.unreadable_fields
        assert not one.unknown_fields


def test_one_record_is_read_and_written_back(factory: ClientFactory) -> None:
    record = sampled("message_drs_list_response")["items"][0]
    with respx.mock(base_url=BASE_URL) as router:
        router.get(f"/sms/message_drs/{DR_SID}").respond(json=record)

        found = Resource(factory, factory.make(), "detail_records").get(DR_SID)

    assert json.loads(found.to_json()) == record


def test_a_voice_only_number_has_no_messaging(factory: ClientFactory) -> None:
    with respx.mock(base_url=BASE_URL) as router:
        router.get(f"/phonenumber/dids/{DID_SID}/messaging").respond(404, content=sample("error_404_no_item"))

        with pytest.raises(NotFoundError, match="cannot find item by sid") as caught:
            Resource(factory, factory.make(), "dids").get_messaging(DID_SID)

    assert caught.value.message == "no item error"


def test_the_request_of_the_sample_is_what_is_sent(factory: ClientFactory) -> None:
    with respx.mock(base_url=BASE_URL) as router:
        route = router.post(f"/phonenumber/dids/{DID_SID}/messaging")
        route.respond(content=sample("did_messaging_enable_response"))
        campaign = sampled("did_messaging_enable_request")["campaign_sid"]

        Resource(factory, factory.make(), "dids").enable_messaging(DID_SID, campaign_sid=campaign)

    assert json.loads(route.calls.last.request.content) == sampled("did_messaging_enable_request")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (File, "file_upload_response"),
        (Container, "container_create_response"),
        (DidGroup, "did_group_create_response"),
        (ShortCode, "short_code_update_response"),
        (OAuthToken, "oauth_token_response"),
        (GeneratedToken, "oauth_token_response"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_object_has_every_field_of_the_sample(model: type[ApiObject], name: str) -> None:
    assert model.model_fields.keys() == sampled(name).keys()


def test_a_record_has_every_field_of_the_sample() -> None:
    assert DetailRecord.model_fields.keys() == sampled("message_drs_list_response")["items"][0].keys()


def test_nothing_private_is_shown() -> None:
    record = sampled(
        "message_drs_list_response",
    )["items"][0] | {"message": "See you", "user_data": {"to": "joe"}}
    file = sampled("file_upload_response", string_key_1="joe's key", integer_key_1=4711)
    container = sampled("container_create_response", external_attributes={"secret": "s3cr3t"})
    shown = " ".join(
        [
            repr(DetailRecord.model_validate(record)),
            repr(File.model_validate(file)),
            repr(Container.model_validate(container)),
        ]
    )
    for secret in (
        "See you",
        "joe",
        "4711",
        "s3cr3t",
        "12078152557",
        "17575000929",
        "17207217011",
        "storage-carrierx",
        "my_audio",
    ):
        assert secret not in shown
    assert "***0929" in shown


def test_a_records_surprises_are_kept() -> None:
    record = {"dr_sid": "d", "user_data": {"order": [17]}, "mcc": "unknown", "price": "free", "new_field": 1}
    read = DetailRecord.model_validate(record)
    assert read.user_data == {"order": [17]}
    assert (read.mcc, read.price) == (None, None)
    assert read.unreadable_fields == {"mcc": "unknown", "price": "free"}
    assert json.loads(read.to_json()) == record


def test_an_older_containers_quota_is_read() -> None:
    assert Container.model_validate({"container_sid": "c", "quota_count": 100}).quota_files == 100
