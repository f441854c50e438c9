"""Injected HTTP clients: their settings do not act on sends, and nothing that they do makes two texts of one."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

import httpx
import httpx2
import pytest

from carrierx import (
    AsyncCarrierXClient,
    AuthenticationError,
    CarrierXClient,
    CarrierXError,
    ConfigurationError,
    Message,
    NotFoundError,
    Outcome,
    RetryPolicy,
    SendOutcomeUnknownError,
    UnconfirmedSendError,
)
from tests.outcomes.ways import FROM, TEXT, TO, TOKEN, as_async_httpx, as_httpx
from tests.support import behaviours as do
from tests.support.behaviours import Behaviour
from tests.support.fault_server import FaultServer
from tests.support.wire import sms_object

POLICY = RetryPolicy(max_retries=2, first_wait=0.0, random=lambda: 0.0)
LIBRARIES = ["httpx", "httpx2"]

Settings = dict[str, Any]


def settings_of(library: str, server: FaultServer) -> Settings:
    """Everything in an HTTP client's settings that could make a send another, or two."""
    module = httpx if library == "httpx" else httpx2
    return {
        "follow_redirects": True,
        "auth": module.DigestAuth("someone", "else"),
        "headers": {"Authorization": "Bearer not-ours", "X-Theirs": "1", "Content-Type": "text/plain"},
        "cookies": {"session": "theirs"},
        "params": {"theirs": "1"},
        "base_url": server.origin + "/theirs",
        "trust_env": False,
    }


def sync_client(library: str, **settings: Any) -> httpx.Client:
    return httpx.Client(**settings) if library == "httpx" else as_httpx(httpx2.Client(**settings))


def async_client(library: str, **settings: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(**settings) if library == "httpx" else as_async_httpx(httpx2.AsyncClient(**settings))


def send_sync(server: FaultServer | str, injected: httpx.Client | Callable[[], httpx.Client]) -> Message:
    """Send once through an injected client."""
    base_url = server if isinstance(server, str) else server.base_url
    with CarrierXClient(TOKEN, http_client=injected, base_url=base_url, retry_policy=POLICY) as client:
        return client.messages.send(from_=FROM, to=TO, message=TEXT)


async def send_async(
    server: FaultServer | str, injected: httpx.AsyncClient | Callable[[], httpx.AsyncClient]
) -> Message:
    """Send once through an injected async client."""
    base_url = server if isinstance(server, str) else server.base_url
    async with AsyncCarrierXClient(TOKEN, http_client=injected, base_url=base_url, retry_policy=POLICY) as client:
        return await client.messages.send(from_=FROM, to=TO, message=TEXT)


def state_of(client: httpx.Client | httpx.AsyncClient) -> list[object]:
    """What a user would find changed on his client."""
    hooks = {name: list(cast("list[object]", given)) for name, given in client.event_hooks.items()}
    return [
        client.is_closed,
        client.follow_redirects,
        client.auth,
        dict(client.headers),
        dict(client.cookies),
        dict(client.params),
        str(client.base_url),
        client.timeout.as_dict(),
        hooks,
    ]


def assert_sent_as_ours(server: FaultServer) -> None:
    """Compare what was on the wire with what a send is, whatever the HTTP client was set to."""
    server.settle()
    (request,) = server.requests
    assert request.method == "POST"
    assert request.target == "/core/v2/sms/messages"
    assert request.header_values("authorization") == [f"Bearer {TOKEN}"]
    assert request.header_values("content-type") == ["application/json"]
    assert request.header_values("host") == [f"{server.host}:{server.port}"]
    assert request.header_values("content-length") == [str(len(request.body))]
    for name in ("cookie", "x-theirs", "transfer-encoding"):
        assert request.header(name) is None
    assert request.json() == {"from": FROM, "to": TO, "message": TEXT}


ONCE: list[tuple[Behaviour, type[CarrierXError] | None]] = [
    (do.respond_sms(), None),
    (do.redirect(307, "/core/v2/sms/messages"), SendOutcomeUnknownError),
    (do.redirect(308, "/elsewhere"), SendOutcomeUnknownError),
    (do.redirect(301, "/elsewhere"), SendOutcomeUnknownError),
    (do.demand_digest(), AuthenticationError),
    (do.respond(500), SendOutcomeUnknownError),
]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("behaviour", "error"), ONCE, ids=str)
def test_a_sync_clients_settings_do_not_act_and_stay(
    library: str, behaviour: Behaviour, error: type[CarrierXError] | None
) -> None:
    with FaultServer(behaviour) as server, sync_client(library, **settings_of(library, server)) as injected:
        before = state_of(injected)
        if error is None:
            assert send_sync(server, injected).to == TO
        else:
            with pytest.raises(error):
                send_sync(server, injected)
        assert state_of(injected) == before
        assert_sent_as_ours(server)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("behaviour", "error"), ONCE, ids=str)
async def test_an_async_clients_settings_do_not_act_and_stay(
    library: str, behaviour: Behaviour, error: type[CarrierXError] | None
) -> None:
    with FaultServer(behaviour) as server:
        async with async_client(library, **settings_of(library, server)) as injected:
            before = state_of(injected)
            if error is None:
                assert (await send_async(server, injected)).to == TO
            else:
                with pytest.raises(error):
                    await send_async(server, injected)
            assert state_of(injected) == before
            await server.settled()
        assert_sent_as_ours(server)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_sync_clients_own_user_and_password_do_not_replace_the_token(library: str) -> None:
    with FaultServer() as server, sync_client(library, auth=("someone", "else")) as injected:
        send_sync(server, injected)
        assert_sent_as_ours(server)


@pytest.mark.parametrize("library", LIBRARIES)
async def test_an_async_clients_own_user_and_password_do_not_replace_the_token(library: str) -> None:
    with FaultServer() as server:
        async with async_client(library, auth=("someone", "else")) as injected:
            await send_async(server, injected)
        await server.settled()
        assert_sent_as_ours(server)


def test_an_injected_client_serves_its_owner_afterwards() -> None:
    with FaultServer(do.respond_sms()) as server, httpx.Client() as injected:
        send_sync(server, injected)
        assert injected.get(server.base_url).status_code == 200


# Hooks.


def raising(response: Any) -> None:
    """What many put into a client's hooks."""
    response.raise_for_status()


async def raising_async(response: Any) -> None:
    """As `raising`."""
    response.raise_for_status()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    ("behaviour", "error", "read"),
    [(do.respond(404), NotFoundError, 1), (do.respond(502), SendOutcomeUnknownError, 1), (do.respond_sms(), None, 1)],
    ids=str,
)
def test_a_hook_that_raises_for_the_status_hides_no_status(
    library: str, behaviour: Behaviour, error: type[CarrierXError] | None, read: int
) -> None:
    with FaultServer(behaviour) as server, sync_client(library, event_hooks={"response": [raising]}) as injected:
        if error is None:
            send_sync(server, injected)
        else:
            with pytest.raises(error):
                send_sync(server, injected)
        server.settle()
        assert server.requests_fully_read == read


@pytest.mark.parametrize("library", LIBRARIES)
async def test_an_async_hook_that_raises_for_the_status_hides_no_status(library: str) -> None:
    with FaultServer(do.respond(404)) as server:
        async with async_client(library, event_hooks={"response": [raising_async]}) as injected:
            with pytest.raises(NotFoundError):
                await send_async(server, injected)
        await server.settled()
        assert server.requests_fully_read == 1


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 503])
def test_the_status_of_another_request_within_a_hook_says_nothing_about_the_send(status: int) -> None:
    # A hook that reports to a monitor, which turns it down: the text is out all the same.
    with FaultServer(do.respond_sms()) as server, FaultServer(do.respond(status)) as monitor:

        def report(response: httpx.Response) -> None:
            httpx.post(monitor.base_url, json={"status": response.status_code}).raise_for_status()

        with httpx.Client(event_hooks={"response": [report]}) as injected, pytest.raises(UnconfirmedSendError):
            send_sync(server, injected)
        server.settle()
        assert server.requests_fully_read == 1


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 503])
async def test_the_status_of_another_request_within_an_async_hook_says_nothing_either(status: int) -> None:
    with FaultServer(do.respond_sms()) as server, FaultServer(do.respond(status)) as monitor:

        async def report(response: httpx.Response) -> None:
            async with httpx.AsyncClient() as other:
                (await other.post(monitor.base_url)).raise_for_status()

        async with httpx.AsyncClient(event_hooks={"response": [report]}) as injected:
            with pytest.raises(UnconfirmedSendError):
                await send_async(server, injected)
        await server.settled()
        assert server.requests_fully_read == 1


def test_a_hook_that_fails_before_the_request_means_that_it_was_not_sent() -> None:
    def refuse(request: httpx.Request) -> None:
        raise ValueError("not on Sundays")

    with FaultServer() as server, httpx.Client(event_hooks={"request": [refuse]}) as injected:
        with pytest.raises(CarrierXError) as caught:
            send_sync(server, injected)
        server.settle()
        assert server.connections == 0
    assert caught.value.outcome is Outcome.NOT_SENT
    assert len(caught.value.attempts) == 1


def test_a_hook_that_fails_after_the_answer_leaves_the_outcome_unknown() -> None:
    def fail(response: httpx.Response) -> None:
        raise ValueError("no room on the disk for the log")

    with FaultServer() as server, httpx.Client(event_hooks={"response": [fail]}) as injected:
        with pytest.raises(SendOutcomeUnknownError):
            send_sync(server, injected)
        server.settle()
        assert server.requests_fully_read == 1


def test_a_hook_that_reads_the_answer_takes_nothing_away() -> None:
    def read(response: httpx.Response) -> None:
        response.read()

    with FaultServer() as server, httpx.Client(event_hooks={"response": [read]}) as injected:
        assert send_sync(server, injected).to == TO


def test_a_hook_that_uses_the_answer_up_loses_the_receipt_and_nothing_else() -> None:
    def use_up(response: httpx.Response) -> None:
        for _ in response.iter_bytes():
            pass

    with FaultServer() as server, httpx.Client(event_hooks={"response": [use_up]}) as injected:
        with pytest.raises(UnconfirmedSendError):
            send_sync(server, injected)
        server.settle()
        assert server.requests_fully_read == 1


async def test_an_async_hook_that_uses_the_answer_up_loses_the_receipt_and_nothing_else() -> None:
    async def use_up(response: httpx.Response) -> None:
        async for _ in response.aiter_bytes():
            pass

    with FaultServer() as server:
        async with httpx.AsyncClient(event_hooks={"response": [use_up]}) as injected:
            with pytest.raises(UnconfirmedSendError):
                await send_async(server, injected)
        await server.settled()
        assert server.requests_fully_read == 1


# Transports that try to send twice.


class Insistent(httpx.BaseTransport):
    """Takes the body, gets a response that does not please it, and begins again, as a retrying transport would."""

    def __init__(self, server: FaultServer, second_answer: httpx.Response | None = None) -> None:
        self._http = httpx.HTTPTransport()
        self._second_answer = second_answer
        self.tries = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(2):
            self.tries += 1
            try:
                answer = self._http.handle_request(request)
            except Exception:
                if self._second_answer is None:
                    raise
                return self._second_answer
            answer.close()
        raise AssertionError("the body was given twice")

    def close(self) -> None:
        self._http.close()


class AsyncInsistent(httpx.AsyncBaseTransport):
    """As `Insistent`."""

    def __init__(self) -> None:
        self._http = httpx.AsyncHTTPTransport()
        self.tries = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(2):
            self.tries += 1
            answer = await self._http.handle_async_request(request)
            await answer.aclose()
        raise AssertionError("the body was given twice")

    async def aclose(self) -> None:
        await self._http.aclose()


@pytest.mark.parametrize(
    "second_answer",
    [None, *(httpx.Response(status) for status in (400, 401, 404, 407, 422, 429, 500, 503))],
    ids=lambda answer: "raises" if answer is None else str(answer.status_code),
)
def test_a_transport_that_sends_twice_puts_one_body_on_the_wire(second_answer: httpx.Response | None) -> None:
    with FaultServer() as server:
        transport = Insistent(server, second_answer)
        with httpx.Client(transport=transport) as injected, pytest.raises(SendOutcomeUnknownError) as caught:
            send_sync(server, injected)
        server.settle()
        assert transport.tries == 2
        assert server.requests_fully_read == 1
    assert caught.value.outcome is Outcome.UNKNOWN
    assert len(caught.value.attempts) == 1


async def test_an_async_transport_that_sends_twice_puts_one_body_on_the_wire() -> None:
    with FaultServer() as server:
        transport = AsyncInsistent()
        async with httpx.AsyncClient(transport=transport) as injected:
            with pytest.raises(SendOutcomeUnknownError) as caught:
                await send_async(server, injected)
        await server.settled()
        assert (transport.tries, server.requests_fully_read) == (2, 1)
    assert len(caught.value.attempts) == 1


class Reading(httpx.BaseTransport):
    """Keeps each body for its records, and tries twice."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.read())
        self._inner.handle_request(request).close()
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def test_a_body_that_was_read_for_the_records_is_sent_once_all_the_same() -> None:
    with FaultServer() as server:
        transport = Reading()
        with httpx.Client(transport=transport) as injected, pytest.raises(SendOutcomeUnknownError):
            send_sync(server.base_url, injected)
        server.settle()
        assert len(transport.bodies) == 1
        assert transport.bodies[0].startswith(b"{")
        assert server.requests_fully_read == 1


async def test_an_async_hook_that_reads_the_request_leaves_it_to_be_sent() -> None:
    bodies: list[bytes] = []

    async def keep(request: httpx.Request) -> None:
        bodies.append(await request.aread())
        bodies.append(await request.aread())

    with FaultServer() as server:
        async with httpx.AsyncClient(event_hooks={"request": [keep]}) as injected:
            await send_async(server, injected)
        await server.settled()
        assert [request.body for request in server.requests] == [bodies[0]] == [bodies[1]]


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_transport_that_gives_up_is_judged_by_whether_it_took_the_end_of_the_body(taken: int) -> None:
    class GivingUp(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            stream = iter(cast("Iterator[bytes]", request.stream))
            for _ in range(taken):
                next(stream)
            raise httpx.ConnectError("no route")

    with httpx.Client(transport=GivingUp()) as injected, pytest.raises(CarrierXError) as caught:
        send_sync("http://127.0.0.1:9/core/v2", injected)
    outcomes = [attempt.outcome for attempt in caught.value.attempts]
    assert outcomes == ([Outcome.UNKNOWN] if taken == 2 else [Outcome.NOT_SENT] * 3)


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_an_async_transport_that_gives_up_is_judged_by_whether_it_took_the_end_of_the_body(taken: int) -> None:
    class GivingUp(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            stream = aiter(cast("AsyncIterator[bytes]", request.stream))
            for _ in range(taken):
                await anext(stream)
            raise httpx.ConnectError("no route")

    async with httpx.AsyncClient(transport=GivingUp()) as injected:
        with pytest.raises(CarrierXError) as caught:
            await send_async("http://127.0.0.1:9/core/v2", injected)
    outcomes = [attempt.outcome for attempt in caught.value.attempts]
    assert outcomes == ([Outcome.UNKNOWN] if taken == 2 else [Outcome.NOT_SENT] * 3)


# Whose client it is.


def kind_of(value: object) -> str:
    """A name for a case."""
    return type(value).__name__


def test_an_injected_client_is_refused_in_another_loop_before_a_byte_leaves() -> None:
    with FaultServer() as server:
        injected = httpx.AsyncClient()
        client = AsyncCarrierXClient(TOKEN, http_client=injected, base_url=server.base_url)

        async def send() -> Message:
            return await client.messages.send(from_=FROM, to=TO, message=TEXT)

        async def send_and_close() -> None:
            await send()
            await injected.aclose()

        asyncio.run(send_and_close())
        assert server.connections == 1
        with pytest.raises(ConfigurationError, match="another event loop") as caught:
            asyncio.run(send())
        server.settle()
        assert (server.connections, server.requests_fully_read) == (1, 1)
    assert caught.value.outcome is Outcome.NOT_SENT


def _refused_in_child(client: CarrierXClient, answers: Any) -> None:
    try:
        client.messages.send(from_=FROM, to=TO, message=TEXT)
    except CarrierXError as error:
        answers.put((type(error).__name__, error.outcome))
    else:
        answers.put(("sent", None))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_injected_client_is_refused_in_another_process_before_a_byte_leaves() -> None:
    fork = multiprocessing.get_context("fork")
    with FaultServer() as server, httpx.Client() as injected:
        client = CarrierXClient(TOKEN, http_client=injected, base_url=server.base_url)
        client.messages.send(from_=FROM, to=TO, message=TEXT)
        answers = fork.SimpleQueue()
        child = fork.Process(target=_refused_in_child, args=(client, answers))
        child.start()
        assert answers.get() == ("ConfigurationError", Outcome.NOT_SENT)
        child.join(10)
        server.settle()
        assert server.requests_fully_read == 1


def test_a_factory_is_called_once_a_process() -> None:
    made: list[httpx.Client] = []

    def make() -> httpx.Client:
        made.append(httpx.Client())
        return made[-1]

    with FaultServer() as server:
        with CarrierXClient(TOKEN, http_client=make, base_url=server.base_url) as client:
            assert not made
            for _ in range(3):
                client.messages.send(from_=FROM, to=TO, message=TEXT)
            client.with_options(timeout=5).messages.send(from_=FROM, to=TO, message=TEXT)
        assert [one.is_closed for one in made] == [True]
        assert server.requests_fully_read == 4


def test_a_factory_is_called_once_a_loop() -> None:
    made: list[httpx.AsyncClient] = []

    def make() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient())
        return made[-1]

    with FaultServer() as server:
        client = AsyncCarrierXClient(TOKEN, http_client=make, base_url=server.base_url)

        async def send_twice() -> None:
            for _ in range(2):
                await client.messages.send(from_=FROM, to=TO, message=TEXT)

        for _ in range(3):
            asyncio.run(send_twice())
        assert [one.is_closed for one in made] == [True, True, True]
        assert server.requests_fully_read == 6


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_wrong_twin_is_refused_when_it_is_given(library: str) -> None:
    with sync_client(library) as injected, pytest.raises(ConfigurationError, match="AsyncClient"):
        AsyncCarrierXClient(TOKEN, http_client=cast("httpx.AsyncClient", injected))
    with pytest.raises(ConfigurationError, match=r"\.Client"):
        CarrierXClient(TOKEN, http_client=cast("httpx.Client", async_client(library)))


@pytest.mark.parametrize("wrong", ["http://proxy", 17, object(), httpx.HTTPTransport()], ids=kind_of)
def test_what_is_no_client_is_refused_when_it_is_given(wrong: object) -> None:
    with pytest.raises(ConfigurationError):
        CarrierXClient(TOKEN, http_client=cast("httpx.Client", wrong))
    with pytest.raises(ConfigurationError):
        AsyncCarrierXClient(TOKEN, http_client=cast("httpx.AsyncClient", wrong))


@pytest.mark.parametrize("made", [None, "text", httpx.AsyncClient()], ids=kind_of)
def test_a_factory_of_something_else_is_refused_before_a_byte_leaves(made: object) -> None:
    with FaultServer() as server:
        with pytest.raises(ConfigurationError) as caught:
            send_sync(server, lambda: cast("httpx.Client", made))
        server.settle()
        assert server.connections == 0
    assert caught.value.outcome is Outcome.NOT_SENT


def test_an_sms_object_of_a_mock_is_a_receipt() -> None:
    answer = httpx.Response(200, json=sms_object(message_sid="17"))
    with httpx.Client(transport=httpx.MockTransport(lambda request: answer)) as injected:
        assert send_sync("http://127.0.0.1:9/core/v2", injected).message_sid == "17"
