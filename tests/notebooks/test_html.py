"""What a notebook shows of objects and results: masked, escaped, and with the theme's colours."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from carrierx import (
    CarrierXClient,
    CarrierXError,
    Did,
    Message,
    Page,
    Prices,
    SendMessageRequest,
    SendOutcomeUnknownError,
    estimate,
)
from carrierx.errors import Outcome
from carrierx.models.api_object import ApiObject
from carrierx.sending.plan import BatchCounts, SendResult
from tests.privacy.secrets import SECRETS

SCRIPT = "<script>alert('x')</script>&\"<img src=x onerror=alert(1)>"
FIELDS: dict[str, Any] = {
    "message_sid": "097b49df",
    "from": SECRETS.sender,
    "to": SECRETS.recipient,
    "message": SECRETS.text,
    "status": "delivered",
    "price": "0.0150",
    "user_data": SECRETS.text,
    "date_created": "2026-03-02T15:18:29.189Z",
}


class Reader(HTMLParser):
    """Reads HTML as a browser does, as far as it matters here."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


def read(thing: Any) -> Reader:
    reader = Reader()
    reader.feed(thing._repr_html_())
    reader.close()
    assert reader.open == []
    return reader


def test_a_message_is_a_table_of_what_its_repr_shows() -> None:
    reader = read(Message.model_validate(FIELDS))
    assert reader.texts[0] == "Message"
    rows = dict(zip(reader.texts[1::2], reader.texts[2::2], strict=True))
    assert rows["to"] == "***0147"
    assert rows["message"] == f"<{len(SECRETS.text)} characters>"
    assert rows["status"] == "delivered"
    assert rows["date_created"] == "2026-03-02 15:18:29+00:00"
    assert rows["user_data"] == "<set>"
    assert "group_recipients" not in rows


@pytest.mark.parametrize("model", [Message, Did, SendMessageRequest])
def test_every_object_has_html(model: type[ApiObject]) -> None:
    assert callable(getattr(model, "_repr_html_", None))


def test_characters_that_turn_text_around_are_replaced() -> None:
    message = Message.model_validate({**FIELDS, "status": "sent \u202eback\u2066\x1b[31m\x9b\nsecond"})
    for shown in (message, Page[Message].model_validate({"items": [message]})):
        assert "sent ?back??[31m? second" in read(shown).texts


def test_a_page_is_a_table_of_its_items() -> None:
    page = Page[Message].model_validate({"items": [FIELDS] * 25, "has_more": True, "total": 80})
    reader = read(page)
    assert reader.texts[0] == "Page[Message]: 25 of 80 items"
    assert reader.tags.count("tr") == 1 + 20
    assert reader.texts[-1] == "5 more rows are not shown. More items follow on the next page."
    assert reader.texts.count("***0147") == 20


def test_an_empty_page_and_one_of_plain_values() -> None:
    assert read(Page[Message].model_validate({"items": []})).texts == ["Page[Message]: 0 items"]
    assert "5" in read(Page[int].model_validate({"items": [3, 5]})).texts


def test_an_estimate_names_what_has_no_price() -> None:
    texts = [SendMessageRequest(from_="15162065575", to=to, message="Hi") for to in ("15162065574", "447700900123")]
    reader = read(estimate(texts, Prices({"1": "0.01"})))
    assert reader.texts[0] == "Estimate: 2 messages, 2 segments: 0.01, without 1 message of unknown price"
    assert reader.texts[-1] == "These messages have no known price."
    assert "table" not in read(estimate(texts[:1], Prices({"1": "0.01"}))).tags


def test_a_batch_is_a_bar_of_its_outcomes() -> None:
    client = CarrierXClient("token")
    with client.messages.send_many([{}, {}, {}]) as batch:
        list(batch)
    batch.counts = BatchCounts(accepted=2)
    shown = batch._repr_html_()  # pyright: ignore[reportPrivateUsage]
    reader = read(batch)
    assert reader.texts == ["2 of 3: 2 accepted"]
    assert re.search(r'class="cx-accepted" style="width:66.67%"', shown)
    assert 'aria-valuenow="2"' in shown


def test_a_result_shows_its_error_and_no_number() -> None:
    error = SendOutcomeUnknownError("It is unknown.", outcome=Outcome.UNKNOWN)
    unknown = SendResult(3, {"to": SECRETS.recipient}, None, error, Outcome.UNKNOWN, "order-17")
    assert "SendOutcomeUnknownError: It is unknown." in read(unknown).texts
    foreign = SendResult(3, {}, None, ValueError(SECRETS.text), Outcome.NOT_SENT, None)
    assert "ValueError" in read(foreign).texts
    accepted = SendResult(0, {}, Message.model_validate(FIELDS), None, Outcome.ACCEPTED, None)
    assert "097b49df" in read(accepted).texts
    for result in (unknown, foreign, accepted):
        assert SECRETS.found_in("".join(read(result).texts)) == []


@pytest.mark.parametrize(
    "thing",
    [
        Message.model_validate({**FIELDS, "message_sid": SCRIPT, "status": SCRIPT, "partner_sid": SCRIPT}),
        Page[Message].model_validate({"items": [{**FIELDS, "message_sid": SCRIPT, "status": SCRIPT}]}),
        Page[str].model_validate({"items": [SCRIPT]}),
        SendResult(0, {}, None, CarrierXError(SCRIPT), Outcome.UNKNOWN, SCRIPT),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_a_server_writes_is_text_and_no_markup(thing: Any) -> None:
    reader = read(thing)
    assert SCRIPT in "".join(reader.texts)
    assert not {"script", "img"} & set(reader.tags)
    assert "<script" not in thing._repr_html_()


@pytest.mark.parametrize("variable", ["--jp-content-font-color1", "--vscode-foreground"])
def test_the_colours_are_those_of_the_theme_or_those_that_the_browser_prefers(variable: str) -> None:
    html: str = Message.model_validate(FIELDS)._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert f"color:var({variable}" in html or f"var({variable}," in html
    assert "prefers-color-scheme:dark" in html
