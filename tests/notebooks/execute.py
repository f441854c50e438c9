"""Execute a notebook in a kernel of this Python: `python -m tests.notebooks.execute NOTEBOOK OUTPUT`."""

from __future__ import annotations

import sys
from typing import Any, cast

import nbformat
from nbclient import NotebookClient

if __name__ == "__main__":
    source, target = sys.argv[1:]
    notebook: Any = cast("Any", nbformat).read(source, 4)
    NotebookClient(notebook, timeout=90, kernel_name="python3").execute()
    cast("Any", nbformat).write(notebook, target)
