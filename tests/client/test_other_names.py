"""Names that newcomers try lead to the right call."""

from __future__ import annotations

import inspect
import pydoc
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.oinspect import Inspector

from carrierx import AsyncCarrierXClient, CarrierXClient, InvalidArgumentError, SendMessageRequest
from tests.support.client_factory import ClientFactory
from tests.support.scripts import Script


@pytest.fixture(params=[CarrierXClient, AsyncCarrierXClient])
def client(request: pytest.FixtureRequest) -> Any:
    return request.param("any", base_url="http://127.0.0.1:9/core/v2")


@pytest.mark.parametrize(
    ("name", "right"), [("send", r"client\.messages\.send\("), ("sms", "messages.send"), ("numbers", "dids")]
)
def test_a_name_that_the_client_lacks(client: Any, name: str, right: str) -> None:
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'. Use .*{right}"):
        getattr(client, name)
    assert not hasattr(client, name)


def test_a_property_of_a_subclass_keeps_its_own_error() -> None:
    class OwnClient(CarrierXClient):
        @property
        def sender(self) -> str:
            return None.nothing  # type: ignore[attr-defined, no-any-return]

    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'nothing'"):
        _ = OwnClient("any").sender


def test_a_name_that_a_resource_lacks(client: Any) -> None:
    with pytest.raises(AttributeError, match=r"Messages' object has no attribute 'create'. Use send\(...\)"):
        _ = client.messages.create
    with pytest.raises(AttributeError, match=r"Messages' object has no attribute 'nothing_like_it'\.$"):
        _ = client.messages.nothing_like_it


def test_the_repr_of_a_resource_lists_its_methods(client: Any) -> None:
    assert repr(client.messages).partition(": ")[2].split(", ")[:3] == ["get", "iterate", "list"]


def test_positional_fields_are_refused_with_the_keywords(factory: ClientFactory) -> None:
    script = Script()
    client = factory.scripted(script)
    for arguments in (("15162065575", "15162065574", "Hello"), ("15162065575",)):
        with pytest.raises(InvalidArgumentError, match="from_=") as caught:
            client.send(*arguments)
        assert "206557" not in str(caught.value)
    assert script.requests == []


def test_the_signature_of_send_names_the_fields_and_options(client: Any) -> None:
    parameters = list(inspect.signature(client.messages.send).parameters)
    assert {"from_", "to", "message", "media_urls", "reference", "options"} <= set(parameters)


@pytest.mark.parametrize("client_class", [CarrierXClient, AsyncCarrierXClient])
def test_the_signature_of_a_client_names_its_options(client_class: Callable[..., object]) -> None:
    parameters = inspect.signature(client_class).parameters
    assert {"token", "http_client", "base_url", "timeout", "proxy", "on_event", "default_region"} <= set(parameters)
    assert "options" not in parameters
    assert parameters["timeout"].annotation == "float"


def shown_by_ipython(thing: object, name: str) -> str:
    """The signature that `thing?` shows in IPython and Jupyter."""
    inspector: Any = Inspector(theme_name="nocolor")
    found = inspector.info(thing, oname=name)
    return str(found["init_definition" if isinstance(thing, type) else "definition"])


def test_ipython_shows_the_fields_of_a_request() -> None:
    assert shown_by_ipython(SendMessageRequest, "SendMessageRequest") == (
        "SendMessageRequest(\n"
        "    *,\n"
        "    from_: 'str',\n"
        "    to: 'str',\n"
        "    message: 'str | None' = None,\n"
        "    media_urls: 'Sequence[str] | None' = None,\n"
        "    group_recipients: 'Sequence[str] | None' = None,\n"
        "    user_data: 'str | None' = None,\n"
        "    type: 'str | None' = None,\n"
        ") -> 'None'"
    )


def test_ipython_shows_the_fields_of_a_send_and_what_it_returns(client: Any) -> None:
    send = shown_by_ipython(client.messages.send, "send")
    assert "    from_: 'str | None' = None,\n    to: 'str | None' = None,\n    message: 'str | None' = None,\n" in send
    assert send.endswith(") -> 'Message'")
    with_response = shown_by_ipython(client.with_raw_response.messages.send, "send")
    assert with_response == send.replace("'Message'", "'Response[Message]'")


@pytest.mark.parametrize("client_class", [CarrierXClient, AsyncCarrierXClient])
def test_ipython_shows_the_options_of_a_client(client_class: type) -> None:
    shown = shown_by_ipython(client_class, "Client")
    for option in ("timeout: 'float'", "default_region: 'str | None'", "message_limits: 'MessageLimits'"):
        assert f"    {option} = " in shown


def test_help_shows_the_fields_of_a_send() -> None:
    text = " ".join(pydoc.plain(pydoc.render_doc(CarrierXClient.messages.send)).split())
    assert "from_: 'str | None' = None, to: 'str | None' = None, message" in text
