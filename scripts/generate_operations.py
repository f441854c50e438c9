"""Write the table of docs/operations.md: every operation, with the scopes and the calls of the client.

The script calls every method of the client against an emulator and notes the requests. The source of an operation,
and how sure it is, come from the docstring of its first call. `--check` writes nothing and fails if the table is out
of date.
"""

from __future__ import annotations

import argparse
import inspect
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast
from unittest import mock

import httpx

from carrierx import Call, CarrierXClient, CarrierXError, Response, SendBatch
from carrierx.emulator import BASE_PATH, DEMO_TOKEN, Emulator, EmulatorTransport
from carrierx.emulator.routes import ROUTES
from carrierx.event_hub import EventHub
from carrierx.options import CallSettings, ClientConfig
from carrierx.transport.sync_transport import SyncTransport

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
HEAD = "| Method | Path | Scopes | Client methods | How sure | Source |\n| --- | --- | --- | --- | --- | --- |\n"
TABLE = re.compile(r"^\| [Mm]ethod .*\n(?:\|.*\n)+", re.MULTILINE)

RESOURCES = (
    "messages",
    "detail_records",
    "files",
    "containers",
    "dids",
    "external_dids",
    "did_groups",
    "short_codes",
    "rates",
    "ratings",
    "lookup",
    "verification",
    "partners",
    "access_control",
    "tokens",
)
"""The resources in the order of the table."""

SID = "097b49df-c54e-4eaf-97d0-89cf7d5a655b"

ARGUMENTS: dict[str, object] = {
    "capabilities": 3,
    "client_id": "5c7965f2",
    "client_secret": "50339091",
    "callback_url": "https://example.org/texts",
    "confirm": True,
    "from_": "15162065575",
    "lifecycle_ttl": 60,
    "message": "Hello",
    "name": "pictures",
    "partner_sid": "e00430c3-a7d0-4666-ab5c-f7202448382f",
    "phonenumber": "15162065574",
    "password": "qwerty123",
    "reference": "order-17",
    "requests": [{"from": "15162065575", "to": "15162065574", "message": "Hello"}],
    "settle": 0,
    "source": b"GIF89a",
    "sub_type": "toll",
    "to": "15162065574",
    "token": SID,
    "url": "https://example.org/texts",
    "username": "joe",
    "within": 0.01,
}
"""The arguments of all methods, by name. A method gets those that it takes, and a SID for each other `..._sid`."""
NOT_GIVEN = {"trunk_group_sid", "campaign_sid", "did_group_sid", "underlying_carrier_sid"}
"""Optional SIDs."""
GIVEN_ONLY = {
    "messages.send": {"from_", "to", "message"},
    "files.upload": {"source"},
    "dids.rent": {"confirm"},
}
"""The arguments of methods that don't need all the arguments that they take."""


def methods(client: CarrierXClient) -> Iterator[tuple[str, Callable[..., object]]]:
    """Every method of every resource, by the name that a user calls it by, in the order of the source."""
    for resource in RESOURCES:
        found = getattr(client, resource)
        for owner in reversed(type(found).__mro__):
            for name in vars(owner):
                method: object = getattr(found, name)
                if not name.startswith("_") and callable(method):
                    yield f"{resource}.{name}", method


def arguments(name: str, method: Callable[..., object], folder: Path) -> dict[str, object]:
    """The arguments with which a method makes its requests."""
    known = {**ARGUMENTS, "path": folder / "records.jsonl"}
    parameters = inspect.signature(method).parameters
    optional = {
        each for each in NOT_GIVEN & parameters.keys() if parameters[each].default is not inspect.Parameter.empty
    }
    names = GIVEN_ONLY.get(name) or parameters.keys() - optional
    return {each: known.get(each, SID) for each in names if each in known or each.endswith("_sid")}


def calls_of(name: str, method: Callable[..., object], made: list[Call[object]]) -> list[Call[object]]:
    """The calls that a method makes."""
    made.clear()
    with tempfile.TemporaryDirectory() as folder:
        try:
            result = method(**arguments(name, method, Path(folder)))
            if isinstance(result, SendBatch):
                with result as batch:
                    list(batch)
            elif isinstance(result, Iterator):
                next(cast("Iterator[object]", result), None)
        except CarrierXError:
            pass  # the call was made, and its result doesn't matter here
    return list(made)


def template(call: Call[object]) -> str:
    """The path of a call with the names of its arguments, from the emulator's routes."""
    if any(route.path == BASE_PATH + call.path for route in ROUTES):
        return call.path
    [found] = {
        route.path.removeprefix(BASE_PATH)
        for route in ROUTES
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), BASE_PATH + call.path)
    }
    return found


def operations() -> list[str]:
    """The rows of the table."""
    made: list[Call[object]] = []
    with Emulator() as emulator, httpx.Client(transport=EmulatorTransport(emulator)) as http_client:
        client = CarrierXClient(DEMO_TOKEN, http_client=http_client)
        execute = SyncTransport.execute

        def noted(
            self: SyncTransport, call: Call[object], settings: CallSettings, config: ClientConfig, events: EventHub
        ) -> Response[object]:
            made.append(call)
            return execute(self, call, settings, config, events)

        with mock.patch.object(SyncTransport, "execute", noted):
            found = {name: (method, calls_of(name, method, made)) for name, method in methods(client)}
    by_operation: dict[tuple[str, str], list[str]] = {}
    scopes: dict[tuple[str, str], tuple[str, ...]] = {}
    for name, (_, calls) in found.items():
        for call in calls:
            operation = (call.method, template(call))
            scopes[operation] = tuple(call.scopes)
            if name not in by_operation.setdefault(operation, []):
                by_operation[operation].append(name)
    order = list(found)
    # The method that makes only this request describes it best.
    for names in by_operation.values():
        names.sort(
            key=lambda name: (len({(call.method, template(call)) for call in found[name][1]}), order.index(name))
        )
    rows = sorted(by_operation.items(), key=lambda row: order.index(row[1][0]))
    return [
        f"| {method} | `{path}` | {code(scopes[method, path])} | {code(names)}"
        f" | {certainty(found[names[0]][0])} | {source(found[names[0]][0])} |\n"
        for (method, path), names in rows
    ]


def code(words: Iterable[str]) -> str:
    """Words as code."""
    return " ".join(f"`{word}`" for word in words)


def source(method: Callable[..., object]) -> str:
    """The source of a method, from its docstring."""
    found = re.search(r"^Source: ([^.;]+)", inspect.getdoc(method) or "", re.MULTILINE)
    return " ".join(found[1].split()) if found else ""


def certainty(method: Callable[..., object]) -> str:
    """How sure an operation is, from the docstring of its method.

    Raises:
        ValueError: The docstring doesn't say it.
    """
    doc = inspect.getdoc(method) or ""
    scopes = re.search(r"^Scopes: (.*?)(?=^Source:)", doc, re.MULTILINE | re.DOTALL)
    found = re.search(r"^Source: (.*?)(?=\n\n|\Z)", doc, re.MULTILINE | re.DOTALL)
    text = " ".join(found[1].split()) if found else ""
    if text.startswith(("CarrierX's page", "CarrierX's quick start")):
        basis = "documented"
    elif text.startswith("assumed"):
        basis = "named, path assumed" if "documentation names the method" in text else "assumed"
    else:
        basis = ""
    if scopes is None or not basis:
        raise ValueError(
            f"{method.__qualname__} doesn't say how sure it is: its docstring needs Scopes, and a Source that begins "
            "with CarrierX's page, CarrierX's quick start or assumed."
        )
    further = {"scopes": "assumed" in scopes[1], "details": "t's assumed" in text}
    assumed = " and ".join(name for name, is_assumed in further.items() if is_assumed)
    return f"{basis}; {assumed} assumed" if assumed else basis


def main() -> int:
    """Write or check the table; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the table is out of date")
    check = parser.parse_args().check
    page = PAGE.read_text("utf-8")
    table = HEAD + "".join(operations())
    wanted = TABLE.sub(lambda _: table, page)
    if wanted == page:
        return 0
    if check:
        print("docs/operations.md is out of date: run python scripts/generate_operations.py")
        return 1
    PAGE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
