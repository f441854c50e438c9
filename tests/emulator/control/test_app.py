"""The control API's protection, its errors, and what it says of itself."""

from __future__ import annotations

import json
from itertools import product

import pytest

from carrierx.emulator import Credential, Emulator, EmulatorConfig, Request
from carrierx.emulator.control.app import ControlApp
from carrierx.emulator.control.auth import ControlAuth
from carrierx.emulator.control.operations import CONTROL_ROUTES
from carrierx.version import __version__
from tests.emulator.control.helpers import Control
from tests.support.rows import check_rows

RECEIVE = b'{"from":"15162065574","to":"15162065575","message":"Hi"}'
JSON_TYPE = ("content-type", "application/json")
HOST = ("host", "localhost:8025")
CHANGES = [route for route in CONTROL_ROUTES if route.method != "GET"]


def test_health_is_told(control: Control) -> None:
    assert control.read("health") == {"status": "ok"}


def test_a_closed_database_is_not_healthy(emulator: Emulator, control: Control) -> None:
    emulator.close()

    status, message = control.refused("GET", "health")

    assert (status, "database" in message) == (503, True)


def test_a_newcomer_is_told_how_to_send(control: Control) -> None:
    assert control.read("about") == {
        "base_path": "/core/v2",
        "token": "carrierx-emulator-demo-token",
        "version": __version__,
    }


def test_a_token_of_ones_own_is_not_told() -> None:
    with Emulator(EmulatorConfig(credentials=(Credential.bearer("of-my-own"),))) as emulator:
        assert Control(emulator).read("about")["token"] is None


def test_the_password_is_needed_for_everything_but_health(emulator: Emulator) -> None:
    app = ControlApp(emulator, ControlAuth("correct-horse"))

    def check(route: tuple[str, str]) -> None:
        method, path = route
        response = app.handle(Request(method, path, headers=(HOST,)))
        told = json.loads(response.body)
        if path == "/control/health":
            assert response.status == 200
            return
        assert response.status == 401
        assert "curl -u :PASSWORD" in told["message"]
        assert dict(response.headers)["www-authenticate"].startswith("Basic realm=")

    check_rows([(route.method, route.path) for route in CONTROL_ROUTES], check)
    authorized = (HOST, ("authorization", "Basic OmNvcnJlY3QtaG9yc2U="))
    assert app.handle(Request("GET", "/control/clock", headers=authorized)).status == 200


def test_a_foreign_page_changes_nothing(emulator: Emulator, control: Control) -> None:
    foreign = [
        (("origin", "https://evil.example"),),
        (("origin", "null"),),
        (("origin", "http://localhost:1"),),
        (("sec-fetch-site", "cross-site"),),
        (("sec-fetch-site", "same-site"),),
        (("sec-fetch-site", "none"),),
        (("origin", "http://localhost:8025"), ("sec-fetch-site", "cross-site")),
    ]

    def check(row: tuple[str, tuple[tuple[str, str], ...]]) -> None:
        path, headers = row
        for method, body in (("POST", RECEIVE), ("POST", b""), ("DELETE", b"")):
            response = control.app.handle(Request(method, path, headers=(HOST, JSON_TYPE, *headers), body=body))
            assert response.status == 403

    check_rows(product([route.path for route in CHANGES], foreign), check)
    assert emulator.messages == []


def test_the_own_page_and_programs_make_changes(control: Control) -> None:
    def check(headers: tuple[tuple[str, str], ...]) -> None:
        request = Request("POST", "/control/receive", headers=(HOST, JSON_TYPE, *headers), body=RECEIVE)
        assert control.app.handle(request).status == 200

    check_rows(
        [
            (),
            (("origin", "http://localhost:8025"),),
            (("sec-fetch-site", "same-origin"),),
            (("origin", "http://localhost:8025"), ("sec-fetch-site", "same-origin")),
        ],
        check,
    )


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_is_declared_as_json(control: Control, content_type: str) -> None:
    request = Request("POST", "/control/receive", headers=(HOST, ("content-type", content_type)), body=RECEIVE)

    response = control.app.handle(request)

    assert (response.status, "curl" in json.loads(response.body)["message"]) == (415, True)


def test_a_web_page_reads_nothing(control: Control) -> None:
    request = Request("GET", "/control/messages", headers=(HOST, ("origin", "https://evil.example")))

    headers = dict(control.app.handle(request).headers)

    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_a_preflight_is_refused(control: Control) -> None:
    headers = (HOST, ("origin", "http://localhost:3000"), ("access-control-request-method", "POST"))

    assert control.app.handle(Request("OPTIONS", "/control/receive", headers=headers)).status == 403


def test_unknown_paths_methods_and_bodies_are_refused_with_what_to_do(control: Control) -> None:
    def check(row: tuple[str, str, bytes, int, str]) -> None:
        method, path, body, status, message = row
        response = control.app.handle(Request(method, f"/control/{path}", headers=(HOST, JSON_TYPE), body=body))
        told = json.loads(response.body)
        assert (response.status, message in told["message"]) == (status, True), told

    check_rows(
        [
            ("GET", "nothing", b"", 404, "there is no such resource"),
            ("GET", "", b"", 404, "there is no such resource"),
            ("PUT", "faults", b"", 405, "the methods of this resource are: DELETE, GET, POST"),
            ("POST", "receive", b"{", 400, "the body is not valid JSON"),
            ("POST", "receive", b"[]", 400, "the body is JSON, but not an object"),
            ("POST", "receive", b"[" * 100_000, 400, "the body is not valid JSON"),
            ("POST", "receive", b"\xff", 400, "the body is not valid JSON"),
            ("POST", "receive", b"x" * 1_048_577, 413, "the body has more than 1048576 bytes"),
            ("POST", "reset", b'{"all":true}', 422, "all is not a field of this body"),
        ],
        check,
    )


def test_unknown_parameters_are_refused(control: Control) -> None:
    def check(route: tuple[str, str]) -> None:
        method, path = route
        body: object = {} if method == "POST" else None
        assert control.refused(method, path.removeprefix("/control/"), body, no_such="x")[0] == 400

    check_rows([(route.method, route.path) for route in CONTROL_ROUTES], check)
