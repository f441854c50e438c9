"""Users' own tests: what a mock raises proves nothing, since it has taken the body; and mocks see every send once."""

import asyncio
from collections.abc import Callable

import httpx
import httpx2
import pytest
import respx

from carrierx import (
    AsyncCarrierXClient,
    CarrierXClient,
    CarrierXError,
    Message,
    Outcome,
    RateLimitError,
    RetryPolicy,
    SendOutcomeUnknownError,
)
from tests.outcomes.ways import FROM, TEXT, TO, TOKEN, as_async_httpx, as_httpx
from tests.support.wire import sms_object

BASE_URL = "https://api.example/core/v2"
PATH = "/core/v2/sms/messages"
POLICY = RetryPolicy(max_retries=2, first_wait=0.0)

FAILURES: list[type[Exception]] = [
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.CloseError,
    httpx.ProxyError,
    httpx.RemoteProtocolError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.TooManyRedirects,
    httpx.DecodingError,
    httpx.InvalidURL,
    OSError,
    ValueError,
    RuntimeError,
    ZeroDivisionError,
]

Handler = Callable[[httpx.Request], httpx.Response]


def send_sync(injected: httpx.Client | None = None) -> Message:
    with CarrierXClient(TOKEN, http_client=injected, base_url=BASE_URL, retry_policy=POLICY, trust_env=False) as client:
        return client.messages.send(from_=FROM, to=TO, message=TEXT)


def send_async(injected: httpx.AsyncClient | None = None) -> Message:
    async def send() -> Message:
        async with AsyncCarrierXClient(
            TOKEN, http_client=injected, base_url=BASE_URL, retry_policy=POLICY, trust_env=False
        ) as client:
            return await client.messages.send(from_=FROM, to=TO, message=TEXT)

    return asyncio.run(send())


SENDS = [send_sync, send_async]


def outcomes_of(error: CarrierXError) -> list[Outcome]:
    return [attempt.outcome for attempt in error.attempts]


@pytest.mark.parametrize("send", SENDS)
@pytest.mark.parametrize("failure", FAILURES)
def test_whatever_respx_raises_leaves_the_outcome_unknown(
    failure: type[Exception], send: Callable[[], Message]
) -> None:
    with respx.mock(base_url="https://api.example") as router:
        route = router.post(PATH).mock(side_effect=failure("mocked"))
        with pytest.raises(SendOutcomeUnknownError) as caught:
            send()
        assert route.call_count == 1
    assert outcomes_of(caught.value) == [Outcome.UNKNOWN]


@pytest.mark.parametrize("send", SENDS)
def test_respx_sees_a_send_of_both_default_transports_once(send: Callable[[], Message]) -> None:
    with respx.mock(base_url="https://api.example") as router:
        route = router.post(PATH).respond(200, json=sms_object(message_sid="17"))
        assert send().message_sid == "17"
        assert route.call_count == 1
        assert route.calls.last.request.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("send", SENDS)
def test_a_429_of_respx_is_retried_and_its_successor_is_the_answer(send: Callable[[], Message]) -> None:
    with respx.mock(base_url="https://api.example") as router:
        route = router.post(PATH).mock(
            side_effect=[httpx.Response(429), httpx.Response(429), httpx.Response(200, json=sms_object())]
        )
        assert send().to
        assert route.call_count == 3


@pytest.mark.parametrize("send", SENDS)
def test_a_500_of_respx_is_not_retried(send: Callable[[], Message]) -> None:
    with respx.mock(base_url="https://api.example") as router:
        route = router.post(PATH).mock(side_effect=[httpx.Response(500), httpx.Response(200, json=sms_object())])
        with pytest.raises(SendOutcomeUnknownError):
            send()
        assert route.call_count == 1


class Mock:
    """A mock transport's handler that raises or answers, and counts."""

    def __init__(self, result: Exception | httpx.Response | httpx2.Response) -> None:
        self._result = result
        self.calls = 0

    def __call__(self, request: object) -> httpx.Response:
        self.calls += 1
        if isinstance(self._result, Exception):
            raise self._result
        assert isinstance(self._result, httpx.Response)
        return self._result

    def for_httpx2(self, request: httpx2.Request) -> httpx2.Response:
        """As a handler of httpx2."""
        self.calls += 1
        if isinstance(self._result, Exception):
            raise self._result
        assert isinstance(self._result, httpx2.Response)
        return self._result


def through(mock: Mock, library: str, *, asynchronous: bool) -> Message:
    """Send through a mock transport of a library."""
    if asynchronous:
        if library == "httpx":
            return send_async(httpx.AsyncClient(transport=httpx.MockTransport(mock)))
        return send_async(as_async_httpx(httpx2.AsyncClient(transport=httpx2.MockTransport(mock.for_httpx2))))
    if library == "httpx":
        return send_sync(httpx.Client(transport=httpx.MockTransport(mock)))
    return send_sync(as_httpx(httpx2.Client(transport=httpx2.MockTransport(mock.for_httpx2))))


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@pytest.mark.parametrize("failure", FAILURES)
def test_whatever_a_mock_transport_raises_leaves_the_outcome_unknown(
    failure: type[Exception], library: str, asynchronous: bool
) -> None:
    if library == "httpx2":
        failure = getattr(httpx2, failure.__name__, failure)
    mock = Mock(failure("mocked"))
    with pytest.raises(SendOutcomeUnknownError) as caught:
        through(mock, library, asynchronous=asynchronous)
    assert mock.calls == 1
    assert outcomes_of(caught.value) == [Outcome.UNKNOWN]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_mock_transport_that_answers_200_is_called_once(library: str, asynchronous: bool) -> None:
    response = (httpx if library == "httpx" else httpx2).Response(200, json=sms_object(message_sid="17"))
    mock = Mock(response)
    assert through(mock, library, asynchronous=asynchronous).message_sid == "17"
    assert mock.calls == 1


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_mock_transport_that_answers_429_is_called_three_times(library: str, asynchronous: bool) -> None:
    mock = Mock((httpx if library == "httpx" else httpx2).Response(429))
    with pytest.raises(RateLimitError) as caught:
        through(mock, library, asynchronous=asynchronous)
    assert mock.calls == 3
    assert outcomes_of(caught.value) == [Outcome.NOT_SENT] * 3


class Untouching(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A mock that raises without having taken the body."""

    def __init__(self) -> None:
        self.calls = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        raise httpx.ReadError("mocked")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_mock_that_never_took_the_body_proves_that_it_was_not_sent(asynchronous: bool) -> None:
    transport = Untouching()

    def send() -> Message:
        if asynchronous:
            return send_async(httpx.AsyncClient(transport=transport))
        return send_sync(httpx.Client(transport=transport))

    with pytest.raises(CarrierXError) as caught:
        send()
    assert transport.calls == 3
    assert outcomes_of(caught.value) == [Outcome.NOT_SENT] * 3
    assert caught.value.safe_to_resend
