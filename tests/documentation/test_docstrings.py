"""Every example in a docstring runs and prints what it says, against an emulator in this process.

Examples of async classes run with an `AsyncCarrierXClient` and may use `await`, `async with` and `async for` at the top
level.
"""

from __future__ import annotations

import ast
import asyncio
import doctest
import importlib
import io
import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from types import CodeType
from typing import Any

import httpx
import pytest

import carrierx
from carrierx import AsyncCarrierXClient, CarrierXClient, Message, where
from carrierx.emulator import (
    DEMO_TOKEN,
    AsyncEmulatorTransport,
    Emulator,
    EmulatorConfig,
    EmulatorTransport,
    Request,
    StatusDelays,
)

BASE_URL = "http://127.0.0.1:8025/core/v2"
NO_DELAYS = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)))


def is_async(name: str) -> bool:
    """Tell whether a dotted name belongs to an async class, such as `AsyncMessages`, or to a module of them."""
    return any(part.startswith("Async") or part == "_async" for part in name.split("."))


def examples() -> dict[str, doctest.DocTest]:
    """The docstrings with examples, by the names of what they document."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    modules = [importlib.import_module(info.name) for info in pkgutil.walk_packages(carrierx.__path__, "carrierx.")]
    tests = [test for module in modules for test in finder.find(module, module.__name__) if test.examples]
    found: dict[int, doctest.DocTest] = {}
    # An async method may have taken over the docstring of its sync counterpart: then only the sync one runs.
    for test in sorted(tests, key=lambda test: is_async(test.name)):
        found.setdefault(id(test.docstring), test)
    return {test.name: test for test in found.values()}


EXAMPLES = examples()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(NO_DELAYS) as started:
        yield started


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Runner]:
    """The event loop that runs all async examples of a docstring."""
    with asyncio.Runner() as runner:

        def execute(code: CodeType, names: dict[str, Any]) -> None:
            result = eval(code, names)
            if asyncio.iscoroutine(result):
                runner.run(result)

        # doctest calls `exec`, which can't run a coroutine. A module's global comes before the built-in function.
        monkeypatch.setattr(doctest, "exec", execute, raising=False)
        yield runner


@pytest.fixture
def client(emulator: Emulator) -> Iterator[CarrierXClient]:
    with (
        httpx.Client(transport=EmulatorTransport(emulator)) as inner,
        CarrierXClient(DEMO_TOKEN, base_url=BASE_URL, http_client=inner) as made,
    ):
        yield made


@pytest.fixture
def async_client(emulator: Emulator, loop: asyncio.Runner) -> Iterator[AsyncCarrierXClient]:
    inner = httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator))
    made = AsyncCarrierXClient(DEMO_TOKEN, base_url=BASE_URL, http_client=inner)
    yield made
    loop.run(made.close())
    loop.run(inner.aclose())


@pytest.fixture
def message(client: CarrierXClient) -> Message:
    """The message that the examples call `message`."""
    return client.messages.send(from_="15162065575", to="15162065574", message="Hello")


def run(test: doctest.DocTest, *, top_level_await: bool = False) -> tuple[int, str]:
    """Run the examples of a docstring. Return how many failed, and the report on them."""
    report = io.StringIO()
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if top_level_await else None
    result = doctest.DocTestRunner(verbose=False).run(test, compileflags=flags, out=report.write)
    assert result.attempted == len(test.examples)
    return result.failed, report.getvalue()


def parse(text: str, **names: object) -> doctest.DocTest:
    """Read examples as if they were in a docstring."""
    return doctest.DocTestParser().get_doctest(text, names, "example", None, 0)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_a_docstring_run(
    name: str,
    client: CarrierXClient,
    async_client: AsyncCarrierXClient,
    message: Message,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CARRIERX_TOKEN", raising=False)
    test = EXAMPLES[name]
    used = async_client if is_async(name) else client
    test.globs = {"client": used, "message": message, "where": where, "emulator": emulator, **test.globs}

    failed, report = run(test, top_level_await=is_async(name))

    unknown = {request.path for request in emulator.requests_seen if is_unknown(emulator, request)}
    if failed and unknown:
        pytest.xfail(f"the emulator does not serve {', '.join(sorted(unknown))}")
    assert failed == 0, report


def is_unknown(emulator: Emulator, request: Request) -> bool:
    """Tell whether the emulator serves nothing at a request's path."""
    return b"there is no such resource" in emulator.handle(request).body


def test_the_examples_are_found() -> None:
    assert {
        "carrierx.client.CarrierXClient.execute",
        "carrierx.models.send_request.SendMessageRequest",
        "carrierx.resources._sync.messages.Messages.wait",
        "carrierx.emulator.emulator.Emulator",
    } <= EXAMPLES.keys()
    assert sum(len(test.examples) for test in EXAMPLES.values()) > 40


def test_a_wrong_example_fails() -> None:
    failed, report = run(parse(">>> 1 + 1\n3\n"))

    assert failed == 1
    assert "Expected:\n    3\nGot:\n    2" in report


ASYNC_EXAMPLES = """
>>> sent = await client.messages.send(from_="15162065575", to="15162065574", message="Hi")
>>> (await client.messages.get(sent.message_sid)).message
'Hi'
>>> async for each in client.messages.iterate(order="date_created", max_items=1):
...     print(each.message_sid == message.message_sid)
True
>>> sorted([each.message async for each in client.messages.iterate()])
['Hello', 'Hi']
>>> async with client.messages.send_many([{"from_": sent.from_, "to": sent.to, "message": "Bye"}]) as results:
...     [result.message.message async for result in results]
['Bye']
"""


def test_async_examples_run_at_the_top_level(async_client: AsyncCarrierXClient, message: Message) -> None:
    failed, report = run(parse(ASYNC_EXAMPLES, client=async_client, message=message), top_level_await=True)

    assert failed == 0, report


def test_a_wrong_async_example_fails(async_client: AsyncCarrierXClient, message: Message) -> None:
    text = ">>> (await client.messages.get(message.message_sid)).message\n'Bye'\n>>> await client.messages.get('')\n"

    failed, report = run(parse(text, client=async_client, message=message), top_level_await=True)

    assert failed == 2
    assert "Expected:\n    'Bye'\nGot:\n    'Hello'" in report
    assert "InvalidArgumentError" in report


def test_a_sync_example_has_no_top_level_await(async_client: AsyncCarrierXClient, message: Message) -> None:
    text = ">>> (await client.messages.get(message.message_sid)).message\n'Hello'\n"

    failed, report = run(parse(text, client=async_client, message=message))

    assert failed == 1
    assert "SyntaxError" in report


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("carrierx.resources.messages.AsyncMessages.get", True),
        ("carrierx.resources._async.messages.Messages", True),
        ("carrierx.AsyncCarrierXClient", True),
        ("carrierx.resources.messages.Messages.get", False),
        ("carrierx.transport.http_async", False),
    ],
)
def test_async_names_are_told_from_sync_names(name: str, expected: bool) -> None:
    assert is_async(name) is expected
