"""Which web pages can read an answer, and what a cache must know about it."""

from __future__ import annotations

import pytest

from carrierx.emulator import Emulator, EmulatorConfig, Request
from tests.emulator.helpers import MESSAGES, call, make_emulator

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


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example\\@localhost",
        "http://evil.example@localhost",
        "http://evil.example/@localhost",
        "http://localhost/",
        "http://localhost?",
        "http://localhost#",
        "http://localhost:x",
        "http://[127.0.0.1]",
        "http://local\thost",
        "http:/localhost",
        "//localhost",
    ],
)
def test_an_origin_that_only_looks_local_is_not(emulator: Emulator, origin: str) -> None:
    response = emulator.handle(Request("GET", MESSAGES, "", (("Origin", origin),)))

    assert "access-control-allow-origin" not in dict(response.headers)


@pytest.mark.parametrize("origins", [frozenset[str](), frozenset({"https://app.example"}), frozenset({"*"})])
@pytest.mark.parametrize("origin", [None, "http://localhost", "https://evil.example", "https://app.example"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_every_answer_says_that_it_depends_on_the_origin(
    origins: frozenset[str], origin: str | None, method: str
) -> None:
    headers = {"Access-Control-Request-Method": "GET"} if method == "OPTIONS" else {}
    with make_emulator(EmulatorConfig(cors_origins=origins)) as emulator:
        response = call(emulator, method, headers=headers | ({} if origin is None else {"Origin": origin}))

    assert [value for name, value in response.headers if name.lower() == "vary"] == ["Origin"]


ALLOWED = [
    "http://localhost:3000",
    "https://app.example",
    "https://app.example:8443",
    "http://192.0.2.1",
    "http://[2001:db8::1]:8080",
    "https://xn--bcher-kva.example",
    "capacitor://localhost",
    "chrome-extension://abcdefghijklmnop",
]


def test_full_origins_can_be_allowed() -> None:
    assert EmulatorConfig(cors_origins=frozenset({*ALLOWED, "*"})).cors_origins == {*ALLOWED, "*"}


@pytest.mark.parametrize("origins", ["http://evil.example", b"http://evil.example", None, 5, "*", "", {5}, [None]])
def test_origins_are_a_set_of_strings(origins: object) -> None:
    with pytest.raises(ValueError, match="cors_origins must be a set of strings"):
        EmulatorConfig(cors_origins=origins)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "origin",
    [
        "x",
        "",
        "app.example",
        "http://app.example/",
        "http://app.example/path",
        "http://user@app.example",
        "http://app.example?",
        "http://app.example#",
        "http://App.example",
        "HTTP://app.example",
        "http://app.example:",
        "http://app.example:x",
        "http://b\u00fccher.example",
        "http://app.example\n",
        " http://app.example",
        "http://*.app.example",
        "null",
        "http://",
    ],
)
def test_an_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match=r"cors_origins.* scheme://host\[:port\].* slash"):
        EmulatorConfig(cors_origins=frozenset({origin}))


@pytest.mark.parametrize(("origin", "sent"), [("http://a.example:80", "http"), ("https://a.example:443", "https")])
def test_a_port_that_browsers_leave_out_is_refused(origin: str, sent: str) -> None:
    with pytest.raises(ValueError, match=f"cors_origins.* default port of {sent}"):
        EmulatorConfig(cors_origins=frozenset({origin}))
