"""OAuth tokens: with both clients, over sockets, and without showing a secret."""

from __future__ import annotations

import html
import json
import pickle
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from pydantic import SecretStr

from carrierx import (
    AcceptedWithoutReceiptError,
    APIError,
    AuthenticationError,
    ConflictError,
    GeneratedToken,
    InvalidArgumentError,
    NotFoundError,
    OAuthToken,
    PermissionDeniedError,
    SendOutcomeUnknownError,
    to_dicts,
    where,
)
from carrierx.emulator import DEMO_TOKEN, Credential, Emulator, EmulatorConfig, RunningEmulator, serve
from tests.resources.helpers import Resource, answer, paths, scripted
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.frame_secrets import secrets_in_frames
from tests.support.samples import sampled
from tests.support.scripts import Script, broken, reply

# Put together at run time, so that no line of this source holds one.
CLIENT_SECRET = "-".join(["client", "secret", "50339091"])
PASSWORD = " ".join(["correct", "horse+battery/~staple'&\"ä"])
TOKEN = "-".join(["8bfd6c6d", "6291", "488a"])
CLIENT: dict[str, Any] = {"client_id": "5c7965f2", "client_secret": CLIENT_SECRET}
ENCODINGS: list[Callable[[str], str]] = [
    quote,
    quote_plus,
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="!~*'()"),
    lambda text: quote_plus(text, safe="*").replace("~", "%7E"),
    lambda text: "".join(f"%{byte:02x}" if byte in b" +/'&\"" or byte > 127 else chr(byte) for byte in text.encode()),
    html.escape,
    lambda text: json.dumps(text)[1:-1],
]
"""The ways in which a server may repeat a value."""
LOGIN: dict[str, Any] = {**CLIENT, "username": "joe@example.com", "password": PASSWORD}
RAW = {"token_sid": "b3f45e4d", "access_token": TOKEN, "refresh_token": f"{TOKEN}-2", "scopes": ["sms.read"]}


@pytest.fixture
def served(emulator: Emulator) -> Iterator[RunningEmulator]:
    with serve(emulator) as running:
        yield running


def tokens_at(factory: ClientFactory, served: RunningEmulator, token: Any = DEMO_TOKEN) -> Resource:
    return Resource(factory, factory.at(served.base_url, token), "tokens")


def forms(script: Script) -> list[dict[str, str]]:
    """The forms that were sent, request by request."""
    assert {request.headers["content-type"] for request in script.requests} == {"application/x-www-form-urlencoded"}
    return [dict(parse_qsl(request.content.decode(), strict_parsing=True)) for request in script.requests]


class TestOverSockets:
    """Both clients and a served emulator."""

    def test_a_generated_token_sends_until_it_is_revoked(self, factory: ClientFactory, served: RunningEmulator) -> None:
        tokens = tokens_at(factory, served)
        token = tokens.generate(**LOGIN)
        client = factory.at(served.base_url, token.access_token)

        sent = client.send(from_="15162065575", to="15162065574", message="Hello")
        assert client.get(sent.message_sid).message == "Hello"

        tokens.revoke(token.access_token, **CLIENT)
        with pytest.raises(AuthenticationError):
            client.get(sent.message_sid)
        with pytest.raises(NotFoundError):
            tokens.get(token.token_sid)
        with pytest.raises(NotFoundError):
            tokens.revoke(token.access_token, **CLIENT)

    def test_active_tokens_are_listed_and_read(self, factory: ClientFactory, served: RunningEmulator) -> None:
        tokens = tokens_at(factory, served)
        made = [tokens.generate(**LOGIN) for _ in range(3)]

        page = tokens.list(limit=2)
        assert [token.token_sid for token in page] == [token.token_sid for token in made[:2]]
        assert page.total is None
        assert [token.token_sid for token in tokens.iterate(page_size=1)] == [token.token_sid for token in made]
        assert [token.access_token for token in tokens.iterate(max_items=2)] == [one.access_token for one in made[:2]]
        [found] = tokens.list(filter=where("token_sid").eq(made[1].token_sid), order="date_created desc")
        assert found == tokens.get(made[1].token_sid)
        assert found.to_dict() == made[1].to_dict()

    def test_a_token_of_a_sub_partner_ends_when_it_was_asked_to(
        self, factory: ClientFactory, served: RunningEmulator, clock: SteppingClock
    ) -> None:
        tokens = tokens_at(factory, served)
        sid = served.emulator.config.partner_sid
        token = tokens.generate_for_partner(sid, **CLIENT, access_token_expires_in=60)

        assert token.partner_sid == sid
        assert token.date_expiration_access_token == token.date_created + timedelta(seconds=60)
        own = tokens_at(factory, served, token.access_token)
        assert own.get(token.token_sid).token_sid == token.token_sid
        clock.advance(61)
        with pytest.raises(AuthenticationError):
            own.get(token.token_sid)
        with pytest.raises(NotFoundError):
            tokens.generate_for_partner("ed437757", **CLIENT)

    def test_a_client_revokes_its_own_token_and_can_do_no_more(
        self, factory: ClientFactory, served: RunningEmulator
    ) -> None:
        tokens = tokens_at(factory, served)
        own = tokens_at(factory, served, tokens.generate(**LOGIN).access_token)

        own.revoke_own(**CLIENT, confirm=True)

        with pytest.raises(AuthenticationError):
            own.list()
        assert list(tokens.iterate()) == []
        with pytest.raises(ConflictError):
            tokens.revoke_own(**CLIENT, confirm=True)

    def test_a_token_can_do_what_its_maker_can(self, factory: ClientFactory, clock: SteppingClock) -> None:
        maker = Credential.bearer(DEMO_TOKEN, scopes=["oauth.create", "lookup.dids.read"])
        with Emulator(EmulatorConfig(credentials=(maker,)), clock=clock.now) as emulator, serve(emulator) as served:
            token = tokens_at(factory, served).generate(**LOGIN)
            client = factory.at(served.base_url, token.access_token)

            assert token.scopes == ("lookup.dids.read", "oauth.create")
            assert Resource(factory, client, "lookup").get("15162065574").country_code == "USA"
            for call in (client.list, Resource(factory, client, "tokens").list):
                with pytest.raises(PermissionDeniedError) as caught:
                    call()
                assert caught.value.required_scopes


def test_what_is_sent_is_a_form(factory: ClientFactory) -> None:
    tokens, script = scripted(factory, "tokens", answer("oauth_token_response"))

    tokens.generate(**{**LOGIN, "client_secret": SecretStr(CLIENT_SECRET), "password": SecretStr(PASSWORD)})
    tokens.generate(**LOGIN, access_token_expires_in=3600)
    tokens.generate_for_partner("cee9/3bf3", **CLIENT)

    assert paths(script) == ["POST /oauth/token", "POST /oauth/token", "POST /oauth/token/cee9%2F3bf3"]
    assert forms(script) == [
        {"grant_type": "password", **LOGIN},
        {"grant_type": "password", **LOGIN, "access_token_expires_in": "3600"},
        CLIENT,
    ]


def test_a_revocation_names_the_token_or_none(factory: ClientFactory) -> None:
    tokens, script = scripted(factory, "tokens", reply(204))

    assert tokens.revoke(SecretStr(TOKEN), **CLIENT) is None
    assert tokens.revoke(TOKEN, **CLIENT, token_type="bearer") is None
    assert tokens.revoke_own(**CLIENT, confirm=True) is None

    assert paths(script) == ["POST /oauth/revoke"] * 3
    assert forms(script) == [{**CLIENT, "token": TOKEN}, {**CLIENT, "token": TOKEN, "token_type": "bearer"}, CLIENT]


@pytest.mark.parametrize("token", [None, "", " ", SecretStr(""), 5, TOKEN.encode()], ids=repr)
def test_without_a_token_nothing_is_revoked(factory: ClientFactory, token: Any) -> None:
    """CarrierX would revoke the client's own."""
    tokens, script = scripted(factory, "tokens", reply(204))

    with pytest.raises(InvalidArgumentError, match="token"):
        tokens.revoke(token, **CLIENT)
    assert script.requests == []


@pytest.mark.parametrize("confirm", [False, None, "yes", 1], ids=repr)
def test_the_own_token_is_revoked_only_if_that_is_meant(factory: ClientFactory, confirm: Any) -> None:
    tokens, script = scripted(factory, "tokens", reply(204))

    with pytest.raises(InvalidArgumentError, match="confirm=True"):
        tokens.revoke_own(**CLIENT, confirm=confirm)
    assert script.requests == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_id", ""),
        ("client_id", 5),
        ("client_secret", " "),
        ("client_secret", SecretStr("\ud800")),
        ("username", "\t"),
        ("password", b"secret"),
        ("access_token_expires_in", 0),
        ("access_token_expires_in", True),
        ("access_token_expires_in", "3600"),
    ],
    ids=repr,
)
def test_what_can_not_be_sent_is_refused(factory: ClientFactory, field: str, value: Any) -> None:
    tokens, script = scripted(factory, "tokens", answer("oauth_token_response"))

    with pytest.raises(InvalidArgumentError, match=field):
        tokens.generate(**{**LOGIN, field: value})
    assert script.requests == []


def test_a_generation_that_may_have_happened_is_not_repeated(factory: ClientFactory) -> None:
    tokens, script = scripted(factory, "tokens", broken(), answer("oauth_token_response"))

    with pytest.raises(SendOutcomeUnknownError, match=r"/oauth/token.*before you have checked"):
        tokens.generate(**LOGIN)
    assert len(script.requests) == 1


@pytest.mark.parametrize("missing", ["access_token", "token_sid"])
def test_a_new_token_without_its_secret_is_none(factory: ClientFactory, missing: str) -> None:
    body = {name: value for name, value in sampled("oauth_token_response").items() if name != missing}
    tokens, script = scripted(factory, "tokens", reply(200, body))

    with pytest.raises(SendOutcomeUnknownError, match=missing):
        tokens.generate(**LOGIN)
    assert len(script.requests) == 1


def test_a_new_token_whose_answer_was_cut_off_exists(factory: ClientFactory) -> None:
    tokens, _ = scripted(factory, "tokens", reply(200, b'{"access_token": "8bfd'))

    with pytest.raises(AcceptedWithoutReceiptError) as caught:
        tokens.generate(**LOGIN)
    assert "8bfd" not in str(caught.value)


def test_a_listed_token_may_lack_its_secret(factory: ClientFactory) -> None:
    tokens, _ = scripted(factory, "tokens", answer("oauth_token_response", access_token=None))

    assert tokens.get("b3f45e4d").access_token is None


class TestSecrets:
    """Nothing shows a secret that isn't asked for it."""

    @pytest.mark.parametrize("model", [OAuthToken, GeneratedToken])
    def test_an_object_shows_none(self, model: type[OAuthToken]) -> None:
        private = {"client_id": "5c7965f2", "ip_last_accessed": "192.0.2.77", "name": "of the back office"}
        token = model.model_validate({**RAW, **private, "hue": TOKEN})

        for shown in (repr(token), str(token), f"{token}", repr([token]), repr(to_dicts([token])[0]["access_token"])):
            for secret in (TOKEN, *private.values()):
                assert secret not in shown
        assert token.access_token is not None
        assert token.access_token.get_secret_value() == TOKEN
        assert token.to_dict()["refresh_token"] == json.loads(token.to_json())["refresh_token"] == f"{TOKEN}-2"
        assert pickle.loads(pickle.dumps(token)) == token

    @pytest.mark.parametrize("odd", [5, [TOKEN], {"value": TOKEN}], ids=lambda odd: type(odd).__name__)
    def test_one_that_can_not_be_read_is_not_shown_either(self, factory: ClientFactory, odd: Any) -> None:
        read = OAuthToken.model_validate({**RAW, "access_token": odd})

        assert read.access_token is None
        assert read.unreadable_fields == {"access_token": odd}
        assert TOKEN not in repr(read)
        tokens, _ = scripted(factory, "tokens", reply(200, {**RAW, "access_token": odd}))
        with pytest.raises(SendOutcomeUnknownError) as caught:
            tokens.generate(**LOGIN)
        assert TOKEN not in str(caught.value)

    @pytest.mark.parametrize("status", [400, 401, 403, 422, 429, 500], ids=str)
    def test_no_error_repeats_one_or_leaves_it_in_a_frame(
        self, factory: ClientFactory, clock: SteppingClock, status: int
    ) -> None:
        def echo(request: Any) -> Any:
            sent = request.content.decode()
            plain = dict(parse_qsl(sent)).values()
            encoded = [encode(value) for value in plain for encode in ENCODINGS]
            values = " ".join([*plain, *encoded])
            body = {"message": f"bad form {sent}", "errors": [{"field": values, "message": values}, sent]}
            return reply(status, body)(request)

        calls: list[Callable[[Resource], object]] = [
            lambda tokens: tokens.generate(**LOGIN),
            lambda tokens: tokens.generate_for_partner("cee93bf3", **CLIENT),
            lambda tokens: tokens.revoke(TOKEN, **CLIENT),
            lambda tokens: tokens.revoke_own(**CLIENT, confirm=True),
        ]
        secrets = [CLIENT_SECRET, PASSWORD, TOKEN, *(encode(PASSWORD) for encode in ENCODINGS)]
        for call in calls:
            tokens, _ = scripted(factory, "tokens", echo, clock=clock)
            with pytest.raises((APIError, SendOutcomeUnknownError)) as caught:
                call(tokens)
            shown = f"{caught.value} {caught.value!r} {vars(caught.value)}"
            assert [secret for secret in secrets if secret in shown] == []
            assert secrets_in_frames(caught.value, secrets, module="carrierx") == []

    def test_one_that_is_given_instead_of_a_sid_is_not_shown(self, factory: ClientFactory) -> None:
        tokens, _ = scripted(factory, "tokens", reply(404))

        with pytest.raises(NotFoundError) as caught:
            tokens.get(TOKEN)

        assert TOKEN not in f"{caught.value} {caught.value!r}"

    @pytest.mark.parametrize("missing", ["client_id", "client_secret", "username", "password"])
    def test_a_missing_one_is_refused_before_the_others_are_sent(self, factory: ClientFactory, missing: str) -> None:
        tokens, script = scripted(factory, "tokens", reply(204))
        with pytest.raises(InvalidArgumentError, match=f"{missing} must be a string"):
            tokens.generate(**{**LOGIN, missing: None})
        assert script.requests == []

    def test_an_argument_that_is_refused_leaves_none_in_a_frame(self, factory: ClientFactory) -> None:
        tokens, _ = scripted(factory, "tokens", reply(204))
        calls: list[Callable[[], object]] = [
            lambda: tokens.generate(**{**LOGIN, "username": 5}),
            lambda: tokens.generate(**LOGIN, access_token_expires_in=-1),
            lambda: tokens.generate_for_partner("..", **CLIENT),
            lambda: tokens.revoke(f"{TOKEN}\ud800", **CLIENT),
            lambda: tokens.revoke_own(**CLIENT),
        ]
        for call in calls:
            with pytest.raises(InvalidArgumentError) as caught:
                call()
            secrets = [CLIENT_SECRET, PASSWORD, TOKEN]
            assert [secret for secret in secrets if secret in f"{caught.value!r}"] == []
            assert secrets_in_frames(caught.value, secrets, module="carrierx") == []
