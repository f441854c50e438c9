"""A secret that is refused is in no local variable of our frames: error trackers record them all."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from carrierx import CarrierXError, ConfigurationError, TokenUnavailableError
from tests.privacy.secrets import SECRETS
from tests.support.client_factory import ClientFactory
from tests.support.frame_secrets import secrets_in_frames
from tests.support.scripts import SMS, Script

SECRET = SECRETS.token
BAD = [f"{SECRET}\n", f"two {SECRET}", f'"{SECRET}"', f"\r\nX-Injected: {SECRET}", f"{SECRET}é"]


class Text(str):
    """A text of a class of its own."""

    __slots__ = ()


def assert_hidden(error: CarrierXError) -> None:
    encoded = base64.b64encode(f"joe:{SECRET}".encode()).decode()
    assert secrets_in_frames(error, [SECRET, encoded], module="carrierx") == []


@pytest.mark.parametrize("token", BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("way", [str, SecretStr, Text])
def test_a_token_that_is_refused(factory: ClientFactory, token: str, way: Callable[[str], Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        factory.make(way(token))
    assert_hidden(caught.value)


OTHER_TYPES: list[Any] = [SECRET.encode(), [SECRET], (SECRET, SECRET), {"token": SECRET}]


@pytest.mark.parametrize("token", OTHER_TYPES, ids=["bytes", "list", "tuple", "dict"])
def test_a_token_of_another_type(factory: ClientFactory, token: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        factory.make(token)
    assert_hidden(caught.value)


@pytest.mark.parametrize("token", BAD, ids=range(len(BAD)))
def test_a_token_of_the_environment_that_is_refused(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("CARRIERX_TOKEN", token)
    with pytest.raises(ConfigurationError) as caught:
        factory.make(None)
    assert_hidden(caught.value)


BAD_BASIC_AUTH = {
    "text": f"joe:{SECRET}",
    "list": ["joe", SECRET],
    "one": (SECRET,),
    "three": ("joe", SECRET, SECRET),
    "colon": ("j:oe", SECRET),
    "no user": ("", SECRET),
    "line end": ("joe", f"{SECRET}\n"),
    "secret": ("joe", SecretStr(f"{SECRET}\n")),
    "half a character": ("joe", f"{SECRET}\ud800"),
    "number": (SECRET, 5),
}


@pytest.mark.parametrize("basic_auth", BAD_BASIC_AUTH.values(), ids=BAD_BASIC_AUTH)
def test_a_user_name_and_password_that_are_refused(factory: ClientFactory, basic_auth: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        factory.make(None, basic_auth=basic_auth)
    assert_hidden(caught.value)


def test_a_token_and_a_password_together(factory: ClientFactory) -> None:
    for token in (SECRET, functools.partial(str, SECRET)):
        with pytest.raises(ConfigurationError) as caught:
            factory.make(token, basic_auth=("joe", SECRET))
        assert_hidden(caught.value)


OPTIONS: list[dict[str, Any]] = [{"timeout": -1}, {"tiemout": 1}, {"base_url": "ftp://x"}, {"proxy": "nowhere"}]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: next(iter(options)))
def test_good_credentials_beside_an_option_that_is_refused(factory: ClientFactory, options: dict[str, Any]) -> None:
    for token, basic_auth in ((SECRET, None), (None, ("joe", SECRET))):
        with pytest.raises(ConfigurationError) as caught:
            factory.make(token, basic_auth=basic_auth, **options)
        assert_hidden(caught.value)


MISTAKEN: list[dict[str, Any]] = [{"tokn": SECRET}, {"basic_aut": ("joe", SECRET)}, {"api_token": [SECRET]}]


@pytest.mark.parametrize("options", MISTAKEN, ids=lambda options: next(iter(options)))
def test_a_secret_by_a_name_that_is_no_option(factory: ClientFactory, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        factory.make("token", **options)
    assert_hidden(caught.value)


@pytest.mark.parametrize(
    "options", [*MISTAKEN, {"token": SECRET}, {"basic_auth": ["joe", SECRET]}], ids=lambda options: next(iter(options))
)
def test_a_secret_that_a_copy_can_not_take(factory: ClientFactory, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        factory.make("token").with_options(**options)
    assert_hidden(caught.value)


@pytest.mark.parametrize("token", [*BAD, SECRET.encode(), [SECRET]], ids=range(len(BAD) + 2))
@pytest.mark.parametrize("awaitable", [False, True])
def test_a_token_functions_answer_that_is_refused(factory: ClientFactory, token: Any, awaitable: bool) -> None:
    async def give() -> Any:
        return token

    is_async = awaitable and factory.kind == "async"
    client = factory.scripted(Script(), give if is_async else functools.partial(dict[str, Any]().get, "none", token))
    with pytest.raises(ConfigurationError) as caught:
        client.send(**SMS)
    assert_hidden(caught.value)


@pytest.mark.parametrize("awaitable", [False, True])
def test_a_token_function_that_raises(factory: ClientFactory, awaitable: bool) -> None:
    def fail(given: str) -> str:
        raise ConnectionError(f"vault refused {given}")

    async def fail_async(given: str) -> str:
        raise ConnectionError(f"vault refused {given}")

    is_async = awaitable and factory.kind == "async"
    client = factory.scripted(Script(), functools.partial(fail_async if is_async else fail, SECRET))
    with pytest.raises(TokenUnavailableError) as caught:
        client.send(**SMS)
    assert_hidden(caught.value)
