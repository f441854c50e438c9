"""The notebooks in `examples/notebooks/` are stored without outputs, and run from their first cell to their last."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]
NUMBER = re.compile(r"(?<![\w.-])1?516\d{7}|1202555\d{4}")
"""A phone number of the notebooks, outside of identifiers and times."""


def read(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def cells(notebook: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def executed(name: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Execute a notebook, and return its code cells by their id."""
    source, target = ROOT / "examples" / "notebooks" / f"{name}.ipynb", folder / "executed.ipynb"
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")
    environment = {**os.environ, **{variable: str(folder / variable.lower()) for variable in folders}}
    environment.pop("PYTEST_CURRENT_TEST", None)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.notebooks.execute", str(source), str(target)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return {cell["id"]: cell for cell in cells(read(target), "code")}


def shown(cell: dict[str, Any], kind: str) -> str:
    """What a cell shows of one kind, such as `text/html`."""
    return "".join("".join(output.get("data", {}).get(kind, "")) for output in cell["outputs"])


def all_text(cell: dict[str, Any]) -> str:
    """Everything that a cell shows."""
    return json.dumps(cell["outputs"], ensure_ascii=False)


def test_every_notebook_is_found() -> None:
    assert NAMES == ["delivery_analysis", "first_message", "many_texts"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_has_the_fourth_format_and_is_stored_without_outputs(path: Path) -> None:
    notebook = read(path)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in cells(notebook, "code"):
        assert cell.keys() == {"cell_type", "execution_count", "id", "metadata", "outputs", "source"}
        assert (cell["execution_count"], cell["outputs"]) == (None, [])
    for cell in cells(notebook, "markdown"):
        assert cell.keys() == {"cell_type", "id", "metadata", "source"}


def test_the_first_message_arrives(tmp_path: Path) -> None:
    found = executed("first_message", tmp_path)
    assert "MessageStatus('delivered')" in shown(found["wait"], "text/plain")
    assert "***5574" in shown(found["send"], "text/html")
    assert "Page[Message]: 1 of 1 items" in shown(found["list"], "text/html")
    assert "MessageStatus('queued')" in shown(found["async"], "text/plain")
    (error,) = found["rules"]["outputs"]
    assert error["ename"] == "InvalidMessageError"
    assert error["traceback"][0] == "Cell In[5], line 1"
    assert "it breaks 2 rules" in error["evalue"]
    assert len("\n".join(error["traceback"]).splitlines()) < 10
    quiet = [cell for name, cell in found.items() if name != "rules"]  # its traceback has the line of the cell itself
    assert not [cell["id"] for cell in quiet if NUMBER.search(all_text(cell))]


def test_the_analysis_shows_a_plot_and_no_number(tmp_path: Path) -> None:
    found = executed("delivery_analysis", tmp_path)
    assert "delivered" in shown(found["summary"], "text/plain")
    assert len(shown(found["plot"], "image/png")) > 5000
    assert "***5574" in shown(found["frame"], "text/html")
    assert not [name for name, cell in found.items() if NUMBER.search(all_text(cell))]


def test_many_texts_show_their_progress_and_no_number(tmp_path: Path) -> None:
    found = executed("many_texts", tmp_path)
    assert "75 messages, 75 segments: 0.75" in shown(found["estimate"], "text/html")
    assert len(found["send"]["outputs"]) == 1
    assert "76 of 76: 73 accepted, 1 not sent, 2 unknown" in shown(found["send"], "text/html")
    assert shown(found["reconcile"], "text/plain").count("MessageStatus") == 2
    assert not [name for name, cell in found.items() if NUMBER.search(all_text(cell))]
