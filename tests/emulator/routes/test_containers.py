"""Containers of files."""

from __future__ import annotations

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import (
    CONTAINER_SID,
    JSON,
    blamed,
    call,
    content,
    get,
    make_emulator,
    read,
    refused_fields,
    upload,
    write,
    written,
)

CONTAINERS = "/storage/containers"
PATH = f"{CONTAINERS}/{CONTAINER_SID}"


def test_there_is_one_from_the_start(emulator: Emulator) -> None:
    answer = read(emulator, CONTAINERS)

    assert [container["container_sid"] for container in answer["items"]] == [CONTAINER_SID]
    assert read(emulator, PATH) == answer["items"][0]


def test_a_second_one_can_be_made_and_no_third(emulator: Emulator) -> None:
    made = written(emulator, "POST", CONTAINERS, {"name": "Pictures", "string_key_1": "x"})

    assert (made["name"], made["total_files"]) == ("Pictures", 0)
    assert read(emulator, f"{CONTAINERS}/{made['container_sid']}") == made
    response = write(emulator, "POST", CONTAINERS, {})
    assert (response.status, content(response)["message"]) == (409, "Conflict")


def test_they_can_be_filtered_and_ordered(emulator: Emulator) -> None:
    made = written(emulator, "POST", CONTAINERS, {"string_key_1": "x", "allow_publish": False})

    def found(**parameters: object) -> list[str]:
        return [item["container_sid"] for item in read(emulator, CONTAINERS, **parameters)["items"]]

    assert found(filter="string_key_1 eq x") == [made["container_sid"]]
    assert found(filter="allow_publish eq true") == [CONTAINER_SID]
    assert found(filter="allow_publish eq false") == [made["container_sid"]]
    assert found(order="allow_publish desc") == [CONTAINER_SID, made["container_sid"]]
    assert blamed(get(emulator, CONTAINERS, filter="allow_publish eq maybe"), 400) == "filter"


def test_one_tells_what_it_holds() -> None:
    with make_emulator(EmulatorConfig(quota_bytes=20, quota_files=4)) as emulator:
        upload(emulator, b"x" * 5)
        container = read(emulator, PATH)

    assert (container["total_files"], container["total_bytes"]) == (1, 5)
    assert (container["available_files_percent"], container["available_bytes_percent"]) == (75, 75)


def test_nothing_is_available_of_nothing() -> None:
    with make_emulator(EmulatorConfig(quota_files=0)) as emulator:
        assert read(emulator, PATH)["available_files_percent"] == 0


def test_one_can_be_changed(emulator: Emulator) -> None:
    before = read(emulator, PATH)

    after = written(emulator, "PATCH", PATH, {"name": "Pictures", "default_file_lifecycle_ttl": 60})

    assert after == {**before, "name": "Pictures", "default_file_lifecycle_ttl": 60}
    assert upload(emulator)["lifecycle_ttl"] == 60


@pytest.mark.parametrize("change", [{"allow_publish": False}, {"default_file_publish": "none"}])
def test_one_may_keep_its_files_private(emulator: Emulator, change: JSON) -> None:
    written(emulator, "PATCH", PATH, change)
    file = upload(emulator)

    assert file["publish_uri"] is None
    assert call(emulator, "GET", f"/f/{file['file_sid']}").status == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quota_bytes", -1),
        ("allowed_classifications", [1]),
        ("name", 1),
        ("integer_key_1", 1.5),
        ("default_file_publish", "all"),
        ("size", 1),
    ],
)
def test_what_can_not_be_set_is_a_422(emulator: Emulator, field: str, value: object) -> None:
    assert refused_fields(write(emulator, "PATCH", PATH, {field: value})) == [field]
    assert refused_fields(write(emulator, "POST", CONTAINERS, {field: value})) == [field]


def test_an_unknown_one_is_not_found(emulator: Emulator) -> None:
    assert get(emulator, f"{CONTAINERS}/unknown").status == 404
    assert write(emulator, "PATCH", f"{CONTAINERS}/unknown", {}).status == 404
