"""The local variables along an exception's way, as error trackers record them, hold nothing that the caller gave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from carrierx import (
    AsyncCarrierXClient,
    CarrierXError,
    InvalidArgumentError,
    Message,
    MessageLimits,
    PhoneNumber,
    Prices,
    SendMessageRequest,
    estimate,
    gsm_normalise,
    segments,
    where,
)
from tests.privacy.secrets import SECRETS as S
from tests.support.client_factory import ClientFactory
from tests.support.frame_secrets import secrets_in_frames
from tests.support.scripts import reply

USER_DATA = " ".join(["patient", "0815"])
URL = "/".join(["https:", "", "example.com", "x-ray.png"])
# Without the country code, so that a number is found in any notation that keeps its digits together.
GIVEN = [S.sender[1:], S.recipient[1:], S.text, USER_DATA, URL]

SMS: dict[str, Any] = {**S.message, "user_data": USER_DATA}
MMS: dict[str, Any] = {**SMS, "to": S.sender, "media_urls": [URL], "media_check": "off"}


def assert_nothing_is_held(error: BaseException) -> None:
    assert secrets_in_frames(error, GIVEN, module="carrierx") == []


REFUSED: dict[str, dict[str, Any]] = {
    "a broken rule": {**SMS, "to": S.recipient + "0"},
    "a text that is too long": {**SMS, "message": S.text * 100},
    "media that break a rule": {**MMS, "media_urls": [f"{URL} {URL}"]},
    "an unknown field": {**SMS, "body": S.text},
    "a reference besides user_data": {**SMS, "reference": "order-17"},
    "a reference that can't travel": {**S.message, "reference": "'"},
    "an extra field that replaces one": {**SMS, "extra_body": {"message": S.text}},
    "an extra field that can't be written": {**SMS, "extra_body": {"x": {S.text}}},
    "a misspelt option": {**SMS, "timeouts": 5},
    "an option of the wrong type": {**SMS, "timeout": "soon"},
    "an unknown mode of the media check": {**MMS, "media_check": "maybe"},
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
def test_a_refused_send(factory: ClientFactory, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        factory.scripted([]).send(**given)
    assert_nothing_is_held(caught.value)


REQUESTS: dict[str, tuple[object, dict[str, Any]]] = {
    "a mapping": (S.message, {}),
    "a request and keywords": (SendMessageRequest(**SMS), SMS),
    "a request that was changed": (SendMessageRequest(**SMS).model_copy(update={"message": S.text * 100}), {}),
    "a request with user_data and a reference": (SendMessageRequest(**SMS), {"reference": "order-17"}),
}


@pytest.mark.parametrize(("request_given", "keywords"), REQUESTS.values(), ids=REQUESTS)
def test_a_refused_request(factory: ClientFactory, request_given: object, keywords: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        factory.scripted([]).send(request_given, **keywords)
    assert_nothing_is_held(caught.value)


@pytest.mark.parametrize("given", [SMS, MMS], ids=["sms", "mms"])
@pytest.mark.parametrize("answer", [reply(422, S.echo), reply(401), reply(500), reply(200, b"{")], ids=range(4))
def test_a_send_that_is_answered_with_an_error(factory: ClientFactory, given: dict[str, Any], answer: Any) -> None:
    with pytest.raises(CarrierXError) as caught:
        factory.scripted([answer], max_retries=0).send(**given)
    assert_nothing_is_held(caught.value)


@pytest.mark.parametrize("given", [SMS, MMS], ids=["sms", "mms"])
@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, asyncio.CancelledError, httpx.ReadError, SystemExit])
def test_a_send_that_is_broken_off(
    factory: ClientFactory, given: dict[str, Any], interrupt: type[BaseException]
) -> None:
    def break_off(request: httpx.Request) -> httpx.Response:
        raise interrupt("stop")

    with pytest.raises((interrupt, CarrierXError)) as caught:
        factory.scripted([break_off], max_retries=0).send(**given)
    assert_nothing_is_held(caught.value)


def test_a_send_that_meets_an_error_of_another_kind_still_says_where(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise LookupError("a fault of the library's own")

    client = factory.scripted([])
    monkeypatch.setattr("carrierx.resources.messages.segments", fail)
    with pytest.raises(LookupError) as caught:
        client.send(**SMS)
    assert_nothing_is_held(caught.value)
    assert "prepare_send" in [entry.name for entry in caught.traceback]


@pytest.mark.parametrize("given", [{**SMS, "to": "5"}, {**MMS, "media_check": None}, SMS], ids=["bad", "mms", "sms"])
def test_the_results_of_a_batch(factory: ClientFactory, given: dict[str, Any]) -> None:
    client = factory.scripted([reply(422, S.echo)], max_retries=0).client
    fields = {name: value for name, value in given.items() if name != "media_check"}
    errors: list[BaseException | None] = []
    if isinstance(client, AsyncCarrierXClient):

        async def work(client: AsyncCarrierXClient) -> None:
            async with client.messages.send_many([fields], media_check="off") as batch:
                errors.extend([result.error async for result in batch])

        factory.run(work(client))
    else:
        with client.messages.send_many([fields], media_check="off") as batch:
            errors.extend(result.error for result in batch)
    assert len(errors) == 1
    assert errors[0] is not None
    assert_nothing_is_held(errors[0])


async def test_a_coroutine_that_caught_an_earlier_error_and_goes_on_is_not_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Up to Python 3.12 clearing the variables of a suspended coroutine ends it."""
    go_on = asyncio.Event()
    caught: list[Exception] = []

    async def catch_and_go_on() -> str:
        try:
            SendMessageRequest.parse({})
        except InvalidArgumentError as error:
            caught.append(error)
        await go_on.wait()
        return "done"

    # Seen from the package, the frames of this test are now its own.
    monkeypatch.setitem(globals(), "__name__", "carrierx.of_this_test")
    running = asyncio.create_task(catch_and_go_on())
    await asyncio.sleep(0)
    try:
        raise caught[0]
    except InvalidArgumentError:
        with pytest.raises(InvalidArgumentError) as later:
            SendMessageRequest.parse({})
    go_on.set()

    assert later.value.__context__ is caught[0]  # so that the earlier error's traceback was gone through, too
    async with asyncio.timeout(5):
        assert await running == "done"


CALLS: dict[str, Callable[[Any], Any]] = {
    "looking a number up": lambda client: client.lookup.get(S.recipient + "0"),
    "looking a number up, refused": lambda client: client.lookup.get(S.recipient),
    "a verification": lambda client: client.verification.send_code(from_=S.sender, to=S.recipient),
    "a message by its number": lambda client: client.messages.get(S.recipient),
    "a list by a filter": lambda client: client.messages.list(filter=where("to").eq(S.recipient)),
    "a list by an order": lambda client: client.messages.list(filter=f"to eq {S.recipient}", order=" "),
    "records by a filter": lambda client: client.detail_records.list(filter=f"to eq {S.recipient}"),
    "a DID by its number": lambda client: client.dids.get(S.recipient),
    "an external DID": lambda client: client.external_dids.update(S.recipient, name=S.text),
    "an external DID that is registered": lambda client: client.external_dids.register(
        S.recipient, capabilities=3, name=S.text
    ),
    "an external DID, refused": lambda client: client.external_dids.register(S.recipient + "0", capabilities=3),
    "a group of DIDs": lambda client: client.did_groups.create(name=S.text, callback_url=f"{URL}?{S.token}"),
    "a group of DIDs, refused": lambda client: client.did_groups.update("41e21049", name=S.text, callback_url=S.text),
    "a short code": lambda client: client.short_codes.update("531f65b7", name=S.text, string_key_1=S.recipient),
    "a token": lambda client: client.tokens.generate(
        client_id=USER_DATA, client_secret=S.text, username=S.recipient, password=URL
    ),
    "a token, refused": lambda client: client.tokens.generate(
        client_id=USER_DATA, client_secret=S.text, username=S.recipient, password=URL, access_token_expires_in=0
    ),
    "a token that is revoked": lambda client: client.tokens.revoke(S.text, client_id=USER_DATA, client_secret=URL),
    "a DID that is released": lambda client: client.dids.release(S.recipient, confirm=True),
    "a file in a form": lambda client: client.files.upload(
        b"x", container_sid="c", name=S.recipient, file_access_name=S.text, extra_body={"string_key_1": S.text}
    ),
    "a file in a form, refused": lambda client: client.files.upload(
        b"x", container_sid="c", file_access_name=f"{S.text}\ud800"
    ),
    "a download": lambda client: client.files.download(S.recipient),
    "a rating": lambda client: client.ratings.sms("toll", to=S.recipient),
    "a file's name": lambda client: client.files.upload(b"x", name=f"{S.text}\n{S.recipient}"),
    "a container's name": lambda client: client.containers.create(name=S.text),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_other_calls_that_take_a_number_or_a_text(factory: ClientFactory, call: Callable[[Any], Any]) -> None:
    client = factory.scripted([reply(422, S.echo)], max_retries=0).client
    with pytest.raises(CarrierXError) as caught:
        factory.run(call(client))
    assert_nothing_is_held(caught.value)


@pytest.mark.parametrize("link", ["https://elsewhere.example", "//["])
def test_paging_that_is_led_elsewhere(factory: ClientFactory, link: str) -> None:
    page = {"items": [{"message_sid": "sid"}], "pagination": {"next": f"{link}/?filter=to+eq+{S.recipient}"}}
    messages = factory.scripted([reply(200, page)]).iterate(filter=f"to eq {S.recipient}")
    with pytest.raises(CarrierXError) as caught:
        list(messages)
    assert_nothing_is_held(caught.value)


class Priced:
    """A message to estimate whose kind is unknown."""

    kind, to, message, group_recipients = "fax", S.recipient, S.text, ()


REQUEST = SendMessageRequest(**SMS)
BAD = {**SMS, "to": S.recipient + "0"}
FUNCTIONS: dict[str, Callable[[], object]] = {
    "SendMessageRequest": lambda: SendMessageRequest(**BAD),
    "parse": lambda: SendMessageRequest.parse(BAD),
    "parse of no mapping": lambda: SendMessageRequest.parse([S.text]),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    "model_validate": lambda: SendMessageRequest.model_validate(BAD),
    "model_validate in a strange context": lambda: SendMessageRequest.model_validate(SMS, context=5),
    "model_validate_json": lambda: SendMessageRequest.model_validate_json(f'{{"to": "{S.recipient}"}}'),
    "model_validate_json of a response": lambda: Message.model_validate_json(f'{{"to": "{S.recipient}"}}'),
    "a change of a request": lambda: setattr(REQUEST, "to", S.recipient),
    "to_wire with a mark": lambda: REQUEST.to_wire(user_data=S.text),
    "to_wire with a strange field": lambda: REQUEST.to_wire(extra={"x": {S.text}}),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    "segments": lambda: segments(S.text.encode()),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    "gsm_normalise": lambda: gsm_normalise([S.text]),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    "estimate": lambda: estimate([Priced()], Prices(sms={"1": "0.01"})),
    "PhoneNumber": lambda: PhoneNumber(S.recipient + "0"),
    "PhoneNumber.parse": lambda: PhoneNumber.parse(S.recipient, region="nowhere"),
    "a filter": lambda: where("to").eq(S.recipient + "\n"),
    "a pattern": lambda: where("to").like(S.recipient + "\n"),
    "a comparison with ==": lambda: where("to") == S.recipient,
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_needs_no_client(function: Callable[[], object]) -> None:
    with pytest.raises(Exception) as caught:
        function()
    assert_nothing_is_held(caught.value)


def test_limits_are_still_told(factory: ClientFactory) -> None:
    """What is cleared are variables, not the error's own words and attributes."""
    with pytest.raises(InvalidArgumentError, match="the limit is 5") as caught:
        factory.scripted([], message_limits=MessageLimits(max_sms_characters=5)).send(**SMS)
    assert_nothing_is_held(caught.value)
