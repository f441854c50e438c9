"""Files: uploading, reading, changing and deleting them."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, EmulatorResponse, EmulatorTransport
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
from tests.support.clocks import SteppingClock

FILES = "/core/v2/storage/files"
OBJECT = json.dumps({"container_sid": CONTAINER_SID}).encode()


def part(name: str, data: bytes, more: str = "") -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n' % (name.encode(), more.encode(), data)


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--x--\r\n"


def post_form(
    emulator: Emulator, body: bytes, *, content_type: str = "multipart/form-data; boundary=x", query: str = ""
) -> EmulatorResponse:
    return call(emulator, "POST", FILES, body=body, query=query, headers={"content-type": content_type})


def file_of(emulator: Emulator, settings: object, data: bytes = b"data", more: str = "") -> EmulatorResponse:
    return post_form(emulator, form(part("file_object", json.dumps(settings).encode()), part("data", data, more)))


class TestUploading:
    """`POST /storage/files`."""

    def test_a_form_carries_the_object_and_the_bytes(self, emulator: Emulator) -> None:
        more = '; filename="my_audio.mp3"\r\nContent-Type: audio/mpeg'
        response = file_of(emulator, {"container_sid": CONTAINER_SID, "string_key_1": "x"}, b"\r\n--y\r\n", more)

        file = content(response)
        assert response.status == 201
        assert (file["name"], file["mime_type"], file["content_format"]) == ("my_audio.mp3", "audio/mpeg", "mp3")
        assert (file["file_bytes"], file["string_key_1"], file["publish"]) == (7, "x", "file_sid")
        assert file["file_access_name"] == f"{file['file_sid']}.mp3"
        assert file["publish_uri"] == f"https://api.carrierx.com/f/{file['file_sid']}"
        assert call(emulator, "GET", f"{FILES}/{file['file_sid']}/data").body == b"\r\n--y\r\n"

    def test_httpx_speaks_the_same_form(self, emulator: Emulator) -> None:
        headers = {"Authorization": f"Bearer {DEMO_TOKEN}"}
        with httpx.Client(transport=EmulatorTransport(emulator), headers=headers) as client:
            answer = client.post(
                f"https://api.carrierx.com{FILES}",
                data={"file_object": OBJECT.decode()},
                files={"data": ("cät.png", b"\x89PNG\r\n", "image/png")},
            )
            data = client.get(answer.json()["publish_uri"], headers={"Authorization": ""})

        assert (answer.status_code, answer.json()["name"]) == (201, "cät.png")
        assert (data.content, data.headers["content-type"]) == (b"\x89PNG\r\n", "image/png")

    def test_bare_bytes_are_described_by_the_query(self, emulator: Emulator) -> None:
        file = upload(emulator, b"\x00\xff", name="a b.jpeg")

        assert (file["name"], file["mime_type"], file["file_bytes"]) == ("a b.jpeg", "image/jpeg", 2)
        assert file["container_sid"] == CONTAINER_SID

    def test_bytes_may_have_no_name(self, emulator: Emulator) -> None:
        response = call(
            emulator,
            "POST",
            FILES,
            query=f"container_sid={CONTAINER_SID}",
            headers={"content-type": "application/octet-stream"},
        )

        file = content(response)
        assert (file["name"], file["mime_type"]) == (file["file_sid"], "application/octet-stream")
        assert (file["content_format"], file["file_bytes"]) == (file["file_access_name"].partition(".")[2] or None, 0)

    @pytest.mark.parametrize(
        ("declared", "name", "mime_type", "content_format"),
        [
            ("image/png", "cat", "image/png", "png"),
            ("IMAGE/PNG; x=y", "cat.jpg", "image/png", "jpg"),
            ("application/octet-stream", "cat.gif", "image/gif", "gif"),
            ("text/html\x00", "cat.gif", "image/gif", "gif"),
            ("nonsense", "cat.unheard", "application/octet-stream", "unheard"),
        ],
    )
    def test_the_type_is_the_declared_one_or_that_of_the_name(
        self, emulator: Emulator, declared: str, name: str, mime_type: str, content_format: str
    ) -> None:
        more = f"; filename={name}\r\nContent-Type: {declared}"
        file = content(file_of(emulator, {"container_sid": CONTAINER_SID}, more=more))

        assert (file["mime_type"], file["content_format"]) == (mime_type, content_format)

    def test_a_name_in_the_object_comes_first(self, emulator: Emulator) -> None:
        settings = {"container_sid": CONTAINER_SID, "name": "ours.png"}

        assert content(file_of(emulator, settings, more="; filename=theirs.png"))["name"] == "ours.png"

    def test_settings_are_kept(self, emulator: Emulator) -> None:
        settings = {"container_sid": CONTAINER_SID, "desired_bitrate": 64, "integer_key_1": -1, "unique": True}

        file = content(file_of(emulator, settings))

        assert {name: file[name] for name in settings} == settings

    def test_a_file_may_stay_private(self, emulator: Emulator) -> None:
        file = content(file_of(emulator, {"container_sid": CONTAINER_SID, "publish": "none"}))

        assert file["publish_uri"] is None
        assert call(emulator, "GET", f"/f/{file['file_sid']}").status == 404

    @pytest.mark.parametrize(
        ("settings", "field"),
        [
            ({}, "container_sid"),
            ({"container_sid": "unknown"}, "container_sid"),
            ({"container_sid": None}, "container_sid"),
            ({"container_sid": CONTAINER_SID, "publish": "everywhere"}, "publish"),
            ({"container_sid": CONTAINER_SID, "lifecycle_ttl": True}, "lifecycle_ttl"),
            ({"container_sid": CONTAINER_SID, "lifecycle_ttl": 2**63}, "lifecycle_ttl"),
            ({"container_sid": CONTAINER_SID, "desired_bitrate": 9}, "desired_bitrate"),
            ({"container_sid": CONTAINER_SID, "desired_bitrate": True}, "desired_bitrate"),
            ({"container_sid": CONTAINER_SID, "unique": "no"}, "unique"),
            ({"container_sid": CONTAINER_SID, "mime_type": "image/png"}, "mime_type"),
        ],
    )
    def test_an_object_that_can_not_be_is_a_422(self, emulator: Emulator, settings: JSON, field: str) -> None:
        assert refused_fields(file_of(emulator, settings)) == [field]

    def test_bytes_without_a_container_are_a_422(self, emulator: Emulator) -> None:
        headers = {"content-type": "application/octet-stream"}

        assert refused_fields(call(emulator, "POST", FILES, query="name=x", headers=headers)) == ["container_sid"]

    @pytest.mark.parametrize("content_type", ["application/json", "image/png", "", "multipart/mixed; boundary=x"])
    def test_other_types_are_unsupported(self, emulator: Emulator, content_type: str) -> None:
        assert post_form(emulator, OBJECT, content_type=content_type).status == 415

    def test_a_form_takes_no_query(self, strict_emulator: Emulator) -> None:
        body = form(part("file_object", OBJECT), part("data", b""))

        assert post_form(strict_emulator, body, query=f"container_sid={CONTAINER_SID}").status == 400


GOOD = (part("file_object", OBJECT), part("data", b"data"))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"--x--", id="no part"),
        pytest.param(b"--x", id="one boundary"),
        pytest.param(form(GOOD[0]), id="no data"),
        pytest.param(form(GOOD[1]), id="no object"),
        pytest.param(form(*GOOD, GOOD[1]), id="data twice"),
        pytest.param(form(*GOOD, part("more", b"")), id="part too many"),
        pytest.param(form(*[part(f"p{number}", b"") for number in range(50)]), id="many parts"),
        pytest.param(b"".join(GOOD), id="no end"),
        pytest.param(form(*GOOD)[:-30], id="cut"),
        pytest.param(b"hello\r\n" + form(*GOOD), id="text before"),
        pytest.param(form(*GOOD).replace(b"--x\r\n", b"--xy\r\n"), id="another boundary"),
        pytest.param(form(*GOOD).replace(b"\r\n", b"\n"), id="bare line feeds"),
        pytest.param(form(part("file_object", b"{}"), b"--x\r\n\r\ndata\r\n"), id="no head"),
        pytest.param(form(GOOD[0], b"--x\r\nContent-Disposition: form-data\r\n\r\ndata\r\n"), id="no name"),
        pytest.param(form(GOOD[0], b'--x\r\nContent-Disposition: file; name="data"\r\n\r\n\r\n'), id="no form-data"),
        pytest.param(form(GOOD[0], part("data", b"", "\r\nX: " + "a" * 5000)), id="long head"),
        pytest.param(form(GOOD[0], b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\r\n'), id="no UTF-8"),
        pytest.param(form(part("file_object", b"{"), GOOD[1]), id="object is no JSON"),
        pytest.param(form(part("file_object", b"[" * 5000), GOOD[1]), id="deep object"),
    ],
)
def test_a_form_that_can_not_be_read_is_a_400(emulator: Emulator, body: bytes) -> None:
    assert post_form(emulator, body).status == 400
    assert read(emulator, f"/storage/containers/{CONTAINER_SID}")["total_files"] == 0


@pytest.mark.parametrize("boundary", ["", "; boundary=", '; boundary=""', "; boundary=" + "x" * 71, "; charset=x"])
def test_a_form_needs_its_boundary(emulator: Emulator, boundary: str) -> None:
    assert post_form(emulator, form(*GOOD), content_type=f"multipart/form-data{boundary}").status == 400


@pytest.mark.parametrize("boundary", ["; boundary=x", ';boundary="x"', '; charset=utf-8; Boundary="x"; y=z'])
def test_the_boundary_may_be_written_in_several_ways(emulator: Emulator, boundary: str) -> None:
    assert post_form(emulator, form(*GOOD), content_type=f"multipart/form-data{boundary}").status == 201


class TestBounds:
    """How much can be uploaded."""

    def test_a_file_has_an_upper_bound(self) -> None:
        with make_emulator(EmulatorConfig(max_file_bytes=100)) as emulator:
            assert upload(emulator, b"x" * 100)["file_bytes"] == 100
            headers, query = {"content-type": "application/octet-stream"}, f"container_sid={CONTAINER_SID}"
            assert call(emulator, "POST", FILES, body=b"x" * 101, query=query, headers=headers).status == 413
            assert file_of(emulator, {"container_sid": CONTAINER_SID}, b"x" * 101).status == 413

    def test_a_container_holds_so_many_bytes(self) -> None:
        with make_emulator(EmulatorConfig(quota_bytes=10)) as emulator:
            upload(emulator, b"x" * 6)
            response = file_of(emulator, {"container_sid": CONTAINER_SID}, b"x" * 5)
            assert blamed(response, 409) == "container_sid"
            file = upload(emulator, b"x" * 4)
            container = read(emulator, f"/storage/containers/{CONTAINER_SID}")
            assert (container["total_bytes"], container["available_bytes_percent"]) == (10, 0)

            call(emulator, "DELETE", f"{FILES}/{file['file_sid']}")
            assert upload(emulator, b"x" * 4)["file_bytes"] == 4

    def test_a_container_holds_so_many_files(self) -> None:
        with make_emulator(EmulatorConfig(quota_files=1)) as emulator:
            upload(emulator)
            assert file_of(emulator, {"container_sid": CONTAINER_SID}).status == 409

    def test_of_a_large_file_the_record_of_requests_keeps_a_part(self) -> None:
        with make_emulator(EmulatorConfig(max_body_bytes=100)) as emulator:
            upload(emulator, b"x" * 5000)

            assert len(emulator.requests_seen[0].body) == 101


class TestOneFile:
    """`/storage/files/{file_sid}`."""

    def test_can_be_read(self, emulator: Emulator) -> None:
        file = upload(emulator)

        assert read(emulator, f"/storage/files/{file['file_sid']}") == file

    def test_can_be_changed(self, emulator: Emulator, clock: SteppingClock) -> None:
        file = upload(emulator)
        clock.advance(60)

        changed = written(emulator, "PATCH", f"/storage/files/{file['file_sid']}", {"lifecycle_ttl": -1, "name": "dog"})

        assert changed == {**file, "name": "dog", "date_modified": "2026-03-15T12:01:00.084Z"}

    def test_can_be_taken_back_from_the_public(self, emulator: Emulator) -> None:
        file = upload(emulator)
        path = f"/storage/files/{file['file_sid']}"

        assert written(emulator, "PATCH", path, {"publish": "none"})["publish_uri"] is None
        assert call(emulator, "GET", f"/f/{file['file_sid']}").status == 404
        assert written(emulator, "PATCH", path, {"publish": "file_sid"})["publish_uri"] == file["publish_uri"]

    @pytest.mark.parametrize("field", ["container_sid", "file_bytes", "publish_uri", "mime_type", "partner_sid"])
    def test_keeps_what_is_read_only(self, emulator: Emulator, field: str) -> None:
        path = f"/storage/files/{upload(emulator)['file_sid']}"

        assert refused_fields(write(emulator, "PATCH", path, {field: "other"})) == [field]

    def test_can_be_deleted_once(self, emulator: Emulator) -> None:
        file = upload(emulator)
        path = f"{FILES}/{file['file_sid']}"

        response = call(emulator, "DELETE", path)
        assert (response.status, response.body) == (204, b"")
        for method in ("GET", "DELETE"):
            assert content(call(emulator, method, path))["message"] == "no item error"
        assert get(emulator, f"/storage/files/{file['file_sid']}/data").status == 404

    def test_may_be_unknown(self, emulator: Emulator) -> None:
        assert write(emulator, "PATCH", "/storage/files/unknown", {}).status == 404

    def test_notes_the_last_download_once_a_minute(self, emulator: Emulator, clock: SteppingClock) -> None:
        path = f"/storage/files/{upload(emulator)['file_sid']}"
        seen: list[str] = []
        for seconds in (59, 1, 59):
            clock.advance(seconds)
            assert get(emulator, f"{path}/data").body == b"a cat"
            seen.append(read(emulator, path)["date_last_accessed"])

        assert seen == ["2026-03-15T12:00:00.084Z", "2026-03-15T12:01:00.084Z", "2026-03-15T12:01:00.084Z"]

    def test_survives_in_a_file(self, tmp_path: Path) -> None:
        with Emulator(database=tmp_path / "files.db") as emulator:
            file = upload(emulator)
        with Emulator(database=tmp_path / "files.db") as emulator:
            assert read(emulator, f"/storage/files/{file['file_sid']}") == file
            assert get(emulator, f"/storage/files/{file['file_sid']}/data").body == b"a cat"


class TestListing:
    """`GET /storage/files`."""

    def test_has_every_file_as_it_is_read(self, emulator: Emulator) -> None:
        files = [upload(emulator, name=name) for name in ("cat.png", "dog.jpg")]

        answer = read(emulator, "/storage/files")

        assert answer["items"] == files == [read(emulator, f"/storage/files/{file['file_sid']}") for file in files]
        assert (answer["count"], answer["total"], answer["has_more"]) == (2, 2, False)

    def test_is_empty_at_first_and_after_a_deletion(self, emulator: Emulator) -> None:
        assert read(emulator, "/storage/files")["items"] == []
        call(emulator, "DELETE", f"/core/v2/storage/files/{upload(emulator)['file_sid']}")
        assert read(emulator, "/storage/files")["items"] == []

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"filter": 'name eq "cat.png"'}, ["cat.png"]),
            ({"filter": f'container_sid eq "{CONTAINER_SID}"'}, ["cat.png", "dog.jpg"]),
            ({"filter": "file_bytes gt 5"}, ["dog.jpg"]),
            ({"filter": "unique eq false", "order": "name desc"}, ["dog.jpg", "cat.png"]),
            ({"order": "file_bytes desc", "limit": 1}, ["dog.jpg"]),
            ({"offset": 1}, ["dog.jpg"]),
        ],
        ids=repr,
    )
    def test_can_be_filtered_ordered_and_paged(self, emulator: Emulator, query: JSON, names: list[str]) -> None:
        upload(emulator, b"a cat", name="cat.png")
        upload(emulator, b"a large dog", name="dog.jpg")

        assert [file["name"] for file in read(emulator, "/storage/files", **query)["items"]] == names
