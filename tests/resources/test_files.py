"""Files: upload requests byte by byte, names, progress, and what is refused."""

from __future__ import annotations

import io
import json
import logging
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from carrierx import InvalidArgumentError, NotFoundError, RateLimitError, ResponseError, ServerError, where
from carrierx.emulator.http.multipart import Part, read_form
from carrierx.events import UploadProgress
from carrierx.models.streamed_body import PART
from tests.resources.helpers import CONTAINER_SID, FILE_SID, Resource, answer, paths, scripted
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.samples import sampled
from tests.support.scripts import Script, page, reply

UPLOADED = answer("file_upload_response", 201)
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)


class Pipe:
    """Gives bytes once, and can't be wound back."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int) -> bytes:
        return self._file.read(size)


def names(script: Script) -> list[str]:
    return [query["name"] for query in script.queries]


def test_the_request_is_the_documented_one(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", UPLOADED)

    file = files.upload(b"sound", container_sid=CONTAINER_SID, name="my audio&.mp3")

    (request,) = script.requests
    assert request.method == "POST"
    assert request.url.raw_path.decode() == (
        f"/core/v2/storage/files?container_sid={CONTAINER_SID}&name=my+audio%26.mp3"
    )
    assert request.content == b"sound"
    assert request.headers["content-type"] == "application/octet-stream"
    assert request.headers["content-length"] == "5"
    assert file.publish_uri == f"http://storage-carrierx.com/f/{FILE_SID}"


def test_bytes_paths_and_open_files_give_the_same_body(factory: ClientFactory, tmp_path: Path) -> None:
    content = os.urandom(3 * PART + 1)
    path = tmp_path / "cat.jpg"
    path.write_bytes(content)
    files, script = scripted(factory, "files", UPLOADED)
    with path.open("rb") as opened, path.open("rb", buffering=0) as raw, tempfile.SpooledTemporaryFile() as spooled:
        spooled.write(content)
        spooled.seek(0)
        for source in (content, bytearray(content), memoryview(content), str(path), path, opened, raw, spooled):
            files.upload(source, container_sid="c")
        assert not opened.closed
    assert [request.content == content for request in script.requests] == [True] * 8
    assert {request.headers["content-length"] for request in script.requests} == {str(len(content))}
    assert names(script) == ["upload"] * 3 + ["cat.jpg"] * 4 + ["upload"]


def test_an_open_file_is_read_from_where_it_stands(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", UPLOADED)
    file = io.BytesIO(b"headerbody")
    file.seek(6)
    files.upload(file, container_sid="c")
    assert script.requests[0].content == b"body"


def test_a_source_of_unknown_size_goes_in_chunks(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", UPLOADED)
    told: list[UploadProgress] = []

    files.upload(Pipe(bytes(PART + 5)), container_sid="c", content_type="image/jpeg; q=1", on_progress=told.append)

    (request,) = script.requests
    assert request.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in request.headers
    assert len(request.content) == PART + 5
    assert names(script) == ["upload.jpg"]
    assert told == [UploadProgress(PART, None), UploadProgress(PART + 5, None)]


@pytest.mark.parametrize(
    ("source", "arguments", "name"),
    [
        (JPEG, {}, "upload.jpg"),
        (b"\x89PNG\r\n\x1a\n", {}, "upload.png"),
        (b"GIF89a", {}, "upload.gif"),
        (b"%PDF-1.7", {}, "upload.pdf"),
        (b"\x00\x00\x00\x18ftypisom", {}, "upload.mp4"),
        (b"\x00\x00\x00\x18ftyp3gp4", {}, "upload.3gp"),
        (b"\x00\x00\x00\x18ftypqt  ", {}, "upload.mov"),
        (b"RIFF\x00\x00\x00\x00WAVE", {}, "upload.wav"),
        (b"RIFF\x00\x00\x00\x00????", {}, "upload"),
        (b"\xef\xbb\xbf\r\nbegin:vcard\r\n", {}, "upload.vcf"),
        (b"BEGIN:VCALENDAR", {}, "upload.ics"),
        (b"who knows", {}, "upload"),
        (b"who knows", {"content_type": "Image/PNG"}, "upload.png"),
        (b"who knows", {"content_type": "image/x-nobody-knows"}, "upload"),
        (JPEG, {"name": "given"}, "given"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_name_is_made_up_by_the_content(
    factory: ClientFactory, source: bytes, arguments: dict[str, Any], name: str
) -> None:
    files, script = scripted(factory, "files", UPLOADED)
    files.upload(source, container_sid="c", **arguments)
    assert names(script) == [name]


def test_a_files_own_name_gets_an_ending_if_it_has_none(factory: ClientFactory, tmp_path: Path) -> None:
    files, script = scripted(factory, "files", UPLOADED)
    for name in ("photo", "photo.jpeg", "photo\n"):
        (tmp_path / name).write_bytes(JPEG)
        files.upload(tmp_path / name, container_sid="c")
    unnamed = io.BytesIO(JPEG)
    unnamed.name = "<stdin>"
    files.upload(unnamed, container_sid="c")
    assert names(script) == ["photo.jpg", "photo.jpeg", "upload.jpg", "upload.jpg"]


def test_progress_counts_what_was_taken(factory: ClientFactory, caplog: pytest.LogCaptureFixture) -> None:
    files, _ = scripted(factory, "files", UPLOADED)
    told: list[UploadProgress] = []
    files.upload(bytes(2 * PART), container_sid="c", on_progress=told.append)
    total = 2 * PART
    assert told == [UploadProgress(sent, total) for sent in (PART, total - 1, total)]

    def raising(progress: UploadProgress) -> None:
        raise ZeroDivisionError("the listener's own mistake")

    with caplog.at_level(logging.ERROR, "carrierx"):
        files.upload(b"x", container_sid="c", on_progress=raising)
    assert "the upload goes on" in caplog.text


def test_without_a_container_the_first_one_is_taken(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", answer("container_list_response"), UPLOADED)
    files.upload(b"x")
    assert paths(script) == ["GET /storage/containers", "POST /storage/files"]
    assert script.queries == [{"limit": "1"}, {"container_sid": CONTAINER_SID, "name": "upload"}]


def test_an_account_without_a_container_is_told_to_make_one(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", page())
    with pytest.raises(InvalidArgumentError, match=r"Make one with containers\.create"):
        files.upload(b"x")
    assert paths(script) == ["GET /storage/containers"]


@pytest.mark.parametrize(
    ("source", "arguments", "words"),
    [
        (b"", {}, "nothing to upload"),
        (io.BytesIO(), {}, "nothing to upload"),
        (5, {}, "a path, bytes or a binary file, not int"),
        (None, {}, "not NoneType"),
        (io.StringIO("text"), {}, "text mode"),
        (b"x", {"name": " "}, "name must not be blank"),
        (b"x", {"name": 5}, "name must be a string"),
        (b"x", {"container_sid": ""}, "container_sid must not be blank"),
        (b"x", {"content_type": "jpeg"}, "content_type must be a media type"),
        (b"x", {"on_progress": "print"}, "on_progress must be a function"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_uploaded_is_refused(
    factory: ClientFactory, source: Any, arguments: dict[str, Any], words: str
) -> None:
    files, script = scripted(factory, "files", UPLOADED)
    with pytest.raises(InvalidArgumentError, match=words):
        files.upload(source, **{"container_sid": "c", **arguments})
    assert script.requests == []


def test_a_path_that_cannot_be_opened_is_refused(factory: ClientFactory, tmp_path: Path) -> None:
    files, script = scripted(factory, "files", UPLOADED)
    with pytest.raises(FileNotFoundError):
        files.upload(tmp_path / "missing.png", container_sid="c")
    with pytest.raises(InvalidArgumentError, match="no regular file"):
        files.upload(tmp_path, container_sid="c")
    with tempfile.TemporaryFile("w+b") as opened, os.fdopen(os.dup(opened.fileno()), "w+", encoding="utf-8") as text:
        text.write("x")
        with pytest.raises(InvalidArgumentError, match="text mode"):
            files.upload(text, container_sid="c")
    assert script.requests == []


def test_a_file_that_gives_texts_is_refused(factory: ClientFactory) -> None:
    class Texts(io.BytesIO):
        def read(self, size: int | None = -1, /) -> Any:
            return "text"

    files, script = scripted(factory, "files", UPLOADED)
    with pytest.raises(InvalidArgumentError, match="binary mode"):
        files.upload(Texts(b"x"), container_sid="c")
    assert script.requests == []


def test_a_refused_upload_is_sent_again_from_its_beginning(factory: ClientFactory, clock: SteppingClock) -> None:
    files, script = scripted(factory, "files", reply(429), UPLOADED, clock=clock)
    files.upload(io.BytesIO(b"again"), container_sid="c")
    assert [request.content for request in script.requests] == [b"again"] * 2


def test_a_source_that_was_read_is_not_sent_again(factory: ClientFactory, clock: SteppingClock) -> None:
    files, script = scripted(factory, "files", reply(429), UPLOADED, clock=clock)
    with pytest.raises(RateLimitError) as caught:
        files.upload(Pipe(b"once"), container_sid="c")
    assert caught.value.safe_to_resend
    assert len(script.requests) == 1


def test_a_fresh_token_is_tried_with_what_can_be_read_again(factory: ClientFactory) -> None:
    tokens = iter(["stale", "fresh", "unused"])
    script = Script(reply(401), UPLOADED)
    files = Resource(factory, factory.scripted(script, lambda: next(tokens)), "files")
    files.upload(b"again", container_sid="c")
    assert [request.headers["authorization"] for request in script.requests] == ["Bearer stale", "Bearer fresh"]
    assert [request.content for request in script.requests] == [b"again"] * 2


def test_a_fresh_token_is_not_tried_with_what_was_read(factory: ClientFactory) -> None:
    tokens = iter(["stale", "unused"])
    script = Script(reply(401), UPLOADED)
    files = Resource(factory, factory.scripted(script, lambda: next(tokens)), "files")
    with pytest.raises(Exception, match="401"):
        files.upload(Pipe(b"once"), container_sid="c")
    assert len(script.requests) == 1


@pytest.mark.parametrize("status", [200, 204])
def test_a_file_is_deleted_by_either_answer(factory: ClientFactory, status: int) -> None:
    files, script = scripted(factory, "files", reply(status))
    assert files.delete(FILE_SID) is None
    assert paths(script) == [f"DELETE /storage/files/{FILE_SID}"]
    assert script.requests[0].content == b""


def test_a_delete_that_lost_its_answer_shows_both_attempts(factory: ClientFactory, clock: SteppingClock) -> None:
    files, _ = scripted(factory, "files", reply(502), answer("error_404_no_item", 404), clock=clock)
    with pytest.raises(NotFoundError) as caught:
        files.delete(FILE_SID)
    assert [attempt.status_code for attempt in caught.value.attempts] == [502, 404]


def test_a_change_sends_what_was_given(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", answer("file_upload_response"))
    files.update(FILE_SID, lifecycle_ttl=-1)
    files.update(FILE_SID, name="new_name", extra_body={"string_key_1": "x"})
    assert paths(script) == [f"PATCH /storage/files/{FILE_SID}"] * 2
    assert script.bodies == [{"lifecycle_ttl": -1}, {"name": "new_name", "string_key_1": "x"}]
    with pytest.raises(InvalidArgumentError, match="Nothing to change: give one of name, lifecycle_ttl"):
        files.update(FILE_SID)


def test_a_read_is_repeated_and_quoted(factory: ClientFactory, clock: SteppingClock) -> None:
    files, script = scripted(factory, "files", reply(500), clock=clock)
    with pytest.raises(ServerError):
        files.get("a/b")
    assert paths(script) == ["GET /storage/files/a%2Fb"] * 3


def test_files_are_listed_and_gone_through(factory: ClientFactory) -> None:
    file = sampled("file_upload_response")
    files, script = scripted(
        factory, "files", page(file), page(file, has_more=True), page({**file, "file_sid": "second"})
    )

    assert (
        files.list(filter=where("container_sid").eq("c"), order="name desc", limit=5, offset=2)[0].file_bytes == 29799
    )
    assert [found.file_sid for found in files.iterate(page_size=1, max_items=2)] == [FILE_SID, "second"]

    assert [request.url.path.removeprefix("/core/v2") for request in script.requests] == ["/storage/files"] * 3
    assert script.queries == [
        {"limit": "5", "offset": "2", "order": "name desc", "filter": 'container_sid eq "c"'},
        {"limit": "1"},
        {"limit": "1", "offset": "1"},
    ]


def test_a_file_is_downloaded_as_it_is(factory: ClientFactory) -> None:
    data = b'{"not": "parsed", \xff\x00'
    files, script = scripted(factory, "files", reply(200, data))

    assert files.download(FILE_SID) == data
    assert paths(script) == [f"GET /storage/files/{FILE_SID}/data"]
    assert script.requests[0].headers.get_list("accept") == ["*/*"]


def test_only_a_download_accepts_everything(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", answer("file_upload_response"))

    files.get(FILE_SID)

    assert script.requests[0].headers.get_list("accept") == ["application/json"]


def test_a_download_that_is_too_large_is_an_error(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", reply(200, bytes(11)), reply(200, bytes(10)))

    with pytest.raises(ResponseError, match="too large"):
        files.download(FILE_SID, max_bytes=10)
    assert len(script.requests) == 1
    assert files.download(FILE_SID, max_bytes=10) == bytes(10)


def test_a_large_download_is_allowed_by_default(factory: ClientFactory) -> None:
    files, _ = scripted(factory, "files", reply(200, bytes(1_500_000)))

    assert len(files.download(FILE_SID)) == 1_500_000


@pytest.mark.parametrize("limit", [0, -1, True, "10", 1.5, None], ids=repr)
def test_what_is_no_limit_is_refused(factory: ClientFactory, limit: Any) -> None:
    files, script = scripted(factory, "files")

    with pytest.raises(InvalidArgumentError, match="max_bytes"):
        files.download(FILE_SID, max_bytes=limit)
    assert script.requests == []


def form_of(request: httpx.Request) -> Mapping[str, Part]:
    return read_form(request.headers["content-type"], request.content)


def test_more_fields_make_the_upload_a_form(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", UPLOADED)

    files.upload(
        JPEG,
        container_sid=CONTAINER_SID,
        type="file",
        file_access_name="cats/grey.jpg",
        extra_body={"unique": "false", "integer_key_1": 7},
    )

    (request,) = script.requests
    assert request.url.raw_path == b"/core/v2/storage/files"
    assert request.headers["content-length"] == str(len(request.content))
    parts = form_of(request)
    assert parts.keys() == {"file_object", "data"}
    assert parts["data"].data == JPEG
    assert json.loads(parts["file_object"].data) == {
        "container_sid": CONTAINER_SID,
        "name": "upload.jpg",
        "type": "file",
        "file_access_name": "cats/grey.jpg",
        "unique": "false",
        "integer_key_1": 7,
    }


def test_a_form_is_read_from_where_a_file_stands_and_told_without_its_frame(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", UPLOADED)
    told: list[UploadProgress] = []
    file = io.BytesIO(b"header" + bytes(PART + 5))
    file.seek(6)

    files.upload(file, container_sid="c", type="file", on_progress=told.append)

    assert form_of(script.requests[0])["data"].data == bytes(PART + 5)
    assert told[0] == UploadProgress(0, PART + 5)
    assert told[-1] == UploadProgress(PART + 5, PART + 5)
    assert [progress.bytes_sent for progress in told] == sorted(progress.bytes_sent for progress in told)


def test_a_form_of_unknown_size_goes_in_chunks(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", UPLOADED)

    files.upload(Pipe(bytes(PART + 5)), container_sid="c", type="file")

    (request,) = script.requests
    assert request.headers["transfer-encoding"] == "chunked"
    assert form_of(request)["data"].data == bytes(PART + 5)


def test_a_form_that_met_429_is_sent_from_its_beginning(factory: ClientFactory, clock: SteppingClock) -> None:
    files, script = scripted(factory, "files", reply(429), UPLOADED, clock=clock)

    files.upload(JPEG, container_sid="c", type="file")

    first, second = script.requests
    assert first.content == second.content
    assert form_of(second)["data"].data == JPEG


def test_a_file_that_has_grown_is_sent_as_it_was(tmp_path: Path, factory: ClientFactory) -> None:
    path = tmp_path / "cat.jpg"
    path.write_bytes(JPEG)
    files, script = scripted(factory, "files", UPLOADED)
    with path.open("rb") as opened:

        def grow(_: UploadProgress) -> None:
            with path.open("ab") as more:
                more.write(b"more")

        files.upload(opened, container_sid="c", type="file", on_progress=grow)

    assert form_of(script.requests[0])["data"].data == JPEG


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"type": 5}, "type"),
        ({"file_access_name": " "}, "file_access_name"),
        ({"type": "file", "extra_body": {"type": "file"}}, "type"),
        ({"extra_body": {"name": "x"}}, "name as an argument"),
        ({"extra_body": {"container_sid": "x"}}, "container_sid as an argument"),
        ({"extra_body": ["x"]}, "extra_body"),
        ({"extra_body": {"a": float("nan")}}, "as JSON"),
        ({"extra_body": {"a": b"x"}}, "as JSON"),
    ],
    ids=repr,
)
def test_fields_that_cannot_be_uploaded_are_refused(
    factory: ClientFactory, arguments: dict[str, Any], match: str
) -> None:
    files, script = scripted(factory, "files")

    with pytest.raises(InvalidArgumentError, match=match):
        files.upload(JPEG, container_sid="c", **arguments)
    assert script.requests == []


def test_type_and_access_name_are_changed(factory: ClientFactory) -> None:
    files, script = scripted(factory, "files", answer("file_upload_response"))

    files.update(FILE_SID, type="file", file_access_name="cats/grey.jpg")

    assert json.loads(script.requests[0].content) == {"type": "file", "file_access_name": "cats/grey.jpg"}


def test_numbers_and_switches_that_come_as_strings_are_read(factory: ClientFactory) -> None:
    strings = {"file_bytes": "29799", "integer_key_1": "39984", "lifecycle_ttl": "-1", "unique": "false"}
    files, _ = scripted(factory, "files", answer("file_upload_response", **strings, threshold_include="true"))

    file = files.get(FILE_SID)

    assert (file.file_bytes, file.integer_key_1, file.lifecycle_ttl) == (29799, 39984, -1)
    assert (file.unique, file.threshold_include) == (False, True)
    assert file.unreadable_fields == {}
