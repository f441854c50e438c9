"""What a checker remembers: sizes for ten minutes, unreachable hosts for one. Only to let messages pass."""

from __future__ import annotations

import pytest

from carrierx.media_check.size_cache import SizeCache
from tests.media_check.checkers import HOST, PUBLIC, Checkers, Names, Network, said
from tests.media_check.media_server import MediaServer, Parts, file_of
from tests.support.behaviours import close_on_accept, silence_on_accept
from tests.support.clocks import SteppingClock
from tests.support.fault_server import FaultServer
from tests.support.wire import ReceivedRequest

# Each test has names and a network of its own.
pytestmark = pytest.mark.carrierx_allow_network


def test_a_size_is_remembered_for_ten_minutes(checkers: Checkers) -> None:
    clock = SteppingClock()
    with MediaServer(file_of(1234)) as server:
        checker = checkers.local(clock=clock)
        counts: list[int] = []
        for seconds in (0, 500, 99, 1):
            clock.advance(seconds)
            assert said(checker.check([server.url()])) == ["exact 1234"]
            counts.append(server.requests_started)

    assert counts == [1, 1, 1, 2]


def test_a_size_of_another_url_is_not_taken(checkers: Checkers) -> None:
    with MediaServer(file_of(1234)) as server:
        checker = checkers.local()
        checker.check([server.url("/a?x=1")])
        checker.check([server.url("/a?x=2"), server.url("/a?x=1#part")])

    assert server.asked == ["HEAD /a?x=1", "HEAD /a?x=2"]


def test_a_remembered_size_is_confirmed_before_it_blocks(checkers: Checkers) -> None:
    sizes = [5_000_000]

    def answer(request: ReceivedRequest) -> Parts:
        return file_of(sizes[0])(request)

    with MediaServer(answer) as server:
        checker = checkers.local()
        first = checker.check([server.url()])
        again = checker.check([server.url()])
        sizes[0] = 1000
        replaced = checker.check([server.url()])
        remembered = checker.check([server.url()])

    assert (first.exceeds, again.exceeds, replaced.exceeds) == (True, True, False)
    assert said(replaced) == said(remembered) == ["exact 1000"]
    assert server.asked == ["HEAD /cat.png", "GET /cat.png 0-0", "GET /cat.png 0-0", "GET /cat.png 0-0"]


def test_what_could_not_be_confirmed_is_forgotten(checkers: Checkers) -> None:
    gone: list[bool] = []

    def answer(request: ReceivedRequest) -> Parts:
        if gone:
            yield b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        else:
            yield from file_of(2000)(request)

    with MediaServer(answer) as server:
        checker = checkers.local()
        checker.check([server.url()])
        gone.append(True)
        still = checker.check([server.url()])
        refuted = checker.check([server.url()], 1000)
        later = checker.check([server.url()])

    assert said(still) == ["exact 2000"]
    assert said(refuted) == said(later) == ["unknown: HTTP 404"]


def test_an_unreachable_host_is_left_alone_for_a_minute(checkers: Checkers) -> None:
    clock, network = SteppingClock(), Network()
    checker = checkers.over(network, clock=clock, resolver=Names(media_example=[[PUBLIC]]))
    dialled: list[int] = []
    for seconds in (0, 59, 1):
        clock.advance(seconds)
        report = checker.check([f"http://{HOST}/{seconds}"])
        assert said(report) == ["unknown: the host can't be reached"]
        dialled.append(len(network.dialled))

    assert dialled == [1, 1, 2]


def test_an_unreachable_host_is_not_tried_for_the_next_url(checkers: Checkers) -> None:
    network = Network()
    checker = checkers.over(network, concurrency=1, resolver=Names(media_example=[[PUBLIC]]))

    report = checker.check([f"http://{HOST}/{number}" for number in range(5)])

    assert said(report) == ["unknown: the host can't be reached"] * 5
    assert network.dialled == [PUBLIC]


def test_a_name_that_does_not_resolve_is_remembered(checkers: Checkers) -> None:
    names = Names()
    checker = checkers.make(resolver=names)

    for _ in range(2):
        assert said(checker.check([f"http://{HOST}/"])) == ["unknown: the host can't be reached"]
    assert names.asked == [HOST]


def test_a_name_without_addresses_is_unreachable(checkers: Checkers) -> None:
    report = checkers.make(resolver=Names(media_example=[[]])).check([f"http://{HOST}/"])

    assert said(report) == ["unknown: the host can't be reached"]


def test_another_port_of_an_unreachable_host_is_tried(checkers: Checkers) -> None:
    network = Network()
    checker = checkers.over(network, resolver=Names(media_example=[[PUBLIC]]))

    for url in (f"http://{HOST}/", f"http://{HOST}:80/", f"https://{HOST}:80/", f"http://{HOST}:443/"):
        checker.check([url])

    assert network.dialled == [PUBLIC] * 2


def test_a_host_that_used_up_the_time_is_remembered(checkers: Checkers) -> None:
    with FaultServer(silence_on_accept()) as server:
        checker = checkers.local(seconds=0.3)
        first = checker.check([f"{server.origin}/a.png"])
        second = checker.check([f"{server.origin}/b.png"])

    assert said(first) == ["unknown: time ran out"]
    assert said(second) == ["unknown: the host can't be reached"]
    assert server.connections == 1


def test_a_host_that_answered_badly_is_asked_again(checkers: Checkers) -> None:
    with FaultServer(close_on_accept()) as server:
        checker = checkers.local()
        for _ in range(2):
            checker.check([f"{server.origin}/a.png"])

    assert server.connections == 2


def test_a_closed_checker_measures_nothing(checkers: Checkers) -> None:
    with MediaServer(file_of(5)) as server:
        checker = checkers.local()
        checker.check([server.url()])
        checker.close()
        checker.close()
        report = checker.check([server.url()])

    assert said(report) == ["unknown: the checker is closed"]
    assert server.requests_started == 1


class TestSizeCache:
    """The cache alone."""

    @pytest.fixture
    def cache(self) -> SizeCache:
        return SizeCache(SteppingClock(), max_entries=2)

    def test_the_least_lately_used_makes_room(self, cache: SizeCache) -> None:
        cache.note_size("a", 1)
        cache.note_size("b", 2)
        cache.size_of("a")
        cache.note_size("c", 3)

        assert [cache.size_of(url) for url in "abc"] == [1, None, 3]

    def test_a_new_size_takes_the_place_of_the_old_one(self, cache: SizeCache) -> None:
        cache.note_size("b", 2)
        cache.note_size("a", 1)
        cache.note_size("b", 0)

        assert [cache.size_of(url) for url in "ab"] == [1, 0]

    def test_none_forgets(self, cache: SizeCache) -> None:
        cache.note_size("a", 1)
        cache.note_size("a", None)
        cache.note_size("never known", None)

        assert cache.size_of("a") is None

    def test_everything_can_be_forgotten(self, cache: SizeCache) -> None:
        cache.note_size("a", 1)
        cache.note_unreachable((HOST, 80))
        assert cache.is_unreachable((HOST, 80))

        cache.clear()

        assert cache.size_of("a") is None
        assert not cache.is_unreachable((HOST, 80))
