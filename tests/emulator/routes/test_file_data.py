"""Published files: read by everybody, whole or in part."""

from __future__ import annotations

import httpx
import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, EmulatorResponse, Request, create_app, serve
from tests.emulator.helpers import CONTAINER_SID, JSON, content, make_emulator, upload
from tests.emulator.server.helpers import Wire, part

DATA = bytes(range(100))


@pytest.fixture
def file(emulator: Emulator) -> JSON:
    return upload(emulator, DATA)


def fetch(emulator: Emulator, file: JSON, *lines: tuple[str, str], method: str = "GET") -> EmulatorResponse:
    return emulator.handle(Request(method, f"/f/{file['file_sid']}", headers=lines))


def header(response: EmulatorResponse, name: str) -> str | None:
    return dict(response.headers).get(name)


def test_anybody_can_read_it(emulator: Emulator, file: JSON) -> None:
    response = fetch(emulator, file)

    assert (response.status, response.body) == (200, DATA)
    assert (header(response, "content-type"), header(response, "accept-ranges")) == ("image/png", "bytes")
    assert header(response, "x-content-type-options") == "nosniff"


def test_its_size_can_be_asked(emulator: Emulator, file: JSON) -> None:
    response = fetch(emulator, file, ("Range", "bytes=0-0"), method="HEAD")

    assert (response.status, response.body, header(response, "content-length")) == (200, b"", "100")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=90-", 90, 99),
        ("bytes=90-1000000", 90, 99),
        ("bytes=-10", 90, 99),
        ("bytes=-1000000", 0, 99),
        ("Bytes = 5-6", 5, 6),
    ],
)
def test_a_part_can_be_asked_for(emulator: Emulator, file: JSON, asked: str, first: int, last: int) -> None:
    response = fetch(emulator, file, ("Range", asked))

    assert (response.status, response.body) == (206, DATA[first : last + 1])
    assert header(response, "content-range") == f"bytes {first}-{last}/100"


@pytest.mark.parametrize(
    "asked", ["bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b", "bytes=0-" + "9" * 5000, ""]
)
def test_a_range_that_says_nothing_gets_the_whole(emulator: Emulator, file: JSON, asked: str) -> None:
    assert fetch(emulator, file, ("Range", asked)).status == 200


def test_two_ranges_and_conditions_get_the_whole(emulator: Emulator, file: JSON) -> None:
    line = ("Range", "bytes=0-0")

    assert fetch(emulator, file, line, line).status == 200
    assert fetch(emulator, file, line, ("If-Range", '"x"')).status == 200


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_bytes_that_are_not_there_are_a_416(emulator: Emulator, file: JSON, asked: str) -> None:
    response = fetch(emulator, file, ("Range", asked))

    assert (response.status, header(response, "content-range")) == (416, "bytes */100")
    assert content(response)["message"] == "Range Not Satisfiable"


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=-5"])
def test_an_empty_file_has_no_bytes(emulator: Emulator, asked: str) -> None:
    empty = upload(emulator, b"")

    assert fetch(emulator, empty, ("Range", asked)).status == 416
    assert fetch(emulator, empty).body == b""


def test_an_unknown_one_is_not_found(emulator: Emulator) -> None:
    assert fetch(emulator, {"file_sid": "unknown"}).status == 404
    assert fetch(emulator, {"file_sid": "unknown"}, method="HEAD").status == 404


def test_the_link_leads_to_the_host_that_was_asked(emulator: Emulator) -> None:
    file = upload(emulator, host="127.0.0.1:8080")

    assert file["publish_uri"] == f"https://127.0.0.1:8080/f/{file['file_sid']}"


class TestOverSockets:
    """The same through a real server, whose framing must be right."""

    def test_the_link_works(self, emulator: Emulator) -> None:
        headers = {"Authorization": f"Bearer {DEMO_TOKEN}", "Content-Type": "application/octet-stream"}
        with serve(emulator) as running, httpx.Client() as client:
            query = {"container_sid": CONTAINER_SID, "name": "cat.png"}
            url = f"{running.base_url}/storage/files"
            file = client.post(url, params=query, content=DATA, headers=headers).json()
            link = file["publish_uri"]
            head = client.head(link)
            whole = client.get(link)
            some = client.get(link, headers={"Range": "bytes=10-19"})
            none = client.get(link, headers={"Range": "bytes=500-"})
            gone = client.delete(f"{url}/{file['file_sid']}", headers=headers)
            after = client.head(link)

        assert link.startswith("http://127.0.0.1:")
        assert (head.status_code, head.headers["content-length"], head.content) == (200, "100", b"")
        assert (whole.content, whole.headers["content-type"]) == (DATA, "image/png")
        assert (some.status_code, some.content, some.headers["content-length"]) == (206, DATA[10:20], "10")
        assert some.headers["content-range"] == "bytes 10-19/100"
        assert (none.status_code, gone.status_code, after.status_code) == (416, 204, 404)

    async def test_any_asgi_server_gives_the_size(self, emulator: Emulator, file: JSON) -> None:
        transport = httpx.ASGITransport(create_app(emulator))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            head = await client.head(f"/f/{file['file_sid']}")

        assert (head.status_code, head.headers["content-length"]) == (200, "100")


@pytest.mark.parametrize(("path", "most"), [("/core/v2/storage/files", 2700), ("/core/v2/sms/messages", 1700)])
async def test_a_body_that_claims_two_gigabytes_is_read_no_further_than_needed(path: str, most: int) -> None:
    with make_emulator(EmulatorConfig(max_body_bytes=100, max_file_bytes=1000)) as emulator:
        wire = Wire(*(part(b"x" * 100, more=True) for _ in range(1000)))
        wire.scope["path"] = path
        wire.scope["raw_path"] = path.encode()
        token = f"Bearer {DEMO_TOKEN}".encode()
        headers = [(b"host", b"localhost"), (b"authorization", token), (b"content-length", b"2147483648")]
        wire.scope["headers"] = headers

        assert await wire.run(emulator) == [413]
        assert (1000 - len(wire.events)) * 100 <= most
        assert len(emulator.requests_seen[0].body) == 101
