"""A server, or a proxy before it, may repeat in its response what it was sent. No error passes it on."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote

import pytest

from carrierx import Call, CarrierXError, Message, where
from tests.privacy.secrets import NOWHERE, SECRETS, Secrets
from tests.privacy.senders import Senders
from tests.privacy.watching import Watch
from tests.support.behaviours import respond, respond_gzipped
from tests.support.fault_server import FaultServer

STATUSES = [
    301,
    308,
    400,
    401,
    403,
    404,
    405,
    407,
    408,
    409,
    413,
    415,
    418,
    422,
    425,
    429,
    451,
    499,
    500,
    502,
    503,
    504,
]
HTML = f"<html><title>Error</title><body>{json.dumps(SECRETS.echo)}</body></html>"


@pytest.mark.parametrize("status", STATUSES)
def test_a_refused_send(senders: Senders, watch: Watch, status: int) -> None:
    with FaultServer(respond(status, SECRETS.echo)) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        with pytest.raises(CarrierXError) as caught:
            client.send(**SECRETS.message, reference="order-17")
        assert server.requests_fully_read == 1
    watch.assert_discreet(caught.value, client.client)


@pytest.mark.parametrize("status", [302, 400, 403, 404, 422, 429, 500])
def test_a_refused_read(senders: Senders, watch: Watch, status: int) -> None:
    with FaultServer(respond(status, SECRETS.echo)) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        for read in (
            lambda: client.get(SECRETS.recipient),
            lambda: client.list(filter=where("to").eq(SECRETS.recipient) & where("message").eq(SECRETS.text)),
            lambda: client.execute(Call("GET", f"/lookup/%2B{SECRETS.recipient}", Message)),
        ):
            with pytest.raises(CarrierXError) as caught:
                read()
            # The words of a filter are not known to be a text of a message; the numbers are masked as numbers.
            watch.assert_discreet(caught.value, secrets=replace(SECRETS, text=NOWHERE))


@pytest.mark.parametrize("status", [200, 202, 204, 400, 500])
@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
def test_a_page_that_is_no_answer(senders: Senders, watch: Watch, status: int, content_type: str) -> None:
    with FaultServer(respond(status, HTML, content_type=content_type, close=True)) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        with pytest.raises(CarrierXError) as sending:
            client.send(**SECRETS.message)
        with pytest.raises(CarrierXError) as reading:
            client.get("sid")
    watch.assert_discreet(sending.value, reading.value)


def test_a_success_of_another_shape(senders: Senders, watch: Watch) -> None:
    with FaultServer(respond(200, SECRETS.echo), respond(200, [SECRETS.echo]), respond(200, SECRETS.echo)) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        for receive in (
            lambda: client.send(**SECRETS.message),
            lambda: client.get("sid"),
            lambda: client.execute(Call("GET", "/x", dict[str, int])),
        ):
            with pytest.raises(CarrierXError) as caught:
                receive()
            watch.assert_discreet(caught.value)


@pytest.mark.parametrize("written", [SECRETS.text.upper(), SECRETS.text.title(), f"{SECRETS.text[:9]}..."])
def test_the_text_of_an_sms_object_that_is_no_receipt_is_not_taken_for_a_complaint(
    senders: Senders, written: str
) -> None:
    """Written otherwise, as a server may store it, it could not be found and masked."""
    for answer in ({"message": written, "status": "queued"}, {"message": written, "message_sid": None}):
        with FaultServer(respond(200, answer)) as server, pytest.raises(CarrierXError) as caught:
            senders.make(server.base_url).send(**SECRETS.message)
        assert written not in str(caught.value)
        assert "status 200: OK" in str(caught.value)


def test_fields_that_cannot_be_read(senders: Senders, watch: Watch) -> None:
    strange = {"message_sid": "sid", "price": SECRETS.text, "date_created": SECRETS.recipient, "mcc": SECRETS.token}
    with FaultServer(respond(200, strange), respond(200, {"items": [strange], "total": SECRETS.text})) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        sent, page = client.send(**SECRETS.message), client.list()
    assert sent.unreadable_fields
    watch.assert_discreet(sent, page)


@pytest.mark.parametrize("times", [1, 2])
def test_a_compressed_answer(senders: Senders, watch: Watch, times: int) -> None:
    with FaultServer(respond_gzipped(SECRETS.echo, times, 422)) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        with pytest.raises(CarrierXError) as caught:
            client.send(**SECRETS.message)
    watch.assert_discreet(caught.value)


def test_a_password_is_as_secret_as_a_token(senders: Senders, watch: Watch) -> None:
    password = SECRETS.token[::-1]
    echo = {"message": f"no user joe with {password}", "errors": [{"field": password, "message": password}]}
    with FaultServer(respond(422, echo)) as server:
        client = senders.make(server.base_url, on_event=watch.events.append, basic_auth=("joe", password))
        with pytest.raises(CarrierXError, match="no user joe with") as caught:
            client.send(**SECRETS.message)
        encoded = (server.requests[0].header("authorization") or "").partition(" ")[2]
    for secret in (password, encoded):
        watch.assert_discreet(
            caught.value, client.client, secrets=Secrets(secret, SECRETS.sender, SECRETS.recipient, SECRETS.text)
        )


def test_the_values_of_a_filter(senders: Senders) -> None:
    condition = where("message").eq(SECRETS.text) & where("user_data").like(f"{SECRETS.text}%")
    repeated = {"message": f'no such field in {condition} and status eq "queued"', "errors": [quote(str(condition))]}
    with FaultServer(respond(400, repeated)) as server:
        client = senders.make(server.base_url)
        with pytest.raises(CarrierXError, match='status eq "queued"') as caught:
            client.list(filter=condition & where("status").eq("queued"))
    assert SECRETS.text not in f"{caught.value} {vars(caught.value)}"
    assert quote(SECRETS.text) not in f"{caught.value} {vars(caught.value)}"


def test_a_short_text_is_masked_as_a_word_and_its_letters_are_left(senders: Senders) -> None:
    with FaultServer(respond(422, {"message": "Hi is rude, this is not"})) as server:
        client = senders.make(server.base_url)
        with pytest.raises(CarrierXError, match=r"\*\*\* is rude, this is not"):
            client.send(**{**SECRETS.message, "message": "Hi"})


def test_user_data_is_masked_even_where_the_text_is_a_part_of_it(senders: Senders, watch: Watch) -> None:
    data = f"{SECRETS.text} for good"
    with FaultServer(respond(422, {"message": f"user_data {data} is taken"})) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        with pytest.raises(CarrierXError, match=r"user_data \*\*\* is taken") as caught:
            client.send(**SECRETS.message, user_data=data)
    watch.assert_discreet(caught.value)


@pytest.mark.parametrize("secret", [SECRETS.token, SECRETS.recipient])
def test_a_request_id_that_is_none(senders: Senders, watch: Watch, secret: str) -> None:
    with FaultServer(respond(422, {"errors": []}, headers=[("X-Request-Id", secret)])) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        with pytest.raises(CarrierXError) as caught:
            client.send(**SECRETS.message)
    watch.assert_discreet(caught.value)
