"""Any operation can be carried out as a `Call`."""

from __future__ import annotations

from types import NoneType
from typing import Any

import pytest
from pydantic import BaseModel, field_validator

from carrierx import (
    Call,
    ExchangeFailedError,
    InvalidArgumentError,
    InvalidMessageError,
    Message,
    Outcome,
    ResponseError,
    SendOutcomeUnknownError,
)
from carrierx.emulator import Emulator
from tests.support.client_factory import ClientFactory
from tests.support.scripts import SMS, Script, broken, message, reply


class Rate(BaseModel):
    price: float


def test_a_call_answers_with_what_came_back(factory: ClientFactory, emulator: Emulator) -> None:
    client = factory.over(emulator)
    sid = client.send(**SMS).message_sid
    answer = client.execute(Call("GET", f"/sms/messages/{sid}", Message))
    assert answer.parsed.message_sid == sid
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.content.startswith(b"{")
    (attempt,) = answer.attempts
    assert (attempt.number, attempt.status_code, attempt.outcome) == (1, 200, Outcome.ACCEPTED)


def test_an_answer_is_read_as_the_type_that_the_call_names(factory: ClientFactory) -> None:
    client = factory.scripted([reply(200, {"price": 5})])
    assert client.execute(Call("GET", "/x", dict[str, int])).parsed == {"price": 5}
    assert client.execute(Call("GET", "/x", Rate)).parsed == Rate(price=5)
    assert client.execute(Call("GET", "/x", bytes)).parsed == b'{"price": 5}'


@pytest.mark.parametrize("nothing", [None, NoneType])
@pytest.mark.parametrize("body", [None, b"", b"<html>", {"deleted": True}])
def test_a_call_without_an_answer_takes_whatever_comes(factory: ClientFactory, nothing: Any, body: object) -> None:
    answer = factory.scripted([reply(204, body)]).execute(Call("DELETE", "/x", nothing))
    assert answer.parsed is None
    assert answer.status_code == 204


def test_query_and_body_go_on_the_wire_as_they_are_given(factory: ClientFactory) -> None:
    script = Script(reply(200, {}))
    client = factory.scripted(script)
    client.execute(Call("GET", "/x", bytes, query=[("b", "1 &2"), ("a", "ü"), ("b", "3")]))
    client.execute(Call("PUT", "/x", bytes, body={"k": "ü", "n": [1, None, True]}))
    client.execute(Call("POST", "/x", bytes, body=b"[1]"))
    client.execute(Call("POST", "/x", bytes))
    assert [request.url.raw_path for request in script.requests[:1]] == [b"/core/v2/x?b=1+%262&a=%C3%BC&b=3"]
    assert [request.content for request in script.requests] == [
        b"",
        '{"k":"ü","n":[1,null,true]}'.encode(),
        b"[1]",
        b"",
    ]
    assert [request.headers.get("content-length") for request in script.requests] == [None, "28", "3", "0"]
    assert [request.headers.get("content-type") for request in script.requests] == [
        None,
        "application/json",
        "application/json",
        None,
    ]


def test_a_call_that_is_not_repeatable_may_have_been_carried_out(factory: ClientFactory) -> None:
    script = Script(broken())
    with pytest.raises(SendOutcomeUnknownError) as caught:
        factory.scripted(script).execute(Call("POST", "/x", bytes, body={"a": 1}, reference="mark"))
    assert (caught.value.outcome, caught.value.reference) == (Outcome.UNKNOWN, "mark")
    assert len(script.requests) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_a_repeatable_call_is_repeated(factory: ClientFactory, method: str) -> None:
    script = Script(broken(), reply(200))
    answer = factory.scripted(script).execute(Call(method, "/x", bytes, body={"a": 1}))
    assert [attempt.outcome for attempt in answer.attempts] == [Outcome.UNKNOWN, Outcome.ACCEPTED]


def test_a_call_may_say_whether_it_can_be_repeated(factory: ClientFactory) -> None:
    script = Script(broken())
    client = factory.scripted(script, max_retries=1)
    with pytest.raises(SendOutcomeUnknownError):
        client.execute(Call("PUT", "/x", bytes, repeatable=False))
    assert len(script.requests) == 1
    with pytest.raises(ExchangeFailedError, match="POST /x failed"):
        client.execute(Call("POST", "/x", bytes, repeatable=True), max_retries=0)
    assert len(script.requests) == 2


def test_an_answer_too_large_for_its_call_is_refused(factory: ClientFactory) -> None:
    client = factory.scripted([reply(200, b"x" * 101)])
    assert len(client.execute(Call("GET", "/x", bytes, max_response_bytes=101)).content) == 101
    with pytest.raises(ResponseError, match="too large"):
        client.execute(Call("GET", "/x", bytes, max_response_bytes=100))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/x"),
        ("GET /y", "/x"),
        (None, "/x"),
        ("GET", "x"),
        ("GET", "https://evil.example/x"),
        ("GET", "/x?y=1"),
        ("GET", "/x#y"),
        ("GET", "/x y"),
        ("GET", "/x\r\nHost: y"),
        ("GET", "/../x"),
        ("GET", "/x/."),
        ("GET", "/größe"),
        ("GET", "/x\\y"),
        ("GET", None),
    ],
)
def test_a_call_that_is_no_request_cannot_be_made(method: Any, path: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="call"):
        Call(method, path, bytes)


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": object()}, {"x": "\ud800"}], ids=["NaN", "object", "half"])
def test_a_body_that_json_cannot_carry_is_refused(factory: ClientFactory, body: dict[str, object]) -> None:
    script = Script()
    with pytest.raises(InvalidArgumentError, match="can't be written as JSON"):
        factory.scripted(script).execute(Call("POST", "/x", bytes, body=body))
    assert script.requests == []


@pytest.mark.parametrize("call", ["GET", None, ("GET", "/x", bytes)], ids=repr)
def test_what_is_no_call_is_refused(factory: ClientFactory, call: Any) -> None:
    script = Script()
    with pytest.raises(InvalidArgumentError, match="execute needs a Call"):
        factory.scripted(script).execute(call)
    assert script.requests == []


class Unreadable:
    """A class that pydantic knows nothing of."""


@pytest.mark.parametrize("answer", [5, Unreadable, list[Unreadable], "Message"], ids=repr)
def test_a_type_that_no_answer_can_be_read_as_is_refused_before_the_call_is_carried_out(
    factory: ClientFactory, answer: Any
) -> None:
    script = Script()
    with pytest.raises(InvalidArgumentError, match="type that pydantic can read") as caught:
        factory.scripted(script).execute(Call("POST", "/x", answer, body={}))
    assert caught.value.outcome is Outcome.NOT_SENT
    assert script.requests == []


class Fussy(BaseModel):
    """A model of a user's, whose own code fails."""

    name: str

    @field_validator("name")
    @classmethod
    def _look_up(cls, name: str) -> str:
        raise LookupError(f"no {name} in our table")


def test_a_model_whose_own_code_fails_makes_no_failure_of_a_call_that_was_taken(factory: ClientFactory) -> None:
    client = factory.scripted([reply(200, {"name": "joe"})])
    with pytest.raises(SendOutcomeUnknownError, match="raised LookupError") as caught:
        client.execute(Call("POST", "/x", Fussy, body={}))
    assert "joe" not in str(caught.value)
    with pytest.raises(ResponseError, match="raised LookupError"):
        client.execute(Call("GET", "/x", Fussy))


@pytest.mark.parametrize("query", [[("q", "\ud800")], [5]])
def test_a_query_that_a_url_cannot_carry_is_refused(query: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="query"):
        Call("GET", "/x", bytes, query=query)


def test_a_call_takes_options(factory: ClientFactory) -> None:
    script = Script(reply(200, message()))
    client = factory.scripted(script)
    client.execute(Call("GET", "/x", Message), extra_headers={"X-Trace": "7"})
    assert script.requests[0].headers["x-trace"] == "7"
    with pytest.raises(InvalidArgumentError, match="Did you mean max_retries") as caught:
        client.execute(Call("GET", "/x", Message), max_retrys=3)
    assert not isinstance(caught.value, InvalidMessageError)
