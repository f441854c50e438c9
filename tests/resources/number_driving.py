"""A resource of either client, driven as if it were the sync one; samples; and a script to answer it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.client.client_factory import ClientFactory, Driven
from tests.client.scripts import Reply, Script, reply

_SAMPLES = Path(__file__).parent / "samples"

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


def sample(name: str) -> bytes:
    """Read a JSON sample of CarrierX's documentation."""
    return (_SAMPLES / f"{name}.json").read_bytes()


def sample_names() -> set[str]:
    """The names of all samples."""
    return {path.stem for path in _SAMPLES.iterdir()}


def sampled(name: str, **changes: object) -> dict[str, Any]:
    """Read a sample that is an object, with changes."""
    made: dict[str, Any] = json.loads(sample(name))
    return made | changes


def answer(name: str, **changes: object) -> Reply:
    """Answer 200 with a sample, with changes."""
    return reply(200, sampled(name, **changes))


def did(**changes: object) -> dict[str, Any]:
    """A DID as a response holds it."""
    found: dict[str, Any] = sampled("did_list_response")["items"][0]
    return found | changes


def external_did(**changes: object) -> dict[str, Any]:
    """An external DID as a response holds it."""
    found: dict[str, Any] = sampled("external_did_list_response")["items"][0]
    return found | changes


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
