"""When a call is tried again, and how long it waits: on a clock that only waiting moves."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from carrierx import (
    ExchangeFailedError,
    Outcome,
    RateLimitError,
    RetryPolicy,
    SendOutcomeUnknownError,
    ServerError,
    TransportError,
)
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import SID, SMS, Reply, Script, broken, page, reply, sms

FULL = RetryPolicy(random=lambda: 1.0)
"""Waits as long as it may."""


def in_turn(*numbers: float) -> Callable[[], float]:
    return iter(numbers).__next__


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599, 408, 425, 499])
def test_a_read_is_repeated_after_a_status_that_passes(
    factory: ClientFactory, clock: SteppingClock, status: int
) -> None:
    script = Script(reply(status), sms())
    assert factory.scripted(script, clock=clock).get(SID).message_sid == SID
    assert len(script.requests) == 2
    assert len(clock.sleeps) == 1


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.ReadTimeout("silent"),
        httpx.WriteError("reset"),
        httpx.PoolTimeout("busy"),
        httpx.RemoteProtocolError("closed"),
        httpx.ProxyError("502 Bad Gateway"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_read_is_repeated_after_a_failure_of_the_exchange(
    factory: ClientFactory, clock: SteppingClock, failure: httpx.TransportError
) -> None:
    script = Script(broken(lambda: failure), sms())
    assert factory.scripted(script, clock=clock).get(SID).message_sid == SID
    assert len(script.requests) == 2


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 407, 409, 413, 415, 422])
def test_a_read_is_not_repeated_after_a_status_that_stays(
    factory: ClientFactory, clock: SteppingClock, status: int
) -> None:
    script = Script(reply(status), sms())
    with pytest.raises(Exception, match=str(status)):
        factory.scripted(script, clock=clock).get(SID)
    assert len(script.requests) == 1
    assert clock.sleeps == []


@pytest.mark.parametrize(
    "failure",
    [
        lambda: httpx.LocalProtocolError("bad header"),
        lambda: httpx.UnsupportedProtocol("ftp"),
        lambda: httpx.ProxyError("407 Proxy Authentication Required"),
        lambda: RuntimeError("a hook's own"),
    ],
    ids=["refused by the library", "protocol", "proxy credentials", "foreign"],
)
def test_a_read_is_not_repeated_after_a_failure_that_stays(
    factory: ClientFactory, clock: SteppingClock, failure: Callable[[], BaseException]
) -> None:
    script = Script(broken(failure), sms())
    with pytest.raises(TransportError):
        factory.scripted(script, clock=clock).get(SID)
    assert len(script.requests) == 1


def test_the_longest_wait_doubles_up_to_its_cap(factory: ClientFactory, clock: SteppingClock) -> None:
    policy = RetryPolicy(max_retries=6, first_wait=0.5, max_wait=3, random=lambda: 1.0)
    with pytest.raises(ServerError):
        factory.scripted([reply(500)], clock=clock, retry_policy=policy).get(SID)
    assert clock.sleeps == [0.5, 1, 2, 3, 3, 3]


def test_a_random_part_of_it_is_waited(factory: ClientFactory, clock: SteppingClock) -> None:
    policy = RetryPolicy(max_retries=4, first_wait=1, max_wait=8, random=in_turn(0.5, 0.0, 0.25, 1.0, 0.0))
    with pytest.raises(ServerError):
        factory.scripted([reply(500)], clock=clock, retry_policy=policy).get(SID)
    assert clock.sleeps == [0.5, 0, 1, 8]


def test_the_default_is_two_retries_within_a_second_and_a_half(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(reply(500))
    with pytest.raises(ServerError) as caught:
        factory.scripted(script, clock=clock).get(SID)
    first, second = clock.sleeps
    assert 0 <= first <= 0.5
    assert 0 <= second <= 1
    assert [attempt.number for attempt in caught.value.attempts] == [1, 2, 3]


@pytest.mark.parametrize("where", ["client", "policy", "copy", "call"])
def test_no_retries_means_one_attempt(factory: ClientFactory, clock: SteppingClock, where: str) -> None:
    script = Script(broken())
    client = factory.scripted(
        script,
        clock=clock,
        **({"max_retries": 0} if where == "client" else {}),
        **({"retry_policy": RetryPolicy(max_retries=0)} if where == "policy" else {}),
    )
    client = client.with_options(max_retries=0) if where == "copy" else client
    with pytest.raises(ExchangeFailedError) as caught:
        client.get(SID, **({"max_retries": 0} if where == "call" else {}))
    assert len(script.requests) == len(caught.value.attempts) == 1
    assert clock.sleeps == []


def test_the_policy_is_not_asked_for_a_wait_after_the_last_attempt(
    factory: ClientFactory, clock: SteppingClock
) -> None:
    def fail() -> float:
        raise RuntimeError("no more random numbers")

    client = factory.scripted(Script(reply(429)), clock=clock, retry_policy=RetryPolicy(max_retries=0, random=fail))

    with pytest.raises(RateLimitError):
        client.send(**SMS)


def test_the_number_of_retries_goes_before_the_policys_own(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(reply(500))
    client = factory.scripted(script, clock=clock, retry_policy=RetryPolicy(max_retries=7), max_retries=1)
    with pytest.raises(ServerError):
        client.get(SID)
    with pytest.raises(ServerError):
        client.with_options(retry_policy=FULL).get(SID, max_retries=0)
    assert len(script.requests) == 2 + 1


def test_no_wait_begins_that_would_outlast_the_total_time(factory: ClientFactory, clock: SteppingClock) -> None:
    policy = RetryPolicy(max_retries=10, first_wait=1, max_wait=8, random=lambda: 1.0)
    with pytest.raises(ServerError) as caught:
        factory.scripted([reply(500)], clock=clock, retry_policy=policy, total_timeout=5).get(SID)
    assert clock.sleeps == [1, 2]
    assert len(caught.value.attempts) == 3


def test_the_time_of_the_attempts_counts_too(factory: ClientFactory, clock: SteppingClock) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        clock.advance(4)
        return httpx.Response(500)

    script = Script(slow)
    with pytest.raises(ServerError) as caught:
        factory.scripted(script, clock=clock, retry_policy=FULL).get(SID, total_timeout=6)
    assert len(script.requests) == 2
    assert [attempt.seconds for attempt in caught.value.attempts] == [4, 4]


def test_each_call_has_its_own_attempts(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(reply(500), sms(), reply(503))
    client = factory.scripted(script, clock=clock, retry_policy=FULL)
    client.get(SID)
    with pytest.raises(ServerError) as caught:
        client.get(SID)
    assert [attempt.number for attempt in caught.value.attempts] == [1, 2, 3]
    assert clock.sleeps == [0.5, 0.5, 1]


def test_every_page_of_an_iteration_has_its_own_retries(factory: ClientFactory, clock: SteppingClock) -> None:
    one = {"message_sid": "1"}
    script = Script(reply(500), page(one, has_more=True), reply(500), broken(), page(one))
    found = factory.scripted(script, clock=clock, retry_policy=FULL).iterate(page_size=1)
    assert len(list(found)) == 2
    assert clock.sleeps == [0.5, 0.5, 1]


def test_the_attempts_are_told_with_the_error(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(broken(), reply(429), reply(500))
    with pytest.raises(ServerError) as caught:
        factory.scripted(script, clock=clock).get(SID)
    assert [(attempt.number, attempt.status_code, attempt.reason) for attempt in caught.value.attempts] == [
        (1, None, "ReadError"),
        (2, 429, "status 429"),
        (3, 500, "status 500"),
    ]


def test_a_send_is_repeated_after_a_429(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(reply(429), reply(429), sms())
    sent = factory.scripted(script, clock=clock, retry_policy=FULL, auto_reference=True).send(**SMS)
    assert sent.message_sid == SID
    assert clock.sleeps == [0.5, 1]
    assert script.bodies[0] == script.bodies[1] == script.bodies[2]


def test_a_send_that_met_429_to_the_end_was_not_sent(factory: ClientFactory, clock: SteppingClock) -> None:
    with pytest.raises(RateLimitError) as caught:
        factory.scripted([reply(429)], clock=clock).send(**SMS)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert caught.value.safe_to_resend
    assert len(caught.value.attempts) == 3


@pytest.mark.parametrize("answer", [reply(500), reply(503, headers={"Retry-After": "1"}), reply(408), broken()])
def test_a_send_is_never_repeated_while_its_outcome_is_unknown(
    factory: ClientFactory, clock: SteppingClock, answer: Reply
) -> None:
    script = Script(answer, sms())
    with pytest.raises(SendOutcomeUnknownError):
        factory.scripted(script, clock=clock).send(**SMS)
    assert len(script.requests) == 1


def test_a_503_with_retry_after_can_be_trusted_by_choice(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(reply(503, headers={"Retry-After": "3"}), reply(503), sms())
    client = factory.scripted(script, clock=clock, retry_policy=RetryPolicy(trust_503=True))
    with pytest.raises(SendOutcomeUnknownError):
        client.send(**SMS)
    assert clock.sleeps == [3]
    assert len(script.requests) == 2
