"""Routing: a table of methods and paths with their handlers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import unquote

from carrierx.emulator.core.account import Account
from carrierx.emulator.http.errors import unknown_resource, wrong_method
from carrierx.emulator.http.query_parameters import INCLUDE_FIELDS, Parameters
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, Request

BASE_PATH: Final = "/core/v2"
"""The base path of the API, the same as at `api.carrierx.com`."""


@dataclass(frozen=True)
class RoutedRequest:
    """A request whose route is known and that is authorized.

    Attributes:
        request: The request.
        path_parameters: The decoded parameters in its path, by name.
        scopes: All scopes of the caller.
        selects_fields: True if the request can name the fields to return.
        strict_query: True if unknown query parameters are refused, False if they are ignored.
    """

    request: Request
    path_parameters: Mapping[str, str]
    scopes: frozenset[str]
    selects_fields: bool = False
    strict_query: bool = False

    def parameters(self, known: Collection[str] = ()) -> Parameters:
        """Read the query parameters.

        Args:
            known: The names of the resource's own parameters.

        Raises:
            RefusedRequestError: 400, when they can't be read, or are unknown and the settings are strict.
        """
        names = (*known, INCLUDE_FIELDS) if self.selects_fields else known
        return Parameters(self.request.query, names, strict=self.strict_query)


Handler: TypeAlias = Callable[[Account, RoutedRequest], EmulatorResponse]
"""A function that handles the requests of one route."""


@dataclass(frozen=True)
class Operation:
    """The description of an operation, for the OpenAPI document and for the testing kit.

    Attributes:
        name: Its `operationId` in the OpenAPI document. It is the name of the client's method, if there is one.
        summary: A short description.
        response: The schema of the response, or the schema's name. None means that the response isn't JSON.
        body: The name of the body's schema, if it accepts JSON or a form.
        parameters: The parameters that aren't in its path.
        errors: The error statuses of this operation, in addition to those that every operation can return.
        success: The status of its response.
        form: True if the body is a form (`application/x-www-form-urlencoded`) instead of JSON.
    """

    name: str
    summary: str
    response: str | JSONObject | None
    body: str | None = None
    parameters: tuple[JSONObject, ...] = ()
    errors: tuple[int, ...] = ()
    success: int = 200
    form: bool = False


@dataclass(frozen=True)
class Route:
    """A method and a path, with the function that handles its requests.

    Attributes:
        method: The method.
        path: The path, with its parameters in braces: `/core/v2/sms/messages/{message_sid}`.
        scopes: A caller needs one of these scopes. Without any, the resource needs no authorization.
        handler: The function that handles a request.
        operation: Its description; None leaves it out of the OpenAPI document.
        accepts_file: True if the body can be as large as a file.
        is_quick: True if it takes only a moment, however much is stored, and depends on no message but the one that it
            stores, so that events of other messages can wait.
    """

    method: str
    path: str
    scopes: tuple[str, ...]
    handler: Handler = field(repr=False)
    operation: Operation | None = field(default=None, repr=False)
    accepts_file: bool = False
    is_quick: bool = False

    @property
    def selects_fields(self) -> bool:
        """True if a request can name the fields to return. We assume this of every read that returns JSON."""
        return self.method == "GET" and self.operation is not None and self.operation.response is not None


class Routed(Protocol):
    """Anything with a method and a path with parameters in braces."""

    @property
    def method(self) -> str:
        """The method."""
        ...

    @property
    def path(self) -> str:
        """The path."""
        ...


RouteT = TypeVar("RouteT", bound=Routed)


class RouteTable(Generic[RouteT]):
    """Finds the route of a request.

    Args:
        routes: All routes.
    """

    def __init__(self, routes: Iterable[RouteT]) -> None:
        methods_by_path: dict[str, dict[str, RouteT]] = {}
        for route in routes:
            methods_by_path.setdefault(route.path, {})[route.method] = route
        self._by_length: dict[int, list[tuple[list[str], dict[str, RouteT]]]] = {}
        self._without_parameters = {path: methods for path, methods in methods_by_path.items() if "{" not in path}
        for path, methods in methods_by_path.items():
            pattern = path.split("/")
            self._by_length.setdefault(len(pattern), []).append((pattern, methods))

    def find(self, method: str, path: str) -> tuple[RouteT, Mapping[str, str]]:
        """Return the route of a request, and the parameters in its path.

        Args:
            method: The request's method.
            path: Its path, percent-encoded.

        Raises:
            RefusedRequestError: 404 when there is nothing at this path, 405 when it doesn't support the method.
        """
        methods = self._without_parameters.get(path)
        if methods is not None and method in methods:
            return methods[method], {}
        segments = path.split("/") if path.isascii() else []
        for pattern, methods in self._by_length.get(len(segments), ()):
            parameters = _match(pattern, segments)
            if parameters is None:
                continue
            if method not in methods:
                raise wrong_method(sorted(methods))
            return methods[method], parameters
        raise unknown_resource()


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for expected, given in zip(pattern, segments, strict=True):
        if expected.startswith("{") and given:
            parameters[expected.strip("{}")] = unquote(given)
        elif expected != given:
            return None
    return parameters
