"""A server may say when to come again: in seconds or as a date, within limits."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from carrierx import RateLimitError, RetryPolicy, SendOutcomeUnknownError, ServerError
from tests.support.client_factory import ClientFactory
from tests.support.clocks import START, SteppingClock
from tests.support.scripts import SID, SMS, Script, reply, sms

NO_JITTER = RetryPolicy(first_wait=0.125, random=lambda: 1.0)


def in_http(seconds: float) -> str:
    return format_datetime(START + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("stated", "waited"),
    [
        ("7", 7),
        ("0", 0),
        ("1.5", 1.5),
        (" 3 ", 3),
        (in_http(20), 20),
        (in_http(-20), 0),
        ((START + timedelta(seconds=9)).strftime("%a, %d %b %Y %H:%M:%S"), 9),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_stated_time_is_waited(
    factory: ClientFactory, clock: SteppingClock, status: int, stated: str, waited: float
) -> None:
    script = Script(reply(status, headers={"Retry-After": stated}), sms())
    factory.scripted(script, clock=clock, retry_policy=NO_JITTER).get(SID)
    assert clock.sleeps == [waited]


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "soon",
        "-5",
        "1e3",
        "NaN",
        "99999999999",
        "Fri, 99 Mar 2026 12:00:00 GMT",
        "1 Jan 99999999999999999999 00:00:00 GMT",
        "1 Jan 2026 00:00:00 +99999999999999999999",
    ],
)
def test_a_time_that_cannot_be_read_counts_as_none(factory: ClientFactory, clock: SteppingClock, stated: str) -> None:
    script = Script(reply(429, headers={"Retry-After": stated}), sms())
    factory.scripted(script, clock=clock, retry_policy=NO_JITTER).get(SID)
    assert clock.sleeps == [0.125]


@pytest.mark.parametrize("stated", ["soon", "1 Jan 99999999999999999999 00:00:00 GMT"])
def test_a_time_that_cannot_be_read_does_not_hide_the_outcome_of_a_send(factory: ClientFactory, stated: str) -> None:
    with pytest.raises(SendOutcomeUnknownError):
        factory.scripted([reply(503, headers={"Retry-After": stated})]).send(**SMS)


def test_a_long_time_is_capped(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(reply(429, headers={"Retry-After": "50"}), sms())
    policy = RetryPolicy(max_retry_after=10)
    factory.scripted(script, clock=clock, retry_policy=policy).get(SID)
    assert clock.sleeps == [10]


@pytest.mark.parametrize("stated", ["60", "3600", in_http(90)])
def test_a_time_beyond_the_total_time_raises_at_once(factory: ClientFactory, clock: SteppingClock, stated: str) -> None:
    script = Script(reply(429, headers={"Retry-After": stated}), sms())
    policy = RetryPolicy(max_retry_after=10)
    with pytest.raises(RateLimitError):
        factory.scripted(script, clock=clock, retry_policy=policy, total_timeout=60).get(SID)
    assert clock.sleeps == []
    assert len(script.requests) == 1


def test_a_429_tells_the_stated_time(factory: ClientFactory, clock: SteppingClock) -> None:
    client = factory.scripted([reply(429, headers={"Retry-After": "3600"})], clock=clock)
    with pytest.raises(RateLimitError) as sending:
        client.send(**SMS)
    with pytest.raises(RateLimitError) as reading:
        client.get(SID)
    assert (sending.value.retry_after, reading.value.retry_after) == (3600, 3600)


def test_a_429_without_a_stated_time_tells_none(factory: ClientFactory, clock: SteppingClock) -> None:
    with pytest.raises(RateLimitError) as caught:
        factory.scripted([reply(429)], clock=clock, max_retries=0).get(SID)
    assert caught.value.retry_after is None


def test_a_stated_time_counts_once(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(reply(503, headers={"Retry-After": "7"}), reply(503))
    with pytest.raises(ServerError):
        factory.scripted(script, clock=clock, retry_policy=NO_JITTER).get(SID)
    assert clock.sleeps == [7, 0.25]
