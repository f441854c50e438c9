"""Every sample of CarrierX's documentation is read by the public method that meets it, and written back as it came."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import respx

from carrierx.models.api_object import ApiObject
from carrierx.models.container import Container
from carrierx.models.detail_record import DetailRecord
from carrierx.models.file import File
from tests.client.client_factory import ClientFactory
from tests.resources.storage_driving import (
    BASE_URL,
    CONTAINER_SID,
    DR_SID,
    FILE_SID,
    resource,
    sample,
    sample_names,
    sampled,
)

CASES: dict[str, tuple[str, int, str, str, str, Callable[[Any], Any]]] = {
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
        "container_response",
        200,
        "GET",
        f"/storage/containers/{CONTAINER_SID}",
        "containers",
        lambda containers: containers.get(CONTAINER_SID),
    ),
    "new container": (
        "container_response",
        200,
        "POST",
        "/storage/containers",
        "containers",
        lambda containers: containers.create(),
    ),
    "changed container": (
        "container_response",
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


@pytest.mark.parametrize("case", CASES)
def test_a_sample_is_read_and_written_back(factory: ClientFactory, case: str) -> None:
    name, status, method, path, resource_name, ask = CASES[case]
    with respx.mock(base_url=BASE_URL) as router:
        router.request(method, path).respond(status, content=sample(name), content_type="application/json")

        found = ask(resource(factory, factory.make(), resource_name))

    assert isinstance(found, ApiObject)
    assert json.loads(found.to_json()) == found.to_dict() == sampled(name)
    for one in (found, *getattr(found, "items", ())):
        assert not one.unreadable_fields
        assert not one.unknown_fields


def test_one_record_is_read_and_written_back(factory: ClientFactory) -> None:
    record = sampled("message_drs_list_response")["items"][0]
    with respx.mock(base_url=BASE_URL) as router:
        router.get(f"/sms/message_drs/{DR_SID}").respond(json=record)

        found = resource(factory, factory.make(), "detail_records").get(DR_SID)

    assert json.loads(found.to_json()) == record


def test_every_sample_is_used() -> None:
    assert sample_names() == {case[0] for case in CASES.values()} | {"error_404_no_item"}


@pytest.mark.parametrize(
    ("model", "name"), [(File, "file_upload_response"), (Container, "container_response")], ids=["file", "container"]
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
    container = sampled("container_response", external_attributes={"secret": "s3cr3t"})
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
