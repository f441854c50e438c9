"""Every documented operation, called with both clients against a served emulator: its answer has the documented form.

`OPERATIONS` has a row for each operation of docs/operations.md. To add an operation, add a row, and its sample to
`tests/samples/` if the documentation has one.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, Message, Page
from carrierx.emulator import BASE_PATH, DEMO_TOKEN, Emulator, EmulatorConfig, StatusDelays, serve
from carrierx.models.container import Container
from carrierx.models.detail_record import DetailRecord
from carrierx.models.did import Did, ExternalDid
from carrierx.models.did_group import DidGroup
from carrierx.models.file import File
from carrierx.models.lookup import NumberLookup
from carrierx.models.messaging_enablement import MessagingEnablement
from carrierx.models.oauth_token import GeneratedToken, OAuthToken
from carrierx.models.partner import Partner
from carrierx.models.rate import RatePage
from carrierx.models.rating import Rating
from carrierx.models.short_code import ShortCode
from carrierx.models.verification import VerificationCode
from tests.emulator.helpers import CONTAINER_SID, JSON, PARTNER_SID, assert_same_shape
from tests.support.samples import sample_names, sampled

FROM, TO = "15162065575", "15162065574"
MEDIA = ["https://storage.carrierx.com/f/cdac0471-f144-42a2-94f8-d9838ce5e4b9"]
GROUP = ["17207217011", "17207210038"]
DID, NUMBER_TO_RENT = "e8df62d5-07a3-4189-a67e-87585067c5fe", "07e3dee3-2f0d-4254-b635-21334ccde8b9"
EXTERNAL = "8efbf9d0-3872-4f5c-b4b6-e6ba64176f30"
GROUP_OF_NUMBERS, SHORT_CODE = "41e21049-e5eb-433c-a93d-d57417b1863c", "531f65b7-dff7-42b4-b638-597f91da9ccc"
CLIENT_ID, CLIENT_SECRET, USERNAME, PASSWORD = "5c7965f2", "50339091", "joe", "qwerty123"


@dataclass(frozen=True)
class Objects:
    """SIDs of objects that exist before an operation is called.

    Attributes:
        message: A group MMS that was sent.
        record: Its detail record.
        file: A file with three bytes.
        token: The SID of a generated token.
        access_token: The token itself.
    """

    message: str
    record: str
    file: str
    token: str
    access_token: str


Call = Callable[[CarrierXClient, Objects], object]


@dataclass(frozen=True)
class Sample:
    """The sample that the documentation has of an operation's answer.

    Attributes:
        name: Its name in `tests/samples/`.
    """

    name: str

    def shape(self) -> JSON:
        """Return the object."""
        return sampled(self.name)


@dataclass(frozen=True)
class NoSample:
    """The documentation, as far as it is known, has no sample of an operation's answer.

    Attributes:
        same_object_as: The name of a sample with the same object; None if there is none.
        listed: Whether the object is the first item of that sample.
        as_list: Whether the operation's answer is a list of such objects.
        lacks: A field of the object that this answer lacks.
        empty: Whether the answer has no JSON: a file's bytes, or nothing.
    """

    same_object_as: str | None = None
    listed: bool = False
    as_list: bool = False
    lacks: str | None = None
    empty: bool = False

    def shape(self) -> JSON | None:
        """Return an object of the expected form, or None if the answer has no JSON."""
        if self.same_object_as is None:
            assert self.empty
            return None
        found = sampled(self.same_object_as)
        one: JSON = found["items"][0] if self.listed else found
        if self.lacks is not None:
            del one[self.lacks]
        return {**sampled("did_list_response"), "items": [one]} if self.as_list else one


@dataclass(frozen=True)
class Operation:
    """An operation.

    Attributes:
        name: Its method and its path, as in docs/operations.md.
        call: Calls it. The types are those of the sync client; the async client's methods have the same names and
            arguments.
        result: The type of what the method returns.
        answer: The documented sample of its answer, or that there is none.
        status: The status of its answer.
    """

    name: str
    call: Call
    result: type[object]
    answer: Sample | NoSample
    status: int = 200


DID_ITEM = NoSample(same_object_as="did_list_response", listed=True)
EXTERNAL_DID = NoSample(same_object_as="external_did_get_response")
CONTAINER = NoSample(same_object_as="container_create_response")
FILE = NoSample(same_object_as="file_upload_response")
ENABLEMENT = NoSample(same_object_as="did_messaging_enable_response")
EXTERNAL_ENABLEMENT = NoSample(same_object_as="external_did_messaging_enable_response")
PARTNER = NoSample(same_object_as="partner_get_response")
DID_GROUP = NoSample(same_object_as="did_group_create_response")
NO_JSON = NoSample(empty=True)
NOTHING = type(None)

OPERATIONS = (
    Operation(
        "POST /sms/messages",
        lambda client, _: client.messages.send(from_=FROM, to=TO, message="This is a test message"),
        Message,
        Sample("sms_send_response"),
    ),
    Operation(
        "POST /sms/messages",
        lambda client, _: client.messages.send(from_=FROM, to=TO, media_urls=MEDIA, media_check="off"),
        Message,
        Sample("mms_send_response"),
    ),
    Operation(
        "GET /sms/messages/{message_sid}",
        lambda client, objects: client.messages.get(objects.message),
        Message,
        NoSample(same_object_as="mms_send_response"),
    ),
    Operation(
        "GET /sms/messages",
        lambda client, _: client.messages.list(limit=5),
        Page,
        NoSample(same_object_as="mms_send_response", as_list=True),
    ),
    Operation(
        "GET /sms/message_drs",
        lambda client, _: client.detail_records.list(limit=1),
        Page,
        Sample("message_drs_list_response"),
    ),
    Operation(
        "GET /sms/message_drs/{dr_sid}",
        lambda client, objects: client.detail_records.get(objects.record),
        DetailRecord,
        NoSample(same_object_as="message_drs_list_response", listed=True),
    ),
    Operation(
        "POST /storage/files",
        lambda client, _: client.files.upload(b"GIF", name="my_audio.mp3"),
        File,
        Sample("file_upload_response"),
        status=201,
    ),
    Operation("GET /storage/files/{file_sid}", lambda client, objects: client.files.get(objects.file), File, FILE),
    Operation(
        "GET /storage/files",
        lambda client, _: client.files.list(),
        Page,
        NoSample(same_object_as="file_upload_response", as_list=True),
    ),
    Operation(
        "GET /storage/files/{file_sid}/data",
        lambda client, objects: client.files.download(objects.file),
        bytes,
        NO_JSON,
    ),
    Operation(
        "PATCH /storage/files/{file_sid}",
        lambda client, objects: client.files.update(objects.file, lifecycle_ttl=60),
        File,
        FILE,
    ),
    Operation(
        "DELETE /storage/files/{file_sid}",
        lambda client, objects: client.files.delete(objects.file),
        NOTHING,
        NO_JSON,
        status=204,
    ),
    Operation(
        "GET /storage/containers/{container_sid}",
        lambda client, _: client.containers.get(CONTAINER_SID),
        Container,
        CONTAINER,
    ),
    Operation(
        "GET /storage/containers",
        lambda client, _: client.containers.list(),
        Page,
        Sample("container_list_response"),
    ),
    Operation(
        "POST /storage/containers",
        lambda client, _: client.containers.create(),
        Container,
        Sample("container_create_response"),
    ),
    Operation(
        "PATCH /storage/containers/{container_sid}",
        lambda client, _: client.containers.update(CONTAINER_SID, extra_body={"integer_key_1": "39984"}),
        Container,
        CONTAINER,
    ),
    Operation(
        "GET /phonenumber/dids/{did_sid}/messaging",
        lambda client, _: client.dids.get_messaging(DID),
        MessagingEnablement,
        ENABLEMENT,
    ),
    Operation(
        "POST /phonenumber/dids/{did_sid}/messaging",
        lambda client, _: client.dids.enable_messaging(DID, campaign_sid="fef13cdd-2f65-4ed8-8272-de2a940d0cb5"),
        MessagingEnablement,
        Sample("did_messaging_enable_response"),
    ),
    Operation("GET /phonenumber/dids", lambda client, _: client.dids.list(limit=1), Page, Sample("did_list_response")),
    Operation("GET /phonenumber/dids/{did_sid}", lambda client, _: client.dids.get(DID), Did, DID_ITEM),
    Operation(
        "PATCH /phonenumber/dids/{did_sid}",
        lambda client, _: client.dids.update(DID, name="Front desk"),
        Did,
        DID_ITEM,
    ),
    Operation(
        "GET /phonenumber/available_dids",
        lambda client, _: client.dids.available(limit=1),
        Page,
        NoSample(same_object_as="did_list_response", listed=True, as_list=True),
    ),
    Operation(
        "GET /phonenumber/available_dids/{did_sid}",
        lambda client, _: client.dids.get_available(NUMBER_TO_RENT),
        Did,
        DID_ITEM,
    ),
    Operation(
        "POST /phonenumber/dids",
        lambda client, _: client.dids.rent(confirm=True),
        Did,
        Sample("did_rent_response"),
    ),
    Operation(
        "DELETE /phonenumber/dids/{did_sid}",
        lambda client, _: client.dids.release(DID, confirm=True),
        NOTHING,
        NO_JSON,
        status=204,
    ),
    Operation(
        "GET /phonenumber/external_dids/{external_did_sid}/messaging",
        lambda client, _: client.external_dids.get_messaging(EXTERNAL),
        MessagingEnablement,
        EXTERNAL_ENABLEMENT,
    ),
    Operation(
        "POST /phonenumber/external_dids/{external_did_sid}/messaging",
        lambda client, _: client.external_dids.enable_messaging(EXTERNAL),
        MessagingEnablement,
        Sample("external_did_messaging_enable_response"),
    ),
    Operation(
        "GET /phonenumber/external_dids",
        lambda client, _: client.external_dids.list(limit=1),
        Page,
        Sample("external_did_list_response"),
    ),
    Operation(
        "GET /phonenumber/external_dids/{external_did_sid}",
        lambda client, _: client.external_dids.get(EXTERNAL),
        ExternalDid,
        Sample("external_did_get_response"),
    ),
    Operation(
        "PATCH /phonenumber/external_dids/{external_did_sid}",
        lambda client, _: client.external_dids.update(EXTERNAL, name="Front desk"),
        ExternalDid,
        EXTERNAL_DID,
    ),
    Operation(
        "POST /phonenumber/external_dids",
        lambda client, _: client.external_dids.register("46700987654", capabilities=3),
        ExternalDid,
        NoSample(same_object_as="external_did_get_response", lacks="id"),
    ),
    Operation(
        "DELETE /phonenumber/external_dids/{external_did_sid}",
        lambda client, _: client.external_dids.delete(EXTERNAL),
        NOTHING,
        NO_JSON,
        status=204,
    ),
    Operation(
        "GET /sms/rates/outbound/{sub_type}",
        lambda client, _: client.rates.outbound("toll", limit=1),
        RatePage,
        Sample("sms_rates_outbound_response"),
    ),
    Operation(
        "GET /rating/sms/{sub_type}",
        lambda client, _: client.ratings.sms("toll", to=TO, message_segments=1),
        Rating,
        Sample("rating_sms_response"),
    ),
    Operation(
        "GET /rating/mms/{sub_type}",
        lambda client, _: client.ratings.mms("toll", to=TO),
        Rating,
        NoSample(same_object_as="rating_sms_response"),
    ),
    Operation(
        "GET /lookup/dids/{phonenumber}",
        lambda client, _: client.lookup.get("14353035210", carrier=True),
        NumberLookup,
        Sample("lookup_did_response"),
    ),
    Operation(
        "POST /verification/sms",
        lambda client, _: client.verification.send_code(from_=FROM, to=TO),
        VerificationCode,
        Sample("verification_sms_response"),
    ),
    Operation(
        "GET /partners/{partner_sid}",
        lambda client, _: client.partners.get(PARTNER_SID),
        Partner,
        Sample("partner_get_response"),
    ),
    Operation(
        "GET /partners",
        lambda client, _: client.partners.list(limit=5),
        Page,
        NoSample(same_object_as="partner_get_response", as_list=True),
    ),
    Operation(
        "PATCH /partners/{partner_sid}",
        lambda client, _: client.partners.set_sms_callback(PARTNER_SID, "https://example.com/sms"),
        Partner,
        PARTNER,
    ),
    Operation(
        "GET /phonenumber/did_groups",
        lambda client, _: client.did_groups.list(limit=1),
        Page,
        Sample("did_group_list_response"),
    ),
    Operation(
        "GET /phonenumber/did_groups/{did_group_sid}",
        lambda client, _: client.did_groups.get(GROUP_OF_NUMBERS),
        DidGroup,
        DID_GROUP,
    ),
    Operation(
        "POST /phonenumber/did_groups",
        lambda client, _: client.did_groups.create(),
        DidGroup,
        Sample("did_group_create_response"),
    ),
    Operation(
        "PATCH /phonenumber/did_groups/{did_group_sid}",
        lambda client, _: client.did_groups.update(GROUP_OF_NUMBERS, name="Front desk"),
        DidGroup,
        DID_GROUP,
    ),
    Operation(
        "GET /phonenumber/short_codes",
        lambda client, _: client.short_codes.list(),
        Page,
        Sample("short_code_list_response"),
    ),
    Operation(
        "GET /phonenumber/short_codes/{short_code_sid}",
        lambda client, _: client.short_codes.get(SHORT_CODE),
        ShortCode,
        NoSample(same_object_as="short_code_list_response", listed=True),
    ),
    Operation(
        "PATCH /phonenumber/short_codes/{short_code_sid}",
        lambda client, _: client.short_codes.update(SHORT_CODE, name="new short code name"),
        ShortCode,
        Sample("short_code_update_response"),
    ),
    Operation(
        "GET /accesscontrol/effective_acl/sms",
        lambda client, _: client.access_control.effective_sms_acls(),
        Page,
        Sample("effective_acl_sms_response"),
    ),
    Operation(
        "POST /oauth/token",
        lambda client, _: client.tokens.generate(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, username=USERNAME, password=PASSWORD
        ),
        GeneratedToken,
        Sample("oauth_token_response"),
    ),
    Operation(
        "POST /oauth/token/{partner_sid}",
        lambda client, _: client.tokens.generate_for_partner(
            PARTNER_SID, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
        ),
        GeneratedToken,
        NoSample(same_object_as="oauth_token_response"),
    ),
    Operation("GET /oauth/tokens", lambda client, _: client.tokens.list(), Page, Sample("oauth_token_list_response")),
    Operation(
        "GET /oauth/tokens/{token_sid}",
        lambda client, objects: client.tokens.get(objects.token),
        OAuthToken,
        NoSample(same_object_as="oauth_token_list_response", listed=True),
    ),
    Operation(
        "POST /oauth/revoke",
        lambda client, objects: client.tokens.revoke(
            objects.access_token, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
        ),
        NOTHING,
        NO_JSON,
        status=204,
    ),
)

OTHER_SAMPLES = {"error_404_no_item", "sms_send_response_legacy_2019"}
"""Samples of answers that `OPERATIONS` has no row for: an error, and an answer to a legacy account."""


class Served:
    """A served emulator with some objects. It keeps the answers that a client got.

    Args:
        base_url: The emulator's base URL.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.answers: list[tuple[str, httpx.Response]] = []

    def objects(self) -> Objects:
        """Send a message and upload a file, with plain requests."""
        token = {"Authorization": f"Bearer {DEMO_TOKEN}"}
        with httpx.Client(base_url=self._base_url, headers=token) as plain:
            mms = {"from": FROM, "to": TO, "media_urls": MEDIA, "group_recipients": GROUP, "type": "mms"}
            two = [plain.post("/sms/messages", json={**mms, "message": "Hi", "user_data": "mark"}) for _ in range(2)]
            sent: JSON = two[-1].json()
            records = plain.get("/sms/message_drs").json()["items"]
            query = {"container_sid": CONTAINER_SID, "name": "cat.gif"}
            login = {"username": USERNAME, "password": PASSWORD, "grant_type": "password"}
            form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **login}
            generated = plain.post("/oauth/token", data=form).json()
            octets = {"Content-Type": "application/octet-stream"}
            file = plain.post("/storage/files", params=query, content=b"GIF", headers=octets).json()
        return Objects(
            sent["message_sid"],
            records[-1]["dr_sid"],
            file["file_sid"],
            generated["token_sid"],
            generated["access_token"],
        )

    def call_sync(self, call: Call, objects: Objects) -> object:
        """Call an operation with the sync client."""

        def note(response: httpx.Response) -> None:
            response.read()
            self._note(response)

        with (
            httpx.Client(event_hooks={"response": [note]}) as http_client,
            CarrierXClient(DEMO_TOKEN, base_url=self._base_url, http_client=http_client) as client,
        ):
            return call(client, objects)

    def call_async(self, call: Call, objects: Objects) -> object:
        """Call an operation with the async client."""

        async def note(response: httpx.Response) -> None:
            await response.aread()
            self._note(response)

        async def calling() -> object:
            async with (
                httpx.AsyncClient(event_hooks={"response": [note]}) as http_client,
                AsyncCarrierXClient(DEMO_TOKEN, base_url=self._base_url, http_client=http_client) as client,
            ):
                result = call(cast("CarrierXClient", client), objects)
                assert inspect.isawaitable(result)
                return await result

        return asyncio.run(calling())

    def _note(self, response: httpx.Response) -> None:
        request = response.request
        self.answers.append((f"{request.method} {urlsplit(str(request.url)).path}", response))

    def answer(self, operation: str) -> httpx.Response:
        """Return the last answer to an operation. The parts of its path in braces can be anything."""
        method, path = operation.split(" ")
        parts = f"{method} {BASE_PATH}{path}".split("/")

        def fits(request: str) -> bool:
            found = request.split("/")
            return len(found) == len(parts) and all(
                part.startswith("{") or part == given for part, given in zip(parts, found, strict=True)
            )

        return [response for request, response in self.answers if fits(request)][-1]


@pytest.fixture
def served() -> Iterator[Served]:
    at_once = timedelta(0)
    config = EmulatorConfig(strict_query=True, delays=StatusDelays(at_once, at_once))
    with Emulator(config) as emulator, serve(emulator) as running:
        yield Served(running.base_url)


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_answers_in_the_documented_form(served: Served, operation: Operation, kind: str) -> None:
    objects = served.objects()
    call = served.call_sync if kind == "sync" else served.call_async

    result = call(operation.call, objects)

    assert isinstance(result, operation.result)
    response = served.answer(operation.name)
    assert response.status_code == operation.status
    shape = operation.answer.shape()
    if shape is None:
        assert response.content in (b"", b"GIF")
        return
    answer: dict[str, Any] = json.loads(response.content)
    if "items" in shape:
        # A link is there if there is such a page.
        assert {*answer.pop("pagination"), *shape.pop("pagination")} <= {"next", "previous"}
        assert answer["items"]
    if "callbacks" in shape:
        # The keys of this object are data: the kinds of callbacks that have a URL.
        assert answer.pop("callbacks").keys() | shape.pop("callbacks").keys() <= {"sms"}
    assert_same_shape(answer, shape)


def rows_of_the_page() -> set[str]:
    """Return method and path of each row of docs/operations.md."""
    page = Path(__file__).parents[2] / "docs" / "operations.md"
    lines = [line.split("|") for line in page.read_text("utf-8").splitlines() if line.startswith("| ")][2:]
    return {f"{cells[1].strip()} {cells[2].strip(' `')}" for cells in lines}


def test_every_operation_has_a_row_with_a_sample_or_says_that_there_is_none() -> None:
    assert {operation.name for operation in OPERATIONS} == rows_of_the_page()
    assert len(OPERATIONS) > 30


def test_every_sample_of_an_answer_is_that_of_an_operation() -> None:
    answers = {name for name in sample_names() if "_request" not in name}

    assert {row.answer.name for row in OPERATIONS if isinstance(row.answer, Sample)} == answers - OTHER_SAMPLES


def test_a_missing_sample_is_noticed() -> None:
    with pytest.raises(FileNotFoundError):
        Sample("no_such_response").shape()
    with pytest.raises(AssertionError):
        NoSample().shape()
