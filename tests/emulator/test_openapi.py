"""The emulator's description of itself, and whether it keeps to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from carrierx.emulator import ROUTES, Emulator, EmulatorConfig, Request, Route, StatusDelays
from tests.emulator.helpers import (
    CONTAINER_SID,
    DID,
    PARTNER_SID,
    PHONE,
    accept,
    content,
    generated_token,
    get,
    read,
    upload,
)
from tests.emulator.openapi_driving import BASE_URL, session_with
from tests.support.rows import check_rows

DESCRIPTION = "/openapi.json"
EXAMPLES = 4
CHECKS = [
    vars(checks)["not_a_server_error"],
    *(
        vars(openapi_checks)[name]
        for name in (
            "status_code_conformance",
            "content_type_conformance",
            "response_headers_conformance",
            "response_schema_conformance",
            "negative_data_rejection",
        )
    ),
]
DESCRIBED = [route for route in ROUTES if route.path != DESCRIPTION]
# What is taken as it comes, so that there is nothing to get wrong.
TAKES_ANYTHING = {("GET", "/f/{file_sid}"), ("HEAD", "/f/{file_sid}")}


def description() -> dict[str, Any]:
    with Emulator() as emulator:
        return content(emulator.handle(Request("GET", DESCRIPTION)))


DOCUMENT = description()
INCLUDE_FIELDS = "includeFields"


def without_field_filtering(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without the parameter that leaves fields out of answers: what is left must be complete."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    for methods in copy["paths"].values():
        for operation in methods.values():
            operation["parameters"] = [each for each in operation["parameters"] if each["name"] != INCLUDE_FIELDS]
    return copy


SCHEMA: Any = schemathesis.openapi.from_dict(without_field_filtering(DOCUMENT))


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    config = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)), strict_query=True)
    with Emulator(config) as made:
        yield made


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def things_of(emulator: Emulator) -> Mapping[str, str]:
    """One of each thing that a path can name."""
    message = accept(emulator, user_data="mark")
    accept(emulator, {"from_did": DID, "to_did": PHONE, "message": "under the old names"})
    emulator.receive(from_=PHONE, to=DID, media_urls=["https://example.com/cat.png"])
    [available, *_] = read(emulator, "/phonenumber/available_dids")["items"]
    return {
        "container_sid": CONTAINER_SID,
        "did_group_sid": read(emulator, "/phonenumber/did_groups")["items"][0]["did_group_sid"],
        "did_sid": "f448e2c3-88c1-4cd1-8cf2-3567c16e0794",
        "available_did_sid": available["did_sid"],
        "dr_sid": read(emulator, "/sms/message_drs")["items"][0]["dr_sid"],
        "external_did_sid": read(emulator, "/phonenumber/external_dids")["items"][0]["external_did_sid"],
        "file_sid": upload(emulator)["file_sid"],
        "message_sid": message["message_sid"],
        "partner_sid": PARTNER_SID,
        "phonenumber": PHONE,
        "short_code_sid": read(emulator, "/phonenumber/short_codes")["items"][0]["short_code_sid"],
        "sub_type": "toll",
        "token_sid": generated_token(emulator)["token_sid"],
    }


def path_parameters(route: Route, emulator: Emulator) -> dict[str, str]:
    things = things_of(emulator)
    names = re.findall(r"\{(\w+)\}", route.path)
    kept = "available_did_sid" if "available" in route.path else "did_sid"
    return {name: things[kept if name == "did_sid" else name] for name in names}


def drive(emulator: Emulator, route: Route, mode: GenerationMode, **fixed: Any) -> None:
    """Call an operation in several ways, and check each answer."""
    session = session_with(emulator)

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
def test_an_operation_answers_as_it_is_described(emulator: Emulator, route: Route) -> None:
    drive(emulator, route, GenerationMode.POSITIVE, path_parameters=path_parameters(route, emulator))


@pytest.mark.parametrize(
    "route", [route for route in DESCRIBED if (route.method, route.path) not in TAKES_ANYTHING], ids=name_of
)
def test_an_operation_refuses_what_its_description_forbids(emulator: Emulator, route: Route) -> None:
    drive(emulator, route, GenerationMode.NEGATIVE, path_parameters=path_parameters(route, emulator))


@pytest.mark.parametrize("route", [route for route in DESCRIBED if route.method == "GET"], ids=name_of)
def test_what_is_read_is_as_described(emulator: Emulator, route: Route) -> None:
    case = SCHEMA[route.path][route.method].Case(path_parameters=path_parameters(route, emulator))
    if "rating" in route.path:
        case.query = {"direction": "outbound", "to": PHONE}
    response = case.call(base_url=BASE_URL, session=session_with(emulator))

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


def test_it_names_the_scopes_of_each_operation() -> None:
    for route in DESCRIBED:
        security = DOCUMENT["paths"][route.path][route.method.lower()]["security"]
        scopes = {scope for requirement in security for [scope] in requirement.values()}
        assert scopes == set(route.scopes)


def test_the_fields_of_every_read_can_be_chosen(emulator: Emulator) -> None:
    def check(route: Route) -> None:
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        described = any(each["name"] == INCLUDE_FIELDS for each in operation["parameters"])
        returns_json = route.operation is not None and route.operation.response is not None

        assert described == (route.method == "GET" and returns_json)
        if described:
            query = {"direction": "outbound", "to": PHONE} if "rating" in route.path else {}
            case = SCHEMA[route.path][route.method].Case(path_parameters=path_parameters(route, emulator))
            case.query = {**query, INCLUDE_FIELDS: "no_such_field"}
            response = case.call(base_url=BASE_URL, session=session_with(emulator)).json()
            assert response == {} or all(item == {} for item in response["items"])

    check_rows(DESCRIBED, check)


def test_it_is_open_to_everybody_and_takes_no_parameters(emulator: Emulator) -> None:
    assert emulator.handle(Request("GET", DESCRIPTION)).status == 200
    assert emulator.handle(Request("GET", DESCRIPTION, "page=2")).status == 400
    assert emulator.handle(Request("POST", DESCRIPTION)).status == 405
    assert get(emulator, DESCRIPTION).status == 404
