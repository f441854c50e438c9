"""The table of operations is complete and agrees with the code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from carrierx import CarrierXClient, CarrierXError
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorTransport
from carrierx.transport.call import Call

TABLE = Path(__file__).parents[2] / "docs" / "operations.md"
PARTNER = "e00430c3-a7d0-4666-ab5c-f7202448382f"
RESOURCES = (
    "messages",
    "detail_records",
    "files",
    "containers",
    "dids",
    "external_dids",
    "rates",
    "ratings",
    "lookup",
    "verification",
    "partners",
)
SMS: dict[str, Any] = {"from_": "15162065575", "to": "15162065574", "message": "Hello"}

# Arguments that a call needs to reach its operation, other than identifiers.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "messages.send": SMS,
    "messages.send_many": {"requests": [SMS]},
    "messages.reconcile": {"reference": "order-17", "settle": 0},
    "detail_records.reconcile": {"reference": "order-17", "settle": 0},
    "messages.wait": {"within": 0.01},
    "files.upload": {"source": b"GIF89a"},
    "files.update": {"lifecycle_ttl": 60},
    "containers.create": {"name": "pictures"},
    "containers.update": {"name": "pictures"},
    "dids.update": {"callback_url": "https://example.org/texts"},
    "external_dids.update": {"callback_url": "https://example.org/texts"},
    "dids.rent": {"confirm": True},
    "dids.wait_until_enabled": {"within": 0.01},
    "external_dids.wait_until_enabled": {"within": 0.01},
    "rates.outbound": {"sub_type": "toll"},
    "rates.iterate_outbound": {"sub_type": "toll"},
    "ratings.sms": {"sub_type": "toll", "to": "15162065574"},
    "ratings.mms": {"sub_type": "toll", "to": "15162065574"},
    "lookup.get": {"phonenumber": "15162065574"},
    "verification.send_code": {"from_": "15162065575", "to": "15162065574"},
    "partners.get": {"partner_sid": PARTNER},
    "partners.sms_callback": {"partner_sid": PARTNER},
    "partners.set_sms_callback": {"partner_sid": PARTNER, "url": "https://example.org/texts"},
}

Operation = tuple[str, str, tuple[str, ...]]


def rows() -> Iterator[tuple[Operation, tuple[str, ...]]]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0] in {"GET", "POST", "PATCH", "DELETE"}:
            scopes, calls = (tuple(re.findall(r"`([^`]+)`", cell)) for cell in cells[2:4])
            yield (cells[0], cells[1].strip("`"), scopes), calls


def operations_of(call: str) -> set[Operation]:
    return {operation for operation, calls in rows() if call in calls}


def methods() -> list[str]:
    client = CarrierXClient(DEMO_TOKEN)
    return [
        f"{name}.{method}"
        for name in RESOURCES
        for method, _ in inspect.getmembers(getattr(client, name), callable)
        if not method.startswith("_")
    ]


def arguments_of(name: str, method: Callable[..., object], folder: Path) -> dict[str, Any]:
    given = dict(ARGUMENTS.get(name, {}))
    if name == "detail_records.export":
        given["path"] = folder / "records.jsonl"
    for parameter in inspect.signature(method).parameters:
        if parameter.endswith("_sid") and parameter not in given and parameter != "container_sid":
            given[parameter] = "097b49df-c54e-4eaf-97d0-89cf7d5a655b"
    if name.startswith("containers.") and "container_sid" in inspect.signature(method).parameters:
        given["container_sid"] = "097b49df-c54e-4eaf-97d0-89cf7d5a655b"
    accepted = inspect.signature(method).parameters
    return {key: value for key, value in given.items() if key in accepted or name == "messages.send"}


def run(client: CarrierXClient, name: str, folder: Path) -> None:
    resource, _, method_name = name.partition(".")
    method = getattr(getattr(client, resource), method_name)
    try:
        result = method(**arguments_of(name, method, folder))
        if hasattr(result, "__enter__"):
            with result as entered:
                list(entered)
        elif hasattr(result, "__next__"):
            next(result, None)
    except CarrierXError:
        pass  # this test checks only that the call was made


def template_matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


@pytest.mark.parametrize("name", methods())
def test_each_call_makes_the_operations_of_its_rows(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[Call[Any]] = []
    initialise: Callable[[Call[Any]], None] = vars(Call)["__post_init__"]

    def noted(call: Call[Any]) -> None:
        made.append(call)
        initialise(call)

    monkeypatch.setattr(Call, "__post_init__", noted)
    with Emulator() as emulator, httpx.Client(transport=EmulatorTransport(emulator)) as http_client:
        run(CarrierXClient(DEMO_TOKEN, http_client=http_client), name, tmp_path)

    expected = operations_of(name)
    assert expected, "the table has no row for this call"
    for method, template, scopes in expected:
        assert any(
            call.method == method and template_matches(template, call.path) and call.scopes == scopes for call in made
        ), (method, template, scopes, made)
    for call in made:
        assert any(
            call.method == method and template_matches(template, call.path) for method, template, _ in expected
        ), call


def test_the_table_names_no_call_that_is_not_there() -> None:
    named = {call for _, calls in rows() for call in calls}
    assert named == set(methods())
