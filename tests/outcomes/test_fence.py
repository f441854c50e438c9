"""The fence: a function called at the start of a request's body, in each attempt, that can stop the send."""

import time

import pytest

from carrierx import CarrierXClient, ConfigurationError, InvalidArgumentError, Outcome, SendFencedError
from tests.outcomes.ways import EVERY_WAY, FROM, REFERENCE, TEXT, TO, TOKEN, Way
from tests.support import behaviours as do
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address
from tests.support.proxy_server import ProxyBehaviour, close_on_accept, refuse


class Fence:
    """Counts its calls, and raises what it was given for the first of them."""

    def __init__(self, *raised: Exception) -> None:
        self.calls = 0
        self._raised = list(raised)

    def __call__(self) -> None:
        self.calls += 1
        if self._raised:
            raise self._raised.pop(0)


@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_no_byte_of_the_body_goes_out(way: Way) -> None:
    fence = Fence(SendFencedError("The lease has expired."))
    with FaultServer(use_tls=way.tls) as server, way.proxy() as proxy:
        report = way.send(server.base_url, proxy=proxy, before_body=fence)
        server.settle()
        bodies = [request.body for request in server.unfinished_requests]

        assert server.requests_fully_read == 0
        assert bodies in ([], [b""])

    assert isinstance(report.error, SendFencedError)
    assert report.error.outcome is Outcome.NOT_SENT
    assert report.error.safe_to_resend
    assert report.error.reference == REFERENCE
    assert [attempt.outcome for attempt in report.failed_attempts] == [Outcome.NOT_SENT]
    assert fence.calls == 1  # it isn't tried again: only whoever raised it knows what would have to change


@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_the_fence_is_asked_in_each_attempt(way: Way) -> None:
    fence = Fence()
    with FaultServer(do.respond(429, b"{}"), do.respond_sms(), use_tls=way.tls) as server, way.proxy() as proxy:
        report = way.send(server.base_url, proxy=proxy, before_body=fence)

    assert report.message is not None
    assert fence.calls == 2


@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_the_fence_is_asked_before_the_first_byte_of_the_body(way: Way) -> None:
    """When it is asked, no server has any of the body, however long it takes to answer."""
    bodies = list[bytes]()
    with FaultServer(do.respond_sms(), use_tls=way.tls) as server, way.proxy() as proxy:

        def look() -> None:
            time.sleep(0.05)
            bodies.extend(request.body for request in server.unfinished_requests)

        report = way.send(server.base_url, proxy=proxy, before_body=look)

        assert server.requests_fully_read == 1
    assert report.message is not None
    assert bodies in ([], [b""])


@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_sends_no_second_body(way: Way, status: int) -> None:
    fence = Fence()
    with FaultServer(do.redirect(status, "/elsewhere"), use_tls=way.tls) as server, way.proxy() as proxy:
        report = way.send(server.base_url, proxy=proxy, before_body=fence)

        assert server.requests_fully_read == 1
    assert report.error is not None
    assert fence.calls == 1


@pytest.mark.parametrize("way", [way for way in EVERY_WAY if not way.proxied], ids=str)
def test_the_fence_is_not_asked_without_a_connection(way: Way) -> None:
    fence = Fence()
    with refusing_address() as address:
        scheme = "https" if way.tls else "http"
        report = way.send(f"{scheme}://{address.host}:{address.port}/core/v2", before_body=fence)

    assert report.error is not None
    assert report.error.outcome is Outcome.NOT_SENT
    assert len(report.attempts) == 3
    assert fence.calls == 0


@pytest.mark.parametrize("way", [way for way in EVERY_WAY if way.proxied], ids=str)
@pytest.mark.parametrize("behaviour", [close_on_accept(), refuse(502)], ids=str)
def test_the_fence_is_asked_once_an_attempt_by_a_proxy_that_refuses(way: Way, behaviour: ProxyBehaviour) -> None:
    """A proxy that forwards takes the body, too. One that makes a tunnel refuses before there is a body."""
    fence = Fence()
    with FaultServer(use_tls=way.tls) as server, way.proxy(behaviour) as proxy:
        report = way.send(server.base_url, proxy=proxy, before_body=fence)

        assert server.requests_fully_read == 0
    assert report.error is not None
    assert fence.calls <= len(report.attempts)
    if way.tls:
        assert fence.calls == 0


@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_the_fence_is_asked_once_if_the_connection_breaks_in_the_body(way: Way) -> None:
    fence = Fence()
    with FaultServer(do.after_part_of_body(5, do.RESET), use_tls=way.tls) as server, way.proxy() as proxy:
        report = way.send(server.base_url, proxy=proxy, before_body=fence, filler=200_000)

    assert report.error is not None
    assert fence.calls == len(report.attempts)


@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_any_other_exception_of_the_fence_is_proof_too_but_no_reason_to_resend(way: Way) -> None:
    with FaultServer(use_tls=way.tls) as server, way.proxy() as proxy:
        report = way.send(server.base_url, proxy=proxy, before_body=Fence(ZeroDivisionError()))
        server.settle()

        assert server.requests_fully_read == 0

    assert report.error is not None
    assert report.error.outcome is Outcome.NOT_SENT
    assert not report.error.safe_to_resend
    assert "ZeroDivisionError" in str(report.error)


def test_a_fenced_send_leaves_the_client_usable() -> None:
    with FaultServer() as server, CarrierXClient(TOKEN, base_url=server.base_url) as client:
        client.messages.send(from_=FROM, to=TO, message=TEXT)
        with pytest.raises(SendFencedError):
            client.messages.send(from_=FROM, to=TO, message=TEXT, before_body=Fence(SendFencedError("late")))
        client.messages.send(from_=FROM, to=TO, message=TEXT)

        assert server.requests_fully_read == 2


def test_a_fence_must_be_a_function() -> None:
    with (
        CarrierXClient(TOKEN, base_url="http://127.0.0.1:9/core/v2") as client,
        pytest.raises(InvalidArgumentError, match="before_body must be a function, not int"),
    ):
        client.messages.send(from_=FROM, to=TO, message=TEXT, before_body=5)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]


def test_a_fence_is_no_option_of_a_client() -> None:
    with pytest.raises(ConfigurationError, match="before_body"):
        CarrierXClient(TOKEN, before_body=Fence())  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
