"""A check takes no longer than it may, asks a few URLs at once, and can be interrupted."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import httpcore
import pytest

from carrierx.media_check import AsyncMediaChecker, MediaChecker, MediaReport
from carrierx.media_check.network import Deadline
from tests.media_check.checkers import HOST, Checkers, Names, Network, said
from tests.media_check.media_server import MediaServer, Parts, endless, file_of, slowly
from tests.support.behaviours import Behaviour, drip_headers, silence_on_accept
from tests.support.fault_server import FaultServer
from tests.support.ports import unaccepting_address
from tests.support.wire import ReceivedRequest, head

# Each test has names and a network of its own.
pytestmark = pytest.mark.carrierx_allow_network

BRIEF = 0.3
SLACK = 4.0
"""Seconds for a busy machine; what the servers here drip or keep silent for lasts longer."""


@contextmanager
def lasting(at_most: float) -> Generator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < at_most + SLACK


def workers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "carrierx media check"]


def _wait_until(reached: Callable[[], bool]) -> None:
    while not reached():
        time.sleep(0.01)


def measured(
    checkers: Checkers, answer: Callable[[ReceivedRequest], Parts], enough: Callable[[MediaReport], bool]
) -> MediaReport:
    """Check one URL within a brief time; if the machine is too busy for the server to get that far, within more."""

    def check(seconds: float) -> MediaReport:
        with MediaServer(answer) as server, lasting(seconds):
            return checkers.local(seconds=seconds).check([server.url()])

    report = check(BRIEF)
    return report if enough(report) else check(3.0)


def is_at_least(report: MediaReport) -> bool:
    return [result.certainty.value for result in report.results] == ["at_least"]


def dripping(request: ReceivedRequest) -> Parts:
    """State no size, and give a byte now and then."""
    if request.method == "HEAD":
        yield head(405, [("Content-Length", "0")])
        return
    yield head(200, [("Connection", "close")])
    for _ in range(500):
        yield b"\xff"
        time.sleep(0.01)


@pytest.mark.parametrize("behaviour", [silence_on_accept(), drip_headers(0.01)])
def test_a_server_that_is_slow_to_answer_does_not_hold_a_check(checkers: Checkers, behaviour: Behaviour) -> None:
    with FaultServer(behaviour) as server, lasting(BRIEF):
        report = checkers.local(seconds=BRIEF).check([f"{server.origin}/a.png"])

    assert said(report) == ["unknown: time ran out"]
    assert workers() == []


def test_what_drips_until_the_end_counts(checkers: Checkers) -> None:
    report = measured(checkers, dripping, is_at_least)

    assert is_at_least(report)
    assert not report.exceeds
    assert workers() == []


def test_a_host_that_used_the_time_up_is_not_asked_again_for_a_while(checkers: Checkers) -> None:
    with MediaServer(dripping) as server, lasting(BRIEF):
        checker = checkers.local(seconds=BRIEF)
        checker.check([server.url()])
        again = checker.check([server.url()])

    assert said(again) == ["unknown: the host can't be reached"]


def test_what_drips_over_the_limit_blocks_at_once(checkers: Checkers) -> None:
    with MediaServer(dripping) as server, lasting(1.0):
        report = checkers.local().check([server.url()], 5)

    assert said(report)[0].startswith("at_least ")
    assert report.exceeds


def test_a_stated_size_whose_confirmation_drips_blocks_nothing(checkers: Checkers) -> None:
    def answer(request: ReceivedRequest) -> Parts:
        if request.method == "HEAD":
            yield head(200, [("Content-Length", "5000000")])
        else:
            yield from dripping(request)

    report = measured(checkers, answer, is_at_least)

    assert is_at_least(report)
    assert not report.exceeds


def test_a_stated_size_whose_confirmation_never_comes_blocks_nothing(checkers: Checkers) -> None:
    def answer(request: ReceivedRequest) -> Parts:
        if request.method == "HEAD":
            yield head(200, [("Content-Length", "2000000")])
        else:
            time.sleep(2 * BRIEF)

    with MediaServer(answer) as server:
        report = checkers.local(seconds=BRIEF, concurrency=1).check([server.url(f"/{name}") for name in "abc"])

    assert not report.exceeds
    assert said(report)[1:] == ["unknown: its stated size was not confirmed"] * 2


def test_one_byte_that_drips_does_not_spoil_a_size(checkers: Checkers) -> None:
    def answer(request: ReceivedRequest) -> Parts:
        if request.method == "HEAD":
            yield head(405, [("Content-Length", "0")])
        else:
            yield head(206, [("Content-Range", "bytes 0-0/1234"), ("Content-Length", "1")])
            time.sleep(2 * BRIEF)

    assert said(measured(checkers, answer, lambda report: said(report) == ["exact 1234"])) == ["exact 1234"]


def test_a_connection_that_does_not_come_about_does_not_hold_a_check(checkers: Checkers) -> None:
    with unaccepting_address() as address, lasting(BRIEF):
        report = checkers.local(seconds=BRIEF).check([f"http://{address.host}:{address.port}/a.png"])

    assert said(report) == ["unknown: time ran out"]


def test_a_silent_address_leaves_time_for_the_next_one(checkers: Checkers) -> None:
    with unaccepting_address() as silent, MediaServer(file_of(5)) as server:
        network = Network().lead("127.0.0.2", silent.port).lead("127.0.0.3", server.port)
        names = Names(media_example=[["127.0.0.2", "127.0.0.3"]])
        report = checkers.local(seconds=1.0, resolver=names, backend=network.backend(checkers.kind)).check(
            [f"http://{HOST}/"]
        )

    assert said(report) == ["exact 5"]


def test_what_waits_for_its_turn_when_time_runs_out_is_unknown_and_its_host_not_blamed(checkers: Checkers) -> None:
    with FaultServer(silence_on_accept()) as silent, MediaServer(file_of(5)) as server:
        checker = checkers.local(seconds=BRIEF, concurrency=1)
        first = checker.check([f"{silent.origin}/a.png", server.url()])
        second = checker.check([server.url()])

    assert said(first) == ["unknown: time ran out"] * 2
    assert said(second) == ["exact 5"]


def test_a_name_look_up_that_hangs_does_not_hold_a_check() -> None:
    released = threading.Event()

    def hang(host: str, port: int) -> Sequence[str]:
        released.wait(10.0)
        return ["93.184.216.34"]

    with lasting(BRIEF):
        checker = MediaChecker(resolver=hang, seconds=BRIEF)
        report = checker.check([f"http://{HOST}/"])
    released.set()
    for thread in threading.enumerate():
        if thread.name == "carrierx media check":
            thread.join(5.0)

    assert said(report) == ["unknown: time ran out"]
    assert said(checker.check([f"http://{HOST}/"])) == ["unknown: the host can't be reached"]
    assert workers() == []


async def test_a_name_look_up_that_hangs_does_not_hold_an_async_check() -> None:
    released = threading.Event()

    def hang(host: str, port: int) -> Sequence[str]:
        released.wait(10.0)
        return ["93.184.216.34"]

    with lasting(BRIEF):
        report = await AsyncMediaChecker(resolver=hang, seconds=BRIEF).check([f"http://{HOST}/"])
    released.set()

    assert said(report) == ["unknown: time ran out"]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_so_many_urls_are_measured_at_once(checkers: Checkers, concurrency: int) -> None:
    with MediaServer(slowly(0.05, file_of(5))) as server:
        report = checkers.local(concurrency=concurrency).check(server.url(f"/{number}") for number in range(10))

    assert said(report) == ["exact 5"] * 10
    assert server.most_busy == concurrency
    assert server.connections == concurrency


def test_no_more_workers_than_urls_are_needed(checkers: Checkers) -> None:
    with MediaServer(slowly(0.2, file_of(5))) as server:
        checkers.local(concurrency=50).check([server.url("/a"), server.url("/b")])

    assert server.most_busy == 2


def test_threads_may_share_a_checker() -> None:
    with MediaServer(slowly(0.01, file_of(5))) as server:
        checker = MediaChecker(allow_private=True)
        found: list[str] = []

        def check(number: int) -> None:
            found.extend(said(checker.check([server.url(f"/{number}/{each}") for each in range(3)])))

        threads = [threading.Thread(target=check, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert found == ["exact 5"] * 24


async def test_tasks_may_share_a_checker() -> None:
    with MediaServer(slowly(0.01, file_of(5))) as server:
        checker = AsyncMediaChecker(allow_private=True)
        reports = await asyncio.gather(*(checker.check([server.url(f"/{number}")]) for number in range(12)))

    assert [said(report) for report in reports] == [["exact 5"]] * 12


async def test_a_cancelled_check_is_cancelled() -> None:
    with MediaServer(endless) as server:
        checker = AsyncMediaChecker(allow_private=True, seconds=30.0)
        task = asyncio.create_task(checker.check([server.url()], 10**12))
        await asyncio.to_thread(_wait_until, lambda: server.written > 0)
        task.cancel()

        with pytest.raises(asyncio.CancelledError), lasting(0.0):
            await task


def test_an_interrupt_passes(checkers: Checkers) -> None:
    def interrupt(host: str, port: int) -> Sequence[str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checkers.make(resolver=interrupt).check([f"http://{HOST}/"])
    assert workers() == []


def test_an_error_of_the_resolver_s_own_is_unknown(checkers: Checkers) -> None:
    def fail(host: str, port: int) -> Sequence[str]:
        raise ZeroDivisionError

    report = checkers.make(resolver=fail).check([f"http://{HOST}/"])

    assert said(report) == ["unknown: the request failed: ZeroDivisionError"]


def test_a_machine_without_threads_to_spare_measures_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    report = MediaChecker(allow_private=True).check(["http://127.0.0.1/"])

    assert said(report) == ["unknown: time ran out"]


def test_a_failure_of_the_check_itself_is_unknown(checkers: Checkers, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(state: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("carrierx.media_check.check_state.CheckState.stages", fail)

    report = checkers.local().check(["http://127.0.0.1/"])

    assert said(report) == ["unknown: the request failed: ZeroDivisionError"]


def test_the_time_is_kept_in_the_network() -> None:
    with pytest.raises(httpcore.ReadTimeout):
        Deadline(-1.0).cap(httpcore.ReadTimeout)
    assert 0 < Deadline(8.0).cap(httpcore.ReadTimeout, share=4) <= 2.0
