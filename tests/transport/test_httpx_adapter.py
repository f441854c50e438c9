"""A client of the user's own carries the requests, but none of its settings changes them."""

from __future__ import annotations

from typing import Any

import httpx
import httpx2
import pytest

from carrierx import APIError, SendOutcomeUnknownError
from carrierx.emulator import DEMO_TOKEN
from tests.support.behaviours import demand_digest, redirect, respond_sms
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS, Script, reply

OPINIONATED: dict[str, Any] = {
    "auth": ("somebody", "else"),
    "headers": {"Authorization": "Bearer other", "Content-Type": "text/plain", "X-Theirs": "1"},
    "cookies": {"session": "theirs"},
    "params": {"theirs": "1"},
    "base_url": "http://elsewhere.example",
    "follow_redirects": True,
    "timeout": 0.000001,
}


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    return request.param


def injected(factory: ClientFactory, library: Any, **settings: Any) -> Any:
    return library.Client(**settings) if factory.kind == "sync" else library.AsyncClient(**settings)


def close(factory: ClientFactory, http: Any) -> None:
    factory.run(http.aclose()) if factory.kind == "async" else http.close()


def test_a_send_goes_out_as_over_our_own_connections(factory: ClientFactory, library: Any) -> None:
    with FaultServer() as server:
        http = injected(factory, library, **OPINIONATED)
        factory.make(base_url=server.base_url, http_client=http).send(**SMS)
        factory.at(server.base_url).send(**SMS)
        close(factory, http)
        theirs, ours = server.requests
    assert (theirs.target, theirs.body) == (ours.target, ours.body)
    assert sorted(theirs.headers) == sorted(ours.headers)
    assert theirs.header("authorization") == f"Bearer {DEMO_TOKEN}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_though_the_client_would(factory: ClientFactory, library: Any, status: int) -> None:
    with FaultServer(respond_sms()) as elsewhere, FaultServer(redirect(status, elsewhere.base_url)) as server:
        http = injected(factory, library, follow_redirects=True)
        client = factory.make(base_url=server.base_url, http_client=http)
        with pytest.raises(SendOutcomeUnknownError, match="check base_url"):
            client.send(**SMS)
        with pytest.raises(APIError, match="check base_url"):
            client.get("sid")
        close(factory, http)
        assert (server.requests_fully_read, elsewhere.connections) == (2, 0)


def test_a_challenge_is_not_answered_though_the_client_would(factory: ClientFactory, library: Any) -> None:
    with FaultServer(demand_digest()) as server:
        http = injected(factory, library, auth=library.DigestAuth("somebody", "else"))
        with pytest.raises(APIError) as caught:
            factory.make(base_url=server.base_url, http_client=http).send(**SMS)
        close(factory, http)
        assert server.requests_fully_read == 1
    assert caught.value.status_code == 401


def test_the_clients_own_headers_and_cookies_are_left_as_they_were(factory: ClientFactory) -> None:
    script = Script(reply(200, {"message_sid": "sid"}))
    transport = httpx.MockTransport(script)
    http = injected(factory, httpx, transport=transport, headers={"X-Theirs": "1"})
    before = list(http.headers.raw)
    factory.make(http_client=http, extra_headers={"X-Ours": "1"}).send(**SMS)
    assert list(http.headers.raw) == before
    assert "x-theirs" not in script.requests[0].headers
    close(factory, http)
