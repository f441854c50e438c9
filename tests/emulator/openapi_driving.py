"""Driving an emulator by its own description, in this process."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorResponse, Request

BASE_URL = "http://emulator.example"


class EmulatorAdapter(HTTPAdapter):
    """Lets a session of requests talk to an emulator without a socket."""

    def __init__(self, handle: Callable[[Request], EmulatorResponse]) -> None:
        super().__init__()
        self._handle = handle

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        headers = tuple((str(name), _text(value)) for name, value in request.headers.items())
        method, body = request.method or "GET", request.body
        answer = self._handle(
            Request(method, parts.path, parts.query, (("host", parts.netloc), *headers), _bytes(body), parts.scheme)
        )
        raw = urllib3.HTTPResponse(
            io.BytesIO(answer.body),
            dict(answer.headers),
            answer.status,
            version=11,
            preload_content=False,
            request_method=method,
        )
        return self.build_response(request, raw)


def session_with(emulator: Emulator, headers: Mapping[str, str] | None = None) -> requests.Session:
    """Return a session that talks to an emulator with the demo token."""
    session = session_of(emulator.handle)
    session.headers.update({"Authorization": f"Bearer {DEMO_TOKEN}", **(headers or {})})
    return session


def session_of(handle: Callable[[Request], EmulatorResponse]) -> requests.Session:
    """Return a session whose requests a function handles."""
    session = requests.Session()
    session.trust_env = False
    session.mount(BASE_URL, EmulatorAdapter(handle))
    return session


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b""
