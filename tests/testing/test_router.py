"""With the router of respx every operation is answered as documented, and each can be given another answer."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from carrierx import AsyncCarrierXClient, CarrierXClient, NotFoundError, Outcome, UnconfirmedSendError
from carrierx.testing import OPERATIONS, EmulatorForTests, Operation, respx_router
from tests.testing.texts import OURS, THEIRS, send

TABLE = Path(__file__).parents[2] / "docs" / "operations.md"
PARTNER = "e00430c3-a7d0-4666-ab5c-f7202448382f"


@pytest.fixture
def router() -> Iterator[respx.MockRouter]:
    with respx_router() as router:
        yield router


@pytest.fixture(params=[CarrierXClient, AsyncCarrierXClient])
def client(request: pytest.FixtureRequest) -> CarrierXClient | AsyncCarrierXClient:
    """A client that the code under test made for itself, of either kind."""
    made: CarrierXClient | AsyncCarrierXClient = request.param("any-token", media_check="off")
    return made


async def answer(of: Awaitable[Any] | Any) -> Any:
    """What a method of either kind of client gives."""
    return await of if inspect.isawaitable(of) else of


async def make_every_call(client: Any, emulator: EmulatorForTests) -> None:
    sent = await answer(client.messages.send(from_=OURS, to=THEIRS, message="Hello"))
    emulator.settle()
    await answer(client.messages.get(sent.message_sid))
    await answer(client.messages.list())
    [record] = await answer(client.detail_records.list())
    await answer(client.detail_records.get(record.dr_sid))

    file = await answer(client.files.upload(b"GIF89a"))
    await answer(client.files.get(file.file_sid))
    await answer(client.files.update(file.file_sid, lifecycle_ttl=60))
    await answer(client.files.delete(file.file_sid))
    await answer(client.containers.list())
    container = await answer(client.containers.create(name="pictures"))
    await answer(client.containers.get(container.container_sid))
    await answer(client.containers.update(container.container_sid, name="photos"))

    did = (await answer(client.dids.list()))[0]
    await answer(client.dids.get(did.did_sid))
    await answer(client.dids.update(did.did_sid, callback_url="https://example.org/texts"))
    await answer(client.dids.get_messaging(did.did_sid))
    await answer(client.dids.enable_messaging(did.did_sid))
    free = (await answer(client.dids.available()))[0]
    await answer(client.dids.get_available(free.did_sid))
    await answer(client.dids.rent(free.phonenumber, confirm=True))
    external = (await answer(client.external_dids.list()))[0]
    await answer(client.external_dids.get(external.external_did_sid))
    await answer(client.external_dids.update(external.external_did_sid, callback_url="https://example.org/texts"))
    await answer(client.external_dids.get_messaging(external.external_did_sid))
    await answer(client.external_dids.enable_messaging(external.external_did_sid))

    group = await answer(client.did_groups.create(name="Support"))
    await answer(client.did_groups.list())
    await answer(client.did_groups.get(group.did_group_sid))
    await answer(client.did_groups.update(group.did_group_sid, callback_url="https://example.org/texts"))
    code = (await answer(client.short_codes.list()))[0]
    await answer(client.short_codes.get(code.short_code_sid))
    await answer(client.short_codes.update(code.short_code_sid, name="Alerts"))

    await answer(client.access_control.effective_sms_acls())
    own = {"client_id": "5c7965f2", "client_secret": "50339091"}
    token = await answer(client.tokens.generate(**own, username="joe", password="qwerty123"))
    await answer(client.tokens.generate_for_partner(PARTNER, **own))
    await answer(client.tokens.list())
    await answer(client.tokens.get(token.token_sid))
    await answer(client.tokens.revoke(token.access_token, **own))
    await answer(client.rates.outbound("toll"))
    await answer(client.ratings.sms("toll", to=THEIRS))
    await answer(client.ratings.mms("toll", to=THEIRS))
    await answer(client.lookup.get(THEIRS))
    await answer(client.verification.send_code(from_=OURS, to=THEIRS))
    await answer(client.partners.get(PARTNER))
    await answer(client.partners.set_sms_callback(PARTNER, "https://example.org/texts"))


async def test_what_the_client_calls_is_answered(
    client: CarrierXClient | AsyncCarrierXClient, carrierx_emulator: EmulatorForTests
) -> None:
    with respx_router(carrierx_emulator) as router:
        await make_every_call(client, carrierx_emulator)

        calls: list[respx.models.Call] = list(router.calls)
        assert {call.response.status_code for call in calls} <= {200, 201, 202, 204}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_has_a_route_with_its_name(operation: Operation, router: respx.MockRouter) -> None:
    path = re.sub(r"\{\w+\}", "097b49df", operation.path.replace("{sub_type}", "toll"))
    response = httpx.request(
        operation.method, f"https://api.carrierx.com/core/v2{path}", headers={"Authorization": "Bearer any-token"}
    )

    assert router[operation.name].call_count == 1
    assert "no such resource" not in response.text


def test_the_routes_are_those_of_the_table() -> None:
    rows = re.findall(
        r"^\| (GET|POST|PATCH|DELETE) \| `([^`]+)` \|[^|]*\| `([^`]+)`", TABLE.read_text(encoding="utf-8"), re.M
    )

    assert set(rows) <= {(operation.method, operation.path, operation.name) for operation in OPERATIONS}
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS) >= len(rows) > 30


async def test_another_answer_can_be_given(
    client: CarrierXClient | AsyncCarrierXClient, router: respx.MockRouter
) -> None:
    router["messages.send"].mock(return_value=httpx.Response(500))

    with pytest.raises(UnconfirmedSendError):
        await answer(client.messages.send(from_=OURS, to=THEIRS, message="Hello"))

    assert router["messages.send"].call_count == 1


async def test_a_connection_can_fail(client: CarrierXClient | AsyncCarrierXClient, router: respx.MockRouter) -> None:
    router["messages.send"].mock(side_effect=httpx.ReadError)

    with pytest.raises(UnconfirmedSendError) as caught:
        await answer(client.messages.send(from_=OURS, to=THEIRS, message="Hello"))

    assert caught.value.outcome is Outcome.UNKNOWN


def test_a_route_knows_what_was_asked(router: respx.MockRouter) -> None:
    with CarrierXClient("secret-of-the-test") as client:
        send(client)

    asked = router["messages.send"].calls.last.request
    assert json.loads(asked.content)["message"] == "Hello"
    assert asked.headers["authorization"] == "Bearer secret-of-the-test"


def test_a_plain_path_replaces_its_route(router: respx.MockRouter) -> None:
    router.post("/sms/messages").respond(json={"message_sid": "097b49df"})

    with CarrierXClient("any-token") as client:
        assert send(client).message_sid == "097b49df"


def test_the_rules_of_the_api_are_kept(router: respx.MockRouter) -> None:
    with CarrierXClient("any-token") as client, pytest.raises(NotFoundError):
        client.messages.get("097b49df")

    answers = [
        httpx.post("https://api.carrierx.com/core/v2/sms/messages", json={}, headers=headers).status_code
        for headers in ({}, {"Authorization": "Bearer x"})
    ]
    assert answers == [401, 422]


def test_nothing_else_gets_out(router: respx.MockRouter) -> None:
    with pytest.raises(AssertionError, match="not mocked"):
        httpx.get("https://api.carrierx.com/core/v2/elsewhere")
    with pytest.raises(AssertionError, match="not mocked"):
        httpx.get("https://other.example/core/v2/sms/messages")


def test_it_can_stand_at_another_base_url() -> None:
    url = "https://carrierx.invalid/api"
    with respx_router(base_url=url) as router, CarrierXClient("any-token", base_url=url) as client:
        with pytest.raises(NotFoundError):
            client.messages.get("097b49df")

        for number in range(3):
            send(client, str(number))

        assert [message.message for message in client.messages.iterate(page_size=1)] == ["0", "1", "2"]
        [first, *_] = list[respx.models.Call](router["messages.list"].calls)
        assert first.response.json()["pagination"]["next"].startswith(f"{url}/sms/messages?limit=1&offset=1")


def test_it_can_answer_by_the_tests_emulator(carrierx_emulator: EmulatorForTests) -> None:
    with respx_router(carrierx_emulator), CarrierXClient("any-token") as client:
        sent = send(client)
        carrierx_emulator.settle()

        assert client.messages.get(sent.message_sid).status == "delivered"

    assert carrierx_emulator.messages.to(THEIRS).only.message_sid == sent.message_sid
