"""What is refused before anything is sent is refused without being repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from carrierx import (
    AsyncCarrierXClient,
    Call,
    CarrierXClient,
    CarrierXError,
    InvalidMessageError,
    SendMessageRequest,
    where,
)
from tests.privacy.secrets import SECRETS
from tests.privacy.watching import Watch
from tests.support.client_factory import ClientFactory, Driven
from tests.support.scripts import Script

S = SECRETS
TEN_DIGITS = S.sender[1:]

BROKEN: dict[str, dict[str, Any]] = {
    "required": {"from_": None},
    "required text": {"message": None},
    "message_blank": {"message": "  ", "user_data": S.text},
    "message_too_long": {"message": S.text * 100},
    "lone_surrogate": {"message": S.text + "\ud800"},
    "lone_surrogate in user_data": {"user_data": S.text + "\ud800"},
    "wrong_type": {"message": [S.text], "media_urls": S.text, "group_recipients": S.recipient},
    "wrong_type of a number": {"to": int(S.recipient)},
    "wrong_type in a list": {"media_urls": [5, S.text.encode()]},
    "number_has_other_characters": {"to": f"{S.recipient}x9"},
    "number_has_trunk_zero": {"to": f"+44 (0) {S.recipient}"},
    "number_starts_with_zero": {"from_": f"00{S.sender}"},
    "number_too_short": {"to": "23456"},
    "number_too_long": {"to": S.recipient[1:] * 2},
    "number_length_not_north_american": {"to": S.recipient + "1"},
    "number_not_north_american": {"to": "1" + S.recipient[:-1]},
    "too_many_media": {"media_urls": [f"https://{S.token}.example/{S.recipient}"] * 11},
    "url_not_http": {"media_urls": [f"ftp://{S.recipient}/{S.token}"]},
    "url_has_user_info": {"media_urls": [f"https://{S.token}@host/{S.recipient}"]},
    "url_has_forbidden_characters": {"media_urls": [f"https://host/{S.text}"]},
    "url_without_host": {"media_urls": [f"https:///{S.recipient}"]},
    "number_repeated": {"group_recipients": [S.recipient, S.recipient]},
    "group_too_large": {"group_recipients": [f"{int(S.recipient) + number}" for number in range(12)]},
    "outside_us": {"media_urls": [f"https://host/{S.token}"]},
    "type_disagrees": {"type": "mms"},
    "type_disagrees with a text": {"type": S.text},
    "names_differ": {"to_did": S.sender},
    "unknown_field": {"body": S.text, S.recipient: S.text, S.text: S.token},
}


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def client(factory: ClientFactory, script: Script, watch: Watch) -> Driven:
    return factory.scripted(script, S.token, on_event=watch.events.append)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_message_that_breaks_a_rule(client: Driven, script: Script, watch: Watch, rule: str) -> None:
    given = {**S.message, **BROKEN[rule]}
    with pytest.raises(InvalidMessageError) as caught:
        client.send(**given)
    assert rule.split(" ")[0] in [broken.rule for broken in caught.value.broken_rules]
    assert script.requests == []
    watch.assert_discreet(caught.value, *caught.value.broken_rules)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_request_that_breaks_a_rule(watch: Watch, rule: str) -> None:
    given = {**S.message, **BROKEN[rule]}
    with pytest.raises(ValidationError) as caught:
        SendMessageRequest.model_validate(given)
    watch.assert_discreet(caught.value)
    assert not S.found_in(repr(caught.value.errors()) + caught.value.json())


def test_a_number_that_can_lack_its_country_code(client: Driven, watch: Watch) -> None:
    with pytest.raises(InvalidMessageError, match="ten digits") as caught:
        client.send(**{**S.message, "from_": TEN_DIGITS})
    watch.assert_discreet(caught.value)


USES: list[Callable[[Driven], object]] = [
    lambda client: client.send(dict(S.message)),
    lambda client: client.send(SendMessageRequest(**S.message), **S.message),
    lambda client: client.send(SendMessageRequest(**S.message).model_copy(update={"to": f"+{S.recipient}"})),
    lambda client: client.send(SendMessageRequest.model_construct(None, **{**S.message, "message": S.text * 99})),
    lambda client: client.send(**S.message, extra_body={"message": S.text}),
    lambda client: client.send(**S.message, extra_body=S.text),
    lambda client: client.send(**S.message, retries=S.recipient),
    lambda client: client.execute(S.text),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    lambda client: client.reconcile("order-17", sent_after=S.recipient),
    lambda client: client.wait("sid", until=[[S.text]]),
    lambda client: client.send(**S.message, extra_body={"x": {S.text}}),
    lambda client: client.send(**S.message, extra_body={"x": S.text + "\ud800"}),
    lambda client: client.send(**S.message, reference=S.text + "'"),
    lambda client: client.send(**S.message, reference="x", user_data=S.text),
    lambda client: client.send(**S.message, timeout=S.recipient),
    lambda client: client.send(**S.message, extra_headers={"X-Token": S.token + "\n"}),
    lambda client: client.send(**S.message, extra_headers={"Authorization": S.token}),
    lambda client: client.send(**S.message, extra_headers={S.text: S.token}),
    lambda client: client.get(S.text + "\ud800"),
    lambda client: client.get([S.recipient]),
    lambda client: client.list(filter=f"to eq {S.recipient}\ud800"),
    lambda client: client.list(filter=[S.text]),
    lambda client: client.list(order=[S.text]),
    lambda client: client.iterate(page_size=S.recipient),
    lambda client: client.wait("sid", until=[5, S.text]),
    lambda client: client.reconcile(S.text + "\n"),
    lambda client: client.execute(Call("POST", "/x", bytes, body={"x": {S.text, S.recipient}})),
    lambda client: client.execute(Call("POST", "/x", bytes, body={"x": S.text + "\ud800"})),
    lambda client: Call("GET", f"/x?to={S.recipient}", bytes),
    lambda client: Call(S.text, "/x", bytes),
    lambda client: Call("GET", "/x", bytes, query=[("q", S.text + "\ud800")]),
    lambda client: where("to").eq(S.recipient + "\n"),
    lambda client: where(S.text),
]


@pytest.mark.parametrize("use", USES)
def test_an_argument_that_is_refused(
    client: Driven, script: Script, watch: Watch, use: Callable[[Driven], object]
) -> None:
    with pytest.raises(CarrierXError) as caught:
        use(client)
    assert script.requests == []
    watch.assert_discreet(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"token": f"{S.token} "},
        {"token": f"{S.token}\n"},
        {"token": f"é{S.token}"},
        {"token": [S.token]},
        {"basic_auth": (f"{S.token}:", S.text)},
        {"basic_auth": (S.text, f"{S.token}\n")},
        {"basic_auth": (S.text, f"{S.token}\ud800")},
        {"basic_auth": f"joe:{S.token}"},
        {"basic_auth": ("joe", S.token), "token": S.token},
        {"base_url": f"https://joe:{S.token}@host"},
        {"base_url": f"https://host?token={S.token}"},
        {"base_url": f"https://host:{S.token}"},
        {"base_url": f"http://{S.token}.example"},
        {"proxy": f"ftp://joe:{S.token}@host"},
        {"proxy": f"http://host:{S.token}"},
        {"ca_file": f"/no/{S.token}"},
        {"extra_headers": {"X-Token": f"{S.token}\r\n"}},
        {"extra_headers": {f"{S.text}": S.token}},
        {"extra_headers": S.token},
        {"timeout": S.token},
        {"retry_policy": S.token},
        {"http_client": S.token},
        {"on_event": S.token},
    ],
    ids=lambda options: next(iter(options)),
)
@pytest.mark.parametrize("kind", [CarrierXClient, AsyncCarrierXClient])
def test_a_configuration_that_is_refused(kind: Any, watch: Watch, options: dict[str, Any]) -> None:
    given = {"token": S.token if "basic_auth" not in options else None} | options
    with pytest.raises(CarrierXError) as caught:
        kind(**given)
    watch.assert_discreet(caught.value)


def test_a_token_of_a_bad_shape_from_a_function(factory: ClientFactory, watch: Watch, script: Script) -> None:
    client = factory.scripted(script, lambda: f"{S.token} {S.text}", on_event=watch.events.append)
    with pytest.raises(CarrierXError) as caught:
        client.send(**S.message)
    assert script.requests == []
    watch.assert_discreet(caught.value, client.client)
