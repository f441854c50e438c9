"""The OpenAPI document of the control API, made from its operations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from carrierx.emulator.control.routing import ControlRoute
from carrierx.emulator.control.schemas import SCHEMAS
from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.openapi.schemas import reference
from carrierx.version import __version__

_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_JSON: Final = "application/json"
_ERRORS: Final = {
    400: "a query parameter or the body can't be read",
    401: "the password is missing or wrong",
    403: "another web page or an unknown host name",
    404: "there is no such object",
    409: "there is something else than expected",
    413: "the body is too large",
    415: "the body is not declared as JSON",
    422: "the body breaks a rule",
    503: "the database can't be used",
}


def describe(routes: Iterable[ControlRoute]) -> JSONObject:
    """Return the description of some operations as an OpenAPI 3.1 document."""
    paths: dict[str, dict[str, JSONValue]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation_object(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Control API of the CarrierX emulator",
            "version": __version__,
            "description": "Everything that a test, in any language, or the inbox does to the emulator.",
        },
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "password": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "the emulator's password with any user name, if it has one",
                }
            },
        },
    }


def _operation_object(route: ControlRoute) -> JSONObject:
    operation = route.operation
    described: JSONObject = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*map(_path_parameter, _PATH_PARAMETER.findall(route.path)), *operation.parameters],
        "responses": _responses(route),
        "security": [] if route.open else [{}, {"password": []}],
    }
    if operation.body is None:
        return described
    body: JSONObject = {"required": True, "content": {_JSON: {"schema": reference(operation.body)}}}
    return described | {"requestBody": body}


def _path_parameter(name: str) -> JSONObject:
    schema: JSONObject = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _responses(route: ControlRoute) -> JSONObject:
    operation = route.operation
    statuses = {400, 403, 413, 415, 503, *operation.errors}
    statuses |= set() if route.open else {401}
    statuses |= {422} if route.method == "POST" else set()
    statuses |= {404} if "{" in route.path else set()
    schema = reference(operation.response or {})
    responses: JSONObject = {"200": {"description": "done", "content": {_JSON: {"schema": schema}}}}
    error: JSONObject = {_JSON: {"schema": reference("Error")}}
    return responses | {str(status): {"description": _ERRORS[status], "content": error} for status in sorted(statuses)}
