"""Clients of either kind, driven as if they were the sync one: one body of a test serves both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar

import httpx

from carrierx import AsyncCarrierXClient, Call, CarrierXClient, DetailRecord, Message, Page, Response
from carrierx.emulator import DEMO_TOKEN, AsyncEmulatorTransport, Emulator, EmulatorTransport
from tests.support.scripts import Script

T = TypeVar("T")

Run = Callable[[Any], Any]


class Driven:
    """A client, sync or async, whose methods are called alike. What they take is the client's own business."""

    def __init__(self, client: CarrierXClient | AsyncCarrierXClient, run: Run) -> None:
        self.client = client
        self._messages: Any = client.messages
        self._run = run

    def send(self, request: object = None, /, *positional: object, **keywords: Any) -> Message:
        message: Message = self._run(self._messages.send(request, *positional, **keywords))
        return message

    def get(self, message_sid: Any, **options: Any) -> Message:
        message: Message = self._run(self._messages.get(message_sid, **options))
        return message

    def list(self, **arguments: Any) -> Page[Message]:
        page: Page[Message] = self._run(self._messages.list(**arguments))
        return page

    def iterate(self, **arguments: Any) -> Iterator[Message]:
        """Check the arguments now, fetch each page when it is needed."""
        messages = self._messages.iterate(**arguments)
        return self._drawn(messages) if isinstance(self.client, AsyncCarrierXClient) else messages

    def wait(self, message_sid: str, **arguments: Any) -> Message:
        message: Message = self._run(self._messages.wait(message_sid, **arguments))
        return message

    def reconcile(self, reference: Any, **arguments: Any) -> Message | None:
        found: Message | None = self._run(self._messages.reconcile(reference, **arguments))
        return found

    def record_of(self, reference: str, **arguments: Any) -> DetailRecord | None:
        records: Any = self.client.detail_records
        found: DetailRecord | None = self._run(records.reconcile(reference, **arguments))
        return found

    def execute(self, call: Call[T], **options: Any) -> Response[T]:
        response: Response[T] = self._run(self.client.execute(call, **options))
        return response

    def with_options(self, **options: Any) -> Driven:
        return Driven(self.client.with_options(**options), self._run)

    def close(self) -> None:
        self._run(self.client.close())

    def in_block(self, work: Callable[[Driven], T]) -> T:
        """Do some work in the client's `with` or `async with` block."""
        if isinstance(self.client, CarrierXClient):
            with self.client as entered:
                return work(Driven(entered, self._run))

        async def inside(client: AsyncCarrierXClient) -> AsyncCarrierXClient:
            return await client.__aenter__()

        entered_async = self._run(inside(self.client))
        try:
            return work(Driven(entered_async, self._run))
        finally:
            self._run(self.client.__aexit__(None, None, None))

    def _drawn(self, messages: Any) -> Iterator[Message]:
        end = object()

        async def following() -> Any:
            return await anext(messages, end)

        while (message := self._run(following())) is not end:
            yield message


class ClientFactory:
    """Makes clients of one kind, and closes them at the end: async ones with a runner, sync ones without."""

    def __init__(self, runner: asyncio.Runner | None = None) -> None:
        self.kind: Literal["sync", "async"] = "async" if runner else "sync"
        self._runner = runner
        self._made: list[Driven] = []

    @property
    def run(self) -> Run:
        """Give a sync client's result as it is; wait for an async client's."""
        return self._runner.run if self._runner else lambda result: result

    def make(self, token: Any = DEMO_TOKEN, **options: Any) -> Driven:
        """Make a client by its own constructor."""
        made: CarrierXClient | AsyncCarrierXClient
        made = CarrierXClient(token, **options) if self.kind == "sync" else AsyncCarrierXClient(token, **options)
        driven = Driven(made, self.run)
        self._made.append(driven)
        return driven

    def over(self, emulator: Emulator, token: Any = DEMO_TOKEN, **options: Any) -> Driven:
        """Make a client that talks to an emulator in this process."""
        return self.make(token, http_client=self._http(EmulatorTransport(emulator), emulator), **options)

    def scripted(self, script: Script | Sequence[Any], token: Any = DEMO_TOKEN, **options: Any) -> Driven:
        """Make a client that is answered by a script."""
        played = script if isinstance(script, Script) else Script(*script)
        return self.make(token, http_client=self._http(httpx.MockTransport(played), None), **options)

    def at(self, base_url: str, token: Any = DEMO_TOKEN, **options: Any) -> Driven:
        """Make a client with its own connections to a server of this machine."""
        return self.make(token, base_url=base_url, **options)

    def close(self) -> None:
        """Close every client that was made."""
        for driven in self._made:
            driven.close()

    def _http(self, transport: Any, emulator: Emulator | None) -> httpx.Client | httpx.AsyncClient:
        if self.kind == "sync":
            return httpx.Client(transport=transport)
        return httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator) if emulator else transport)
