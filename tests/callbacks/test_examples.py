"""The examples as they stand: CarrierX posts to them over a real socket, and they reply through the emulator."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from carrierx import CarrierXClient
from carrierx.callbacks import new_secret
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, StatusDelays, serve
from tests.callbacks.carrier import THEIRS, YOURS, Carrier, inbound, legacy, status_update
from tests.callbacks.serve_example import EXAMPLES

SOURCE = Path(__file__).parents[2] / "src"
APPS = ["fastapi_app", "flask_app", "django_app"]
OTHER = "15162065570"
KEY = "a-key-for-the-tests"


class Shop:
    """A running example, with CarrierX on both sides of it."""

    def __init__(self, carrier: Carrier, stranger: Carrier, emulator: Emulator, base_url: str, url: str) -> None:
        self.carrier = carrier
        self.stranger = stranger
        self.emulator = emulator
        self.base_url = base_url
        self.url = url

    def replies(self, count: int) -> list[tuple[Any, Any, str]]:
        """The texts that were sent, once there are so many: sender, recipient, and what they are about."""
        wait_until(lambda: len(self._sent()) >= count)
        about = {"for help call": "HELP", "no more texts from": "STOPPED", "texts from this number again": "STARTED"}
        return [
            (sent["from"], sent["to"], next(name for part, name in about.items() if part in str(sent["message"])))
            for sent in self._sent()
        ]

    def _sent(self) -> list[dict[str, Any]]:
        return [message for message in self.emulator.messages if message["direction"] == "outbound"]


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds, and no longer than it may take; what it holds is asserted afterwards."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


@contextmanager
def running(name: str, folder: Path, base_url: str) -> Generator[str]:
    """Start an example; a warning is an error, and what it logs must not hold the secret, a number or a text."""
    secret = new_secret()
    settings = {"CALLBACK_SECRET": secret, "CALLBACK_FOLDER": str(folder), "CARRIERX_TOKEN": DEMO_TOKEN, "API_KEY": KEY}
    program = subprocess.Popen(
        [sys.executable, "-W", "error", str(Path(__file__).parent / "serve_example.py"), name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **settings, "CARRIERX_BASE_URL": base_url, "PYTHONPATH": str(SOURCE), "NO_PROXY": "*"},
    )
    with program:
        try:
            assert program.stdout is not None
            url = program.stdout.readline().strip()
            if not url:
                pytest.fail(f"the example did not start: {program.communicate(timeout=30)[1]}")
            yield f"{url}/carrierx/{secret}"
        finally:
            program.terminate()
        _, logged = program.communicate(timeout=30)
    assert "Warning" not in logged
    assert [hidden for hidden in (secret, KEY, THEIRS, YOURS, OTHER, "shop!") if hidden in logged] == [], logged


@contextmanager
def open_shop(name: str, folder: Path, config: EmulatorConfig | None = None) -> Generator[Shop]:
    with (
        Emulator(config) as emulator,
        serve(emulator) as carrierx,
        running(name, folder, carrierx.base_url) as url,
        Carrier(url) as carrier,
        Carrier(url[:-1]) as stranger,
    ):
        yield Shop(carrier, stranger, emulator, carrierx.base_url, url)


@pytest.fixture(params=APPS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(request.param, tmp_path) as opened:
        yield opened


def test_customers_are_answered_once_and_strangers_never(shop: Shop) -> None:
    help_me, stop = inbound("Help"), legacy(inbound(" STOP. "))
    taken = [
        help_me,
        help_me,
        stop,
        stop,
        inbound("stop"),
        inbound("stopall"),
        inbound("Nice shop!"),
        inbound("HELP", direction="outbound", status="sent"),
        status_update("delivered"),
        status_update("sent"),
        inbound("start"),
        inbound("START"),
        inbound("help", **{"from": OTHER}),
        inbound("Stop"),
    ]
    for callback in taken:
        assert shop.carrier.post(callback) == 200
    refused = [
        (shop.stranger.post(inbound("help")), 404),
        (shop.carrier.post_raw(b"{").status_code, 400),
        (shop.carrier.post_raw(b"{}", **{"Content-Type": "application/json"}).status_code, 400),
    ]

    replies = shop.replies(5)
    own = [about for _, to, about in replies if to == THEIRS]
    assert own == ["HELP", "STOPPED", "STARTED", "STOPPED"]
    assert (YOURS, OTHER, "HELP") in replies
    assert len(replies) == 5
    assert all(given == wanted for given, wanted in refused)


@pytest.mark.parametrize(("name", "status"), [("fastapi_app", 200), ("flask_app", 500), ("django_app", 500)])
def test_a_reply_that_is_refused_harms_nothing(name: str, status: int, tmp_path: Path) -> None:
    config = EmulatorConfig(enabled_numbers=frozenset({OTHER}))
    with open_shop(name, tmp_path, config) as shop:
        assert shop.carrier.post(inbound("STOP")) == status
        assert shop.carrier.post(inbound("help")) == status
        assert shop.carrier.post(inbound("STOP")) == 200  # it is remembered, and not confirmed a second time
        assert shop.carrier.post(inbound("help", to=OTHER)) == 200

        assert shop.replies(1) == [(OTHER, THEIRS, "HELP")]


@pytest.mark.parametrize("name", APPS)
def test_the_served_emulator_posts_its_callbacks_to_an_example(name: str, tmp_path: Path) -> None:
    """The whole circle over real sockets: a text comes in, the example answers, and hears of its answer's statuses."""
    concurrency = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)))
    with open_shop(name, tmp_path, concurrency) as shop:
        emulator = shop.emulator
        with CarrierXClient(DEMO_TOKEN, base_url=shop.base_url, trust_env=False) as client:
            client.partners.set_sms_callback(emulator.config.partner_sid, shop.url)
        for number, word in enumerate(("Help", "STOP"), start=1):
            emulator.receive(from_=THEIRS, to=YOURS, message=word)
            shop.replies(number)
        wait_until(lambda: len(emulator.callbacks) == 6 and all(callback.taken for callback in emulator.callbacks))

        assert [(to, about) for _, to, about in shop.replies(2)] == [(THEIRS, "HELP"), (THEIRS, "STOPPED")]
        assert sorted(callback.status for callback in emulator.callbacks) == [
            *("delivered", "delivered"),
            *("received", "received"),
            *("sent", "sent"),
        ]
        assert all(callback.taken for callback in emulator.callbacks)


def test_fastapi_sends_only_to_those_who_want_texts(tmp_path: Path) -> None:
    def remind(shop: Shop, key: str = KEY, to: str = THEIRS) -> httpx.Response:
        url = shop.url.split("/carrierx/")[0] + "/reminders"
        return httpx.post(url, json={"to": to, "time": "7"}, headers={"x-api-key": key}, trust_env=False)

    with open_shop("fastapi_app", tmp_path) as shop:
        assert remind(shop, "another-key").status_code == 401
        assert shop.carrier.post(inbound("STOP")) == 200
        assert shop.replies(1) == [(YOURS, THEIRS, "STOPPED")]
        assert remind(shop).status_code == 409

        sent = remind(shop, to=OTHER)
        assert (sent.status_code, sent.json()) == (200, {"message_sid": shop.emulator.messages[-1]["message_sid"]})
        shop.emulator.faults.answer(500, times=1)
        unconfirmed = remind(shop, to=OTHER)
        shop.emulator.faults.answer(403, times=1)
        refused = remind(shop, to=OTHER)
        shop.emulator.faults.answer(429, retry_after=600, times=1)
        busy = remind(shop, to=OTHER)

    assert (unconfirmed.status_code, unconfirmed.json().keys()) == (202, {"unconfirmed"})
    assert (refused.status_code, busy.status_code) == (422, 503)


def test_every_example_is_run() -> None:
    found = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in EXAMPLES.glob("*.py")}

    assert found.keys() == {*APPS, "replies"}
    assert all(ast.get_docstring(tree) for tree in found.values())
