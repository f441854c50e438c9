"""The table of operations is what the script makes of the client."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from carrierx import CarrierXClient
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


def test_every_row_has_scopes_and_a_source() -> None:
    for row in generate_operations.operations():
        *_, scopes, calls, source = (cell.strip() for cell in row.strip("|\n").split("|"))
        assert scopes.startswith("`"), row
        assert calls.startswith("`"), row
        assert source, row


def test_a_table_that_is_out_of_date_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "operations.md"
    page.write_text(f"# Operations\n\n{generate_operations.HEAD}| GET | `/old` | | | |\n\nMore.\n", encoding="utf-8")
    monkeypatch.setattr(generate_operations, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["generate_operations.py", "--check"])

    assert generate_operations.main() == 1
    monkeypatch.setattr(sys, "argv", ["generate_operations.py"])
    assert generate_operations.main() == 0
    assert "`messages.send`" in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").endswith("\n\nMore.\n")
