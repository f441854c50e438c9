"""The table, where the server says when to come again: 429 is tried again in time, 503 only if that is trusted."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from carrierx import Outcome, RateLimitError, SendOutcomeUnknownError, ServerError
from tests.outcomes.table import Expected
from tests.outcomes.ways import PAIRS, Report, Way
from tests.support import behaviours as do
from tests.support.behaviours import Behaviour
from tests.support.clocks import START
from tests.support.fault_server import FaultServer

GARBAGE = [
    "",
    "soon",
    "-1",
    "1e9",
    "0x10",
    "NaN",
    "inf",
    "٣",
    "9" * 40,
    "1;2",
    "Wed, 21 Oct 99999 07:28:00 GMT",
    "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
    "Wed, 21 Oct 2015 07:28:00 +99999999999999",
    "Wed, 32 Foo 2015 25:61:61 GMT",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Mon, 01 Jan 2024 00:00:00 +99999999",
    ", , ,",
]


def busy(status: int, retry_after: str) -> Behaviour:
    """Answer with a status and a `Retry-After`."""
    if retry_after.isascii():
        return do.respond(status, headers=[("Retry-After", retry_after)])
    lines = [f"HTTP/1.1 {status} Busy", "Content-Length: 0", "Connection: close", f"Retry-After: {retry_after}", "", ""]
    return do.respond_raw("\r\n".join(lines).encode(), do.CLOSE)


def send(way: Way, *behaviours: Behaviour, expected_read: int, **options: float | bool) -> Report:
    """Send to a server that behaves so in turn, and count what it read."""
    with FaultServer(*behaviours, use_tls=way.tls) as server, way.proxy() as proxy:
        total_timeout = float(options.get("total_timeout", 60.0))
        trust_503 = bool(options.get("trust_503", False))
        report = way.send(server.base_url, proxy=proxy, total_timeout=total_timeout, trust_503=trust_503)
        server.settle()
        assert server.requests_fully_read == expected_read
    return report


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_seconds_are_waited_and_the_next_attempt_goes_through(way: Way) -> None:
    report = send(way, busy(429, "7"), busy(429, "3"), do.respond_sms(), expected_read=3)
    assert report.message is not None
    assert list(report.waits) == [7.0, 3.0]
    assert [attempt.outcome for attempt in report.attempts] == [Outcome.NOT_SENT, Outcome.NOT_SENT, Outcome.ACCEPTED]


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_a_date_is_waited_for(way: Way) -> None:
    moment = format_datetime(START + timedelta(seconds=11), usegmt=True)
    report = send(way, busy(429, moment), do.respond_sms(), expected_read=2)
    assert report.message is not None
    assert list(report.waits) == [11.0]


def test_a_date_in_the_past_is_not_waited_for() -> None:
    moment = format_datetime(START - timedelta(days=1), usegmt=True)
    report = send(PAIRS[0], busy(429, moment), do.respond_sms(), expected_read=2)
    assert list(report.waits) == [0.0]


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_more_time_than_there_is_raises_at_once(way: Way) -> None:
    report = send(way, busy(429, "30"), expected_read=1, total_timeout=20.0)
    Expected(Outcome.NOT_SENT, RateLimitError, safe_to_resend=True).check(report, 1)
    assert isinstance(report.error, RateLimitError)
    assert report.error.retry_after == 30.0
    assert not report.waits


@pytest.mark.parametrize("moment", ["Fri, 31 Dec 9999 23:59:59 -2359", "999999999"])
def test_an_absurdly_late_moment_raises_at_once(moment: str) -> None:
    report = send(PAIRS[0], busy(429, moment), expected_read=1)
    Expected(Outcome.NOT_SENT, RateLimitError, safe_to_resend=True).check(report, 1)


@pytest.mark.parametrize("value", GARBAGE)
@pytest.mark.parametrize("way", [PAIRS[0], PAIRS[2]], ids=str)
def test_a_retry_after_that_makes_no_sense_does_no_harm(way: Way, value: str) -> None:
    report = send(way, busy(429, value), expected_read=3)
    Expected(Outcome.NOT_SENT, RateLimitError, attempts=3, read=3, safe_to_resend=True).check(report, 3)


@pytest.mark.parametrize("value", GARBAGE)
def test_nor_does_it_hide_that_the_outcome_is_unknown(value: str) -> None:
    report = send(PAIRS[0], busy(500, value), expected_read=1, trust_503=True)
    assert isinstance(report.error, SendOutcomeUnknownError)


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_a_503_with_retry_after_is_tried_again_only_if_it_is_trusted(way: Way) -> None:
    behaviours = busy(503, "5"), do.respond_sms()
    distrusted = send(way, *behaviours, expected_read=1)
    assert isinstance(distrusted.error, SendOutcomeUnknownError)
    assert not distrusted.waits
    trusted = send(way, *behaviours, expected_read=2, trust_503=True)
    assert trusted.message is not None
    assert list(trusted.waits) == [5.0]


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_a_503_that_never_ends_is_a_server_error_once_it_is_trusted(way: Way) -> None:
    report = send(way, busy(503, "5"), expected_read=3, trust_503=True)
    Expected(Outcome.NOT_SENT, ServerError, attempts=3, read=3, safe_to_resend=True).check(report, 3)


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_a_503_without_retry_after_proves_nothing_even_if_such_answers_are_trusted(way: Way) -> None:
    report = send(way, do.respond(503), expected_read=1, trust_503=True)
    assert isinstance(report.error, SendOutcomeUnknownError)
