"""A served emulator posts its callbacks over real sockets, to this machine alone."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from carrierx.emulator import Callback, CallbackQueue, Emulator, EmulatorConfig, EmulatorError, serve
from carrierx.emulator.server.callback_sender import may_be_called
from tests.emulator.helpers import DID, PHONE, SMS, START, accept
from tests.emulator.receivers import PATIENCE, SocketReceiver
from tests.emulator.server.helpers import HEADERS, running_program


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.005)


def receive(emulator: Emulator, text: str = "Hello") -> None:
    emulator.receive(from_=PHONE, to=DID, message=text)


def only(emulator: Emulator) -> Callback:
    [callback] = emulator.callbacks
    return callback


def test_a_received_message_is_posted_to_the_url() -> None:
    with SocketReceiver() as receiver, Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator, serve(emulator):
        message = emulator.receive(from_=PHONE, to=DID, message="é😀")
        arrival = receiver.next()

        assert (arrival.method, arrival.path, arrival.message) == ("POST", "/texts", message)
        assert arrival.headers["content-type"] == "application/json"
        eventually(lambda: only(emulator).taken)


def test_the_statuses_of_a_message_arrive_in_order_as_the_clock_is_stepped() -> None:
    with SocketReceiver() as receiver, Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator, serve(emulator):
        emulator.clock.hold()
        sid = accept(emulator)["message_sid"]
        emulator.clock.step(1)
        assert receiver.next().message["status"] == "sent"

        emulator.clock.step(1000)
        last = receiver.next().message
        assert (last["message_sid"], last["status"]) == (sid, "delivered")


def test_several_statuses_that_are_due_at_once_arrive_in_order() -> None:
    with SocketReceiver() as receiver, Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator, serve(emulator):
        emulator.clock.hold()
        sids = [accept(emulator)["message_sid"] for _ in range(10)]
        emulator.clock.step(1000)
        arrivals = [receiver.next().message for _ in range(20)]

    for sid in sids:
        statuses = [message["status"] for message in arrivals if message["message_sid"] == sid]
        assert statuses == ["sent", "delivered"]


def test_an_answer_of_a_magic_number_comes_without_anybody_asking() -> None:
    with SocketReceiver() as receiver, Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator, serve(emulator):
        emulator.clock.hold()
        accept(emulator, to="12025550110", message="Is anybody there?")
        emulator.clock.step(60)
        arrivals = [receiver.next().message for _ in range(3)]

        assert [message["message"] for message in arrivals if message["direction"] == "inbound"] == [
            "Is anybody there?"
        ]


def test_a_callback_that_was_refused_comes_again_when_the_clock_is_stepped() -> None:
    with (
        SocketReceiver((503, {})) as receiver,
        Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator,
        serve(emulator),
    ):
        emulator.clock.hold()
        receive(emulator)
        first = receiver.next()
        eventually(lambda: len(only(emulator).attempts) == 1)
        emulator.clock.step(1)

        assert receiver.next() == first
        eventually(lambda: only(emulator).taken)
        assert [attempt.status_code for attempt in only(emulator).attempts] == [503, 200]


def test_a_redirect_is_not_followed() -> None:
    with SocketReceiver() as elsewhere, SocketReceiver((307, {"location": elsewhere.url})) as receiver:
        config = EmulatorConfig(callback_url=receiver.url, callback_retries=())
        with Emulator(config) as emulator, serve(emulator):
            receive(emulator)
            receiver.next()
            eventually(lambda: only(emulator).given_up)

            assert only(emulator).attempts[0].status_code == 307
        assert elsewhere.is_empty


def test_nobody_at_the_url_is_an_attempt_that_failed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = EmulatorConfig(callback_url=f"http://127.0.0.1:{port}/texts", callback_retries=())
    with Emulator(config) as emulator, serve(emulator):
        receive(emulator)
        eventually(lambda: only(emulator).given_up)

        assert only(emulator).attempts[0].problem == "ConnectError"


def test_a_silent_receiver_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = EmulatorConfig(callback_url=f"http://127.0.0.1:{silent.getsockname()[1]}/texts")
        with Emulator(config) as emulator:
            with serve(emulator):
                receive(emulator)
                silent.settimeout(PATIENCE)
                connection, _ = silent.accept()
            connection.close()

            assert only(emulator).attempts == ()
            assert emulator.deliver_callbacks(lambda callback: 200)[0].taken


def test_a_silent_receiver_has_its_time_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carrierx.emulator.server.callback_sender.ATTEMPT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/texts"
        with Emulator(EmulatorConfig(callback_url=url, callback_retries=())) as emulator, serve(emulator):
            receive(emulator)
            eventually(lambda: only(emulator).given_up)

            assert str(only(emulator).attempts[0].problem).endswith(("ReadTimeout", "TimeoutError"))


@pytest.mark.parametrize("url", ["http://192.0.2.1/texts", "https://texts.example.com/"])
def test_no_stranger_is_called(url: str) -> None:
    with Emulator(EmulatorConfig(callback_url=url)) as emulator, serve(emulator):
        receive(emulator)
        eventually(lambda: only(emulator).given_up)

        [attempt] = only(emulator).attempts
        assert str(attempt.problem).startswith("not posted: the host is neither this machine nor one of the allowed")


@pytest.mark.parametrize(
    ("url", "hosts", "may"),
    [
        ("http://127.0.0.1:8000/texts", (), True),
        ("http://127.8.9.1/", (), True),
        ("https://[::1]:8000/texts", (), True),
        ("http://LOCALHOST/texts", (), True),
        ("http://10.0.0.7/texts", (), False),
        ("http://0.0.0.0/texts", (), False),
        ("http://localhost.example.com/", (), False),
        ("http://127.0.0.1.example.com/", (), False),
        ("http://app:8000/texts", ("app",), True),
        ("http://App/texts", ("aPP",), True),
        ("http://app.example.com/texts", ("app",), False),
        ("http://10.0.0.7/texts", ("10.0.0.7",), True),
    ],
)
def test_which_hosts_are_called(url: str, hosts: tuple[str, ...], may: bool) -> None:
    assert may_be_called(url, hosts) is may


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with SocketReceiver() as receiver, Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator, serve(emulator):
        receive(emulator)

        assert receiver.next().message["message"] == "Hello"


def test_a_receiver_may_call_the_emulator_while_it_is_called() -> None:
    """As an application does that answers a text."""
    answers = list[int]()

    def answer_the_text(message: dict[str, Any]) -> None:
        reply = {"from": message["to"], "to": message["from"], "message": "Thank you"}
        answer = httpx.post(f"{running.base_url}/sms/messages", json=reply, headers=HEADERS, trust_env=False)
        answers.append(answer.status_code)

    with (
        SocketReceiver(before_answering=answer_the_text) as receiver,
        Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator,
        serve(emulator) as running,
    ):
        emulator.clock.hold()
        receive(emulator)
        receiver.next()

    assert answers == [200]


def test_a_database_that_fails_for_a_while_does_not_end_the_deliveries(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("carrierx.emulator.server.callback_sender._ROUND_AFTER_ERROR_SECONDS", 0.01)
    failures = iter([EmulatorError("the disk is full")])
    waiting_urls = CallbackQueue.waiting_urls

    def fail_once(queue: CallbackQueue) -> object:
        for failure in failures:
            raise failure
        return waiting_urls(queue)

    monkeypatch.setattr(CallbackQueue, "waiting_urls", fail_once)
    with (
        caplog.at_level(logging.WARNING, "carrierx.emulator"),
        SocketReceiver() as receiver,
        Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator,
        serve(emulator),
    ):
        receive(emulator)
        receiver.next()

    assert caplog.messages == ["callbacks can't be delivered: the disk is full"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_clock_that_fails_for_a_while_does_not_end_the_deliveries(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("carrierx.emulator.server.callback_sender._ROUND_AFTER_ERROR_SECONDS", 0.01)
    is_broken = threading.Event()

    def now() -> datetime:
        if is_broken.is_set():
            raise ValueError("private")
        return START

    with (
        SocketReceiver() as receiver,
        Emulator(EmulatorConfig(callback_url=receiver.url), clock=now) as emulator,
        serve(emulator),
    ):
        is_broken.set()
        eventually(lambda: len(caplog.records) > 1)
        is_broken.clear()
        receive(emulator)
        receiver.next()
        eventually(lambda: only(emulator).taken)

    assert {record.getMessage() for record in caplog.records} == {"callbacks can't be delivered: ValueError"}
    assert all(record.exc_info is None for record in caplog.records)


def test_a_callback_whose_attempt_fails_unexpectedly_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [RuntimeError("private")]
    build = httpx.AsyncClient.build_request

    def fail_once(client: httpx.AsyncClient, *arguments: Any, **options: Any) -> httpx.Request:
        if failures:
            raise failures.pop()
        return build(client, *arguments, **options)

    monkeypatch.setattr(httpx.AsyncClient, "build_request", fail_once)
    with (
        SocketReceiver() as receiver,
        Emulator(EmulatorConfig(callback_url=receiver.url, callback_retries=(timedelta(0),))) as emulator,
        serve(emulator),
    ):
        receive(emulator)
        receiver.next()
        eventually(lambda: only(emulator).taken)

        assert [attempt.problem for attempt in only(emulator).attempts] == ["RuntimeError", None]


def test_callbacks_that_are_owed_survive_the_death_of_the_process(tmp_path: Path) -> None:
    database = tmp_path / "messages.db"
    with SocketReceiver() as receiver:
        with running_program(database) as (process, base_url):
            written = httpx.patch(
                f"{base_url}/partners/e00430c3-a7d0-4666-ab5c-f7202448382f",
                json={"callbacks": {"sms": receiver.url}},
                headers=HEADERS,
            )
            assert written.status_code == 200
            sent = httpx.post(f"{base_url}/sms/messages", json=dict(SMS), headers=HEADERS).json()
            process.send_signal(signal.SIGKILL)
            process.wait()

        with Emulator(database=database) as emulator, serve(emulator):
            emulator.clock.step(60)
            statuses = list[str]()
            while "delivered" not in statuses:
                statuses.append(receiver.next().message["status"])

            # What was posted just before the end may come again.
            assert list(dict.fromkeys(statuses)) == ["sent", "delivered"]
            assert {callback.message_sid for callback in emulator.callbacks} == {sent["message_sid"]}


class CountingReceiver:
    """Accepts callbacks on a raw socket, and counts the connections. It can close them without saying so."""

    def __init__(self, *, closes: bool) -> None:
        self.connections = 0
        self.requests = 0
        self.closed = threading.Event()
        self._closes = closes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/texts"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended = True
        with suppress(OSError):
            socket.create_connection(self._listener.getsockname()).close()
        self._thread.join(PATIENCE)
        self._listener.close()

    def _work(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._ended:
                    return
                self.connections += 1
                self._serve(connection)
            self.closed.set()

    def _serve(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while stream.readline():
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            stream.read(length)
            self.requests += 1
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            if self._closes:
                return


def test_a_connection_is_used_again() -> None:
    with (
        CountingReceiver(closes=False) as receiver,
        Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator,
        serve(emulator),
    ):
        emulator.clock.hold()
        accept(emulator)
        emulator.clock.step(60)
        eventually(lambda: all(callback.taken for callback in emulator.callbacks))

        assert (receiver.requests, receiver.connections) == (2, 1)


def test_a_kept_connection_that_the_receiver_closed_is_no_failed_attempt() -> None:
    with (
        CountingReceiver(closes=True) as receiver,
        Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator,
        serve(emulator),
    ):
        for _ in range(3):
            receiver.closed.clear()
            receive(emulator)
            assert receiver.closed.wait(PATIENCE)
            eventually(lambda: all(callback.taken for callback in emulator.callbacks))

        assert [len(callback.attempts) for callback in emulator.callbacks] == [1, 1, 1]
        assert (receiver.requests, receiver.connections) == (3, 3)


def test_a_slow_receiver_holds_up_nobody_else() -> None:
    """The fast receiver gets its callback while the slow one has 20 due."""
    released = threading.Event()

    def be_slow(_message: dict[str, Any]) -> None:
        released.wait(20)

    with (
        SocketReceiver(before_answering=be_slow) as slow,
        SocketReceiver() as fast,
        Emulator(EmulatorConfig(callback_url=slow.url)) as emulator,
        serve(emulator) as running,
    ):
        for number in range(20):
            receive(emulator, f"slow {number}")
        changed = httpx.patch(
            f"{running.base_url}/partners/{emulator.config.partner_sid}",
            json={"callbacks": {"sms": fast.url}},
            headers=HEADERS,
        )
        assert changed.status_code == 200
        begun = time.monotonic()
        receive(emulator, "fast")
        assert fast.next().message["message"] == "fast"
        seconds = time.monotonic() - begun
        waiting = [callback for callback in emulator.callbacks if callback.url == slow.url and not callback.taken]

        assert seconds < 8
        assert len(waiting) == 20
        released.set()
        eventually(lambda: all(callback.taken for callback in emulator.callbacks))
        assert all(len(callback.attempts) == 1 for callback in emulator.callbacks)


def test_a_receiver_whose_response_never_ends_has_accepted_the_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carrierx.emulator.server.callback_sender._BODY_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/texts"
        with Emulator(EmulatorConfig(callback_url=url)) as emulator, serve(emulator):
            receive(emulator)
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
                eventually(lambda: only(emulator).taken)

            assert len(only(emulator).attempts) == 1
