"""The table of everything that the emulator answers."""

from __future__ import annotations

from itertools import product

from carrierx.emulator import (
    BASE_PATH,
    DEMO_TOKEN,
    EVERY_SCOPE,
    ROUTES,
    Credential,
    Emulator,
    EmulatorConfig,
    Request,
    Route,
)
from tests.emulator.helpers import call, content, make_emulator
from tests.support.rows import check_rows

GUARDED = [route for route in ROUTES if route.scopes]
OPEN = [route for route in ROUTES if not route.scopes]


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def path_of(route: Route) -> str:
    return route.path.replace("{", "some-").replace("}", "")


def test_each_operation_is_listed_once() -> None:
    names = [name_of(route) for route in ROUTES]

    assert len(set(names)) == len(names)
    assert "POST /core/v2/sms/messages" in names
    assert "PATCH /core/v2/phonenumber/dids/{did_sid}" in names


def test_only_published_files_and_the_description_are_open_to_everybody() -> None:
    assert [name_of(route) for route in OPEN] == ["GET /f/{file_sid}", "HEAD /f/{file_sid}", "GET /openapi.json"]
    assert all(route.path.startswith(f"{BASE_PATH}/") for route in GUARDED)


def test_a_route_shows_what_a_table_needs_and_not_how_it_is_done() -> None:
    assert repr(ROUTES[0]) == (
        "Route(method='POST', path='/core/v2/sms/messages', scopes=('sms.manage', 'sms.create'), accepts_file=False,"
        " is_quick=True)"
    )


class TestEveryRoute:
    """What holds for all routes but those of published files."""

    def test_needs_credentials(self, emulator: Emulator) -> None:
        def check(route: Route) -> None:
            assert emulator.handle(Request(route.method, path_of(route))).status == 401

        check_rows(GUARDED, check)

    def test_names_the_scopes_that_are_missing(self) -> None:
        config = EmulatorConfig(credentials=(Credential.bearer(DEMO_TOKEN, scopes=["app.read"]),))
        with make_emulator(config) as emulator:

            def check(route: Route) -> None:
                response = call(emulator, route.method, path_of(route))

                assert response.status == 403
                assert content(response)["errors"][0]["message"] == f"needs the scope {' or '.join(route.scopes)}"

            check_rows(GUARDED, check)

    def test_lets_pass_whoever_has_one_of_its_scopes(self) -> None:
        def check(row: tuple[str, str, str]) -> None:
            method, path, scope = row
            config = EmulatorConfig(credentials=(Credential.bearer(DEMO_TOKEN, scopes=[scope]),))
            with make_emulator(config) as emulator:
                assert call(emulator, method, path).status not in {401, 403}

        check_rows([(route.method, path_of(route), scope) for route in GUARDED for scope in route.scopes], check)

    def test_can_be_called_with_the_demo_token(self, emulator: Emulator) -> None:
        def check(route: Route) -> None:
            assert not set(EVERY_SCOPE).isdisjoint(route.scopes)
            assert call(emulator, route.method, path_of(route)).status not in {401, 403}

        check_rows(GUARDED, check)

    def test_refuses_query_parameters_that_it_does_not_know(self, strict_emulator: Emulator) -> None:
        def check(route: Route) -> None:
            response = call(strict_emulator, route.method, path_of(route), query="page=2", body=b"{}")

            # Who knows neither the object nor the parameter may say either first.
            assert response.status in {400, 404, 415}

        check_rows(GUARDED, check)

    def test_has_a_bound_on_its_body(self) -> None:
        with make_emulator(EmulatorConfig(max_body_bytes=10, max_file_bytes=10)) as emulator:

            def check(route: Route) -> None:
                limit = emulator.body_limit(route.method, path_of(route))

                assert limit == (20 if route.accepts_file else 10)
                assert call(emulator, route.method, path_of(route), body=b"x" * (limit + 1)).status == 413

            check_rows(GUARDED, check)

    def test_answers_errors_in_the_documented_shape(self, emulator: Emulator) -> None:
        def check(route: Route) -> None:
            response = call(emulator, "TRACE", path_of(route))

            assert response.status == 405
            assert content(response).keys() == {"message", "errors"}
            assert content(response)["errors"][0].keys() == {"field", "message", "reference_sid"}

        check_rows(GUARDED, check)


def test_no_body_breaks_a_route(emulator: Emulator) -> None:
    def check(row: tuple[bytes, Route]) -> None:
        body, route = row
        path = path_of(route).replace("some-partner_sid", emulator.config.partner_sid)

        assert call(emulator, route.method, path, body=body).status in {400, 404, 415, 422}

    check_rows(
        product(
            [b"[" * 5000, b'{"a":' * 5000, b"{", b"[]", b"\xff", b'{"a":1,"a":2}'],
            [route for route in ROUTES if route.method in {"POST", "PATCH", "PUT"}],
        ),
        check,
    )
