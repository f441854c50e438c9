"""The base of the async resources: executes calls, follows plans and goes through lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from carrierx.resources.base import Pause, Resource
from carrierx.resources.paging import next_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator

    from carrierx.event_hub import EventHub
    from carrierx.media_check import AsyncMediaChecker
    from carrierx.models.page import Page
    from carrierx.options import CallOptions, ClientConfig
    from carrierx.resources.base import LastResponse
    from carrierx.resources.messages import MessageSettings
    from carrierx.transport.async_transport import AsyncTransport
    from carrierx.transport.call import Call, Response

__all__ = ["AsyncContext", "AsyncResource"]

T = TypeVar("T")
R = TypeVar("R")


class AsyncContext(NamedTuple):
    """The parts of an async client that its resources share."""

    config: ClientConfig
    events: EventHub
    transport: AsyncTransport
    message_settings: MessageSettings
    media_checker: AsyncMediaChecker
    last_response: LastResponse | None = None

    async def execute(
        self,
        call: Call[T],
        options: CallOptions,
        events: EventHub | None = None,
        config: ClientConfig | None = None,
    ) -> Response[T]:
        """Execute a call with its options, and with other listeners and settings than the client's if given."""
        settings = self.config.settings_for(options)
        response = await self.transport.execute(call, settings, config or self.config, events or self.events)
        if self.last_response is not None:
            self.last_response.keep(response)
        return response


class AsyncResource(Resource):
    """Executes the calls of an async client."""

    def __init__(self, context: AsyncContext) -> None:
        self._context = context

    @property
    def _default_region(self) -> str | None:
        return self._context.message_settings.default_region

    async def _execute(self, call: Call[T], options: CallOptions) -> T:
        return (await self._context.execute(call, options)).parsed

    async def _follow(self, plan: Generator[Call[T] | Pause, T, R], options: CallOptions) -> R:
        """Execute a plan of several calls and pauses."""
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

    async def _iterate(
        self,
        first: Call[Page[T]],
        max_items: int | None,
        options: CallOptions,
        wanted: Callable[[T], bool] | None = None,
    ) -> AsyncIterator[T]:
        """Go through a list page by page, to its end or to `max_items` of the items that are wanted."""
        call: Call[Page[T]] | None = first
        left = max_items
        while call is not None and left != 0:
            page = await self._execute(call, options)
            for item in page.items if wanted is None else filter(wanted, page.items):
                yield item
                left = None if left is None else left - 1
                if left == 0:
                    return
            call = next_call(call, page, self._context.config.base_url)
