"""The application alone and mounted, over real connections."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from carrierx import Message
from carrierx.callbacks import CallbackApp, SQLiteLedger, callback_app
from tests.callbacks.asgi_client import SECRET, SECRETS
from tests.callbacks.carrier import Carrier, inbound, status_update
from tests.callbacks.server import serving


class Inbox:
    """A blocking handler that keeps what it is given."""

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds
        self.messages: list[Message] = []

    def __call__(self, message: Message) -> None:
        time.sleep(self.seconds)
        self.messages.append(message)


def alone(callbacks: CallbackApp) -> object:
    return callbacks


def in_starlette(callbacks: CallbackApp) -> object:
    return Starlette(routes=[Mount("/alone", callbacks)])


def in_fastapi(callbacks: CallbackApp) -> object:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await callbacks.drain()

    app = FastAPI(lifespan=lifespan)
    app.mount("/alone", callbacks)
    return app


Wrapping = Callable[[CallbackApp], object]
EVERYWHERE = pytest.mark.parametrize("wrap", [alone, in_starlette, in_fastapi])


@EVERYWHERE
def test_callbacks_come_over_a_real_connection(wrap: Wrapping) -> None:
    inbox = Inbox()
    callbacks = callback_app(inbox, secrets=SECRETS)
    with serving(wrap(callbacks)) as url, Carrier(f"{url}/alone/{SECRET}") as carrier:
        fields = inbound("Hello")
        assert [carrier.post(each) for each in (fields, fields, status_update("delivered"))] == [200] * 3
        assert carrier.post_raw(b"[]").status_code == 400
        assert carrier.post_raw(b"{}").headers["content-type"] == "application/json"
        with Carrier(f"{url}/alone/{SECRET}x") as stranger:
            assert stranger.post(fields) == 404
        wait_for(lambda: len(inbox.messages) == 2)
    assert callbacks.counts.handled == 2


@pytest.mark.parametrize("wrap", [alone, in_fastapi])
def test_a_server_that_stops_waits_for_the_work(wrap: Wrapping) -> None:
    inbox = Inbox(seconds=0.1)
    with serving(wrap(callback_app(inbox, secrets=SECRETS))) as url, Carrier(f"{url}/alone/{SECRET}") as carrier:
        assert [carrier.post(inbound()) for _ in range(4)] == [200] * 4

    assert len(inbox.messages) == 4


async def test_one_that_is_mounted_without_a_lifespan_works() -> None:
    inbox = Inbox()
    callbacks = callback_app(inbox, secrets=SECRETS)
    app = Starlette(routes=[Mount("/here", callbacks)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.post(f"/here/{SECRET}", json=inbound())
        assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
        assert (await client.get(f"/here/{SECRET}")).status_code == 405
    await callbacks.drain()

    assert len(inbox.messages) == 1


def test_many_senders_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    inbox = Inbox()
    messages = [inbound(str(number)) for number in range(60)] * 2
    with SQLiteLedger(tmp_path / "seen.db") as ledger:
        callbacks = callback_app(inbox, secrets=SECRETS, ledger=ledger)
        with serving(callbacks) as url, Carrier(f"{url}/{SECRET}") as carrier, ThreadPoolExecutor(8) as threads:
            assert {*threads.map(carrier.post, messages)} == {200}

    assert sorted(str(message.message) for message in inbox.messages) == sorted(str(number) for number in range(60))
    assert callbacks.counts.duplicates == 60


def test_a_megabyte_is_turned_away_and_the_server_lives_on() -> None:
    inbox = Inbox()
    callbacks = callback_app(inbox, secrets=SECRETS)
    with serving(callbacks) as url, Carrier(f"{url}/{SECRET}") as carrier:
        with suppress(httpx.NetworkError):  # the server may close while we are still writing
            assert carrier.post_raw(b"x" * 1_048_576).status_code == 413
        assert carrier.post(inbound()) == 200
    assert (callbacks.counts.refused, len(inbox.messages)) == (1, 1)


def test_a_sender_that_drips_and_one_that_breaks_off_hold_up_nobody() -> None:
    callbacks = callback_app(Inbox(), secrets=SECRETS, body_seconds=0.5)
    with serving(callbacks) as url, Carrier(f"{url}/{SECRET}") as carrier:
        address = urlsplit(url)
        head = f"POST /{SECRET} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{{".encode()
        with connect(address.hostname, address.port) as broken:
            broken.sendall(head)
        with connect(address.hostname, address.port) as dripping:
            dripping.sendall(head)
            ended = threading.Event()
            threading.Thread(target=drip, args=(dripping, ended), daemon=True).start()
            assert carrier.post(inbound()) == 200
            answered = dripping.recv(4096)
            ended.set()
        wait_for(lambda: callbacks.counts.refused == 2)
    assert answered.startswith(b"HTTP/1.1 408 ")


def connect(host: str | None, port: int | None) -> socket.socket:
    return socket.create_connection((str(host), int(port or 0)), timeout=20)


def drip(connection: socket.socket, ended: threading.Event) -> None:
    while not ended.wait(0.02):
        try:
            connection.sendall(b" ")
        except OSError:
            return


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def test_the_room_needs_no_framework() -> None:
    source = Path(__file__).parents[2] / "src"
    program = (
        f"import sys; sys.path.insert(0, {str(source)!r}); import carrierx.callbacks; import json; "
        "print(json.dumps(sorted({'starlette', 'fastapi', 'flask', 'django', 'httpx', 'uvicorn', 'anyio'} "
        "& sys.modules.keys())))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert json.loads(finished.stdout) == []
