"""A send whose media are too large is held back, warned of or let go, as the client or the call says."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from carrierx import (
    AsyncCarrierXClient,
    CarrierXClient,
    ConfigurationError,
    InvalidArgumentError,
    InvalidMessageError,
    MessageLimits,
    Outcome,
)
from carrierx.emulator import DEMO_TOKEN, Emulator
from carrierx.events import Event, MessageRefused
from carrierx.media_check import AsyncMediaChecker, MediaChecker
from carrierx.resources.messages import MediaTooLargeWarning
from tests.media_check.media_server import MediaServer, file_of
from tests.sending.batches import results_of
from tests.support.behaviours import STAY_SILENT, after_whole_request, respond, respond_garbage
from tests.support.client_factory import ClientFactory, Driven
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address
from tests.support.scripts import message
from tests.support.wire import ReceivedRequest, head

LIMIT = 3_000_000
FROM, TO = "15162065575", "15162065574"
TOKEN = "a-token-that-nobody-else-sees"


def sized(request: ReceivedRequest) -> Iterator[bytes]:
    """Serve a file whose size is its name: `/1000001.png`."""
    return iter(file_of(int(request.target.strip("/").partition(".")[0]))(request))


@pytest.fixture
def media() -> Iterator[MediaServer]:
    with MediaServer(sized) as server:
        yield server


def urls(media: MediaServer, *sizes: int) -> list[str]:
    return [media.url(f"/{size}.png?n={number}") for number, size in enumerate(sizes)]


def client_over(factory: ClientFactory, emulator: Emulator, **options: Any) -> Driven:
    return factory.over(emulator, allow_private_media=True, **options)


def send(client: Driven, media_urls: list[str], **options: Any) -> Any:
    return client.send(from_=FROM, to=TO, media_urls=media_urls, **options)


TOO_LARGE = (1_000_000, 1_000_000, 1_000_001)
JUST_FITS = (1_000_000, 1_000_000, 1_000_000)


def test_media_that_are_too_large_together_are_held_back(
    factory: ClientFactory, emulator: Emulator, media: MediaServer
) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        send(client_over(factory, emulator), urls(media, *TOO_LARGE), reference="order-17")

    (broken,) = caught.value.broken_rules
    assert (broken.rule, broken.field, broken.limit) == ("media_too_large", "media_urls", LIMIT)
    assert broken.measure == LIMIT + 1
    assert caught.value.outcome is Outcome.NOT_SENT
    assert caught.value.reference == "order-17"
    assert "127.0.0.1" not in str(caught.value)
    assert emulator.requests_seen == ()
    assert media.requests_fully_read >= 3


def test_an_event_tells_of_media_that_are_too_large(
    factory: ClientFactory, emulator: Emulator, media: MediaServer
) -> None:
    events: list[Event] = []
    with pytest.raises(InvalidMessageError):
        send(client_over(factory, emulator, on_event=events.append), urls(media, *TOO_LARGE))

    assert events == [MessageRefused(("media_urls: media_too_large",))]


def test_media_that_just_fit_are_sent(factory: ClientFactory, emulator: Emulator, media: MediaServer) -> None:
    assert send(client_over(factory, emulator), urls(media, *JUST_FITS)).media_urls == tuple(urls(media, *JUST_FITS))
    assert len(emulator.messages) == 1


@pytest.mark.parametrize("by_call", [True, False])
def test_a_warning_sends_all_the_same(
    factory: ClientFactory, emulator: Emulator, media: MediaServer, by_call: bool
) -> None:
    client = client_over(factory, emulator, media_check="error" if by_call else "warn")
    with pytest.warns(MediaTooLargeWarning, match="3,000,001 bytes in total; the limit is 3,000,000") as caught:
        send(client, urls(media, *TOO_LARGE), **({"media_check": "warn"} if by_call else {}))

    assert len(caught) == 1
    assert len(emulator.messages) == 1


def test_the_warning_points_at_the_line_that_sends(emulator: Emulator, media: MediaServer) -> None:
    factory = ClientFactory()
    client = client_over(factory, emulator).client
    assert isinstance(client, CarrierXClient)
    with pytest.warns(MediaTooLargeWarning) as caught:
        client.messages.send(from_=FROM, to=TO, media_urls=urls(media, *TOO_LARGE), media_check="warn")
    factory.close()

    assert caught[0].filename == __file__


@pytest.mark.parametrize("by_call", [True, False])
def test_switched_off_it_asks_the_media_host_nothing(
    factory: ClientFactory, emulator: Emulator, media: MediaServer, by_call: bool
) -> None:
    client = client_over(factory, emulator, media_check="error" if by_call else "off")
    send(client, urls(media, *TOO_LARGE), **({"media_check": "off"} if by_call else {}))

    media.settle()
    assert (media.connections, media.requests_started) == (0, 0)
    assert len(emulator.messages) == 1


def test_a_call_can_be_stricter_than_its_client(factory: ClientFactory, emulator: Emulator, media: MediaServer) -> None:
    client = client_over(factory, emulator, media_check="off")
    with pytest.raises(InvalidMessageError):
        send(client, urls(media, *TOO_LARGE), media_check="error")
    with pytest.raises(InvalidMessageError):
        send(client.with_options(media_check="error"), urls(media, *TOO_LARGE))

    assert emulator.requests_seen == ()


def test_a_lifted_limit_measures_nothing(factory: ClientFactory, emulator: Emulator, media: MediaServer) -> None:
    client = client_over(factory, emulator, message_limits=MessageLimits(max_media_bytes=None))
    send(client, urls(media, *TOO_LARGE))

    assert media.connections == 0
    assert len(emulator.messages) == 1


def test_another_limit_is_the_one_that_holds(factory: ClientFactory, emulator: Emulator, media: MediaServer) -> None:
    client = client_over(factory, emulator, message_limits=MessageLimits(max_media_bytes=1000))
    send(client, urls(media, 600, 400))
    with pytest.raises(InvalidMessageError, match="the limit is 1,000"):
        send(client, urls(media, 600, 401))

    assert len(emulator.messages) == 1


def test_a_text_without_media_measures_nothing(
    factory: ClientFactory, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for checker in (MediaChecker, AsyncMediaChecker):
        monkeypatch.delattr(checker, "check")
    client = client_over(factory, emulator, media_check="error")
    client.send(from_=FROM, to=TO, message="See you at noon")

    assert len(emulator.messages) == 1


def test_what_can_not_be_measured_is_sent(factory: ClientFactory, emulator: Emulator) -> None:
    hindered = [respond(404), respond(500), respond_garbage()]
    with refusing_address() as (host, port):
        given = [f"http://{host}:{port}/a.png"]
        with FaultServer(*hindered) as first, FaultServer(respond(200, b"", [("Content-Encoding", "br")])) as second:
            given += [f"{first.origin}/a.png", f"{first.origin}/b.png", f"{second.origin}/c.png"]
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                send(client_over(factory, emulator), given)

    assert len(emulator.messages) == 1


def test_a_silent_media_host_holds_a_send_up_for_a_while_only(
    factory: ClientFactory, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carrierx.media_check.settings.CheckerBase._begin", _hurried())
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        send(client_over(factory, emulator), [f"{server.origin}/a.png"])

    assert len(emulator.messages) == 1


def _hurried() -> Any:
    from carrierx.media_check.settings import CheckerBase

    begin = vars(CheckerBase)["_begin"]

    def begin_with_less_time(checker: Any, *arguments: Any) -> Any:
        checker._seconds = 0.2
        return begin(checker, *arguments)

    return begin_with_less_time


def test_private_addresses_are_not_asked_unless_allowed(
    factory: ClientFactory, emulator: Emulator, media: MediaServer
) -> None:
    send(factory.over(emulator), urls(media, *TOO_LARGE))

    assert media.connections == 0
    assert len(emulator.messages) == 1


@pytest.mark.parametrize("host", ["storage.carrierx.com", "STORAGE.CARRIERX.COM", "api.carrierx.com."])
def test_carrierx_own_storage_is_not_asked(
    factory: ClientFactory, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    asked: list[object] = []

    def look_up(host: object, *_: object, **__: object) -> list[object]:
        asked.append(host)
        return []

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    send(client_over(factory, emulator), [f"https://{host}/flexlayer/f/cdac0471"])

    assert asked == []
    assert len(emulator.messages) == 1


def test_the_token_never_reaches_the_media_host(factory: ClientFactory, emulator: Emulator) -> None:
    wire = bytearray()

    def remembering(request: ReceivedRequest) -> Iterator[bytes]:
        wire.extend(request.raw_head + request.body)
        if request.method == "HEAD":
            yield head(405, [("Content-Length", "0")])
        elif request.target.startswith("/first"):
            yield head(302, [("Location", "/4.png"), ("Set-Cookie", "a=b"), ("Content-Length", "0")])
        else:
            yield from file_of(4)(request)

    with MediaServer(remembering) as server, FaultServer() as api:
        client = factory.at(api.base_url, TOKEN, allow_private_media=True, extra_headers={"X-Own": "mine"})
        sent = send(client, [server.url("/first.png"), server.url("/4.png")])

    assert sent.message_sid
    assert [request.header("authorization") for request in api.requests] == [f"Bearer {TOKEN}"]
    assert wire.count(b"GET /4.png") >= 1
    for secret in (TOKEN.encode(), b"authorization", b"cookie", b"x-own", FROM.encode()):
        assert secret not in bytes(wire).lower()


def test_a_batch_holds_each_message_back_by_itself(
    factory: ClientFactory, emulator: Emulator, media: MediaServer
) -> None:
    given = [
        {"from": FROM, "to": TO, "media_urls": urls(media, *TOO_LARGE)},
        {"from": FROM, "to": TO, "media_urls": urls(media, *JUST_FITS)},
        {"from": FROM, "to": TO, "message": "Hello"},
    ]
    results = results_of(factory, client_over(factory, emulator), given, concurrency=2)
    switched_off = results_of(factory, client_over(factory, emulator), given, media_check="off")

    assert [result.ok for result in results] == [False, True, True]
    assert isinstance(results[0].error, InvalidMessageError)
    assert [result.ok for result in switched_off] == [True, True, True]
    assert len(emulator.messages) == 5


@pytest.mark.parametrize("mode", ["maybe", "", None, True, 1])
def test_another_mode_is_refused(factory: ClientFactory, emulator: Emulator, mode: Any) -> None:
    with pytest.raises(ConfigurationError, match='media_check must be "error", "warn" or "off"'):
        factory.over(emulator, media_check=mode)
    if mode is not None:
        with pytest.raises(InvalidArgumentError, match='media_check must be "error", "warn" or "off"'):
            send(factory.over(emulator), ["https://media.example/a.png"], media_check=mode)


def test_a_closed_client_has_closed_its_checker(factory: ClientFactory, emulator: Emulator, media: MediaServer) -> None:
    client = client_over(factory, emulator)
    send(client, urls(media, 5))
    copy = client.with_options(timeout=3)
    copy.close()
    with pytest.raises(InvalidMessageError):
        send(client, urls(media, *TOO_LARGE))
    client.close()
    client.close()


@respx.mock(assert_all_called=True)
def test_a_mocked_test_needs_no_route_for_the_media(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post("https://api.carrierx.com/core/v2/sms/messages").mock(
        return_value=httpx.Response(200, json=message())
    )
    with CarrierXClient(DEMO_TOKEN) as client:
        client.messages.send(from_=FROM, to=TO, media_urls=["https://media.invalid/a.png"])

    assert json.loads(route.calls.last.request.content)["media_urls"] == ["https://media.invalid/a.png"]
    assert len(respx_mock.calls) == 1


@respx.mock(assert_all_called=True)
async def test_a_mocked_async_test_needs_no_route_for_the_media(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post("https://api.carrierx.com/core/v2/sms/messages").mock(
        return_value=httpx.Response(200, json=message())
    )
    async with AsyncCarrierXClient(DEMO_TOKEN) as client:
        await client.messages.send(from_=FROM, to=TO, media_urls=["https://media.invalid/a.png"])

    assert route.call_count == len(respx_mock.calls) == 1
