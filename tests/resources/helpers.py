"""A resource of either client, driven as if it were the sync one, and a script to answer it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

from tests.support.client_factory import ClientFactory, Driven
from tests.support.samples import sampled
from tests.support.scripts import Reply, Script, reply

FILE_SID = "f6070be2-9abd-4726-870c-c86c9aac5c7e"
CONTAINER_SID = "a291fe99-43d6-446f-a63e-91f93030dc7e"
DR_SID = "92cd9154-2f53-4e62-8b4e-8ff6e4849d16"
DID_SID = "e8df62d5-07a3-4189-a67e-87585067c5fe"
BASE_URL = "https://api.carrierx.com/core/v2"


class Resource:
    """Calls the methods of one resource alike, whichever client it belongs to."""

    def __init__(self, factory: ClientFactory, client: Driven, name: str) -> None:
        self._factory = factory
        self._resource = getattr(client.client, name)

    def __getattr__(self, method: str) -> Any:
        def call(*arguments: Any, **keywords: Any) -> Any:
            result = getattr(self._resource, method)(*arguments, **keywords)
            if inspect.iscoroutine(result):
                return self._factory.run(result)
            return self._drawn(result) if hasattr(result, "__anext__") else result

        return call

    def _drawn(self, items: Any) -> Iterator[Any]:
        end = object()

        async def following() -> Any:
            return await anext(items, end)

        while (item := self._factory.run(following())) is not end:
            yield item


def scripted(factory: ClientFactory, name: str, *replies: Reply, **options: Any) -> tuple[Resource, Script]:
    """Make a client answered by these replies; give one of its resources, and the script that saw the requests."""
    script = Script(*replies)
    return Resource(factory, factory.scripted(script, **options), name), script


def answer(name: str, status_code: int = 200, /, **changes: object) -> Reply:
    """Answer with a sample, with changes."""
    return reply(status_code, sampled(name, **changes))


def wire(script: Script) -> list[tuple[str, str, dict[str, str], Any]]:
    """What was sent: method, path below the base URL, query, JSON body."""
    return [
        (
            request.method,
            request.url.raw_path.decode().partition("?")[0].removeprefix("/core/v2"),
            dict(request.url.params),
            json.loads(request.content) if request.content else None,
        )
        for request in script.requests
    ]


def paths(script: Script) -> list[str]:
    """Method and path of what was sent, request by request."""
    return [
        f"{request.method} {request.url.raw_path.decode().partition('?')[0].removeprefix('/core/v2')}"
        for request in script.requests
    ]
