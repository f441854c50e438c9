"""A code is texted once. The body proves nothing, so the network has to bear witness: against raw sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from carrierx import (
    AcceptedWithoutReceiptError,
    CarrierXError,
    ConnectionFailedError,
    Outcome,
    SendOutcomeUnknownError,
)
from carrierx.transport.evidence import Evidence
from carrierx.transport.outcome import outcome_of_failure
from tests.privacy.secrets import SECRETS
from tests.privacy.senders import WAYS, Senders
from tests.privacy.watching import Watch, watching
from tests.resources.helpers import Resource, answer, scripted
from tests.support import behaviours as do
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.fault_server import FaultServer
from tests.support.ports import UNRESOLVABLE_HOST, refusing_address
from tests.support.samples import sampled
from tests.support.scripts import broken, reply
from tests.support.wire import ReceivedRequest

NUMBERS = {"from_": "15162065574", "to": "18057224756"}
CODE = do.respond(200, sampled("verification_sms_response"))


def at(factory: ClientFactory, base_url: str, clock: SteppingClock) -> Resource:
    """The resource of a client with its own connections, and two retries in reserve."""
    return Resource(factory, factory.at(base_url, clock=clock, trust_env=False), "verification")


def test_a_code_is_texted_by_one_request(factory: ClientFactory, clock: SteppingClock) -> None:
    with FaultServer(CODE) as server:
        sent = at(factory, server.base_url, clock).send_code(**NUMBERS)
        server.settle()
        assert sent.code.get_secret_value() == "6664"
        assert [request.target for request in server.requests] == [
            "/core/v2/verification/sms?from=15162065574&to=18057224756"
        ]
        assert [request.body for request in server.requests] == [b"{}"]


@pytest.mark.carrierx_allow_network(UNRESOLVABLE_HOST)
def test_what_never_reached_a_server_was_not_sent(factory: ClientFactory, clock: SteppingClock) -> None:
    with refusing_address() as address:
        for base_url in (address.base_url, f"https://{UNRESOLVABLE_HOST}/core/v2"):
            with pytest.raises(ConnectionFailedError) as caught:
                at(factory, base_url, clock).send_code(**NUMBERS)
            assert caught.value.outcome is Outcome.NOT_SENT
            assert caught.value.safe_to_resend
            assert len(caught.value.attempts) == 3


@pytest.mark.parametrize(
    "behaviour",
    [
        do.after_headers(do.CLOSE),
        do.after_headers(do.RESET),
        do.after_whole_request(do.CLOSE),
        do.after_whole_request(do.RESET),
        do.respond_garbage(),
        do.cut_status_line(),
        do.cut_headers(),
        do.respond(500),
        do.respond(503, headers=[("Retry-After", "1")]),
        do.redirect(308, "/core/v2/verification/sms"),
        do.respond(200, b"<html>"),
        do.respond(200, {"code": "6664"}),
    ],
    ids=str,
)
def test_whatever_is_not_proven_is_unknown_and_never_repeated(
    factory: ClientFactory, clock: SteppingClock, behaviour: do.Behaviour
) -> None:
    with FaultServer(behaviour) as server:
        with pytest.raises(SendOutcomeUnknownError) as caught:
            at(factory, server.base_url, clock).send_code(**NUMBERS)
        server.settle()
        assert server.connections == 1
        assert len(server.requests) <= 1
    assert len(caught.value.attempts) == 1
    assert not caught.value.safe_to_resend


@pytest.mark.parametrize("behaviour", [do.close_on_accept(), do.reset_on_accept()], ids=str)
def test_a_connection_that_ends_at_once_is_used_again_only_if_nothing_was_written(
    factory: ClientFactory, clock: SteppingClock, behaviour: do.Behaviour
) -> None:
    with FaultServer(behaviour) as server:
        with pytest.raises(CarrierXError) as caught:
            at(factory, server.base_url, clock).send_code(**NUMBERS)
        server.settle()
        assert server.requests == []
    # It depends on the moment: nothing was written yet, or something was.
    *before, last = caught.value.attempts
    assert {attempt.outcome for attempt in before} <= {Outcome.NOT_SENT}
    assert isinstance(caught.value, SendOutcomeUnknownError) is (last.outcome is Outcome.UNKNOWN)


def test_silence_leaves_the_outcome_unknown(factory: ClientFactory) -> None:
    with FaultServer(do.after_whole_request(do.STAY_SILENT)) as server:
        client = factory.at(server.base_url, timeout=0.2, trust_env=False)
        with pytest.raises(SendOutcomeUnknownError):
            Resource(factory, client, "verification").send_code(**NUMBERS)
        server.settle()
        assert len(server.requests) == 1


def test_a_reused_connection_that_broke_leaves_the_outcome_unknown(
    factory: ClientFactory, clock: SteppingClock
) -> None:
    with FaultServer(CODE, do.after_whole_request(do.CLOSE)) as server:
        verification = at(factory, server.base_url, clock)
        verification.send_code(**NUMBERS)
        with pytest.raises(SendOutcomeUnknownError):
            verification.send_code(**NUMBERS)
        server.settle()
        assert len(server.requests) == 2


def test_429_was_not_sent_and_is_tried_again(factory: ClientFactory, clock: SteppingClock) -> None:
    with FaultServer(do.respond(429), CODE) as server:
        at(factory, server.base_url, clock).send_code(**NUMBERS)
        server.settle()
        assert len(server.requests) == 2


def test_a_lost_answer_counts_as_taken(factory: ClientFactory, clock: SteppingClock) -> None:
    cut = do.cut_body(sampled("verification_sms_response"), 60)
    with FaultServer(cut) as server, pytest.raises(AcceptedWithoutReceiptError) as caught:
        at(factory, server.base_url, clock).send_code(**NUMBERS)
    assert caught.value.outcome is Outcome.ACCEPTED
    assert "6664" not in f"{caught.value} {caught.value!r} {caught.value.__dict__}"


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL, RuntimeError]
)
def test_over_a_foreign_client_nothing_is_proven(
    factory: ClientFactory, clock: SteppingClock, failure: Callable[[str], Exception]
) -> None:
    verification, script = scripted(factory, "verification", broken(lambda: failure("x")), clock=clock)

    with pytest.raises(SendOutcomeUnknownError):
        verification.send_code(**NUMBERS)
    assert len(script.requests) == 1


class Untouching(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Fails before it takes the body."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x")


def test_a_body_that_was_never_taken_proves_nothing_of_what_stands_in_the_query(factory: ClientFactory) -> None:
    inner = httpx.Client if factory.kind == "sync" else httpx.AsyncClient
    client = factory.make(http_client=inner(transport=Untouching()))

    with pytest.raises(SendOutcomeUnknownError):
        Resource(factory, client, "verification").send_code(**NUMBERS)
    with pytest.raises(ConnectionFailedError):
        client.send(**NUMBERS, message="Here the text stands in the body")


@pytest.mark.parametrize(("needed", "outcome"), [(True, Outcome.NOT_SENT), (False, Outcome.UNKNOWN)])
def test_a_body_whose_end_nobody_took_proves_something_only_if_it_is_needed(needed: bool, outcome: Outcome) -> None:
    evidence = Evidence(has_body=needed)
    evidence.address, evidence.bytes_offered = "127.0.0.1:8025", True
    evidence.start_body()

    assert outcome_of_failure(evidence) is outcome


def test_over_a_foreign_client_429_is_tried_again(factory: ClientFactory, clock: SteppingClock) -> None:
    verification, script = scripted(
        factory, "verification", reply(429), answer("verification_sms_response"), clock=clock
    )

    verification.send_code(**NUMBERS)
    assert len(script.requests) == 2


@pytest.fixture
def watch() -> Iterator[Watch]:
    with watching() as made:
        yield made


@dataclass(frozen=True)
class Wayfarer:
    """Makes clients that reach a server one way, and waits for what they answer."""

    senders: Senders
    run: Callable[[Any], Any]


@pytest.fixture(params=WAYS)
def wayfarer(request: pytest.FixtureRequest) -> Iterator[Wayfarer]:
    with asyncio.Runner() as runner:
        senders = Senders(request.param, runner)
        yield Wayfarer(senders, runner.run if senders.is_async else lambda result: result)
        senders.close()


def echoing(request: ReceivedRequest) -> dict[str, object]:
    """A careless server's words: the whole request line, as it came."""
    return {"message": f"can't do {request.method} {request.target}", "errors": [request.target]}


ENDS: dict[str, Callable[[], do.Behaviour]] = {
    "taken": lambda: CODE,
    "refused": lambda: do.respond(422, echoing),
    "unclear": lambda: do.respond(500, echoing),
    "broken": lambda: do.after_whole_request(do.CLOSE),
    "garbage": lambda: do.respond_garbage(),
}


@pytest.mark.parametrize("end", ENDS)
def test_nothing_shows_what_travels_in_the_query(wayfarer: Wayfarer, watch: Watch, end: str) -> None:
    with FaultServer(ENDS[end]()) as server:
        client: Any = wayfarer.senders.make(server.base_url, on_event=watch.events.append).client
        try:
            shown = wayfarer.run(client.verification.send_code(**SECRETS.message))
        except CarrierXError as error:
            shown = error
        server.settle()
    assert len(server.requests) == 1
    assert SECRETS.sender in server.requests[0].target
    assert watch.records
    watch.assert_discreet(shown)
