"""The script that measures the structure of the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.measure_structure import count_resource_imports

SCRIPT = Path(__file__).parents[2] / "scripts" / "measure_structure.py"


def test_it_names_the_files_that_a_send_enters() -> None:
    finished = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=True)

    *measured, count = [line for line in finished.stdout.splitlines() if not line.startswith(" ")]
    entered = [line.strip() for line in finished.stdout.splitlines() if line.startswith(" ")]
    assert [line.partition(":")[0] for line in measured] == [
        "Python files in src",
        "lines",
        "median file",
        "longest file",
        "imports among resources/",
    ]
    assert count == f"files that the second messages.send enters: {len(entered)}"
    assert "transport/outcome.py" in entered
    assert any(name.startswith("resources/") and "message" in name for name in entered)
    assert not any(name.startswith("emulator/") for name in entered)


def test_every_kind_of_import_among_resources_counts(tmp_path: Path) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "files.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "from carrierx.resources.paging import next_call\n"
        "from carrierx.resources_of_others import nothing\n"
        "import carrierx.resources.context\n"
        "from . import lazy\n"
        "if TYPE_CHECKING:\n"
        "    from carrierx.resources import uploads\n"
        "def later():\n"
        "    from carrierx.models.file import File\n"
        "    from carrierx.resources.files import Files\n"
    )

    assert count_resource_imports(tmp_path) == 5
