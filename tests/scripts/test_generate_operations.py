"""The table of operations is what the script makes of the client."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from carrierx import CarrierXClient
from carrierx.emulator import BASE_PATH, ROUTES
from scripts import generate_operations

ROOT = Path(__file__).parents[2]


def check() -> tuple[int, str]:
    script = ROOT / "scripts" / "generate_operations.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_table_is_up_to_date() -> None:
    assert check() == (0, "")


def test_every_method_of_the_client_is_in_the_table() -> None:
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    with CarrierXClient("0d7a8c3e") as client:
        names = [name for name, _ in generate_operations.methods(client)]

    assert len(names) > 40
    assert [name for name in names if f"`{name}`" not in table] == []


CERTAINTY = re.compile(r"(documented|named, path assumed|assumed)(; (scopes|details|scopes and details) assumed)?")


def rows() -> list[list[str]]:
    """The cells of the page's table, without its head."""
    lines = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][2:]


def test_every_row_has_scopes_a_source_and_says_how_sure_it_is() -> None:
    assert len(rows()) > 30
    for row in rows():
        *_, scopes, calls, certainty, source = row
        assert scopes.startswith("`"), row
        assert calls.startswith("`"), row
        assert CERTAINTY.fullmatch(certainty), row
        assert source, row


def test_every_word_for_certainty_is_explained_and_used() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    used = " ".join(row[-2] for row in rows())

    for word in ("documented", "named, path assumed", "assumed", "scopes assumed", "details assumed"):
        assert f"- **{word}**: " in page
        assert word in used


def test_the_table_has_what_the_emulator_has() -> None:
    """The client changes objects with PATCH only; the emulator also has PUT, as CarrierX does."""
    emulated = {
        (route.method, f"`{route.path.removeprefix(BASE_PATH)}`")
        for route in ROUTES
        if route.path.startswith(f"{BASE_PATH}/") and route.method != "PUT"
    }

    assert {(method, path) for method, path, *_ in rows()} == emulated


@pytest.mark.parametrize(
    ("doc", "certainty"),
    [
        ("Scopes: `a`.\nSource: CarrierX's page on it.\n", "documented"),
        ("Scopes: `a` (assumed).\nSource: CarrierX's page on it.\n", "documented; scopes assumed"),
        (
            "Scopes: `a` (assumed).\nSource: CarrierX's pages. It's\n    assumed that x.\n\nMore.",
            "documented; scopes and details assumed",
        ),
        ("Scopes: `a`.\nSource: assumed: its documentation names the\n    method.", "named, path assumed"),
        ("Scopes: `a`.\nSource: assumed from clients.\n\nExample: it's assumed.", "assumed"),
    ],
)
def test_certainty_comes_from_the_docstring(doc: str, certainty: str) -> None:
    def method() -> None: ...

    method.__doc__ = doc
    assert generate_operations.certainty(method) == certainty


@pytest.mark.parametrize(
    "doc", ["", "Scopes: `a`.", "Source: CarrierX's page.", "Scopes: `a`.\nSource: somebody said so.\n"], ids=repr
)
def test_a_method_that_does_not_say_how_sure_it_is_fails(doc: str) -> None:
    def method() -> None: ...

    method.__doc__ = doc
    with pytest.raises(ValueError, match="method doesn't say how sure it is"):
        generate_operations.certainty(method)


def test_a_table_that_is_out_of_date_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "operations.md"
    page.write_text(f"# Operations\n\n{generate_operations.HEAD}| GET | `/old` | | | | |\n\nMore.\n", encoding="utf-8")
    monkeypatch.setattr(generate_operations, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["generate_operations.py", "--check"])

    assert generate_operations.main() == 1
    monkeypatch.setattr(sys, "argv", ["generate_operations.py"])
    assert generate_operations.main() == 0
    assert "`messages.send`" in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").endswith("\n\nMore.\n")
