"""However an exchange breaks, what is raised, chained and logged holds no secret."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from carrierx import CarrierXError
from carrierx.events import AttemptFinished
from carrierx.tracebacks import hide_frames
from tests.privacy.secrets import NOWHERE, SECRETS, Secrets
from tests.privacy.senders import ASYNC_WAYS, NOBODY_TRUSTED, Senders
from tests.privacy.watching import Watch
from tests.support.behaviours import (
    CLOSE,
    RESET,
    STAY_SILENT,
    Behaviour,
    after_headers,
    after_part_of_body,
    after_whole_request,
    close_on_accept,
    cut_body,
    cut_chunked_body,
    cut_headers,
    cut_status_line,
    demand_digest,
    drip_body,
    drip_headers,
    redirect,
    reset_on_accept,
    respond_before_reading_body,
    respond_garbage,
    respond_raw,
    silence_on_accept,
)
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address
from tests.support.proxy_server import ProxyBehaviour, ProxyServer, demand_credentials, refuse
from tests.support.proxy_server import close_on_accept as proxy_closes

ECHO = json.dumps(SECRETS.echo).encode()

FAULTS = [
    close_on_accept(),
    reset_on_accept(),
    silence_on_accept(),
    after_headers(CLOSE),
    after_headers(RESET),
    after_part_of_body(10, RESET),
    after_whole_request(CLOSE),
    after_whole_request(RESET),
    after_whole_request(STAY_SILENT),
    respond_before_reading_body(413, ECHO),
    respond_garbage(),
    cut_status_line(),
    cut_headers(),
    cut_headers(RESET),
    cut_body(ECHO, 0),
    cut_body(ECHO, len(ECHO) - 1),
    cut_body(ECHO, len(ECHO) - 1, RESET, status=422),
    cut_chunked_body(ECHO),
    redirect(308, "http://127.0.0.1:9/elsewhere"),
    demand_digest(),
]
ECHOES = {
    "instead of a response": ECHO,
    "in a header line": b"HTTP/1.1 200 OK\r\n" + ECHO,
    "in a status line": b"HTTP/1.1 2000 " + ECHO,
    "in a chunk's size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + ECHO,
    "in a content length": b"HTTP/1.1 200 OK\r\nContent-Length: " + ECHO,
}


def expect_discretion(senders: Senders, watch: Watch, base_url: str, **options: Any) -> None:
    client = senders.make(base_url, on_event=watch.events.append, timeout=0.15, total_timeout=0.25, **options)
    with pytest.raises(CarrierXError) as sending:
        client.send(**SECRETS.message, reference="order-17")
    with pytest.raises(CarrierXError) as reading:
        client.get(SECRETS.recipient)
    watch.assert_discreet(sending.value, client.client)
    # What is the text of a message is not known to a read.
    watch.assert_discreet(reading.value, secrets=replace(SECRETS, text=NOWHERE))


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_server_that_fails(senders: Senders, watch: Watch, fault: Behaviour) -> None:
    with FaultServer(fault) as server:
        expect_discretion(senders, watch, server.base_url)


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_a_server_that_repeats_the_request_where_no_answer_has_it(senders: Senders, watch: Watch, echo: bytes) -> None:
    """The HTTP libraries put it into their errors' words; their own DEBUG log, which no filter reaches, stays off."""
    logging.getLogger("httpcore").setLevel(logging.INFO)
    logging.getLogger("httpcore2").setLevel(logging.INFO)
    with FaultServer(respond_raw(echo + b"\r\n\r\n", CLOSE)) as server:
        expect_discretion(senders, watch, server.base_url)


@pytest.mark.parametrize("fault", [drip_headers(0.02), drip_body(0.02)], ids=str)
@pytest.mark.parametrize("senders", ["own", *ASYNC_WAYS], indirect=True)  # an injected sync client drips forever
def test_a_server_that_drips(senders: Senders, watch: Watch, fault: Behaviour) -> None:
    with FaultServer(fault) as server:
        expect_discretion(senders, watch, server.base_url)


def test_a_server_that_is_not_there(senders: Senders, watch: Watch) -> None:
    with refusing_address() as address:
        expect_discretion(senders, watch, address.base_url)


def test_a_test_run_that_may_not_talk_to_the_server(senders: Senders, watch: Watch) -> None:
    expect_discretion(senders, watch, "https://far.example/core/v2")
    assert "NetworkBlockedError" in {event.error for event in watch.events if isinstance(event, AttemptFinished)}


def test_a_certificate_that_nobody_vouches_for(senders: Senders, watch: Watch) -> None:
    with FaultServer(use_tls=True) as server:
        expect_discretion(senders, watch, server.base_url, verify=NOBODY_TRUSTED)


def test_a_server_that_speaks_no_tls(senders: Senders, watch: Watch) -> None:
    with FaultServer(respond_garbage()) as server:
        expect_discretion(senders, watch, server.base_url.replace("http:", "https:"), verify=server.client_context())


@pytest.mark.carrierx_allow_network("far.example")
@pytest.mark.parametrize("behaviour", [refuse(502), demand_credentials(), proxy_closes()], ids=str)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("senders", ["own", "own async"], indirect=True)
def test_a_proxy_that_fails_and_its_password(
    senders: Senders, watch: Watch, scheme: str, behaviour: ProxyBehaviour
) -> None:
    password = SECRETS.token[::-1]
    with ProxyServer(behaviour) as proxy:
        client = senders.make(
            f"{scheme}://far.example/v2",
            allow_http=True,
            proxy=proxy.url.replace("//", f"//joe:{password}@"),
            on_event=watch.events.append,
        )
        with pytest.raises(CarrierXError) as caught:
            client.send(**SECRETS.message)
        assert proxy.connections == 1
    watch.assert_discreet(caught.value, client.client)
    secrets = Secrets(password, SECRETS.sender, SECRETS.recipient, SECRETS.text)
    watch.assert_discreet(caught.value, client.client, secrets=secrets)


@pytest.mark.parametrize("senders", ["own", "own async", "httpx", "httpx async"], indirect=True)
def test_what_is_chained_keeps_no_request_and_no_frames(senders: Senders) -> None:
    with FaultServer(after_whole_request(RESET)) as server, pytest.raises(CarrierXError) as caught:
        senders.make(server.base_url).send(**SECRETS.message)
    cause = caught.value.__cause__
    assert cause is not None
    while cause is not None:
        assert vars(cause).get("_request") is None
        assert cause.__traceback__ is None
        cause = cause.__cause__ or cause.__context__


def test_what_a_library_caught_keeps_no_frames_and_what_the_caller_handles_keeps_its_own() -> None:
    """As anyio's streams raise an error of the connection while they handle an IndexError of their queue."""
    source = """
def receive():
    try:
        [].pop()
    except IndexError:
        raise ConnectionResetError from None
"""
    of_library: dict[str, Any] = {"__name__": "anyio._backends"}
    exec(source, of_library)

    def fail_while_handling() -> None:
        try:
            [].pop()
        except IndexError:
            of_library["receive"]()

    with pytest.raises(ConnectionResetError) as caught:
        fail_while_handling()
    inner = caught.value.__context__
    assert inner is not None
    outer = inner.__context__
    assert outer is not None

    hide_frames(caught.value)

    assert inner.__traceback__ is None
    assert outer.__traceback__ is not None
