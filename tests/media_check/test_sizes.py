"""How the size of one file is found, and what is believed of what a server states."""

from __future__ import annotations

import pytest

from tests.media_check.checkers import Checkers, said
from tests.media_check.media_server import Answer, MediaServer, Parts, endless, file_of
from tests.support.behaviours import respond_garbage, respond_gzipped
from tests.support.fault_server import FaultServer
from tests.support.wire import ReceivedRequest, head

KERNEL_BUFFERS = 24 * 1024 * 1024
"""What a server can write although nobody reads it."""


def test_a_head_that_states_the_size_is_enough(checkers: Checkers) -> None:
    with MediaServer(file_of(1234)) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == ["exact 1234"]
    assert not report.exceeds
    assert server.asked == ["HEAD /cat.png"]


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_refused_head_is_followed_by_a_get_of_one_byte_over_the_same_connection(
    checkers: Checkers, status: int
) -> None:
    with MediaServer(file_of(1234, head_status=status, head_says=0)) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == ["exact 1234"]
    assert server.asked == ["HEAD /cat.png", "GET /cat.png 0-0"]
    assert server.connections == 1


@pytest.mark.parametrize("says", [None, 0])
def test_a_head_that_states_nothing_is_not_believed(checkers: Checkers, says: int | None) -> None:
    with MediaServer(file_of(1234, head_says=says)) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == ["exact 1234"]


def test_a_server_without_ranges_is_asked_no_third_time(checkers: Checkers) -> None:
    with MediaServer(file_of(1234, head_says=None, range_says=None)) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == ["exact 1234"]
    assert server.asked == ["HEAD /cat.png", "GET /cat.png 0-0"]


@pytest.mark.parametrize("total", ["*", "many", ""])
def test_a_range_without_a_total_is_followed_by_a_get(checkers: Checkers, total: str) -> None:
    with MediaServer(file_of(1234, head_says=None, range_says=total)) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == ["exact 1234"]
    assert server.asked == ["HEAD /cat.png", "GET /cat.png 0-0", "GET /cat.png"]


def test_a_file_of_unstated_size_is_counted(checkers: Checkers) -> None:
    with MediaServer(file_of(200_000, head_says=None, range_says=None, get_says=None)) as server:
        report = checkers.local().check([server.url()], 200_000)

    assert said(report) == ["exact 200000"]
    assert not report.exceeds


def test_an_endless_body_is_read_no_further_than_the_limit(checkers: Checkers) -> None:
    with MediaServer(endless) as server:
        report = checkers.local().check([server.url()], 300_000)
        written = server.written

    assert report.exceeds
    assert 300_000 < report.known_bytes <= 300_000 + 65536
    assert written < 300_000 + KERNEL_BUFFERS


def test_several_endless_bodies_share_the_limit(checkers: Checkers) -> None:
    with MediaServer(endless) as server:
        report = checkers.local().check([server.url(f"/{number}") for number in range(4)], 1_000_000)

    assert report.exceeds
    assert 1_000_000 < report.known_bytes <= 1_000_000 + 4 * 65536


@pytest.mark.parametrize("range_says", [-1, None], ids=["ranges", "no ranges"])
def test_a_head_that_states_too_much_blocks_nothing(checkers: Checkers, range_says: int | None) -> None:
    with MediaServer(file_of(1234, head_says=5_000_000, range_says=range_says)) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == ["exact 1234"]
    assert not report.exceeds


def test_one_head_that_lies_does_not_count_against_another_file(checkers: Checkers) -> None:
    liar, honest = file_of(100_000, head_says=2_900_000), file_of(200_000)

    def answer(request: ReceivedRequest) -> Parts:
        return (liar if request.target == "/liar" else honest)(request)

    with MediaServer(answer) as server:
        report = checkers.local().check([server.url("/liar"), server.url("/honest")])

    assert said(report) == ["exact 100000", "exact 200000"]


def test_a_size_that_the_get_confirms_blocks(checkers: Checkers) -> None:
    with MediaServer(file_of(5_000_000)) as server:
        report = checkers.local().check([server.url()])

    assert report.exceeds
    assert said(report) == ["exact 5000000"]
    assert server.asked == ["HEAD /cat.png", "GET /cat.png 0-0"]


def test_a_size_that_no_range_confirms_is_counted(checkers: Checkers) -> None:
    with MediaServer(file_of(400_000, range_says=None)) as server:
        report = checkers.local().check([server.url()], 200_000)

    assert report.exceeds
    assert 200_000 < report.known_bytes <= 200_000 + 65536


def test_files_that_fit_alone_are_counted_together_if_no_range_confirms_them(checkers: Checkers) -> None:
    with MediaServer(file_of(50_000, head_says=None, range_says=None)) as server:
        urls = [server.url(f"/{number}") for number in range(5)]
        fitting = checkers.local(concurrency=1).check(urls, 250_000)
        report = checkers.local(concurrency=1).check(urls, 200_001)

    assert said(fitting) == ["exact 50000"] * 5
    assert report.exceeds
    assert 200_001 < report.known_bytes <= 250_000  # as much as came at once, but no more than is there


def test_a_stated_size_that_can_not_be_confirmed_blocks_nothing(checkers: Checkers) -> None:
    def answer(request: ReceivedRequest) -> Parts:
        yield head(200 if request.method == "HEAD" else 403, [("Content-Length", "5000000"), ("Connection", "close")])

    with MediaServer(answer) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == ["unknown: HTTP 403"]


def test_a_get_that_states_too_much_and_breaks_off_counts_what_came(checkers: Checkers) -> None:
    lie = file_of(100, head_says=None, range_says=None, get_says=9_000_000)
    with MediaServer(lie) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == ["at_least 100"]
    assert not report.exceeds


def test_a_body_that_breaks_off_beyond_the_limit_blocks(checkers: Checkers) -> None:
    cut = file_of(9_000_000, head_says=None, range_says=None, cut_after=150_000)
    with MediaServer(cut) as server:
        report = checkers.local().check([server.url()], 100_000)

    assert report.exceeds


@pytest.mark.parametrize(
    ("content_range", "said_of_it"), [("bytes */0", "exact 0"), ("bytes */7", "unknown: HTTP 416")]
)
def test_an_empty_file_has_no_first_byte(checkers: Checkers, content_range: str, said_of_it: str) -> None:
    def answer(request: ReceivedRequest) -> Parts:
        if request.method == "HEAD":
            yield head(200, [("Content-Length", "0")])
        else:
            yield head(416, [("Content-Range", content_range), ("Content-Length", "0")])

    with MediaServer(answer) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == [said_of_it]


def test_a_compressed_answer_is_neither_believed_nor_decoded(checkers: Checkers) -> None:
    with FaultServer(respond_gzipped(b" " * 5_000_000)) as server:
        report = checkers.local().check([f"{server.origin}/cat.png"], 1000)

    assert said(report) == ["unknown: the response is compressed"]


def test_a_head_that_is_chunked_states_nothing(checkers: Checkers) -> None:
    plain = file_of(1234)

    def answer(request: ReceivedRequest) -> Parts:
        if request.method == "HEAD":
            yield head(200, [("Content-Length", "9"), ("Transfer-Encoding", "chunked")])
        else:
            yield from plain(request)

    with MediaServer(answer) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == ["exact 1234"]


@pytest.mark.parametrize("status", [204, 304, 401, 404, 500, 503])
def test_what_is_not_to_be_had_is_unknown(checkers: Checkers, status: int) -> None:
    with MediaServer(lambda _: [head(status, [("Content-Length", "0")] if status != 204 else [])]) as server:
        report = checkers.local().check([server.url()])

    assert said(report) == [f"unknown: HTTP {status}"]


def test_what_is_not_http_is_unknown(checkers: Checkers) -> None:
    with FaultServer(respond_garbage()) as server:
        report = checkers.local().check([f"{server.origin}/cat.png"])

    assert said(report) == ["unknown: the request failed: RemoteProtocolError"]


@pytest.mark.parametrize("answer", [file_of(1_000_001), file_of(1_000_001, head_says=None)], ids=["head", "no head"])
def test_one_byte_too_many_blocks(checkers: Checkers, answer: Answer) -> None:
    exact = file_of(1_000_000)

    def answer_each(request: ReceivedRequest) -> Parts:
        return (answer if request.target == "/last" else exact)(request)

    with MediaServer(answer_each) as server:
        checker = checkers.local()
        over = checker.check([server.url("/a"), server.url("/b"), server.url("/last")])
        just = checker.check([server.url("/a"), server.url("/b"), server.url("/c")])

    assert (over.known_bytes, over.exceeds) == (3_000_001, True)
    assert (just.known_bytes, just.exceeds) == (3_000_000, False)


def test_a_url_that_is_named_twice_counts_twice_and_is_measured_once(checkers: Checkers) -> None:
    with MediaServer(file_of(600)) as server:
        checker = checkers.local()
        report = checker.check([server.url(), server.url() + "#part", server.url()], 1800)
        first_asked = server.asked
        over = checker.check([server.url()] * 3, 1799)

    assert said(report) == ["exact 600"] * 3
    assert not report.exceeds
    assert first_asked == ["HEAD /cat.png"]
    assert over.exceeds


def test_what_is_unknown_does_not_block_what_is_known(checkers: Checkers) -> None:
    with MediaServer(file_of(600)) as server:
        report = checkers.local().check(["https:///", server.url(), "ftp://media.example/a"], 600)

    assert said(report) == ["unknown: not an http or https URL", "exact 600", "unknown: not an http or https URL"]
    assert not report.exceeds


def test_when_the_limit_is_passed_nothing_else_is_measured(checkers: Checkers) -> None:
    with MediaServer(endless) as server:
        report = checkers.local(concurrency=1).check([server.url("/a"), server.url("/b")], 1000)

    assert report.exceeds
    assert said(report)[1] == "unknown: the others already exceed the limit"
    assert server.asked == ["HEAD /a", "GET /a 0-0"]


def test_without_a_limit_nothing_is_measured(checkers: Checkers) -> None:
    with MediaServer(file_of(1)) as server:
        report = checkers.local().check([server.url()], None)
        other = checkers.local(None).check([server.url()])

    assert said(report) == said(other) == ["unknown: there is no limit"]
    assert not report.exceeds
    assert server.connections == 0


def test_no_media_are_no_excess(checkers: Checkers) -> None:
    report = checkers.make().check([])

    assert (report.results, report.known_bytes, report.exceeds) == ((), 0, False)
