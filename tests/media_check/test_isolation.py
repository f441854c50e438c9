"""A check keeps to itself: no token, no cookie, no proxy, no trace; and whatever stands in its way blocks nothing."""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
from typing import Any

import pytest
import respx

from carrierx.errors import ConfigurationError
from carrierx.media_check import (
    AsyncMediaChecker,
    Certainty,
    MediaChecker,
    MediaCheckResult,
    MediaReport,
    media_sizes_fit,
)
from tests.media_check.checkers import PUBLIC, Checkers, Names, loopback, said
from tests.media_check.media_server import MediaServer, Parts, file_of
from tests.support.behaviours import respond
from tests.support.fault_server import FaultServer
from tests.support.proxy_server import ProxyServer
from tests.support.tls import client_context
from tests.support.wire import ReceivedRequest, head

# Each test has names and a network of its own.
pytestmark = pytest.mark.carrierx_allow_network

PROXY_VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")


def test_only_what_is_needed_is_sent(checkers: Checkers) -> None:
    def answer(request: ReceivedRequest) -> Parts:
        yield head(405, [("Set-Cookie", "id=1"), ("WWW-Authenticate", "Basic realm=x"), ("Content-Length", "0")])

    with MediaServer(answer) as server:
        checker = checkers.local()
        checker.check([server.url("/a?b=c")])
        checker.check([server.url("/a?b=c")])

    names = {name.lower() for request in server.requests for name, _ in request.headers}
    assert names == {b"host", b"accept", b"accept-encoding", b"user-agent", b"range"}
    assert {request.header("accept-encoding") for request in server.requests} == {"identity"}
    assert len(server.requests) == 4


def test_no_proxy_of_the_environment_is_used(checkers: Checkers, monkeypatch: pytest.MonkeyPatch) -> None:
    with MediaServer(file_of(5)) as server, ProxyServer() as proxy:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        report = checkers.local().check([server.url()])

    assert said(report) == ["exact 5"]
    assert server.requests[0].raw_head.startswith(b"HEAD /cat.png HTTP/1.1\r\n")
    assert proxy.connections == 0


def test_https_is_spoken_with_the_host_s_own_name(checkers: Checkers) -> None:
    with FaultServer(respond(200, b"12345"), use_tls=True, tls_names=("media.example",)) as server:
        checker = checkers.local(tls_context=client_context, resolver=loopback)
        report = checker.check([f"https://media.example:{server.port}/a.png"])

    assert said(report) == ["exact 5"]


@pytest.mark.parametrize("trusted", [True, False], ids=["another name", "unknown authority"])
def test_a_certificate_that_does_not_fit_is_unknown(checkers: Checkers, trusted: bool) -> None:
    with FaultServer(use_tls=True) as server:
        checker = checkers.local(resolver=loopback, tls_context=client_context if trusted else None)
        report = checker.check([f"https://media.example:{server.port}/a.png"])

    assert said(report) == ["unknown: the host can't be reached"]
    assert server.requests_started == 0


def test_where_a_test_of_the_user_s_intercepts_http_all_is_unknown(checkers: Checkers) -> None:
    with respx.mock:
        report = checkers.make().check([f"http://{PUBLIC}/a.png", f"https://{PUBLIC}/b.png"])

    assert said(report) == ["unknown: the request failed: AllMockedAssertionError"] * 2


def test_a_route_of_the_user_s_is_taken(checkers: Checkers) -> None:
    with respx.mock as router:
        router.head(f"https://{PUBLIC}/a.png").respond(headers={"Content-Length": "3000001"})
        router.get(f"https://{PUBLIC}/a.png").respond(content=b"x" * 3_000_001)
        router.head(f"https://{PUBLIC}/b.png").respond(headers={"Content-Length": "5"})
        over = checkers.make().check([f"https://{PUBLIC}/a.png"])
        fine = checkers.make().check([f"https://{PUBLIC}/b.png"])

    assert over.exceeds
    assert said(fine) == ["exact 5"]


def test_a_library_s_log_shows_nothing(checkers: Checkers, caplog: pytest.LogCaptureFixture) -> None:
    with MediaServer(file_of(5)) as server, caplog.at_level(logging.INFO):
        checkers.local().check([server.url("/secret?signature=secret")])

    assert caplog.records == [] or all("secret" not in record.getMessage() for record in caplog.records)


def test_nothing_shows_a_url(checkers: Checkers) -> None:
    url = "http://media.example/secret.png?signature=secret"
    checker = checkers.make(resolver=Names(media_example=[["10.0.0.1"]]))
    report = checker.check([url])

    assert "secret" not in repr(report)
    assert "media.example" not in repr(report)
    assert "media.example" not in repr(checker.checker)
    assert pickle.loads(pickle.dumps(report)) == report


def test_nothing_is_opened_when_a_checker_is_made_and_nothing_stays_open(checkers: Checkers) -> None:
    checkers.local()
    with MediaServer(file_of(5)) as server:
        report = checkers.local().check([server.url()])
        server.settle()

        assert said(report) == ["exact 5"]
        assert server.still_open == 0


FORK = """
import asyncio, os, sys
from carrierx.media_check import AsyncMediaChecker, MediaChecker

url, kind = sys.argv[1:]
checker = (MediaChecker if kind == "sync" else AsyncMediaChecker)(allow_private=True)

def check(path):
    made = checker.check([url + path])
    report = made if kind == "sync" else asyncio.run(made)
    return report.known_bytes

first = check("/parent")
child = os.fork()
found = check("/parent"), check("/both"), check(f"/{bool(child)}")
if not child:
    os._exit(0 if found == (5, 5, 5) else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(0 if (first, found, status) == (5, (5, 5, 5), 0) else 1)
"""


def test_a_forked_child_goes_on(checkers: Checkers) -> None:
    with MediaServer(file_of(5)) as server:
        finished = subprocess.run(
            [sys.executable, "-W", "error", "-c", FORK, server.url(""), checkers.kind],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert (finished.returncode, finished.stderr) == (0, "")
    assert sorted(server.asked) == ["HEAD /False", "HEAD /True", "HEAD /both", "HEAD /both", "HEAD /parent"]


def test_an_async_checker_without_asyncio_blocks_nothing() -> None:
    coroutine = AsyncMediaChecker().check([f"http://{PUBLIC}/"])
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)

    report = end.value.value
    assert isinstance(report, MediaReport)
    assert said(report) == ["unknown: the request failed: RuntimeError"]


@pytest.mark.parametrize(
    "options",
    [{"seconds": 0}, {"seconds": float("inf")}, {"concurrency": 0}, {"concurency": 3}, {"resolvers": None}],
    ids=str,
)
def test_an_option_that_can_not_work_is_refused(checkers: Checkers, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        checkers.make(**options)


@pytest.mark.parametrize("limit", [-1, True, 2.5, "3 MB"])
def test_a_limit_that_can_not_work_is_refused(checkers: Checkers, limit: Any) -> None:
    with pytest.raises(ConfigurationError):
        checkers.make(limit)


class TestMediaSizesFit:
    """The rule that an excess breaks."""

    def test_what_fits_breaks_nothing(self) -> None:
        results = (MediaCheckResult(0, Certainty.EXACT, 3), MediaCheckResult(1, Certainty.UNKNOWN, reason="HTTP 404"))

        assert list(media_sizes_fit(MediaReport(results, 3))) == []
        assert list(media_sizes_fit(MediaReport(results, None))) == []

    def test_an_excess_is_told_by_position_and_size(self) -> None:
        results = (
            MediaCheckResult(0, Certainty.EXACT, 2_000_000),
            MediaCheckResult(1, Certainty.UNKNOWN, reason="HTTP 404"),
            MediaCheckResult(2, Certainty.AT_LEAST, 1_000_001),
        )
        report = MediaReport(results, 3_000_000)

        (rule,) = media_sizes_fit(report)

        assert (rule.field, rule.rule) == ("media_urls", "media_too_large")
        assert (rule.measure, rule.limit) == (3_000_001, 3_000_000)
        assert rule.explanation == (
            "The media have at least 3,000,001 bytes in total; the limit is 3,000,000: media_urls[0] has 2,000,000, "
            "media_urls[2] has at least 1,000,001. 1 could not be measured. Make them smaller, or send them in several "
            "messages. If CarrierX now allows more, raise the limit with "
            "message_limits=MessageLimits(max_media_bytes=...)."
        )

    def test_exact_sizes_are_told_as_exact(self) -> None:
        (rule,) = media_sizes_fit(MediaReport((MediaCheckResult(0, Certainty.EXACT, 12),), 10))

        assert rule.explanation.startswith("The media have 12 bytes in total; the limit is 10: media_urls[0] has 12.")


def test_the_limit_is_three_megabytes_unless_told_otherwise() -> None:
    assert MediaChecker().check([]).limit == 3_000_000
    assert MediaChecker(7).check([]).limit == 7
    assert MediaChecker(7).check([], 8).limit == 8
    assert MediaChecker(7).check([], None).limit is None
