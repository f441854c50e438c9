"""Samples of files, containers and detail records; and their resources, driven as if they were the sync ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.client.client_factory import ClientFactory, Driven
from tests.client.scripts import Reply, Script, reply
from tests.resources.number_driving import Resource

_SAMPLES = Path(__file__).parent / "storage_samples"

BASE_URL = "https://api.carrierx.com/core/v2"
FILE_SID = "f6070be2-9abd-4726-870c-c86c9aac5c7e"
CONTAINER_SID = "a291fe99-43d6-446f-a63e-91f93030dc7e"
DR_SID = "92cd9154-2f53-4e62-8b4e-8ff6e4849d16"


def sample_names() -> set[str]:
    """The names of all samples."""
    return {path.stem for path in _SAMPLES.iterdir()}


def sample(name: str) -> bytes:
    """Read a JSON sample of CarrierX's documentation."""
    return (_SAMPLES / f"{name}.json").read_bytes()


def sampled(name: str, **changes: object) -> dict[str, Any]:
    """Read a sample that is an object, with changes."""
    made: dict[str, Any] = json.loads(sample(name))
    return made | changes


def answer(name: str, status: int = 200, **changes: object) -> Reply:
    """Answer with a sample, with changes."""
    return reply(status, sampled(name, **changes))


def resource(factory: ClientFactory, client: Driven, name: str) -> Any:
    """One resource of a client."""
    return Resource(factory, client, name)


def scripted(factory: ClientFactory, name: str, *replies: Reply, **options: Any) -> tuple[Any, Script]:
    """Make a client answered by these replies; give one of its resources, and the script that saw the requests."""
    script = Script(*replies)
    return resource(factory, factory.scripted(script, **options), name), script


def paths(script: Script) -> list[str]:
    """Method and path of what was sent, request by request."""
    return [
        f"{request.method} {request.url.raw_path.decode().partition('?')[0].removeprefix('/core/v2')}"
        for request in script.requests
    ]
