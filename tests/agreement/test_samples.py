"""CarrierX's own samples: what a send puts on the wire, and what is made of the answers."""

from __future__ import annotations

import json

import httpx
import pytest
import respx
from pydantic import JsonValue

from carrierx import AsyncCarrierXClient, CarrierXClient, Message, MessageStatus, MessageType
from carrierx.emulator import Emulator
from tests.agreement.helpers import post
from tests.support.samples import sample, sample_names

MESSAGES = "https://api.carrierx.com/core/v2/sms/messages"

FROM, TO = "15162065575", "15162065574"
TEXT = "This is a test message"
MEDIA = ["https://storage.carrierx.com/f/cdac0471-f144-42a2-94f8-d9838ce5e4b9"]

LEGACY = [("sms_send_request", False), ("sms_send_request_legacy", True)]
FULL_ANSWERS = ["sms_send_response", "mms_send_response"]
ANSWERS = [*FULL_ANSWERS, "sms_send_response_legacy_2019"]


def as_json(text: bytes | str) -> JsonValue:
    value: JsonValue = json.loads(text)
    return value


class Interceptor(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Takes every request in place of a network and answers it with a sample."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.read())
        return httpx.Response(200, content=sample("sms_send_response"), headers={"content-type": "application/json"})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return self.handle_request(request)


def test_every_sample_of_a_send_is_used() -> None:
    requests = {name for name, _ in LEGACY} | {"mms_send_request"}

    assert {name for name in sample_names() if "ms_send_" in name} == requests | set(ANSWERS)


@pytest.mark.parametrize(("name", "legacy"), LEGACY)
def test_keywords_make_the_sample_of_an_sms(name: str, legacy: bool) -> None:
    wire = Interceptor()
    with CarrierXClient("0d7a8c3e", http_client=httpx.Client(transport=wire), legacy_field_names=legacy) as client:
        client.messages.send(from_=FROM, to=TO, message=TEXT)

    assert [as_json(body) for body in wire.bodies] == [as_json(sample(name))]


@pytest.mark.parametrize(("name", "legacy"), LEGACY)
async def test_keywords_make_the_sample_of_an_sms_asynchronously(name: str, legacy: bool) -> None:
    wire = Interceptor()
    inner = httpx.AsyncClient(transport=wire)
    async with AsyncCarrierXClient("0d7a8c3e", http_client=inner, legacy_field_names=legacy) as client:
        await client.messages.send(from_=FROM, to=TO, message=TEXT)

    assert [as_json(body) for body in wire.bodies] == [as_json(sample(name))]


def test_keywords_make_the_sample_of_an_mms() -> None:
    wire = Interceptor()
    with CarrierXClient("0d7a8c3e", http_client=httpx.Client(transport=wire)) as client:
        client.messages.send(from_=FROM, to=TO, media_urls=MEDIA)

    assert [as_json(body) for body in wire.bodies] == [as_json(sample("mms_send_request"))]


@pytest.mark.parametrize("name", [*(name for name, _ in LEGACY), "mms_send_request"])
def test_the_emulator_accepts_every_sample(emulator: Emulator, name: str) -> None:
    answer = post(emulator, sample(name))

    assert answer.status == 200, answer.body


def check(message: Message, name: str) -> None:
    """Compare a message with what its sample says, value by value."""
    said = json.loads(sample(name))
    assert message.message_sid == "097b49df-c54e-4eaf-97d0-89cf7d5a655b"
    assert (message.from_, message.to) == (FROM, TO)
    assert message.message == said["message"]
    assert message.message_segments == 1
    assert message.media_urls == tuple(said.get("media_urls", ()))
    assert message.status == MessageStatus.QUEUED
    assert message.type == (MessageType(said["type"]) if "type" in said else None)
    assert message.date_created is not None
    assert message.date_created.isoformat(timespec="milliseconds").replace("+00:00", "Z") == said["date_created"]
    assert (message.price, message.mcc, message.mnc, message.date_status_changed) == (None, None, None, None)
    assert message.unreadable_fields == message.unknown_fields == {}


@respx.mock
@pytest.mark.parametrize("name", ANSWERS)
def test_every_sample_answer_is_read(name: str) -> None:
    respx.post(MESSAGES).respond(content=sample(name), content_type="application/json")
    respx.get(f"{MESSAGES}/097b49df").respond(content=sample(name), content_type="application/json")

    with CarrierXClient("0d7a8c3e") as client:
        check(client.messages.send(from_=FROM, to=TO, message=TEXT), name)
        check(client.messages.get("097b49df"), name)


@respx.mock
@pytest.mark.parametrize("name", ANSWERS)
async def test_every_sample_answer_is_read_asynchronously(name: str) -> None:
    respx.post(MESSAGES).respond(content=sample(name), content_type="application/json")
    respx.get(f"{MESSAGES}/097b49df").respond(content=sample(name), content_type="application/json")

    async with AsyncCarrierXClient("0d7a8c3e") as client:
        check(await client.messages.send(from_=FROM, to=TO, message=TEXT), name)
        check(await client.messages.get("097b49df"), name)


@respx.mock
@pytest.mark.parametrize("name", FULL_ANSWERS)
def test_a_full_object_comes_out_as_it_came_in(name: str) -> None:
    respx.get(f"{MESSAGES}/097b49df").respond(content=sample(name), content_type="application/json")

    with CarrierXClient("0d7a8c3e") as client:
        message = client.messages.get("097b49df")

    assert as_json(message.to_json()) == message.to_dict() == as_json(sample(name))


@respx.mock
def test_a_legacy_object_comes_out_under_the_present_names() -> None:
    name = "sms_send_response_legacy_2019"
    respx.get(f"{MESSAGES}/097b49df").respond(content=sample(name), content_type="application/json")

    with CarrierXClient("0d7a8c3e") as client:
        message = client.messages.get("097b49df")

    present = sample(name).replace(b'"from_did"', b'"from"').replace(b'"to_did"', b'"to"')
    assert as_json(message.to_json()) == as_json(present)
