"""The control API's description of itself, and whether it keeps to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from carrierx.emulator import Emulator, EmulatorConfig, StatusDelays
from carrierx.emulator.control.operations import CONTROL_ROUTES, DESCRIPTION_PATH
from carrierx.emulator.control.routing import ControlRoute
from tests.emulator.control.helpers import Control
from tests.emulator.helpers import DID, PHONE, accept
from tests.emulator.openapi_driving import BASE_URL, session_of
from tests.emulator.test_openapi import CHECKS, EXAMPLES
from tests.support.rows import check_rows

DESCRIBED = [route for route in CONTROL_ROUTES if route.path != DESCRIPTION_PATH]


def description() -> dict[str, Any]:
    with Emulator() as emulator:
        return Control(emulator).read("openapi.json")


DOCUMENT = description()
SCHEMA: Any = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    config = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)), callback_url="http://127.0.0.1:9/texts")
    with Emulator(config) as made:
        yield made


def name_of(route: ControlRoute) -> str:
    return f"{route.method} {route.path}"


def path_parameters(route: ControlRoute, emulator: Emulator) -> dict[str, str]:
    """One of each thing that a path can name."""
    message = accept(emulator)
    emulator.faults.truncate_answer(times=1)
    accept(emulator, message="cut")
    emulator.receive(from_=PHONE, to=DID, media_urls=["https://example.com/cat.png"])
    emulator.deliver_callbacks(lambda _: 500)
    number = 2 if "requests" in route.path else 1
    things = {"id": "fault-1", "message_sid": message["message_sid"], "number": number}
    return {name: str(things[name]) for name in re.findall(r"\{(\w+)\}", route.path)}


def drive(emulator: Emulator, route: ControlRoute, mode: GenerationMode, **fixed: Any) -> None:
    """Call an operation in several ways, and check each answer."""
    session = session_of(Control(emulator).app.handle)

    @given(case=SCHEMA[route.path][route.method].as_strategy(generation_mode=mode, **fixed))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def check(case: Any) -> None:
        case.validate_response(case.call(base_url=BASE_URL, session=session), checks=CHECKS)

    check()


@pytest.mark.parametrize("route", DESCRIBED, ids=name_of)
def test_an_operation_answers_as_it_is_described(emulator: Emulator, route: ControlRoute) -> None:
    drive(emulator, route, GenerationMode.POSITIVE, path_parameters=path_parameters(route, emulator))


@pytest.mark.parametrize(
    "route",
    [route for route in DESCRIBED if route.operation.body is not None or route.operation.parameters],
    ids=name_of,
)
def test_an_operation_refuses_what_its_description_forbids(emulator: Emulator, route: ControlRoute) -> None:
    drive(emulator, route, GenerationMode.NEGATIVE, path_parameters=path_parameters(route, emulator))


@pytest.mark.parametrize("route", [route for route in DESCRIBED if route.method == "GET"], ids=name_of)
def test_what_is_read_is_as_described(emulator: Emulator, route: ControlRoute) -> None:
    case = SCHEMA[route.path][route.method].Case(path_parameters=path_parameters(route, emulator))
    if route.path.endswith("conversations/messages"):
        case.query = {"ours": DID, "theirs": PHONE}
    response = case.call(base_url=BASE_URL, session=session_of(Control(emulator).app.handle))

    assert response.status_code == 200
    case.validate_response(response, checks=CHECKS)


def test_the_document_is_an_openapi_3_1_document() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    SCHEMA.validate()


def test_every_schema_is_a_json_schema() -> None:
    def check(name: str) -> None:
        jsonschema_rs.meta.validate(DOCUMENT["components"]["schemas"][name])

    check_rows(DOCUMENT["components"]["schemas"], check)


def test_it_describes_every_operation_and_no_other() -> None:
    described = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}

    assert described == {(route.method, route.path) for route in DESCRIBED}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for methods in DOCUMENT["paths"].values() for operation in methods.values()]

    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    used = set(re.findall(r"#/components/schemas/(\w+)", str(DOCUMENT)))

    assert used == DOCUMENT["components"]["schemas"].keys()


def test_only_health_needs_no_password() -> None:
    operations = [each for methods in DOCUMENT["paths"].values() for each in methods.values()]

    assert [each["operationId"] for each in operations if not each["security"]] == ["health"]
