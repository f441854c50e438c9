"""Async media checker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Unpack, cast

import httpcore

from carrierx.media_check.check_state import host_of
from carrierx.media_check.network import GuardedAsyncBackend
from carrierx.media_check.plans import Ask
from carrierx.media_check.requester import AsyncPools, AsyncRequester
from carrierx.media_check.results import MediaReport
from carrierx.media_check.settings import CheckerBase, plan_for
from carrierx.models.validation import MAX_MEDIA_BYTES
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import EllipsisType

    from carrierx.media_check.check_state import CheckState, Item, Stage
    from carrierx.media_check.settings import CheckerOptions

__all__ = ["AsyncMediaChecker"]


class AsyncMediaChecker(CheckerBase):
    """Measures media before they are sent. Tasks may share it, and event loops may use it in turn. See `MediaChecker`.

    DNS lookups run in the loop's thread pool. One that hangs is left behind there.

    Args:
        limit_default: Maximum total size in bytes for checks without a limit of their own; None for no limit.
        backend: Opens connections to checked addresses, for tests.
        **options: See `CheckerOptions`.

    Raises:
        ConfigurationError: An option is unknown, or a number is out of its range.

    Example:
        >>> import asyncio
        >>> from carrierx.media_check import AsyncMediaChecker
        >>> report = asyncio.run(AsyncMediaChecker().check(["http://169.254.169.254/latest"]))
        >>> report.exceeds, report.results[0].reason
        (False, 'not a public address')
    """

    def __init__(
        self,
        limit_default: int | None = MAX_MEDIA_BYTES,
        *,
        backend: httpcore.AsyncNetworkBackend | None = None,
        **options: Unpack[CheckerOptions],
    ) -> None:
        super().__init__(limit_default, **options)
        # httpcore declares the name twice, the second time for environments without anyio.
        self._backend = backend or cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    @clears_locals
    async def check(self, urls: Sequence[str], limit: int | EllipsisType | None = ...) -> MediaReport:
        """Measure media within the time limit of a check. See `MediaChecker.check`."""
        state = self._begin(urls, limit)
        if isinstance(state, MediaReport):
            return state
        deadline = state.deadline
        pools = AsyncPools(
            GuardedAsyncBackend(self._backend, self._guard, deadline), deadline, self._concurrency, self._tls_context
        )
        try:
            async with asyncio.timeout(deadline.left()):
                for stage in state.stages():
                    await self._carry_out(stage, state, pools)
        except TimeoutError:
            pass
        except Exception as error:  # noqa: BLE001 - a failing check never blocks a message
            state.fail(error)
        finally:
            state.is_stopped = True
            await pools.close()
        return state.finish()

    async def close(self) -> None:
        """Forget all remembered sizes. Later checks measure nothing. You may close it twice."""
        self._end()

    async def _carry_out(self, stage: Stage, state: CheckState, pools: AsyncPools) -> None:
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(self._concurrency, len(stage.items))):
                workers.create_task(_work(stage, state, pools))


async def _work(stage: Stage, state: CheckState, pools: AsyncPools) -> None:
    requester = AsyncRequester(pools)
    while (item := stage.take()) is not None:
        await _measure(item, stage, state, requester)


async def _measure(item: Item, stage: Stage, state: CheckState, requester: AsyncRequester) -> None:
    plan = plan_for(item, stage, state)
    try:
        step = next(plan)
        while True:
            if isinstance(step, Ask):
                item.asking = host_of(step.url)
            step = plan.send(await requester.run(step))
    except StopIteration:
        item.end()
    except Exception as error:  # noqa: BLE001 - after any error, the size is unknown
        item.fail(error)
    finally:
        await requester.close()
