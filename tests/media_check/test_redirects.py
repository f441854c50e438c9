"""Redirects are followed by hand, three of them, and each hop is checked as the first one was."""

from __future__ import annotations

import pytest

from tests.media_check.checkers import Checkers, said
from tests.media_check.media_server import MediaServer, Parts, file_of, redirecting
from tests.support.wire import ReceivedRequest, head


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(checkers: Checkers, status: int) -> None:
    with MediaServer(redirecting({"/old": "/new?a=b#part"}, file_of(5), status)) as server:
        report = checkers.local().check([server.url("/old")])

    assert said(report) == ["exact 5"]
    assert server.asked == ["HEAD /old", "HEAD /new?a=b"]
    assert server.connections == 1


def test_a_redirect_to_another_host_is_followed(checkers: Checkers) -> None:
    with (
        MediaServer(file_of(5)) as target,
        MediaServer(redirecting({"/old": target.url("/new")}, file_of(7))) as server,
    ):
        report = checkers.local().check([server.url("/old")])

    assert said(report) == ["exact 5"]
    assert target.requests[0].header("host") == f"127.0.0.1:{target.port}"


def test_three_redirects_are_followed_and_no_fourth(checkers: Checkers) -> None:
    chain = {f"/{number}": f"/{number + 1}" for number in range(4)}
    with MediaServer(redirecting(chain, file_of(5))) as server:
        report = checkers.local().check([server.url("/0"), server.url("/1")])

    assert said(report) == ["unknown: too many redirects", "exact 5"]
    assert "HEAD /3" in server.asked


def test_a_loop_ends(checkers: Checkers) -> None:
    with MediaServer(redirecting({"/a": "/b", "/b": "/a"}, file_of(5))) as server:
        report = checkers.local().check([server.url("/a")])

    assert said(report) == ["unknown: too many redirects"]
    assert server.asked == ["HEAD /a", "HEAD /b", "HEAD /a", "HEAD /b"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("ftp://media.example/a.png", "not an http or https URL"),
        ("file:///etc/passwd", "not an http or https URL"),
        ("http://user:secret@127.0.0.1/", "the URL contains user info"),
        ("https://storage.carrierx.com/a.png", "carrierx storage"),
        ("http://media.example:port/", "a redirect to an invalid URL"),
        ("", "a redirect without a location"),
    ],
)
def test_a_hop_is_checked_as_the_first_one_is(checkers: Checkers, target: str, reason: str) -> None:
    with MediaServer(redirecting({"/": target}, file_of(5))) as server:
        report = checkers.local().check([server.url("/")])

    assert said(report) == [f"unknown: {reason}"]
    assert server.asked == ["HEAD /"]


def test_each_method_is_led_its_own_way(checkers: Checkers) -> None:
    def answer(request: ReceivedRequest) -> Parts:
        if request.target == "/signed":
            yield head(302, [("Location", f"/for-{request.method}"), ("Content-Length", "0")])
        elif request.target == "/for-GET":
            yield from file_of(5)(request)
        else:
            yield head(403, [("Content-Length", "0")])

    with MediaServer(answer) as server:
        report = checkers.local().check([server.url("/signed")])

    assert said(report) == ["exact 5"]
    assert server.asked == ["HEAD /signed", "HEAD /for-HEAD", "GET /signed 0-0", "GET /for-GET 0-0"]
