"""The health of an outbox: limits, and the application that answers load balancers."""

from __future__ import annotations

import asyncio
import logging
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from carrierx import ConfigurationError, SendMessageRequest
from carrierx.outbox import Outbox, OutboxStats, OutboxUnavailableError, State
from carrierx.outbox.health import OutboxHealth

Make = Callable[..., SendMessageRequest]

WELL = OutboxStats(
    counts={State.QUEUED: 4, State.ACCEPTED: 9},
    depth=4,
    due=4,
    oldest_due_seconds=10.0,
    sending=0,
    unknown=2,
    review=1,
    accepted_last_minute=9,
    paused=None,
    lost_commits=False,
)


class Fixed:
    """An outbox whose numbers a test sets."""

    def __init__(self, stats: OutboxStats = WELL) -> None:
        self.numbers = stats
        self.readings = 0
        self.threads: set[str] = set()
        self.begun = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def stats(self, *, quick: bool = False) -> OutboxStats:
        self.readings += 1
        self.begun.set()
        self.threads.add(threading.current_thread().name)
        assert self.go.wait(20)
        return self.numbers


def health_of(outbox: Any, **limits: Any) -> OutboxHealth:
    return OutboxHealth(outbox, **limits)


async def get(app: Any, path: str = "/", method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://health") as client:
        return await client.request(method, path)


class TestLimits:
    @pytest.mark.parametrize(
        ("limits", "problems"),
        [
            ({}, ()),
            ({"max_age": 10, "max_unknown": 2, "max_review": 1}, ()),
            ({"max_age": 9.9}, ("age",)),
            ({"max_unknown": 1}, ("unknown",)),
            ({"max_review": 0}, ("review",)),
            ({"max_age": 0, "max_unknown": 0, "max_review": 0}, ("age", "unknown", "review")),
        ],
    )
    def test_a_number_above_its_limit_is_a_problem(self, limits: dict[str, Any], problems: tuple[str, ...]) -> None:
        report = health_of(Fixed(), **limits).check()

        assert report.problems == problems
        assert report.healthy == (problems == ())
        assert report.stats is WELL

    @pytest.mark.parametrize(
        ("change", "problem"),
        [({"paused": "CarrierX answered 401"}, "paused"), ({"lost_commits": True}, "lost_commits")],
    )
    def test_what_stops_all_workers_is_a_problem_without_any_limit(self, change: dict[str, Any], problem: str) -> None:
        assert health_of(Fixed(replace(WELL, **change))).check().problems == (problem,)

    @pytest.mark.parametrize(
        ("limits", "said"),
        [
            ({"max_age": -1}, "max_age must be a finite number of seconds 0 or more"),
            ({"max_age": float("nan")}, "max_age must be a finite"),
            ({"max_unknown": 1.5}, "max_unknown must be a whole number"),
            ({"max_review": -1}, "max_review must be 0 or more"),
            ({"max_review": True}, "max_review must be a whole number"),
            ({"timeout": 0}, "timeout must be"),
        ],
    )
    def test_limits_that_can_not_be(self, limits: dict[str, Any], said: str) -> None:
        with pytest.raises(ConfigurationError, match=said):
            health_of(Fixed(), **limits)


class TestApplication:
    async def test_all_is_well(self) -> None:
        response = await get(health_of(Fixed()))

        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == {
            "status": "healthy",
            "problems": [],
            "counts": {"queued": 4, "accepted": 9},
            "due": 4,
            "oldest_due_seconds": 10.0,
            "accepted_last_minute": 9,
            "paused": False,
            "lost_commits": False,
        }

    async def test_a_problem_is_503_and_the_reason_of_a_pause_stays_inside(self) -> None:
        response = await get(health_of(Fixed(replace(WELL, paused="call 15162065574 first")), max_age=1))

        assert response.status_code == 503
        assert response.json()["status"] == "unhealthy"
        assert response.json()["problems"] == ["age", "paused"]
        assert response.json()["paused"] is True
        assert "15162065574" not in response.text

    async def test_nothing_private_of_a_real_outbox_is_in_it(self, outbox: Outbox, message: Make) -> None:
        outbox.add(None, message("Meet me at the lighthouse"), key="order-17")

        response = await get(OutboxHealth(outbox, max_age=300))

        assert response.status_code == 200
        assert response.json()["counts"] == {"queued": 1}
        for private in ("15162065575", "15162065574", "lighthouse", "order-17"):
            assert private not in response.text

    async def test_a_database_that_is_away_is_503_without_its_address(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        outbox = Fixed()

        def away(*, quick: bool) -> OutboxStats:
            raise OutboxUnavailableError("postgresql://user:secret@host")

        monkeypatch.setattr(outbox, "stats", away)
        with caplog.at_level(logging.WARNING, "carrierx"):
            response = await get(health_of(outbox))

        assert response.status_code == 503
        assert response.json() == {"status": "unavailable", "problems": ["database"]}
        assert caplog.messages == ["outbox health: the database can't be read: OutboxUnavailableError"]

    async def test_a_file_without_tables_is_503(self, tmp_path: Any) -> None:
        with closing(sqlite3.connect(tmp_path / "texts.db")):
            outbox = Outbox(f"sqlite:///{tmp_path}/texts.db")

        assert (await get(OutboxHealth(outbox))).status_code == 503

    async def test_a_database_that_hangs_is_503_in_time_and_200_once_it_answers(self) -> None:
        outbox = Fixed()
        outbox.go.clear()
        app = health_of(outbox, timeout=0.1)

        responses = await asyncio.gather(*(get(app) for _ in range(5)))
        assert {response.status_code for response in responses} == {503}
        assert outbox.readings == 1

        outbox.go.set()
        patient = health_of(outbox)
        assert (await get(patient)).status_code == 200

    async def test_the_event_loop_runs_on_while_the_database_is_read(self) -> None:
        outbox = Fixed()
        outbox.go.clear()
        asking = asyncio.create_task(get(health_of(outbox)))
        await asyncio.to_thread(outbox.begun.wait, 20)
        outbox.go.set()

        assert (await asking).status_code == 200
        assert outbox.threads == {"carrierx-outbox-health"}

    async def test_a_request_that_is_given_up_does_not_spoil_the_others(self) -> None:
        outbox = Fixed()
        outbox.go.clear()
        app = health_of(outbox)
        first, second = asyncio.create_task(get(app)), asyncio.create_task(get(app))
        await asyncio.to_thread(outbox.begun.wait, 20)
        first.cancel()
        await asyncio.sleep(0.01)
        outbox.go.set()

        assert (await second).status_code == 200
        assert outbox.readings == 1

    async def test_requests_within_a_second_share_one_reading(self, monkeypatch: pytest.MonkeyPatch) -> None:
        outbox = Fixed()
        app = health_of(outbox)
        for _ in range(3):
            await get(app)
        assert outbox.readings == 1

        monkeypatch.setattr("carrierx.outbox.health._KEPT_FOR", -1.0)
        await get(app)
        assert outbox.readings == 2

    async def test_methods(self) -> None:
        app = health_of(Fixed())
        head, post = await get(app, method="HEAD"), await get(app, method="POST")

        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 0
        assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD")

    async def test_it_can_be_mounted(self) -> None:
        app = Starlette(routes=[Mount("/health/outbox", health_of(Fixed()))])

        assert (await get(app, "/health/outbox/")).status_code == 200

    async def test_a_websocket_is_refused(self) -> None:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await health_of(Fixed())({"type": "websocket"}, receive, send)
        assert sent == [{"type": "websocket.close", "code": 1000}]

    def test_a_server_can_run_it_alone(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(health_of(Fixed()), lifespan="on", log_config=None))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).json()["status"] == "healthy"
        finally:
            server.should_exit = True
            thread.join()
