"""Every example in a docstring runs and gives what it says, against an emulator in this process."""

from __future__ import annotations

import doctest
import importlib
import io
import pkgutil
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

import carrierx
from carrierx import CarrierXClient, Message, where
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, EmulatorTransport, Request, StatusDelays

BASE_URL = "http://127.0.0.1:8025/core/v2"
AT_ONCE = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)))


def examples() -> dict[str, doctest.DocTest]:
    """The docstrings with examples, by the names of what they document; a text shared by twins is taken once."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found: dict[str, doctest.DocTest] = {}
    seen: set[str] = set()
    for info in pkgutil.walk_packages(carrierx.__path__, "carrierx."):
        for test in finder.find(importlib.import_module(info.name), info.name):
            if test.examples and test.docstring not in seen:
                seen.add(str(test.docstring))
                found[test.name] = test
    return found


EXAMPLES = examples()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(AT_ONCE) as started:
        yield started


@pytest.fixture
def client(emulator: Emulator) -> Iterator[CarrierXClient]:
    with (
        httpx.Client(transport=EmulatorTransport(emulator)) as inner,
        CarrierXClient(DEMO_TOKEN, base_url=BASE_URL, http_client=inner) as made,
    ):
        yield made


@pytest.fixture
def message(client: CarrierXClient) -> Message:
    """What `client.messages.send` gave in the example before."""
    return client.messages.send(from_="15162065575", to="15162065574", message="Hello")


def run(test: doctest.DocTest) -> tuple[int, str]:
    """Run the examples of a docstring; give how many failed, and how."""
    report = io.StringIO()
    result = doctest.DocTestRunner(verbose=False).run(test, out=report.write)
    assert result.attempted == len(test.examples)
    return result.failed, report.getvalue()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_a_docstring_run(
    name: str, client: CarrierXClient, message: Message, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARRIERX_TOKEN", raising=False)
    test = EXAMPLES[name]
    test.globs = {"client": client, "message": message, "where": where, "emulator": emulator, **test.globs}

    failed, report = run(test)

    unknown = {request.path for request in emulator.requests_seen if is_unknown(emulator, request)}
    if failed and unknown:
        pytest.xfail(f"the emulator does not serve {', '.join(sorted(unknown))}")
    assert failed == 0, report


def is_unknown(emulator: Emulator, request: Request) -> bool:
    """Whether the emulator has nothing at all at a request's path."""
    return b"there is no such resource" in emulator.handle(request).body


def test_the_examples_are_found() -> None:
    assert {
        "carrierx.client.CarrierXClient.execute",
        "carrierx.models.send_request.SendMessageRequest",
        "carrierx.resources._sync.messages.Messages.wait",
        "carrierx.emulator.core.Emulator",
    } <= EXAMPLES.keys()
    assert sum(len(test.examples) for test in EXAMPLES.values()) > 40


def test_a_wrong_example_fails() -> None:
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)

    failed, report = run(wrong)

    assert failed == 1
    assert "Expected:\n    3\nGot:\n    2" in report
