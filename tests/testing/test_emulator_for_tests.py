"""The emulator of one test: alone, in memory, its time and its faults in the test's hands."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from carrierx import (
    AsyncCarrierXClient,
    AuthenticationError,
    CarrierXClient,
    ConfigurationError,
    ObjectValidationError,
    callbacks,
)
from carrierx.emulator import Credential, EmulatorConfig, EmulatorError, StatusDelays
from carrierx.testing import EmulatorForTests, emulator_for_tests
from tests.testing.texts import OURS, THEIRS, send

NEW_YEAR = datetime(2030, 1, 1, tzinfo=UTC)


def test_its_time_stands_until_it_is_stepped(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    before = carrierx_emulator.clock.now()
    sent = send(carrierx_client)
    assert (carrierx_emulator.clock.held, sent.date_created) == (True, before)

    carrierx_emulator.clock.step(5)

    assert carrierx_client.messages.get(sent.message_sid).status == "delivered"
    assert carrierx_emulator.clock.now() == before + timedelta(seconds=5)


def test_it_can_start_at_any_time() -> None:
    with emulator_for_tests(clock=lambda: NEW_YEAR) as emulator:
        assert send(emulator.client()).date_created == NEW_YEAR


def test_it_settles(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    send(carrierx_client)

    carrierx_emulator.settle()

    assert carrierx_emulator.messages.last.status == "delivered"


@pytest.mark.parametrize(
    ("sent_after", "status"), [(timedelta(seconds=1), "sent"), (timedelta.max, "queued"), (timedelta(0), "sent")]
)
def test_it_settles_where_messages_stay(sent_after: timedelta, status: str) -> None:
    config = EmulatorConfig(delays=StatusDelays(sent_after, timedelta.max))
    with emulator_for_tests(config) as emulator:
        send(emulator.client())

        emulator.settle()

        assert emulator.messages.last.status == status


def test_what_a_magic_number_answers_has_come_in_once_it_settles() -> None:
    with emulator_for_tests(EmulatorConfig(visibility_lag=timedelta(seconds=30))) as emulator:
        client = emulator.client()
        sent = send(client, "Bye", to="12025550111")
        emulator.settle()

        assert emulator.messages.inbound.from_("12025550111").only.message == "STOP"
        assert [message.status for message in client.messages.iterate()] == ["delivered", "received"]
        assert client.messages.get(sent.message_sid).status == "delivered"


def test_callbacks_are_handed_to_the_application() -> None:
    answers = [503, 204]
    with emulator_for_tests(EmulatorConfig(callback_url="https://example.org/texts")) as emulator:
        received = emulator.receive(from_=THEIRS, to=OURS, message="STOP")

        [refused] = emulator.deliver_callbacks(lambda callback: answers.pop(0))
        assert emulator.deliver_callbacks(lambda callback: 500) == ()
        emulator.clock.step(60)
        [taken] = emulator.deliver_callbacks(lambda callback: answers.pop(0))

        assert (refused.taken, taken.taken, emulator.callbacks) == (False, True, (taken,))
        assert callbacks.parse(taken.body).message_sid == received.message_sid


def test_waiting_for_a_delivery_takes_no_time(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    before = carrierx_emulator.clock.now()
    sent = send(carrierx_client)

    assert carrierx_client.messages.wait(sent.message_sid, until={"delivered"}).status == "delivered"
    assert carrierx_emulator.clock.now() - before >= timedelta(seconds=3)


async def test_waiting_for_a_delivery_takes_no_time_with_asyncio(
    carrierx_emulator: EmulatorForTests, carrierx_async_client: AsyncCarrierXClient
) -> None:
    sent = await carrierx_async_client.messages.send(from_=OURS, to=THEIRS, message="Hello")

    found = await carrierx_async_client.messages.wait(sent.message_sid, until={"delivered"})

    assert found.status == "delivered"
    assert carrierx_emulator.messages.last == found


def test_a_text_comes_in(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    received = carrierx_emulator.receive(from_=THEIRS, to=OURS, message="STOP")

    assert (received.direction, received.status, received.message) == ("inbound", "received", "STOP")
    assert carrierx_client.messages.get(received.message_sid) == received


def test_a_picture_comes_in(carrierx_emulator: EmulatorForTests) -> None:
    received = carrierx_emulator.receive(
        from_=THEIRS, to=OURS, media_urls=["https://example.org/cat.png"], group_recipients=["15162065570"]
    )

    assert (received.type, received.media_urls) == ("mms", ("https://example.org/cat.png",))


def test_requests_are_seen(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    carrierx_client.messages.list()

    assert [(request.method, request.path) for request in carrierx_emulator.requests] == [
        ("GET", "/core/v2/sms/messages")
    ]


def test_each_has_its_own_messages(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    with emulator_for_tests() as other:
        send(carrierx_client)

        assert len(carrierx_emulator.messages) == 1
        assert (len(other.messages), other.requests) == (0, ())


def test_it_behaves_as_it_is_configured() -> None:
    with emulator_for_tests(EmulatorConfig(enabled_numbers=frozenset({"15162065570"}))) as emulator:
        with pytest.raises(ObjectValidationError):
            send(emulator.client())
        assert not emulator.messages


def test_a_client_takes_options(carrierx_emulator: EmulatorForTests) -> None:
    client = carrierx_emulator.client(auto_reference=True, extra_headers={"x-shop": "17"})

    assert send(client).user_data is not None
    assert carrierx_emulator.requests[0].header_values("x-shop") == ("17",)


def test_a_client_can_have_a_password() -> None:
    config = EmulatorConfig(credentials=(Credential.basic("user", "password"),))
    with emulator_for_tests(config) as emulator:
        send(emulator.client(basic_auth=("user", "password")))
        assert len(emulator.messages) == 1
        with pytest.raises(AuthenticationError):
            send(emulator.client(basic_auth=("user", "wrong")))
        with pytest.raises(LookupError, match="no bearer token: give the client basic_auth"):
            emulator.client()


async def test_an_async_client_can_have_a_password() -> None:
    config = EmulatorConfig(credentials=(Credential.basic("user", "password"),))
    with emulator_for_tests(config) as emulator:
        client = emulator.async_client(basic_auth=("user", "password"))
        await client.messages.send(from_=OURS, to=THEIRS, message="Hello")
        assert len(emulator.messages) == 1


def test_no_client_asks_the_network_about_media(
    carrierx_client: CarrierXClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*arguments: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.getaddrinfo", no_network)
    monkeypatch.setattr("socket.socket.connect", no_network)

    sent = carrierx_client.messages.send(from_=OURS, to=THEIRS, media_urls=["https://example.org/cat.png"])
    assert sent.status == "queued"


def test_other_processes_reach_it_by_its_environment(carrierx_emulator: EmulatorForTests) -> None:
    script = (
        "from carrierx import CarrierXClient\n"
        "with CarrierXClient() as client:\n"
        f"    client.messages.send(from_={OURS!r}, to={THEIRS!r}, message='From elsewhere')\n"
    )

    subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **carrierx_emulator.environment}, check=True, timeout=60
    )

    assert carrierx_emulator.messages.to(THEIRS).only.message == "From elsewhere"
    assert carrierx_emulator.base_url.startswith("http://127.0.0.1:")
    assert carrierx_emulator.base_url == carrierx_emulator.environment["CARRIERX_BASE_URL"]


def test_it_ends_with_its_clients() -> None:
    with emulator_for_tests() as emulator:
        client = emulator.client()
        send(client)
        shown = repr(emulator)
    emulator.close()

    assert shown == "<EmulatorForTests: 1 message, 1 request>"
    assert repr(emulator) == "<EmulatorForTests: closed>"
    with pytest.raises(ConfigurationError, match="closed"):
        send(client)
    with pytest.raises(EmulatorError, match="closed"):
        list(emulator.messages)
