"""Retries, with tenacity.

tenacity is entered only after a failed attempt: it costs a quarter of a send over a mock transport.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tenacity import AsyncRetrying, RetryCallState, Retrying

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from carrierx.transport.attempt_result import AttemptResult
    from carrierx.transport.call_execution import CallExecution

__all__ = ["retry", "retry_async"]

T = TypeVar("T")


class _Rules:
    """The functions that tenacity calls after each attempt of a call."""

    def __init__(self, execution: CallExecution[Any]) -> None:
        self._execution = execution
        self._delays: dict[int, float] = {}

    def retry(self, state: RetryCallState) -> bool:
        return _result_in(state).can_retry

    def wait(self, state: RetryCallState) -> float:
        number = state.attempt_number
        if number not in self._delays:
            self._delays[number] = self._execution.policy.delay(number, _result_in(state).retry_after)
        return self._delays[number]

    def stop(self, state: RetryCallState) -> bool:
        # If the server asks for more time than is left, another attempt would be pointless.
        needed = max(self.wait(state), _result_in(state).retry_after or 0.0)
        return state.attempt_number > self._execution.settings.max_retries or needed >= self._execution.time_left()

    def before_sleep(self, state: RetryCallState) -> None:
        self._execution.will_wait(_result_in(state), self.wait(state))


def retry(
    execution: CallExecution[T],
    first: AttemptResult[T],
    attempt: Callable[[], AttemptResult[T]],
    sleep: Callable[[float], None],
) -> AttemptResult[T]:
    """Retry after a first failure, as long as the policy allows. Return the last result."""
    rules = _Rules(execution)
    pending: list[AttemptResult[T]] = [first]
    retrying = Retrying(
        sleep=sleep,
        stop=rules.stop,
        wait=rules.wait,
        retry=rules.retry,
        before_sleep=rules.before_sleep,
        retry_error_callback=_result_in,
    )
    # The first result counts as tenacity's first attempt, so that its waits and numbers are right.
    return retrying(lambda: pending.pop() if pending else attempt())


async def retry_async(
    execution: CallExecution[T],
    first: AttemptResult[T],
    attempt: Callable[[], Awaitable[AttemptResult[T]]],
    sleep: Callable[[float], Awaitable[None]],
) -> AttemptResult[T]:
    """Retry after a first failure, as long as the policy allows. Return the last result."""
    rules = _Rules(execution)
    pending: list[AttemptResult[T]] = [first]

    async def next_verdict() -> AttemptResult[T]:
        return pending.pop() if pending else await attempt()

    retrying = AsyncRetrying(
        sleep=sleep,
        stop=rules.stop,
        wait=rules.wait,
        retry=rules.retry,
        before_sleep=rules.before_sleep,
        retry_error_callback=_result_in,
    )
    return await retrying(next_verdict)


def _result_in(state: RetryCallState) -> AttemptResult[Any]:
    if state.outcome is None:
        raise RuntimeError("tenacity asked before there was an attempt")
    result: AttemptResult[Any] = state.outcome.result()
    return result
