"""`client.with_raw_response`: the complete response to a call that succeeded."""

from __future__ import annotations

import inspect
import json
import threading
from typing import Any

import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, InvalidMessageError, NotFoundError
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorTransport
from tests.support.client_factory import ClientFactory, Driven
from tests.support.scripts import SID, SMS, Script, reply, sms

WITHOUT_ONE_RESPONSE = {"reconcile", "export"}
"""Methods that search or write files: their result isn't what one response held."""


@pytest.fixture
def driven(factory: ClientFactory, emulator: Emulator) -> Driven:
    return factory.over(emulator)


def raw(driven: Driven) -> Any:
    return driven.client.with_raw_response


def test_a_send_returns_the_message_and_the_response_that_had_it(factory: ClientFactory, driven: Driven) -> None:
    response = factory.run(raw(driven).messages.send(**SMS))

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.content)["message_sid"] == response.parsed.message_sid
    assert [attempt.status_code for attempt in response.attempts] == [200]
    assert driven.get(response.parsed.message_sid) == response.parsed


def test_all_attempts_are_those_of_the_call(factory: ClientFactory) -> None:
    script = Script(reply(429, {}, {"Retry-After": "0"}), sms())
    driven = factory.scripted(script)

    response = factory.run(raw(driven).messages.send(**SMS))

    assert [attempt.status_code for attempt in response.attempts] == [429, 200]


def test_the_result_of_a_method_is_what_it_is_without_the_response(factory: ClientFactory, driven: Driven) -> None:
    client: Any = driven.client
    file = factory.run(client.files.upload(b"%PDF-1.7 ..."))

    assert factory.run(raw(driven).files.download(file.file_sid)).parsed == b"%PDF-1.7 ..."
    assert factory.run(raw(driven).messages.list(limit=5)).parsed == driven.list(limit=5)
    deleted = factory.run(raw(driven).files.delete(file.file_sid))
    assert (deleted.parsed, deleted.status_code, deleted.content) == (None, 204, b"")


def test_a_method_with_several_calls_returns_the_last_response(factory: ClientFactory, driven: Driven) -> None:
    response = factory.run(raw(driven).files.upload(b"%PDF-1.7 ..."))  # it looks for a container first

    assert json.loads(response.content)["file_sid"] == response.parsed.file_sid


def test_failures_are_the_usual_errors(factory: ClientFactory, driven: Driven) -> None:
    with pytest.raises(NotFoundError):
        factory.run(raw(driven).messages.get("097b49df"))
    with pytest.raises(InvalidMessageError):
        factory.run(raw(driven).messages.send(from_="15162065575", to="15162065574"))
    with pytest.raises(AttributeError, match="RawMessages' object has no attribute 'create'"):
        _ = raw(driven).messages.create


def test_options_of_a_copy_hold_for_its_raw_responses(factory: ClientFactory) -> None:
    script = Script(reply(503, {}), reply(503, {}))
    driven = factory.scripted(script).with_options(max_retries=0)

    with pytest.raises(Exception, match="503"):
        factory.run(raw(driven).messages.get(SID))
    assert len(script.requests) == 1


def test_threads_that_share_it_get_their_own_responses(emulator: Emulator) -> None:
    with CarrierXClient(DEMO_TOKEN, http_client=httpx.Client(transport=EmulatorTransport(emulator))) as client:
        shared = client.with_raw_response.messages
        wrong: list[str] = []

        def send(number: int) -> None:
            response = shared.send(from_="15162065575", to="15162065574", message=f"Hello {number}")
            if json.loads(response.content)["message"] != f"Hello {number}":
                wrong.append(str(number))

        threads = [threading.Thread(target=send, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert wrong == []


def test_neither_text_nor_number_is_in_the_repr(factory: ClientFactory, driven: Driven) -> None:
    shown = repr(factory.run(raw(driven).messages.send(**SMS)))

    assert shown.startswith("Response(status_code=200")
    assert SMS["to"] not in shown
    assert SMS["message"] not in shown


@pytest.mark.parametrize("client_class", [CarrierXClient, AsyncCarrierXClient])
def test_every_method_that_returns_an_object_or_a_page_has_it(client_class: Any) -> None:
    client = client_class("token")
    missing: list[str] = []
    for name in sorted(inspect.get_annotations(client_class)):
        if name.startswith("_"):
            continue
        usual, with_response = getattr(AsyncCarrierXClient, name), getattr(client.with_raw_response, name)
        wanted = {
            method
            for method, _ in inspect.getmembers(usual, inspect.iscoroutinefunction)
            if not method.startswith("_") and method not in WITHOUT_ONE_RESPONSE
        }
        missing += [f"{name}.{method}" for method in wanted ^ set(public(with_response))]

    assert missing == []


def public(resource: object) -> list[str]:
    return [name for name in dir(type(resource)) if not name.startswith("_")]


@pytest.mark.parametrize("client_class", [CarrierXClient, AsyncCarrierXClient])
def test_help_shows_the_arguments_and_what_is_returned(client_class: Any) -> None:
    send = client_class("token").with_raw_response.messages.send

    signature = inspect.signature(send)

    assert {"from_", "to", "message"} <= signature.parameters.keys()
    assert signature.return_annotation == "Response[Message]"
    assert (inspect.getdoc(send) or "").startswith("Send one SMS or MMS, once.")
