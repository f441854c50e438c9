"""Requests of web pages from another origin."""

from __future__ import annotations

import pytest

from carrierx.emulator import Emulator, EmulatorConfig, Request
from tests.emulator.helpers import make_emulator

PREFLIGHT = (
    ("Access-Control-Request-Method", "POST"),
    ("Access-Control-Request-Headers", "authorization,content-type"),
)


def ask(emulator: Emulator, method: str, origin: str, *lines: tuple[str, str]) -> tuple[int, dict[str, str]]:
    response = emulator.handle(Request(method, "/core/v2/sms/messages", "", (("Origin", origin), *lines)))
    return response.status, dict(response.headers)


def test_web_pages_ask_first_and_are_allowed(emulator: Emulator) -> None:
    status, headers = ask(emulator, "OPTIONS", "http://localhost:3000", *PREFLIGHT)

    assert status == 204
    assert headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "POST" in headers["access-control-allow-methods"]
    assert headers["access-control-allow-headers"] == "authorization,content-type"


@pytest.mark.parametrize(
    "origin", ["http://localhost", "https://127.0.0.1:8443", "http://[::1]:1", "http://a.localhost"]
)
def test_web_pages_of_this_machine_can_read_answers_and_errors(emulator: Emulator, origin: str) -> None:
    status, headers = ask(emulator, "GET", origin)

    assert (status, headers["access-control-allow-origin"]) == (401, origin)


@pytest.mark.parametrize(
    "origin", ["https://example.com", "null", "http://localhost.example.com", "file://localhost", "http://[", ""]
)
def test_web_pages_of_others_are_refused_by_default(emulator: Emulator, origin: str) -> None:
    status, headers = ask(emulator, "OPTIONS", origin, *PREFLIGHT)

    assert (status, "access-control-allow-origin" in headers) == (403, False)
    assert "access-control-allow-origin" not in ask(emulator, "GET", origin)[1]


@pytest.mark.parametrize("allowed", ["https://example.com", "*"])
def test_web_pages_of_others_can_be_allowed(allowed: str) -> None:
    with make_emulator(EmulatorConfig(cors_origins=frozenset({allowed}))) as emulator:
        status, headers = ask(emulator, "OPTIONS", "https://example.com", *PREFLIGHT)

    assert (status, headers["access-control-allow-origin"]) == (204, "https://example.com")


def test_header_names_that_are_none_are_not_repeated(emulator: Emulator) -> None:
    line = ("Access-Control-Request-Headers", "a b; c")
    _, headers = ask(emulator, "OPTIONS", "http://localhost", PREFLIGHT[0], line)

    assert headers["access-control-allow-headers"] == "authorization, content-type"


def test_other_clients_see_no_difference(emulator: Emulator) -> None:
    response = emulator.handle(Request("OPTIONS", "/core/v2/sms/messages"))

    assert response.status == 405
    assert "access-control-allow-origin" not in dict(response.headers)


def test_web_pages_see_the_answer_that_a_fault_makes(emulator: Emulator) -> None:
    emulator.faults.answer(503)
    status, headers = ask(emulator, "GET", "http://localhost")

    assert (status, headers["access-control-allow-origin"]) == (503, "http://localhost")
