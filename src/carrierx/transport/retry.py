"""Retries: tenacity runs all attempts of a call, the first one included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tenacity import AsyncRetrying, RetryCallState, Retrying

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from carrierx.transport.attempt_result import AttemptResult
    from carrierx.transport.call_execution import CallExecution

__all__ = ["retry", "retry_async"]

T = TypeVar("T")


def retry(
    execution: CallExecution[T],
    attempt: Callable[[CallExecution[T]], AttemptResult[T]],
    sleep: Callable[[float], None],
) -> AttemptResult[T]:
    """Make attempts until one succeeds or the retry policy allows no more. Return the last result."""
    return Retrying(sleep=sleep, **_rules(execution))(attempt, execution)


async def retry_async(
    execution: CallExecution[T],
    attempt: Callable[[CallExecution[T]], Awaitable[AttemptResult[T]]],
    sleep: Callable[[float], Awaitable[None]],
) -> AttemptResult[T]:
    """Make attempts until one succeeds or the retry policy allows no more. Return the last result."""
    return await AsyncRetrying(sleep=sleep, **_rules(execution))(attempt, execution)


def _rules(execution: CallExecution[Any]) -> dict[str, Any]:
    """Return the functions that tenacity calls after each attempt."""

    def can_retry(state: RetryCallState) -> bool:
        return _result_in(state).can_retry

    def wait(state: RetryCallState) -> float:
        # tenacity asks for it before it asks whether to stop. Ask the policy only if another attempt may follow.
        if state.attempt_number > execution.settings.max_retries:
            return 0.0
        return execution.policy.delay(state.attempt_number, _result_in(state).retry_after)

    def stop(state: RetryCallState) -> bool:
        # If the server asks for more time than is left, another attempt would be pointless.
        needed = max(state.upcoming_sleep, _result_in(state).retry_after or 0.0)
        return state.attempt_number > execution.settings.max_retries or needed >= execution.time_left()

    def before_sleep(state: RetryCallState) -> None:
        execution.will_wait(_result_in(state), state.upcoming_sleep)

    return {
        "retry": can_retry,
        "wait": wait,
        "stop": stop,
        "before_sleep": before_sleep,
        "retry_error_callback": _result_in,
    }


def _result_in(state: RetryCallState) -> AttemptResult[Any]:
    if state.outcome is None:
        raise RuntimeError("tenacity asked before there was an attempt")
    result: AttemptResult[Any] = state.outcome.result()
    return result
