"""Tools that answer in the network's place, each used as its documentation says."""

from __future__ import annotations

import importlib
import json
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from unittest import mock

import httpx
import respx

from tests.support.scripts import SID

Body: TypeAlias = Mapping[str, object]
Bodies: TypeAlias = Callable[[], list[bytes]]
Mock: TypeAlias = Callable[[str, int, Body], AbstractContextManager[Bodies]]

TAKEN: Body = {"message_sid": SID, "status": "queued", "user_data": None}
"""The response to a message that was taken."""


@contextmanager
def _by_respx(url: str, status: int, body: Body, using: str) -> Generator[Bodies]:
    with respx.mock(using=using) as router:
        route = router.post(url).respond(status, json=dict(body))
        calls: Any = route.calls
        yield lambda: [call.request.content for call in calls]


@contextmanager
def _by_pook(url: str, status: int, body: Body) -> Generator[Bodies]:
    pook: Any = importlib.import_module("pook")  # it has no types
    with pook.use():
        made = pook.post(url).reply(status).json(dict(body)).mock
        yield lambda: [request.body for request in made.matches]


@contextmanager
def _by_cassette(url: str, status: int, body: Body) -> Generator[Bodies]:
    vcr: Any = importlib.import_module("vcr")  # it has no types
    seen: dict[bytes, None] = {}

    def note(request: Any) -> Any:
        seen[request.body] = None
        return request

    answer = {
        "status": {"code": status, "message": ""},
        "headers": {"Content-Type": ["application/json"]},
        "body": {"string": json.dumps(dict(body))},
    }
    asked: Body = {"method": "POST", "uri": url, "body": None, "headers": {}}
    with tempfile.TemporaryDirectory() as folder:
        cassette = Path(folder, "cassette.json")
        recorded = {"version": 1, "interactions": [{"request": asked, "response": answer}]}
        cassette.write_text(json.dumps(recorded), encoding="utf-8")
        recorder = vcr.VCR(serializer="json", record_mode="none", before_record_request=note)
        with recorder.use_cassette(str(cassette)):
            seen.clear()  # of what is noted while the cassette is read
            yield lambda: list(seen)


@contextmanager
def _by_patched_send(url: str, status: int, body: Body) -> Generator[Bodies]:
    seen: list[bytes] = []

    def send(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        assert request.url == url
        seen.append(request.read())
        return httpx.Response(status, json=body)

    async def send_async(client: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
        assert request.url == url
        seen.append(await request.aread())
        return httpx.Response(status, json=body)

    with (
        mock.patch.object(httpx.Client, "send", autospec=True, side_effect=send),
        mock.patch.object(httpx.AsyncClient, "send", autospec=True, side_effect=send_async),
    ):
        yield lambda: seen


@contextmanager
def _by_patched_transport(url: str, status: int, body: Body) -> Generator[Bodies]:
    seen: list[bytes] = []

    def handle(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        assert request.url == url
        seen.append(request.read())
        return httpx.Response(status, json=body)

    async def handle_async(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        assert request.url == url
        seen.append(await request.aread())
        return httpx.Response(status, json=body)

    with (
        mock.patch.object(httpx.HTTPTransport, "handle_request", autospec=True, side_effect=handle),
        mock.patch.object(httpx.AsyncHTTPTransport, "handle_async_request", autospec=True, side_effect=handle_async),
    ):
        yield lambda: seen


MOCKS: Mapping[str, Mock] = {
    "respx over httpcore": partial(_by_respx, using="httpcore"),
    "respx over httpx": partial(_by_respx, using="httpx"),
    "pook": _by_pook,
    "a cassette of vcrpy": _by_cassette,
    "a patched send": _by_patched_send,
    "a patched transport": _by_patched_transport,
}
