"""How fast a batch goes: evenly, by message, segment and number, and slower when CarrierX asks for it."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from carrierx import InvalidArgumentError
from carrierx.errors import Outcome
from carrierx.events import AttemptFinished, RetryScheduled
from carrierx.media_check import AsyncMediaChecker, MediaChecker, MediaReport
from carrierx.sending.rate import RateLimiter, SendRate, checked_rate
from tests.sending.batches import FROM, TO, indices, send_many, text
from tests.support.client_factory import ClientFactory
from tests.support.clocks import START, SharedClock, SteppingClock
from tests.support.scripts import Reply, Script, reply, sms

LONG = "x" * 161
"""Two segments."""


def with_sms(number: int) -> Reply:
    return sms()


class StampingServer:
    """Answers, and notes when each message came, by whom."""

    def __init__(self, clock: SharedClock, answer: Callable[[int], Reply]) -> None:
        self._clock = clock
        self._answer = answer
        self._lock = threading.Lock()
        self.seen: list[tuple[float, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.seen.append((self._clock.monotonic(), json.loads(request.content)["from"]))
            number = len(self.seen)
        return self._answer(number)(request)

    def times(self, sender: str | None = None) -> list[float]:
        return sorted(moment for moment, number in self.seen if sender in (None, number))


def most_within(seconds: float, times: list[float]) -> int:
    """The most that any window of so many seconds holds, its first moment included."""
    return max(sum(start <= moment < start + seconds for moment in times) for start in times)


def pace(
    factory: ClientFactory,
    count: int,
    *,
    workers: int,
    requests: Iterable[Any] | None = None,
    answer: Callable[[int], Reply] | None = None,
    **options: Any,
) -> StampingServer:
    """Send at least so many, and give the server that noted when."""
    clock = SharedClock(workers)
    server = StampingServer(clock, answer or with_sms)
    client = factory.scripted(
        Script(server),
        clock=clock,
    )
    endless = (text(number) for number in itertools.count())
    with send_many(factory, client, requests or endless, concurrency=workers, **options) as batch:
        read = list(itertools.islice(batch, count))
        clock.release()
    assert indices(read, batch.unread) == list(range(batch.taken))
    server.seen = server.seen[:count]
    return server


@pytest.mark.parametrize("workers", [1, 4, 10])
def test_no_second_holds_more_than_the_rate(factory: ClientFactory, workers: int) -> None:
    times = pace(factory, 70, workers=workers, rate=20).times()

    assert most_within(1, times) <= 21
    assert times[-1] - times[0] == pytest.approx(69 / 20, rel=0.1)


def test_segments_are_counted_where_the_limit_is_in_segments(factory: ClientFactory) -> None:
    long = (text(number, message=LONG) for number in itertools.count())
    times = pace(factory, 21, workers=3, requests=long, rate=SendRate(segments=10)).times()

    assert times[-1] - times[0] == pytest.approx(20 * 0.2, rel=0.1)


def test_an_mms_counts_one_segment_for_each_recipient(factory: ClientFactory) -> None:
    group = ["15162065571", "15162065572", TO]
    mms = (text(number, group_recipients=group) for number in itertools.count())
    times = pace(factory, 11, workers=2, requests=mms, rate=SendRate(segments=30)).times()

    assert times[-1] - times[0] == pytest.approx(10 * 0.1, rel=0.1)


def numbered(*senders: str) -> Iterator[dict[str, object]]:
    return (text(number, **{"from": sender}) for number, sender in enumerate(itertools.cycle(senders)))


def test_each_number_has_its_own_limit(factory: ClientFactory) -> None:
    senders = ("15162065570", "15162065571", "15162065572")
    server = pace(factory, 31, workers=6, requests=numbered(*senders), rate=SendRate(messages_per_number=1))

    for sender in senders:
        assert most_within(1, server.times(sender)) <= 2
    assert server.times()[-1] - server.times()[0] == pytest.approx(10, rel=0.1)


def test_a_slow_number_does_not_slow_the_others(factory: ClientFactory) -> None:
    """Three messages of one number have to wait for seconds; the others go at the rate of all."""
    first = [text(number, **{"from": "15162065570"}) for number in range(3)]
    rest = (text(number, **{"from": f"1516207{number:04}"}) for number in itertools.count(3))
    rate = SendRate(messages=20, messages_per_number=1)
    server = pace(factory, 20, workers=8, requests=itertools.chain(first, rest), rate=rate)

    assert sum(moment < 1000.95 for moment in server.times()) >= 14


def test_429_holds_all_workers_for_as_long_as_it_asks(factory: ClientFactory) -> None:
    too_many = reply(429, {}, {"Retry-After": "7"})
    server = pace(factory, 30, workers=5, rate=20, answer=lambda number: too_many if number == 10 else sms())

    gaps = sorted(after - before for before, after in itertools.pairwise(server.times()))
    assert gaps[-1] >= 6.9
    assert sum(gap > 1 for gap in gaps) == 1


@pytest.mark.parametrize("rate", [None, 1000])
def test_429_holds_all_workers_also_where_no_send_waits_itself(factory: ClientFactory, rate: float | None) -> None:
    too_many = reply(429, {}, {"Retry-After": "7"})
    answer: Callable[[int], Reply] = lambda number: too_many if number == 10 else sms()  # noqa: E731
    times = pace(factory, 30, workers=3, rate=rate, answer=answer, max_retries=0).times()

    after = [moment for moment in times if moment > times[9]]
    held = [moment for moment in after if moment - times[9] >= 7]
    assert len(after) - len(held) <= 2, "at most what was on its way already"


def test_a_server_that_asks_for_a_day_holds_a_batch_no_longer_than_the_policy_allows(factory: ClientFactory) -> None:
    too_many = reply(429, {}, {"Retry-After": "86400"})
    server = pace(factory, 8, workers=2, answer=lambda number: too_many if number == 2 else sms())

    assert 59 <= server.times()[-1] - server.times()[0] < 200


def test_429_makes_the_batch_slower_and_accepted_sends_make_it_quicker_again(factory: ClientFactory) -> None:
    too_many = reply(429, {})
    answer: Callable[[int], Reply] = lambda number: too_many if 5 <= number < 8 else sms()  # noqa: E731
    times = pace(factory, 60, workers=1, rate=10, answer=answer, max_retries=0).times()
    gaps = [after - before for before, after in itertools.pairwise(times)]

    assert gaps[2] == pytest.approx(0.1)
    assert gaps[8] > 0.6
    assert gaps[-1] == pytest.approx(0.1)


class DistantServer(StampingServer):
    """A stamping server whose answers take a second, so that many sends are on their way at once."""

    def __init__(self, factory: ClientFactory, clock: SharedClock, answer: Callable[[int], Reply]) -> None:
        super().__init__(clock, answer)
        self._factory = factory

    def __call__(self, request: httpx.Request) -> Any:
        answer = super().__call__(request)
        if self._factory.kind == "sync":
            self._clock.sleep(1)
            return answer

        async def later() -> httpx.Response:
            await self._clock.sleep_async(1)
            return answer

        return later()


def test_sends_that_are_put_off_to_one_moment_go_one_by_one(factory: ClientFactory) -> None:
    """Twenty sends on their way are told to come again at the same moment."""
    busy = reply(429, {}, {"Retry-After": format_datetime(START + timedelta(seconds=10), usegmt=True)})
    clock = SharedClock(30)
    server = DistantServer(factory, clock, lambda number: busy if 10 <= number < 30 else sms())
    client = factory.scripted(Script(server), clock=clock)
    endless = (text(number) for number in itertools.count())
    with send_many(factory, client, endless, concurrency=30, rate=20) as batch:
        read = list(itertools.islice(batch, 60))
        clock.release()

    assert all(result.ok for result in read)
    before = [moment for moment in server.times() if moment < 1009]
    again = server.times()[len(before) :][:20]
    assert len(before) <= 31
    assert again[0] == pytest.approx(1010, abs=1)
    assert min(after - before for before, after in itertools.pairwise(again)) >= 0.024, "half a space at the least"


def test_media_are_measured_before_a_sends_turn(factory: ClientFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first messages are measured for a second, which must not bring them together with those that follow."""
    clock = SharedClock(4)
    waits = itertools.chain([1.0, 0.95, 0.9, 0.85], itertools.repeat(0.0))

    def measure(*_: object) -> MediaReport:
        clock.sleep(next(waits))
        return MediaReport((), None)

    async def measure_async(*_: object) -> MediaReport:
        await clock.sleep_async(next(waits))
        return MediaReport((), None)

    monkeypatch.setattr(MediaChecker, "check", measure)
    monkeypatch.setattr(AsyncMediaChecker, "check", measure_async)
    server = StampingServer(clock, with_sms)
    client = factory.scripted(Script(server), clock=clock)
    endless = (text(number, media_urls=["https://example.com/a.png"]) for number in itertools.count())
    with send_many(factory, client, endless, concurrency=4, rate=20) as batch:
        list(itertools.islice(batch, 20))
        clock.release()

    gaps = [after - before for before, after in itertools.pairwise(server.times()[:16])]
    assert min(gaps) >= 0.024, "half a space at the least"


def drawn(limiter: RateLimiter, clock: SteppingClock, sender: str = FROM) -> float:
    """Wait for a turn; give the moment at which it came."""
    slot = limiter.slot(sender, 1)
    while (left := limiter.claim(slot)) > 0:
        clock.advance(left)
    return clock.monotonic()


def test_after_a_standstill_the_late_ones_go_one_by_one(clock: SteppingClock) -> None:
    limiter = RateLimiter(SendRate(messages=20), clock, 60)
    slots = [limiter.slot(FROM, 1) for _ in range(10)]
    clock.advance(30)

    waits = [limiter.claim(slot) for slot in slots]

    assert waits[0] == 0
    assert sum(wait <= 0 for wait in waits) <= 2
    assert all(wait > 0 for wait in waits[2:])


def test_a_late_thread_does_not_lower_the_rate_for_good(clock: SteppingClock) -> None:
    limiter = RateLimiter(SendRate(messages=20), clock, 60)
    times = list[float]()
    for _ in range(100):
        times.append(drawn(limiter, clock))
        clock.advance(0.004)

    assert times[-1] - times[0] == pytest.approx(99 / 20, rel=0.01)
    assert most_within(1, times) <= 21


def test_a_pacer_forgets_numbers_that_are_free_again(clock: SteppingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carrierx.sending.rate._MOST_NUMBERS", 50)
    limiter = RateLimiter(SendRate(messages_per_number=1), clock, 60)
    for number in range(500):
        drawn(limiter, clock, str(number))
        clock.advance(0.1)

    assert len(vars(limiter)["_planned"]) <= 110
    assert len(vars(limiter)["_free_at"]) <= 110
    held = drawn(limiter, clock, "499")
    assert drawn(limiter, clock, "499") - held >= 0.5


def test_a_pacer_without_limits_holds_nobody_until_it_is_told(clock: SteppingClock) -> None:
    limiter = RateLimiter(checked_rate(None), clock, 60)
    assert [limiter.claim(limiter.slot(FROM, 3)) for _ in range(5)] == [0.0] * 5

    limiter.listen(RetryScheduled("POST", "/sms/messages", 1, 4.0, "ConnectError"))
    assert limiter.claim(limiter.slot(FROM, 1)) == 0
    limiter.listen(RetryScheduled("POST", "/sms/messages", 1, 4.0, "status 429"))
    assert limiter.claim(limiter.slot(FROM, 1)) == 4
    limiter.listen(AttemptFinished("POST", "/sms/messages", 1, 0.1, Outcome.UNKNOWN, None, "ReadError", None))
    assert limiter.claim(limiter.slot(FROM, 1)) == 4


@pytest.mark.parametrize("name", ["messages", "segments", "messages_per_number", "segments_per_number"])
@pytest.mark.parametrize("value", [0, -1, True, float("inf"), "20"])
def test_a_rate_is_a_finite_number_above_0(name: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=f"The rate {name} must be a finite number above 0"):
        SendRate(**{name: value})


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()
