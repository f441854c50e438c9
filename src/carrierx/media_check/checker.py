"""Sync media checker."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Unpack

import httpcore

from carrierx.media_check.check_state import host_of
from carrierx.media_check.network import GuardedBackend
from carrierx.media_check.plans import Ask
from carrierx.media_check.requester import SyncPools, SyncRequester
from carrierx.media_check.results import MediaReport
from carrierx.media_check.settings import CheckerBase, plan_for
from carrierx.models.validation import MAX_MEDIA_BYTES
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import EllipsisType

    from carrierx.media_check.check_state import CheckState, Item, Stage
    from carrierx.media_check.settings import CheckerOptions

__all__ = ["MediaChecker"]

# Workers stop at the deadline. One that is still in a DNS lookup this long after it is left behind.
GRACE_SECONDS = 0.1


class MediaChecker(CheckerBase):
    """Measures media before they are sent. Threads may share it, and a forked child may continue to use it.

    Creating it opens nothing, and no connection outlives a check. A few worker threads send the requests, so a check
    ends in time even if a DNS lookup hangs.

    Args:
        limit_default: Maximum total size in bytes for checks without a limit of their own; None for no limit.
        backend: Opens connections to checked addresses, for tests.
        **options: See `CheckerOptions`.

    Raises:
        ConfigurationError: An option is unknown, or a number is out of its range.

    Example:
        >>> from carrierx.media_check import MediaChecker
        >>> report = MediaChecker().check(["http://169.254.169.254/latest"])
        >>> report.exceeds, report.results[0].reason
        (False, 'not a public address')
    """

    def __init__(
        self,
        limit_default: int | None = MAX_MEDIA_BYTES,
        *,
        backend: httpcore.NetworkBackend | None = None,
        **options: Unpack[CheckerOptions],
    ) -> None:
        super().__init__(limit_default, **options)
        self._backend = backend or httpcore.SyncBackend()

    @clears_locals
    def check(self, urls: Sequence[str], limit: int | EllipsisType | None = ...) -> MediaReport:
        """Measure media within the time limit of a check.

        Args:
            urls: URLs of the media, in the order of the message. A URL that occurs twice counts twice.
            limit: Maximum total size in bytes; None for no limit, which measures nothing; `...` for the checker's
                default.

        Returns:
            The report. A failure is UNKNOWN in it and raises nothing.

        Raises:
            NetworkBlockedError: A test run may not connect to a host of the media.
        """
        state = self._begin(urls, limit)
        if isinstance(state, MediaReport):
            return state
        deadline = state.deadline
        pools = SyncPools(
            GuardedBackend(self._backend, self._guard, deadline), deadline, self._concurrency, self._tls_context
        )
        pools.hold()
        try:
            for stage in state.stages():
                _Workers(state, stage, pools).work(self._concurrency)
        except Exception as error:  # noqa: BLE001 - a failing check never blocks a message
            state.fail(error)
        finally:
            state.is_stopped = True
            pools.release()
        return state.finish()

    def close(self) -> None:
        """Forget all remembered sizes. Later checks measure nothing. You may close it twice."""
        self._end()


class _Workers:
    """Threads that process one stage."""

    def __init__(self, state: CheckState, stage: Stage, pools: SyncPools) -> None:
        self._state = state
        self._stage = stage
        self._pools = pools
        self._interruption: BaseException | None = None

    def work(self, concurrency: int) -> None:
        """Process the stage, as far as time allows."""
        threads = [
            threading.Thread(target=self._work, name="carrierx media check", daemon=True)
            for _ in range(min(concurrency, len(self._stage.items)))
        ]
        for thread in threads:
            self._pools.hold()
            try:
                thread.start()
            except RuntimeError:
                # No more threads can be started. The running ones do the work.
                self._pools.release()
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, self._state.deadline.left() + GRACE_SECONDS))
        if self._interruption is not None:
            raise self._interruption

    def _work(self) -> None:
        requester = SyncRequester(self._pools)
        try:
            while (item := self._stage.take()) is not None:
                self._measure(item, requester)
        except BaseException as error:  # noqa: BLE001 - passed to the waiting thread
            self._interruption = error
        finally:
            requester.close()
            self._pools.release()

    def _measure(self, item: Item, requester: SyncRequester) -> None:
        plan = plan_for(item, self._stage, self._state)
        try:
            step = next(plan)
            while True:
                if isinstance(step, Ask):
                    item.asking = host_of(step.url)
                step = plan.send(requester.run(step))
        except StopIteration:
            item.end()
        except Exception as error:  # noqa: BLE001 - after any error, the size is unknown
            item.fail(error)
        finally:
            requester.close()
