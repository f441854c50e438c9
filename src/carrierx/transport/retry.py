"""When another attempt follows, and after how long. tenacity holds the policy; it is entered only after a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tenacity import AsyncRetrying, RetryCallState, Retrying

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from carrierx.transport.journey import Journey
    from carrierx.transport.verdict import Verdict

__all__ = ["retry", "retry_async"]

T = TypeVar("T")


class _Rules:
    """What tenacity asks after each attempt of one call."""

    def __init__(self, journey: Journey[Any]) -> None:
        self._journey = journey
        self._delays: dict[int, float] = {}

    def retry(self, state: RetryCallState) -> bool:
        return _verdict_in(state).again

    def wait(self, state: RetryCallState) -> float:
        number = state.attempt_number
        if number not in self._delays:
            self._delays[number] = self._journey.policy.delay(number, _verdict_in(state).retry_after)
        return self._delays[number]

    def stop(self, state: RetryCallState) -> bool:
        # A server that asks for more time than there is would only be asked in vain.
        needed = max(self.wait(state), _verdict_in(state).retry_after or 0.0)
        return state.attempt_number > self._journey.settings.max_retries or needed >= self._journey.time_left()

    def before_sleep(self, state: RetryCallState) -> None:
        self._journey.will_wait(_verdict_in(state), self.wait(state))


def retry(
    journey: Journey[T], first: Verdict[T], attempt: Callable[[], Verdict[T]], sleep: Callable[[float], None]
) -> Verdict[T]:
    """Try again after a first failure, as long as the policy allows; give the last verdict."""
    rules = _Rules(journey)
    pending: list[Verdict[T]] = [first]
    retrying = Retrying(
        sleep=sleep,
        stop=rules.stop,
        wait=rules.wait,
        retry=rules.retry,
        before_sleep=rules.before_sleep,
        retry_error_callback=_verdict_in,
    )
    # tenacity counts the first failure as its first attempt, so that waits and numbers are right.
    return retrying(lambda: pending.pop() if pending else attempt())


async def retry_async(
    journey: Journey[T],
    first: Verdict[T],
    attempt: Callable[[], Awaitable[Verdict[T]]],
    sleep: Callable[[float], Awaitable[None]],
) -> Verdict[T]:
    """Try again after a first failure, as long as the policy allows; give the last verdict."""
    rules = _Rules(journey)
    pending: list[Verdict[T]] = [first]

    async def next_verdict() -> Verdict[T]:
        return pending.pop() if pending else await attempt()

    retrying = AsyncRetrying(
        sleep=sleep,
        stop=rules.stop,
        wait=rules.wait,
        retry=rules.retry,
        before_sleep=rules.before_sleep,
        retry_error_callback=_verdict_in,
    )
    return await retrying(next_verdict)


def _verdict_in(state: RetryCallState) -> Verdict[Any]:
    if state.outcome is None:
        raise RuntimeError("tenacity asked before there was an attempt")
    verdict: Verdict[Any] = state.outcome.result()
    return verdict
