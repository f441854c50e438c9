"""What stands on a screen when all goes well: objects at a prompt, in a notebook, in a log."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import httpx
import pytest

from carrierx import Call, CarrierXError, Message, Page, Response, SendMessageRequest, where
from carrierx.credentials import Credentials
from carrierx.events import AttemptFinished
from carrierx.options import ClientConfig
from tests.privacy.secrets import NOWHERE, SECRETS, Secrets, spellings
from tests.privacy.senders import Senders
from tests.privacy.watching import Watch, watching
from tests.support.behaviours import respond, respond_sms
from tests.support.fault_server import FaultServer

S = SECRETS
FIELDS: dict[str, Any] = {
    "message_sid": "sid",
    "from": S.sender,
    "to": S.recipient,
    "message": S.text,
    "group_recipients": [S.sender, S.recipient],
    "media_urls": [f"https://host/{S.token}"],
    "user_data": S.text,
    "hue": S.text,
    "price": S.recipient + "x",
}


def test_sends_and_reads_that_go_well(senders: Senders, watch: Watch) -> None:
    listed = {"items": [FIELDS], "pagination": {"next": f"http://x/?filter={S.recipient}"}, "has_more": False}
    with FaultServer(respond_sms(), respond(200, FIELDS), respond(200, listed), respond(200, FIELDS)) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        sent = client.send(**S.message, reference="order-17")
        read = client.get(S.recipient)
        page = client.list(filter=where("from").eq(S.sender) & where("message").like(S.text))
        answer = client.execute(Call("GET", f"/lookup/{S.recipient}", Message, query=[("q", S.text)]))
        assert server.requests_fully_read == 4
    assert (sent.to, read.message, page[0].from_, answer.parsed.to) == (S.recipient, S.text, S.sender, S.recipient)
    assert [event.status_code for event in watch.events if isinstance(event, AttemptFinished)] == [200] * 4
    watch.assert_discreet(sent, read, page, page.pagination, answer, answer.attempts, client.client)


@pytest.mark.parametrize(
    "thing",
    [
        SendMessageRequest(**S.message, user_data=S.text, media_urls=None),
        Message.model_validate(FIELDS),
        Page[Message].model_validate({"items": [FIELDS]}),
        Call("POST", "/x", bytes, query=[("to", S.recipient)], body={"message": S.text}, private=(S.text,)),
        Response(Message.model_validate(FIELDS), 200, {"x-to": S.recipient}, S.text.encode(), ()),
        ClientConfig(extra_headers={"X-Gateway-Key": S.token}, proxy=f"http://joe:{S.token}@proxy.example"),
        ClientConfig(extra_headers={"X-Gateway-Key": S.token}).defaults,
        Credentials(S.token),
        Credentials(None, (S.text, S.token)),
        where("to").eq(S.recipient) & where("message").like(S.text) & where("from").eq(int(S.sender)),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_an_object_at_a_prompt(watch: Watch, thing: object) -> None:
    watch.assert_discreet(*([thing] if not hasattr(type(thing), "_conditions") else []))
    assert not S.found_in(repr(thing) + repr([thing]))


@pytest.mark.parametrize("number", spellings(S.recipient)[:8])
def test_a_number_in_a_path_however_it_is_written(senders: Senders, watch: Watch, number: str) -> None:
    with FaultServer(respond(404)) as server:
        client = senders.make(server.base_url, on_event=watch.events.append)
        with pytest.raises(CarrierXError, match=r"/sms/messages/\*\*\*") as caught:
            client.get(number)
        assert server.requests_fully_read == 1
    watch.assert_discreet(caught.value)


@pytest.mark.parametrize("base_url", ["http://LOCALHOST:{port}/core/v2/", "http://localhost:{port}/Core"])
def test_the_librarys_own_log_is_masked_however_the_base_url_is_written(
    injecting: Senders, watch: Watch, base_url: str
) -> None:
    with FaultServer(respond(404)) as server:
        client = injecting.make(base_url.format(port=server.port), on_event=watch.events.append)
        with pytest.raises(CarrierXError):
            client.list(filter=where("to").eq(S.recipient))
        with pytest.raises(CarrierXError):
            client.get(S.recipient)
    logged = [record.getMessage() for record in watch.records if record.name in ("httpx", "httpx2")]
    assert len(logged) == 2
    assert "?***" in logged[0]
    watch.assert_discreet()


def test_requests_of_others_are_logged_as_they_were(watch: Watch) -> None:
    with FaultServer() as server, httpx.Client(trust_env=False) as http:
        http.get(f"{server.origin}/elsewhere?q=1")
    (logged,) = [record.getMessage() for record in watch.records if record.name == "httpx"]
    assert f"{server.origin}/elsewhere?q=1" in logged


def test_by_default_nothing_is_printed(senders: Senders, capfd: pytest.CaptureFixture[str]) -> None:
    with FaultServer(respond(500, S.echo)) as server, pytest.raises(CarrierXError):
        senders.make(server.base_url).send(**S.message)
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("carrierx").level == logging.NOTSET


def test_local_variables_along_an_errors_way_hold_no_token(senders: Senders) -> None:
    """As error trackers collect them."""
    with FaultServer(respond(422, S.echo)) as server:
        client = senders.make(server.base_url)
        with pytest.raises(CarrierXError) as caught:
            client.send(**S.message)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "token" not in Secrets(S.token, NOWHERE, NOWHERE, NOWHERE).found_in(shown)


def test_the_watch_sees_the_libraries_at_work(senders: Senders) -> None:
    """A sweep over logs means something only if there are some."""
    with FaultServer() as server, watching() as watch:
        senders.make(server.base_url).send(**S.message)
    names = {record.name.partition(".")[0] for record in watch.records}
    at_work = {"httpx2": {"httpcore2"}, "aiohttp": set[str]()}.get(senders.library, {"httpcore"})
    assert {"carrierx", *at_work} <= names
