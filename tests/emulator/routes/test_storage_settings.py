"""Settings of containers and files, and the links of published files."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from carrierx.emulator import Emulator, Request, serve
from tests.emulator.helpers import CONTAINER_SID, JSON, content, read, refused_fields, write, written
from tests.emulator.routes.test_files import file_of

CONTAINER = f"/storage/containers/{CONTAINER_SID}"


def uploaded(emulator: Emulator, data: bytes = b"data", **settings: object) -> JSON:
    response = file_of(emulator, {"container_sid": CONTAINER_SID, **settings}, data, '; filename="cat.png"')
    assert response.status == 201, response.body
    return content(response)


def published(emulator: Emulator, path: str) -> tuple[int, bytes]:
    response = emulator.handle(Request("GET", path))
    return response.status, response.body if response.status == 200 else b""


@pytest.mark.parametrize("value", ["1.5", "", "true", "1e3", "0x10", "9" * 19, "１", " 1"])
def test_a_string_that_is_no_integer_is_refused(emulator: Emulator, value: str) -> None:
    assert refused_fields(write(emulator, "PATCH", CONTAINER, {"integer_key_1": value})) == ["integer_key_1"]


@pytest.mark.parametrize("value", ["True", "1", "yes", ""])
def test_a_string_that_is_no_boolean_is_refused(emulator: Emulator, value: str) -> None:
    assert refused_fields(write(emulator, "PATCH", CONTAINER, {"unique": value})) == ["unique"]


def test_quotas_and_classifications_of_a_container(emulator: Emulator) -> None:
    wanted = {"allowed_classifications": ["image"], "quota_files": "1", "quota_bytes": 10}
    answer = written(emulator, "PATCH", CONTAINER, wanted)

    assert {name: answer[name] for name in wanted} == {**wanted, "quota_files": 1}
    assert file_of(emulator, {"container_sid": CONTAINER_SID}, b"x" * 11).status == 409
    uploaded(emulator, b"x" * 5)
    assert read(emulator, CONTAINER)["available_bytes_percent"] == 50
    assert file_of(emulator, {"container_sid": CONTAINER_SID}, b"x").status == 409
    assert written(emulator, "PATCH", CONTAINER, {"quota_files": None})["quota_files"] == 100
    uploaded(emulator, b"x")


def test_a_quota_below_what_is_used(emulator: Emulator) -> None:
    uploaded(emulator, b"x" * 5)

    assert written(emulator, "PATCH", CONTAINER, {"quota_bytes": 1})["available_bytes_percent"] == 0


def test_a_list_of_containers_has_a_thousand_items(emulator: Emulator) -> None:
    assert [read(emulator, "/storage/containers", **query)["limit"] for query in ({}, {"limit": 0}, {"limit": 2})] == [
        1000,
        1000,
        2,
    ]


def test_put_resets_what_is_left_out_of_a_container(emulator: Emulator) -> None:
    written(emulator, "PATCH", CONTAINER, {"string_key_1": "a", "string_key_2": "b", "quota_files": 3})
    answer = written(emulator, "PUT", CONTAINER, {"string_key_2": "c"})

    assert (answer["string_key_1"], answer["string_key_2"], answer["quota_files"]) == (None, "c", 100)
    assert answer["container_sid"] == CONTAINER_SID


def test_put_resets_what_is_left_out_of_a_file(emulator: Emulator) -> None:
    file = uploaded(emulator, string_key_1="a", file_access_name="a.png", publish="none")
    answer = written(emulator, "PUT", f"/storage/files/{file['file_sid']}", {"string_key_2": "c"})

    assert (answer["string_key_1"], answer["string_key_2"], answer["publish"]) == (None, "c", "file_sid")
    assert (answer["name"], answer["file_access_name"]) == ("cat.png", f"{file['file_sid']}.png")


@pytest.mark.parametrize("kind", ["files", "containers"])
def test_put_of_what_is_not_there_is_not_found(emulator: Emulator, kind: str) -> None:
    assert write(emulator, "PUT", f"/storage/{kind}/unknown", {}).status == 404


class TestPublicLinks:
    """`/f/...`, the links of published files."""

    @pytest.mark.parametrize("extension", ["", ".png", ".mp3", ".tar.gz"])
    def test_a_link_works_with_any_extension(self, emulator: Emulator, extension: str) -> None:
        sid = uploaded(emulator)["file_sid"]

        assert published(emulator, f"/f/{sid}{extension}") == (200, b"data")

    def test_a_link_can_have_the_access_name(self, emulator: Emulator) -> None:
        file = uploaded(emulator, publish="file_access_name", file_access_name="prompts/no key.wav")
        path = "/f/prompts%2Fno%20key.wav"

        assert file["publish_uri"].endswith(path)
        assert published(emulator, path) == (200, b"data")

    def test_the_access_name_can_be_changed(self, emulator: Emulator) -> None:
        path = f"/storage/files/{uploaded(emulator)['file_sid']}"
        changed = written(emulator, "PATCH", path, {"file_access_name": "new.png", "publish": "file_access_name"})

        assert changed["publish_uri"].endswith("/f/new.png")
        assert published(emulator, "/f/new.png") == (200, b"data")
        reset = written(emulator, "PATCH", path, {"file_access_name": None})
        assert published(emulator, "/f/new.png")[0] == 404
        assert reset["publish_uri"].endswith(f"/f/{reset['file_access_name']}")

    def test_an_access_name_is_no_link_without_being_published_as_one(self, emulator: Emulator) -> None:
        uploaded(emulator, file_access_name="cat.png")
        hidden = uploaded(emulator, file_access_name="dog.png", publish="none")

        assert [published(emulator, path)[0] for path in ("/f/cat.png", "/f/dog.png")] == [404, 404]
        assert published(emulator, f"/f/{hidden['file_sid']}.png")[0] == 404

    @pytest.mark.parametrize("name", [".", "..", "\0", "a\r\nb", "a\nb", "\x7f", "\x85"], ids=repr)
    def test_an_access_name_that_no_link_can_have_is_refused(self, emulator: Emulator, name: str) -> None:
        path = f"/storage/files/{uploaded(emulator)['file_sid']}"

        assert refused_fields(write(emulator, "PATCH", path, {"file_access_name": name})) == ["file_access_name"]
        assert refused_fields(write(emulator, "PUT", path, {"file_access_name": name})) == ["file_access_name"]

    @pytest.mark.parametrize("name", ["...", ".png", "a..b", "a b", "%2e%2e", "a%0Ab", "\\", "\u2028", "é/😀", "?#"])
    def test_any_other_access_name_leads_to_its_file(self, emulator: Emulator, name: str) -> None:
        file = uploaded(emulator, publish="file_access_name", file_access_name=name)
        with serve(emulator) as running:
            address = running.base_url.removesuffix("/core/v2")
            link = file["publish_uri"].replace("https://api.carrierx.com", address)

            assert httpx.get(link).content == b"data"

    def test_a_link_never_leads_to_another_file(self, emulator: Emulator) -> None:
        first = uploaded(emulator, b"first", publish="file_access_name", file_access_name="cat.png")
        names = ["cat.png", first["file_sid"], f"{first['file_sid']}.png"]
        others = [
            uploaded(emulator, b"second", publish="file_access_name", file_access_name=name)["file_sid"]
            for name in names
        ]

        for sid in others:
            file = read(emulator, f"/storage/files/{sid}")
            assert file["publish_uri"].endswith(f"/f/{sid}")
            assert published(emulator, urlsplit(str(file["publish_uri"])).path) == (200, b"second")
        assert first["publish_uri"].endswith("/f/cat.png")

    def test_of_two_files_with_one_name_the_older_is_read(self, emulator: Emulator) -> None:
        for data in (b"first", b"second"):
            uploaded(emulator, data, publish="file_access_name", file_access_name="cat.png")

        assert published(emulator, "/f/cat.png") == (200, b"first")
