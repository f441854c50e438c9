"""The total time ends a call however the server spreads its bytes, and a token function is asked in time and once."""

import asyncio
import time
from collections.abc import Callable

import pytest

from carrierx import (
    AcceptedWithoutReceiptError,
    AsyncCarrierXClient,
    AuthenticationError,
    CarrierXClient,
    CarrierXError,
    ConfigurationError,
    ConnectionFailedError,
    ExchangeTimeoutError,
    Message,
    Outcome,
    SendOutcomeUnknownError,
)
from carrierx.client_options import ClientOptions
from carrierx.events import Event, TokenRefreshed
from tests.outcomes.ways import FROM, TEXT, TO, TOKEN
from tests.support import behaviours as do
from tests.support import tls
from tests.support.behaviours import STAY_SILENT, UNBUFFERABLE, Behaviour
from tests.support.fault_server import FaultServer

TOTAL = 0.8
WELL_BELOW_THE_DRIP = 30.0
"""The drips go on for a minute, and each byte comes well within the time for one attempt."""

Send = Callable[[FaultServer, float], Message]


def options(server: FaultServer, total_timeout: float = TOTAL) -> ClientOptions:
    return ClientOptions(
        base_url=server.base_url,
        ssl_context=tls.client_context(),
        total_timeout=total_timeout,
        timeout=30.0,
        trust_env=False,
    )


def send_sync(server: FaultServer, total_timeout: float = TOTAL) -> Message:
    with CarrierXClient(TOKEN, **options(server, total_timeout)) as client:
        return client.messages.send(from_=FROM, to=TO, message=TEXT)


def send_large_sync(server: FaultServer, total_timeout: float = TOTAL) -> Message:
    with CarrierXClient(TOKEN, **options(server, total_timeout)) as client:
        return client.messages.send(from_=FROM, to=TO, message=TEXT, extra_body={"filler": "x" * (UNBUFFERABLE // 2)})


def send_async(server: FaultServer, total_timeout: float = TOTAL) -> Message:
    async def send() -> Message:
        async with AsyncCarrierXClient(TOKEN, **options(server, total_timeout)) as client:
            return await client.messages.send(from_=FROM, to=TO, message=TEXT)

    return asyncio.run(send())


def send_large_async(server: FaultServer, total_timeout: float = TOTAL) -> Message:
    async def send() -> Message:
        async with AsyncCarrierXClient(TOKEN, **options(server, total_timeout)) as client:
            filler = {"filler": "x" * (UNBUFFERABLE // 2)}
            return await client.messages.send(from_=FROM, to=TO, message=TEXT, extra_body=filler)

    return asyncio.run(send())


def send_by_aiohttp(server: FaultServer, total_timeout: float = TOTAL) -> Message:
    # Making its session takes part of the time, and a while on a busy machine.
    async def send() -> Message:
        async with AsyncCarrierXClient(TOKEN, async_backend="aiohttp", **options(server, 3 * total_timeout)) as client:
            return await client.messages.send(from_=FROM, to=TO, message=TEXT)

    return asyncio.run(send())


def ended_in_time(send: Send, server: FaultServer, total_timeout: float = TOTAL) -> CarrierXError:
    """Send, and give the error, which must come neither before the total time nor long after it."""
    started = time.monotonic()
    with pytest.raises(CarrierXError) as caught:
        send(server, total_timeout)
    assert total_timeout * 0.9 <= time.monotonic() - started < WELL_BELOW_THE_DRIP
    return caught.value


def ended_once_read(
    send: Send, behaviour: Behaviour, wanted: type[CarrierXError], *, use_tls: bool = False
) -> CarrierXError:
    """Send to a server that behaves so; it must read one request, and the error must be of the wanted class.

    If a busy machine keeps the exchange from getting that far, it is given more time, once. What must never be said is
    checked either way.
    """

    def end(total_timeout: float) -> tuple[int, CarrierXError]:
        with FaultServer(behaviour, use_tls=use_tls) as server:
            error = ended_in_time(send, server, total_timeout)
            server.settle()
            read = server.requests_fully_read
        assert read <= 1
        assert not (read and error.outcome is Outcome.NOT_SENT), error
        return read, error

    read, error = end(TOTAL)
    if not (read and isinstance(error, wanted)):
        read, error = end(5 * TOTAL)
    assert read == 1
    assert isinstance(error, wanted)
    return error


@pytest.mark.parametrize("send", [send_sync, send_async])
@pytest.mark.parametrize(
    "behaviour",
    [
        do.drip_headers(0.02),
        do.after_whole_request(do.drip(b"HTTP/1.1 2", 0.02), STAY_SILENT),
        do.after_whole_request(STAY_SILENT).named("silence"),
        do.informational(102, do.after_whole_request(STAY_SILENT)),
    ],
    ids=str,
)
def test_no_status_within_the_total_time_leaves_the_outcome_unknown(behaviour: Behaviour, send: Send) -> None:
    assert len(ended_once_read(send, behaviour, SendOutcomeUnknownError).attempts) == 1


@pytest.mark.parametrize(("send", "use_tls"), [(send_sync, True), (send_async, True), (send_by_aiohttp, False)])
def test_headers_that_drip_over_tls_or_to_aiohttp_end_in_time_too(send: Send, use_tls: bool) -> None:
    ended_once_read(send, do.drip_headers(0.02), SendOutcomeUnknownError, use_tls=use_tls)


@pytest.mark.parametrize("send", [send_sync, send_async, send_by_aiohttp])
def test_a_body_that_drips_means_that_it_is_out(send: Send) -> None:
    ended_once_read(send, do.drip_body(0.02), AcceptedWithoutReceiptError)


@pytest.mark.parametrize("send", [send_sync, send_async])
def test_a_complaint_that_drips_is_still_a_refusal(send: Send) -> None:
    ended_once_read(send, do.drip_body(0.02, status=401), AuthenticationError)


@pytest.mark.parametrize("send", [send_sync, send_async])
def test_a_silent_handshake_means_not_sent(send: Send) -> None:
    with FaultServer(do.silence_on_accept(), use_tls=True) as server:
        error = ended_in_time(send, server)
        server.settle()
        assert server.requests_started == 0
    assert error.outcome is Outcome.NOT_SENT
    assert error.safe_to_resend
    assert isinstance(error, ConnectionFailedError | ExchangeTimeoutError)


@pytest.mark.parametrize("send", [send_sync, send_async])
def test_a_handshake_that_drips_means_not_sent(send: Send) -> None:
    # A record of TLS that announces a long handshake message, of which a byte comes now and then.
    record = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"
    drip = Behaviour("drip TLS", (do.drip(record, 0.02, for_ever_after=b"\0"),), before_reading=True)
    with FaultServer(drip) as server:
        server_over_tls = _calling_itself_tls(server)
        error = ended_in_time(send, server_over_tls)
    assert error.outcome is Outcome.NOT_SENT


def _calling_itself_tls(server: FaultServer) -> FaultServer:
    """The server shakes no hands, yet its address says that it would."""
    server._scheme = "https"  # pyright: ignore[reportPrivateUsage]
    return server


@pytest.mark.parametrize("send", [send_large_sync, send_large_async])
def test_a_body_that_nobody_takes_was_not_sent(send: Send) -> None:
    with FaultServer(do.after_headers(STAY_SILENT)) as server:
        error = ended_in_time(send, server)
        server.settle()
        assert server.requests_fully_read == 0
    assert error.outcome is Outcome.NOT_SENT


# Token functions.


class Tokens:
    """Gives another token each time it is asked, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return f"token-{self.asked}"

    async def later(self) -> str:
        """As an awaitable function."""
        await asyncio.sleep(0)
        return self()


def authorizations(server: FaultServer) -> list[str | None]:
    server.settle()
    return [request.header("authorization") for request in server.requests]


def test_a_refused_token_is_replaced_once_and_the_send_goes_through() -> None:
    tokens, events = Tokens(), list[Event]()
    with FaultServer(do.respond(401), do.respond_sms()) as server:
        with CarrierXClient(tokens, base_url=server.base_url, on_event=events.append) as client:
            client.messages.send(from_=FROM, to=TO, message=TEXT)
            assert authorizations(server) == ["Bearer token-1", "Bearer token-2"]
            client.messages.send(from_=FROM, to=TO, message=TEXT)
        assert authorizations(server)[2:] == ["Bearer token-2"]
    assert sum(isinstance(event, TokenRefreshed) for event in events) == 1


@pytest.mark.parametrize("awaitable", [False, True], ids=["plain", "awaitable"])
async def test_a_refused_token_is_replaced_once_in_async(awaitable: bool) -> None:
    tokens = Tokens()
    with FaultServer(do.respond(401), do.respond_sms()) as server:
        source = tokens.later if awaitable else tokens
        async with AsyncCarrierXClient(source, base_url=server.base_url) as client:
            await client.messages.send(from_=FROM, to=TO, message=TEXT)
        assert authorizations(server) == ["Bearer token-1", "Bearer token-2"]


def test_a_second_refusal_is_final() -> None:
    tokens = Tokens()
    with FaultServer(do.respond(401)) as server:
        with CarrierXClient(tokens, base_url=server.base_url) as client, pytest.raises(AuthenticationError) as caught:
            client.messages.send(from_=FROM, to=TO, message=TEXT)
        assert authorizations(server) == ["Bearer token-1", "Bearer token-2"]
    assert [attempt.outcome for attempt in caught.value.attempts] == [Outcome.REJECTED] * 2


async def test_a_second_refusal_is_final_in_async() -> None:
    tokens = Tokens()
    with FaultServer(do.respond(401)) as server:
        async with AsyncCarrierXClient(tokens.later, base_url=server.base_url) as client:
            with pytest.raises(AuthenticationError):
                await client.messages.send(from_=FROM, to=TO, message=TEXT)
        assert authorizations(server) == ["Bearer token-1", "Bearer token-2"]


def test_a_fixed_token_that_is_refused_is_not_tried_again() -> None:
    with FaultServer(do.respond(401)) as server:
        with CarrierXClient(TOKEN, base_url=server.base_url) as client, pytest.raises(AuthenticationError):
            client.messages.send(from_=FROM, to=TO, message=TEXT)
        assert authorizations(server) == [f"Bearer {TOKEN}"]


def test_a_fresh_token_that_meets_an_unclear_answer_is_not_tried_again() -> None:
    with FaultServer(do.respond(401), do.respond(500), do.respond_sms()) as server:
        with CarrierXClient(Tokens(), base_url=server.base_url) as client, pytest.raises(SendOutcomeUnknownError):
            client.messages.send(from_=FROM, to=TO, message=TEXT)
        assert len(authorizations(server)) == 2


def raising() -> str:
    raise LookupError("the vault is closed")


async def raising_later() -> str:
    raise LookupError("the vault is closed")


def test_a_token_function_that_raises_means_not_sent() -> None:
    with FaultServer() as server:
        with CarrierXClient(raising, base_url=server.base_url) as client, pytest.raises(ConfigurationError) as caught:
            client.messages.send(from_=FROM, to=TO, message=TEXT, reference="order-17")
        server.settle()
        assert server.connections == 0
    error = caught.value
    assert (error.outcome, error.safe_to_resend, error.reference) == (Outcome.NOT_SENT, True, "order-17")
    assert isinstance(error.__cause__, LookupError)


@pytest.mark.parametrize("source", [raising, raising_later])
async def test_a_token_function_that_raises_means_not_sent_in_async(source: Callable[[], str]) -> None:
    with FaultServer() as server:
        async with AsyncCarrierXClient(source, base_url=server.base_url) as client:
            with pytest.raises(ConfigurationError) as caught:
                await client.messages.send(from_=FROM, to=TO, message=TEXT)
        await server.settled()
        assert server.connections == 0
    assert caught.value.outcome is Outcome.NOT_SENT


def test_a_token_function_that_raises_after_a_refusal_hides_nothing() -> None:
    answers = iter(["token-1"])
    with FaultServer(do.respond(401)) as server:
        client = CarrierXClient(lambda: next(answers), base_url=server.base_url)
        with client, pytest.raises(CarrierXError) as caught:
            client.messages.send(from_=FROM, to=TO, message=TEXT)
        assert authorizations(server) == ["Bearer token-1"]
    assert caught.value.outcome is Outcome.NOT_SENT
    assert [attempt.status_code for attempt in caught.value.attempts] == [401]
