"""Who calls: a token, a function that gives one, or a user name and password."""

from __future__ import annotations

import asyncio
import base64
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from carrierx import AsyncCarrierXClient, AuthenticationError, CarrierXClient, ConfigurationError, Outcome
from carrierx.emulator import Credential, Emulator, EmulatorConfig
from carrierx.events import Event, TokenRefreshed
from tests.support.client_factory import ClientFactory
from tests.support.scripts import SID, SMS, Script, reply, sms


def authorizations(script: Script) -> list[str]:
    return [request.headers["authorization"] for request in script.requests]


@pytest.mark.parametrize("token", ["0d7a-8c3e_f.~+/==", SecretStr("0d7a-8c3e_f.~+/=="), lambda: "0d7a-8c3e_f.~+/=="])
def test_a_token_is_a_text_a_secret_or_a_function(factory: ClientFactory, token: Any) -> None:
    script = Script()
    factory.scripted(script, token).send(**SMS)
    assert authorizations(script) == ["Bearer 0d7a-8c3e_f.~+/=="]


def test_without_a_token_the_environment_gives_it(factory: ClientFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIERX_TOKEN", "from-environment")
    script = Script()
    factory.scripted(script, None).send(**SMS)
    factory.scripted(script, "given").send(**SMS)
    assert authorizations(script) == ["Bearer from-environment", "Bearer given"]


def test_without_any_token_the_error_says_where_one_comes_from(factory: ClientFactory) -> None:
    with pytest.raises(ConfigurationError, match="set the environment variable CARRIERX_TOKEN"):
        factory.make(None)


MALFORMED = ["", " ", "two words", "line\n", "\r\nX-Injected: 1", "ümlaut", "'quoted'", '"quoted"', "\x00", "a=b", "💥"]


# No environment can hold a null character.
WAYS = [
    (way, token)
    for way in ("given", "secret", "environment")
    for token in MALFORMED
    if way == "given" or token != "\x00"
]


@pytest.mark.parametrize(("way", "token"), WAYS)
def test_a_token_of_a_shape_that_no_token_has_is_refused_and_not_repeated(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch, token: str, way: str
) -> None:
    secret = token + "s3cr3t" if token.strip() else token
    if way == "environment":
        monkeypatch.setenv("CARRIERX_TOKEN", secret)
    with pytest.raises(ConfigurationError) as caught:
        factory.make({"given": secret, "secret": SecretStr(secret), "environment": None}[way])
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "s3cr3t" not in shown
    assert ("CARRIERX_TOKEN" in str(caught.value)) is (way == "environment")


@pytest.mark.parametrize("token", [5, b"bytes", ["list"], object(), True])
def test_a_token_of_another_type_is_refused(factory: ClientFactory, token: Any) -> None:
    with pytest.raises(ConfigurationError, match="must be a string or a pydantic SecretStr"):
        factory.make(token)


def test_a_user_name_and_password_go_out_as_basic(factory: ClientFactory) -> None:
    credential = Credential.basic("joe", "pass: wörd")
    with Emulator(EmulatorConfig(credentials=(credential,))) as emulator:
        for password in ("pass: wörd", SecretStr("pass: wörd")):
            factory.over(emulator, None, basic_auth=("joe", password)).send(**SMS)
        (line,) = emulator.requests_seen[0].header_values("authorization")
    assert base64.b64decode(line.removeprefix("Basic ")).decode() == "joe:pass: wörd"


@pytest.mark.parametrize(
    "basic_auth",
    [
        "joe:s3cr3t",
        ["joe", "s3cr3t"],
        ("joe",),
        ("joe", "s3cr3t", "x"),
        ("j:oe", "s3cr3t"),
        ("joe", ""),
        ("", "s3cr3t"),
        ("joe", "s3cr3t\n"),
        ("joe", "s3cr3t\ud800"),
        ("joe", 5),
        ("joe", None),
    ],
    ids=repr,
)
def test_a_user_name_and_password_that_cannot_work_are_refused(factory: ClientFactory, basic_auth: Any) -> None:
    with pytest.raises(ConfigurationError, match="basic_auth") as caught:
        factory.make(None, basic_auth=basic_auth)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_token_and_a_password_together_are_refused(factory: ClientFactory) -> None:
    with pytest.raises(ConfigurationError, match="token or basic_auth, not both"):
        factory.make("token", basic_auth=("joe", "secret"))


def test_a_password_goes_before_the_environments_token(factory: ClientFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIERX_TOKEN", "from-environment")
    script = Script()
    factory.scripted(script, None, basic_auth=("joe", "secret")).send(**SMS)
    assert authorizations(script)[0].startswith("Basic ")


def test_a_token_function_is_asked_at_the_first_call_only(factory: ClientFactory) -> None:
    asked: list[int] = []

    def give() -> str:
        asked.append(1)
        return "fresh"

    client = factory.scripted([sms()], give)
    assert asked == []
    client.send(**SMS)
    client.with_options(timeout=5).send(**SMS)
    assert asked == [1]


def rotating() -> Callable[[], str]:
    return iter(f"token-{number}" for number in range(1, 10)).__next__


def test_a_refused_token_is_replaced_once(factory: ClientFactory) -> None:
    script, events = Script(reply(401), sms()), list[Event]()
    client = factory.scripted(script, rotating(), on_event=events.append)
    assert client.send(**SMS).message_sid == SID
    assert authorizations(script) == ["Bearer token-1", "Bearer token-2"]
    assert [event for event in events if isinstance(event, TokenRefreshed)] == [TokenRefreshed("POST", "/sms/messages")]
    client.send(**SMS)
    assert authorizations(script)[2:] == ["Bearer token-2"]


def test_a_token_that_stays_refused_is_not_asked_for_for_ever(factory: ClientFactory) -> None:
    script = Script(reply(401))
    with pytest.raises(AuthenticationError) as caught:
        factory.scripted(script, rotating()).send(**SMS)
    assert authorizations(script) == ["Bearer token-1", "Bearer token-2"]
    assert [attempt.status_code for attempt in caught.value.attempts] == [401, 401]


def test_a_fixed_token_that_is_refused_is_tried_once(factory: ClientFactory) -> None:
    script = Script(reply(401))
    with pytest.raises(AuthenticationError):
        factory.scripted(script, "fixed").send(**SMS)
    assert len(script.requests) == 1


def test_a_token_function_that_raises_sends_nothing_and_can_be_tried_again(factory: ClientFactory) -> None:
    script = Script()
    answers: Iterator[str | Exception] = iter([ConnectionError("vault is down"), "token-1"])

    def give() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = factory.scripted(script, give)
    with pytest.raises(ConfigurationError, match="raised ConnectionError") as caught:
        client.send(**SMS, reference="order-17")
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert (caught.value.outcome, caught.value.safe_to_resend) == (Outcome.NOT_SENT, True)
    assert caught.value.reference == "order-17"
    assert script.requests == []
    client.send(**SMS)
    assert authorizations(script) == ["Bearer token-1"]


@pytest.mark.parametrize("answer", ["two words", "", None, 5, b"x"], ids=repr)
def test_a_token_function_that_gives_no_token_sends_nothing(factory: ClientFactory, answer: Any) -> None:
    script = Script()
    with pytest.raises(ConfigurationError, match="the result of the token function"):
        factory.scripted(script, lambda: answer).send(**SMS)
    assert script.requests == []


def test_an_async_client_waits_for_its_token_function() -> None:
    async def give() -> SecretStr:
        await asyncio.sleep(0)
        return SecretStr("awaited")

    script = Script()

    async def work() -> None:
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(script)) as http,
            AsyncCarrierXClient(give, http_client=http) as client,
        ):
            await client.messages.send(**SMS)

    asyncio.run(work())
    assert authorizations(script) == ["Bearer awaited"]


def test_a_sync_client_refuses_a_token_function_that_must_be_awaited() -> None:
    async def give() -> str:
        return "awaited"

    script = Script()
    with httpx.Client(transport=httpx.MockTransport(script)) as http:
        client = CarrierXClient(give, http_client=http)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(ConfigurationError, match="Use AsyncCarrierXClient"):
            client.messages.send(**SMS)
    assert script.requests == []
