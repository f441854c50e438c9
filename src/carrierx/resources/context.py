"""What a client lends its resources, and the two base classes that hand calls over."""

from __future__ import annotations

from inspect import isfunction
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from carrierx.resources.paging import next_call
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator

    from carrierx.event_hub import EventHub
    from carrierx.models.page import Page
    from carrierx.options import CallOptions, ClientConfig
    from carrierx.resources.media_gate import AsyncMediaGate, MediaGate
    from carrierx.resources.message_settings import MessageSettings
    from carrierx.transport.async_transport import AsyncTransport
    from carrierx.transport.call import Call, Response
    from carrierx.transport.sync_transport import SyncTransport

__all__ = ["AsyncContext", "AsyncResource", "Pause", "SyncContext", "SyncResource", "twin_of"]

T = TypeVar("T")
R = TypeVar("R")
C = TypeVar("C", bound=type)


class SyncContext(NamedTuple):
    """A sync client's inside: configuration, listeners and the way to CarrierX."""

    config: ClientConfig
    events: EventHub
    transport: SyncTransport
    message_settings: MessageSettings
    media: MediaGate

    def execute(
        self,
        call: Call[T],
        options: CallOptions,
        events: EventHub | None = None,
        config: ClientConfig | None = None,
    ) -> Response[T]:
        """Carry a call out under a call's options; other listeners and settings than the client's may be given."""
        settings = self.config.settings_for(options)
        return self.transport.execute(call, settings, config or self.config, events or self.events)


class AsyncContext(NamedTuple):
    """An async client's inside: configuration, listeners and the way to CarrierX."""

    config: ClientConfig
    events: EventHub
    transport: AsyncTransport
    message_settings: MessageSettings
    media: AsyncMediaGate

    async def execute(
        self,
        call: Call[T],
        options: CallOptions,
        events: EventHub | None = None,
        config: ClientConfig | None = None,
    ) -> Response[T]:
        """Carry a call out under a call's options; other listeners and settings than the client's may be given."""
        settings = self.config.settings_for(options)
        return await self.transport.execute(call, settings, config or self.config, events or self.events)


class Pause(NamedTuple):
    """A step of a plan: wait so many seconds."""

    seconds: float


class _Resource:
    """Clears what the caller gave from an exception's traceback when it leaves any public method."""

    def __init_subclass__(cls) -> None:
        for name, member in list(vars(cls).items()):
            if isfunction(member) and not name.startswith("_"):
                setattr(cls, name, clears_locals(member))


class SyncResource(_Resource):
    """Hands calls to a sync client."""

    def __init__(self, context: SyncContext) -> None:
        self._context = context

    def _execute(self, call: Call[T], options: CallOptions) -> T:
        return self._context.execute(call, options).parsed

    def _follow(self, plan: Generator[Call[T] | Pause, T, R], options: CallOptions) -> R:
        """Carry out a plan of several calls and pauses."""
        try:
            step = next(plan)
            while True:
                if isinstance(step, Pause):
                    self._context.config.clock.sleep(step.seconds)
                    step = next(plan)
                else:
                    step = plan.send(self._execute(step, options))
        except StopIteration as end:
            result: R = end.value
            return result

    def _iterate(self, first: Call[Page[T]], most: int | None, options: CallOptions) -> Iterator[T]:
        """Go through a list page by page, to its end or to `most` items."""
        call: Call[Page[T]] | None = first
        left = most
        while call is not None and left != 0:
            page = self._execute(call, options)
            yield from page.items[:left]
            left = None if left is None else max(0, left - len(page.items))
            call = next_call(call, page, self._context.config.base_url)


class AsyncResource(_Resource):
    """Hands calls to an async client."""

    def __init__(self, context: AsyncContext) -> None:
        self._context = context

    async def _execute(self, call: Call[T], options: CallOptions) -> T:
        return (await self._context.execute(call, options)).parsed

    async def _follow(self, plan: Generator[Call[T] | Pause, T, R], options: CallOptions) -> R:
        """Carry out a plan of several calls and pauses."""
        try:
            step = next(plan)
            while True:
                if isinstance(step, Pause):
                    await self._context.config.clock.sleep_async(step.seconds)
                    step = next(plan)
                else:
                    step = plan.send(await self._execute(step, options))
        except StopIteration as end:
            result: R = end.value
            return result

    async def _iterate(self, first: Call[Page[T]], most: int | None, options: CallOptions) -> AsyncIterator[T]:
        """Go through a list page by page, to its end or to `most` items."""
        call: Call[Page[T]] | None = first
        left = most
        while call is not None and left != 0:
            page = await self._execute(call, options)
            for item in page.items[:left]:
                yield item
            left = None if left is None else max(0, left - len(page.items))
            call = next_call(call, page, self._context.config.base_url)


def twin_of(sync_class: type) -> Callable[[C], C]:
    """Mark an async class as the twin of a sync one: it shares the docstrings, and tests compare the signatures."""

    def share(async_class: C) -> C:
        for name, method in vars(async_class).items():
            if not name.startswith("_") and method.__doc__ is None:
                method.__doc__ = getattr(sync_class, name).__doc__
        return async_class

    return share
