"""Token functions that are used by many at once, that use the client themselves, or that are interrupted."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import httpx
import pytest

from carrierx import (
    AsyncCarrierXClient,
    CarrierXClient,
    ConfigurationError,
    Message,
    Outcome,
    TokenUnavailableError,
)
from tests.support.client_factory import ClientFactory
from tests.support.scripts import SMS, Script, reply, sms

T = TypeVar("T")
TASKS = 100


@pytest.fixture
def no_warnings() -> Iterator[None]:
    """No warning is given, and asyncio reports nothing: no task destroyed, no exception that nobody looked at."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def over(script: Script, token: Any) -> AsyncCarrierXClient:
    return AsyncCarrierXClient(token, http_client=lambda: httpx.AsyncClient(transport=httpx.MockTransport(script)))


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run in a loop whose complaints are collected; there must be none."""
    reported: list[str] = []

    async def listening() -> T:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
        async with asyncio.timeout(10):
            result = await work()
        gc.collect()
        return result

    result = asyncio.run(listening())
    gc.collect()
    assert reported == []
    return result


class Slow:
    """An awaitable token function that gives a token, or raises, once it is let go."""

    def __init__(self, *answers: str | Exception) -> None:
        self._answers = iter(answers)
        self.go = asyncio.Event()
        self.called = 0
        self.cancelled = 0

    async def __call__(self) -> str:
        self.called += 1
        try:
            await self.go.wait()
            await settle()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def settle() -> None:
    """Let every task go on as far as it can without being let go."""
    for _ in range(10):
        await asyncio.sleep(0)


def sends(client: AsyncCarrierXClient, count: int = TASKS) -> list[asyncio.Task[Message]]:
    return [asyncio.create_task(client.messages.send(**SMS)) for _ in range(count)]


def test_tasks_that_begin_together_share_one_call() -> None:
    async def work() -> int:
        give = Slow("token-1")
        tasks = sends(over(Script(), give))
        await settle()
        give.go.set()
        await asyncio.gather(*tasks)
        return give.called

    assert run(work) == 1


def test_tasks_whose_token_was_refused_share_one_call() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        fresh = request.headers["authorization"] == "Bearer token-2"
        return (sms() if fresh else reply(401))(request)

    async def work() -> int:
        give = Slow("token-1", "token-2")
        give.go.set()
        client = over(Script(answer), give)
        await asyncio.gather(*sends(client))
        await client.messages.send(**SMS)
        return give.called

    assert run(work) == 2


@pytest.mark.usefixtures("no_warnings")
@pytest.mark.parametrize("cancelled", [0, 50, TASKS - 1])
def test_cancelling_a_task_that_waits_leaves_the_call_to_the_others(cancelled: int) -> None:
    async def work() -> None:
        give = Slow("token-1")
        tasks = sends(over(Script(), give))
        await settle()
        tasks[cancelled].cancel()
        await settle()
        give.go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results.pop(cancelled), asyncio.CancelledError)
        assert all(isinstance(result, Message) for result in results)
        assert (give.called, give.cancelled) == (1, 0)

    run(work)


@pytest.mark.usefixtures("no_warnings")
@pytest.mark.parametrize("ticks", range(6))
def test_when_all_tasks_are_cancelled_the_call_ends_and_the_next_send_asks_again(ticks: int) -> None:
    async def work() -> None:
        give = Slow("token-1")
        script = Script()
        client = over(script, give)
        tasks = sends(client, 3)
        for _ in range(ticks):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        assert give.cancelled == give.called
        assert script.requests == []
        give.go.set()
        await client.messages.send(**SMS)

    run(work)


@pytest.mark.usefixtures("no_warnings")
def test_a_loop_that_stops_right_after_the_last_cancellation_leaves_no_pending_task() -> None:
    async def give_up(client: AsyncCarrierXClient) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await client.messages.send(**SMS)

    reported: list[str] = []
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context["message"]))
    loop.run_until_complete(give_up(over(Script(), Slow("token-1"))))
    loop.close()
    gc.collect()
    assert reported == []


@pytest.mark.usefixtures("no_warnings")
def test_a_call_that_fails_gives_each_task_an_error_of_its_own_and_the_next_send_asks_again() -> None:
    async def work() -> None:
        failure = ConnectionError("vault is down")
        give = Slow(failure, "token-1")
        client = over(Script(), give)
        tasks = [
            asyncio.create_task(client.messages.send(**SMS, reference=f"order-{number}")) for number in range(TASKS)
        ]
        await settle()
        give.go.set()
        errors = await asyncio.gather(*tasks, return_exceptions=True)
        assert len({id(error) for error in errors}) == TASKS
        for number, error in enumerate(errors):
            assert isinstance(error, TokenUnavailableError)
            assert error.__cause__ is failure
            assert (error.reference, error.outcome, error.safe_to_resend) == (f"order-{number}", Outcome.NOT_SENT, True)
        assert give.called == 1
        await client.messages.send(**SMS)
        assert give.called == 2

    run(work)


def test_a_call_that_gives_no_token_gives_each_task_an_error_of_its_own() -> None:
    async def work() -> None:
        give = Slow("two words")
        give.go.set()
        errors = await asyncio.gather(*sends(over(Script(), give)), return_exceptions=True)
        assert len({id(error) for error in errors}) == TASKS
        assert {type(error) for error in errors} == {ConfigurationError}

    run(work)


@pytest.mark.usefixtures("no_warnings")
def test_a_token_function_that_is_cancelled_from_within_fails_and_cancels_no_send() -> None:
    async def give() -> str:
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    async def work() -> None:
        errors = await asyncio.gather(*sends(over(Script(), give), 3), return_exceptions=True)
        assert [type(error) for error in errors] == [TokenUnavailableError] * 3

    run(work)


@pytest.mark.usefixtures("no_warnings")
def test_one_client_asks_in_each_of_several_loops_and_threads() -> None:
    together = threading.Barrier(4)
    called: list[int] = []

    async def give() -> str:
        called.append(threading.get_ident())
        await asyncio.to_thread(together.wait, 10)  # each loop's own call: a shared one would never get past this
        return "token-1"

    client = over(Script(), give)
    results: list[Any] = []

    def in_a_loop() -> None:
        async def work() -> None:
            results.extend(await asyncio.gather(*sends(client, 5)))

        run(work)

    threads = [threading.Thread(target=in_a_loop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(results), len(called), len(set(called))) == (20, 4, 4)
    in_a_loop()  # another loop, by the token that is there
    assert len(called) == 4


def test_a_call_that_a_stopped_loop_left_behind_is_not_waited_for_in_the_next() -> None:
    async def give() -> str:
        if len(loops) == 1:
            await asyncio.Event().wait()
        return "token-1"

    async def send_and_leave() -> None:
        loops.append(asyncio.get_running_loop())
        asyncio.create_task(client.messages.send(**SMS))  # noqa: RUF006 - the loop's end cancels it
        await settle()

    async def send() -> Message:
        loops.append(asyncio.get_running_loop())
        return await client.messages.send(**SMS)

    loops: list[asyncio.AbstractEventLoop] = []
    client = over(Script(), give)
    run(send_and_leave)
    assert isinstance(run(send), Message)


def test_a_plain_function_is_called_directly_by_an_async_client() -> None:
    callers: list[asyncio.Task[Any] | None] = []

    def give() -> str:
        callers.append(asyncio.current_task())
        return "token-1"

    async def work() -> None:
        await over(Script(), give).messages.send(**SMS)
        assert callers == [asyncio.current_task()]

    run(work)


OWN_USE = "used the client that it provides tokens for"


def assert_own_use(error: ConfigurationError) -> None:
    assert type(error) is ConfigurationError
    assert OWN_USE in str(error)
    assert "Use another client" in str(error)
    assert (error.outcome, error.safe_to_resend) == (Outcome.NOT_SENT, False)


@pytest.mark.parametrize("rotated", [False, True], ids=["at the start", "after a refusal"])
def test_a_token_function_that_uses_its_own_client_is_told_so(rotated: bool) -> None:
    tokens: list[str] = []

    def give() -> str:
        if rotated and not tokens:
            tokens.append("token-1")
        else:
            client.messages.list()
        return "token-1"

    script = Script(reply(401) if rotated else sms())
    with httpx.Client(transport=httpx.MockTransport(script)) as http:
        client = CarrierXClient(give, http_client=http)
        with pytest.raises(ConfigurationError) as caught:
            client.messages.send(**SMS)
        assert_own_use(caught.value)
        assert isinstance(caught.value.__cause__, ConfigurationError)
        with pytest.raises(ConfigurationError, match=OWN_USE):  # nothing is left locked or remembered
            client.with_options(timeout=5).messages.send(**SMS)


@pytest.mark.parametrize("way", ["directly", "in tasks", "in a thread's loop"])
def test_an_async_token_function_that_uses_its_own_client_is_told_so(way: str) -> None:
    async def give() -> str:
        if way == "directly":
            await client.messages.list()
        elif way == "in tasks":
            await asyncio.gather(client.messages.list(), client.messages.list())
        else:
            await asyncio.to_thread(asyncio.run, client.messages.list())
        return "token-1"

    client = over(Script(), give)

    async def work() -> None:
        for error in await asyncio.gather(*sends(client, 3), return_exceptions=True):
            assert isinstance(error, ConfigurationError)
            assert_own_use(error)

    run(work)


def test_two_token_functions_that_use_each_others_clients_are_told_so() -> None:
    script = Script()
    with httpx.Client(transport=httpx.MockTransport(script)) as http:
        clients: list[CarrierXClient] = []

        def using(number: int) -> Callable[[], str]:
            return lambda: str(clients[number].messages.list())

        clients += [CarrierXClient(using(1), http_client=http), CarrierXClient(using(0), http_client=http)]
        with pytest.raises(ConfigurationError) as caught:
            clients[0].messages.send(**SMS)
    assert_own_use(caught.value)


def test_a_task_that_a_token_function_began_may_use_the_client_afterwards() -> None:
    begun: list[asyncio.Task[Message]] = []

    async def give() -> str:
        async def later() -> Message:
            await go.wait()
            return await client.messages.send(**SMS)

        begun.append(asyncio.create_task(later()))
        return f"token-{len(begun)}"

    async def work() -> None:
        await client.messages.send(**SMS)
        go.set()
        assert isinstance(await begun[0], Message)

    go = asyncio.Event()
    client = over(Script(sms(), reply(401), sms()), give)
    run(work)


def test_another_client_may_be_used_in_a_token_function(factory: ClientFactory) -> None:
    other: Any = factory.scripted([sms()], "other").client

    def give() -> str:
        other.messages.send(**SMS)
        return "token-1"

    async def give_async() -> str:
        await other.messages.send(**SMS)
        return "token-1"

    token = give if factory.kind == "sync" else give_async
    assert isinstance(factory.scripted([sms()], token).send(**SMS), Message)


def test_an_interrupt_in_a_token_function_leaves_the_client_usable_by_every_thread() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupts = iter([True, False])

    def give() -> str:
        if next(interrupts):
            signal.raise_signal(signal.SIGINT)
        return "token-1"

    sent: list[Message] = []
    try:
        with httpx.Client(transport=httpx.MockTransport(Script())) as http:
            client = CarrierXClient(give, http_client=http)
            with pytest.raises(KeyboardInterrupt):
                client.messages.send(**SMS)
            thread = threading.Thread(target=lambda: sent.append(client.messages.send(**SMS)))
            thread.start()
            thread.join(10)
            sent.append(client.messages.send(**SMS))
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(sent) == 2


def test_a_signal_handler_that_sends_while_the_token_function_runs_does_not_wait_for_itself() -> None:
    raised: list[Exception] = []

    def handle(*_: object) -> None:
        try:
            client.messages.send(**SMS)
        except ConfigurationError as error:
            raised.append(error)

    def give() -> str:
        signal.raise_signal(signal.SIGUSR1)
        return "token-1"

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with httpx.Client(transport=httpx.MockTransport(Script())) as http:
            client = CarrierXClient(give, http_client=http)
            assert isinstance(client.messages.send(**SMS), Message)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert [OWN_USE in str(error) for error in raised] == [True]


@pytest.mark.parametrize("token", [lambda: "token-1", Slow])
def test_without_an_asyncio_loop_no_token_is_asked_for(token: Any) -> None:
    called: list[int] = []

    def give() -> Any:
        called.append(1)
        return token()

    # Under another library's loop a coroutine is stepped without asyncio's knowing.
    with pytest.raises(ConfigurationError, match="no asyncio event loop is running"):
        over(Script(), give).messages.send(**SMS).send(None)
    assert called == []
