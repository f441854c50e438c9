"""The complete OpenAPI document, made from the routes and the schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import Operation, Route, RoutedRequest
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, JSONValue, json_response
from carrierx.emulator.openapi.bodies import BODIES
from carrierx.emulator.openapi.objects import OBJECTS
from carrierx.emulator.openapi.parameters import INCLUDE_FIELDS
from carrierx.emulator.openapi.schemas import reference

DESCRIPTION_PATH: Final = "/openapi.json"
"""The path of the document, which anybody can read."""

_PATH_ARGUMENT: Final = re.compile(r"\{(\w+)\}")
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_HEADERS: Final[dict[int, JSONObject]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    405: {"Allow": {"schema": {"type": "string"}}},
    416: {"Content-Range": {"schema": {"type": "string"}}},
}
_ERRORS: Final = {
    400: "the request is malformed",
    401: "the credentials are missing or not valid",
    403: "the credentials lack a scope",
    404: "there is no such object",
    405: "the resource has no such method",
    409: "the request is valid, but conflicts with the current state",
    413: "the body is too large",
    415: "the body doesn't have the required content type",
    416: "the file has no such bytes",
    422: "the body breaks a rule",
}


def description_route(routes: Sequence[Route]) -> Route:
    """Return the route that responds with the description of some routes.

    Args:
        routes: The routes, without the one that is returned.
    """

    @cache
    def description() -> EmulatorResponse:
        return json_response(200, describe(routes))

    def handler(_: Account, routed: RoutedRequest) -> EmulatorResponse:
        routed.parameters()
        return description()

    return Route("GET", DESCRIPTION_PATH, (), handler)


def describe(routes: Iterable[Route]) -> JSONObject:
    """Return the description of some routes as an OpenAPI 3.1 document.

    Args:
        routes: The routes.
    """
    paths: dict[str, dict[str, JSONValue]] = {}
    for route in routes:
        if route.operation is not None:
            described = _operation_object(route, route.operation)
            paths.setdefault(route.path, {})[route.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The CarrierX emulator",
            "version": "2",
            "description": (
                "The requests and responses of an emulator of CarrierX's messaging API. This is the emulator's own"
                " description, not CarrierX's. It is stricter than CarrierX where the documentation is silent."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": {**OBJECTS, **BODIES},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }


def _operation_object(route: Route, operation: Operation) -> JSONObject:
    described: JSONObject = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [
            *(_path_parameter(name) for name in _PATH_ARGUMENT.findall(route.path)),
            *operation.parameters,
            *([INCLUDE_FIELDS] if route.selects_fields else []),
        ],
        "responses": _responses(route, operation),
        # Any one of the scopes is enough.
        "security": [{scheme: [scope]} for scope in route.scopes for scheme in ("bearer", "basic")],
    }
    body = _body(route, operation)
    return described if body is None else {**described, "requestBody": body}


def _path_parameter(name: str) -> JSONObject:
    schema: JSONObject = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _body(route: Route, operation: Operation) -> JSONObject | None:
    if operation.body is not None:
        content_type = _FORM if operation.form else _JSON
        return {"required": True, "content": {content_type: {"schema": reference(operation.body)}}}
    if not route.accepts_file:
        return None
    form: JSONObject = {
        "type": "object",
        "properties": {"data": {}, "file_object": reference("NewFile")},
        "required": ["data", "file_object"],
        "additionalProperties": False,
    }
    return {
        "required": True,
        "content": {
            "application/octet-stream": {},
            "multipart/form-data": {
                "schema": form,
                "encoding": {
                    "data": {"contentType": "application/octet-stream"},
                    "file_object": {"contentType": _JSON},
                },
            },
        },
    }


def _responses(route: Route, operation: Operation) -> JSONObject:
    answers = {str(operation.success): _answer(operation)}
    if 416 in operation.errors:
        answers["206"] = {**_answer(operation), "headers": {"Content-Range": {"schema": {"type": "string"}}}}
    statuses = set(operation.errors)
    statuses |= {400, 401, 403} if route.scopes else set()
    statuses |= {413}
    statuses |= {415, 422} if operation.body is not None else set()
    statuses |= {404} if "{" in route.path else set()
    return {**answers, **{str(status): _error_response(route, status) for status in sorted(statuses)}}


def _answer(operation: Operation) -> JSONObject:
    if operation.response is not None:
        return {"description": "done", "content": {_JSON: {"schema": reference(operation.response)}}}
    if operation.success == 204 or not operation.parameters:
        return {"description": "done"}
    return {"description": "the bytes", "content": {"*/*": {}}}


def _error_response(route: Route, status: int) -> JSONObject:
    described: JSONObject = {"description": _ERRORS[status]}
    if route.method != "HEAD":
        described["content"] = {_JSON: {"schema": reference("Error")}}
    if status in _HEADERS:
        described["headers"] = _HEADERS[status]
    return described
