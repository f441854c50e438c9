"""The table, where the server does not read the whole request: what proves that it can't have it, and what does not."""

import pytest

from carrierx import ExchangeFailedError, ExchangeTimeoutError, Outcome
from tests.outcomes.table import Row, cases, not_sent, unknown
from tests.outcomes.ways import EVERY_WAY, HEAVY_PAIRS, PAIRS, Carrier, Report, Way, unclosed_ignored
from tests.support import behaviours as do
from tests.support.behaviours import CLOSE, RESET, STAY_SILENT, UNBUFFERABLE
from tests.support.fault_server import FaultServer

LARGE = UNBUFFERABLE // 2
"""More than fits into the buffers on the way, of a proxy with a small one too."""

# A body whose last byte no transport has asked for can't have been sent, whatever ended the attempt. A forward proxy
# takes all of it first, so there it proves nothing.
BROKEN = not_sent(ExchangeFailedError)
TIMED_OUT = not_sent(ExchangeTimeoutError)
UNSEEN = unknown(read=0)

CUT_REQUESTS = [
    Row("headers, close", do.after_headers(CLOSE), BROKEN, UNSEEN, filler=LARGE),
    Row("headers, reset", do.after_headers(RESET), BROKEN, UNSEEN, filler=LARGE),
    Row("part, close", do.after_part_of_body(100_000, CLOSE), BROKEN, UNSEEN, filler=LARGE),
    Row("part, reset", do.after_part_of_body(100_000, RESET), BROKEN, UNSEEN, filler=LARGE),
]

AFTER_HEADERS = do.after_headers(STAY_SILENT)
AFTER_PART = do.after_part_of_body(100_000, STAY_SILENT)
STALLED_REQUESTS = [
    Row("headers, silence", AFTER_HEADERS, TIMED_OUT, filler=LARGE, timeout=0.4),
    Row("part, silence", AFTER_PART, TIMED_OUT, filler=LARGE, timeout=0.4),
]

# A server that wakes up may yet get what a proxy holds for it.
STALLED_BEHIND_A_PROXY = Row("headers, silence", AFTER_HEADERS, unknown(), filler=500_000, timeout=1.0)

BEFORE_TLS = [
    Row("close on accept", do.close_on_accept(), not_sent()),
    Row("reset on accept", do.reset_on_accept(), not_sent()),
]

SILENT_BEFORE_TLS = Row("silence on accept", do.silence_on_accept(), not_sent(), timeout=0.2)

SILENT_ON_ACCEPT = Row("silence on accept", do.silence_on_accept(), unknown(), timeout=0.4)


# An event loop that isn't ours may tell of a lost connection one write late: then it has asked for the last byte.
EXACT = [way for way in HEAVY_PAIRS if way.carrier is Carrier.OWN or not way.asynchronous]
LATE = [way for way in HEAVY_PAIRS if way not in EXACT]


@pytest.mark.parametrize(("row", "way"), cases(CUT_REQUESTS, EXACT))
def test_a_body_that_could_not_be_written_was_not_sent(row: Row, way: Way) -> None:
    row.check(way)


@pytest.mark.parametrize(("row", "way"), cases(STALLED_REQUESTS, [way for way in EXACT if not way.forwarded]))
def test_a_body_that_nobody_takes_was_not_sent(row: Row, way: Way) -> None:
    row.check(way)


@pytest.mark.parametrize(("row", "way"), cases([*CUT_REQUESTS, *STALLED_REQUESTS], LATE))
def test_a_large_request_is_retried_only_while_it_is_proven_unread(row: Row, way: Way) -> None:
    with FaultServer(row.behaviour, use_tls=way.tls) as server, way.proxy() as proxy:
        report = way.send(server.base_url, proxy=proxy, filler=row.filler, timeout=row.timeout, total_timeout=2.0)
        server.settle()
        assert server.requests_fully_read == 0
    check_unread(report)


@pytest.mark.parametrize("way", [way for way in EVERY_WAY if way.forwarded], ids=str)
def test_a_body_that_a_proxy_has_taken_may_yet_arrive(way: Way) -> None:
    STALLED_BEHIND_A_PROXY.check(way)


@pytest.mark.parametrize(("row", "way"), cases(BEFORE_TLS, [way for way in EVERY_WAY if way.tls]))
def test_a_handshake_that_fails_precedes_the_request(row: Row, way: Way) -> None:
    # Python's own ssl module loses a socket that was reset before the handshake began, and nobody can close it then.
    with unclosed_ignored():
        row.check(way)


@pytest.mark.parametrize("way", [way for way in PAIRS if way.tls], ids=str)
def test_a_handshake_without_answer_precedes_the_request(way: Way) -> None:
    SILENT_BEFORE_TLS.check(way)


@pytest.mark.parametrize("way", [way for way in PAIRS if not way.tls], ids=str)
def test_what_a_silent_server_has_in_its_buffers_it_may_yet_read(way: Way) -> None:
    SILENT_ON_ACCEPT.check(way)


@pytest.mark.parametrize(
    "behaviour",
    [do.close_on_accept(), do.reset_on_accept(), do.after_headers(CLOSE), do.after_headers(RESET)],
    ids=str,
)
@pytest.mark.parametrize("way", [way for way in EVERY_WAY if not way.tls], ids=str)
def test_a_small_request_that_meets_a_closing_server_is_retried_only_while_it_is_proven_unread(
    behaviour: do.Behaviour, way: Way
) -> None:
    # Whether a write still succeeds is chance. That nothing follows an attempt which proves nothing is not.
    with FaultServer(behaviour, use_tls=way.tls) as server, way.proxy() as proxy:
        report = way.send(server.base_url, proxy=proxy)
        server.settle()
        assert server.requests_fully_read == 0
    check_unread(report)


def check_unread(report: Report) -> None:
    """Nothing follows an attempt that proves nothing."""
    outcomes = [attempt.outcome for attempt in report.attempts]
    assert report.error is not None
    assert report.error.outcome is outcomes[-1]
    assert set(outcomes[:-1]) <= {Outcome.NOT_SENT}
    assert outcomes[-1] in (Outcome.UNKNOWN, Outcome.NOT_SENT)
