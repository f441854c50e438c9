"""Run the README's lines that send a text to an emulator, with nothing but the wheel and what it needs."""

from __future__ import annotations

import re
import sys
from contextlib import redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path


def lines_that_send(page: str) -> str:
    """Return the first Python block of a page that starts an emulator and sends."""
    blocks = re.findall(r"^```python[^\n]*\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    found = [block for block in blocks if "carrierx.emulator" in block and ".send(" in block]
    if not found:
        sys.exit("README.md has no Python block that starts an emulator and sends.")
    return found[0]


def main() -> None:
    """Run them, after checking that no development tool helps."""
    if find_spec("pytest") or find_spec("typer"):
        sys.exit("This environment has more than the wheel and the extra emulator.")
    source = lines_that_send((Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8"))
    print(source)
    with redirect_stdout(StringIO()) as printed:
        exec(compile(source, "README.md", "exec"), {"__name__": "__main__"})  # noqa: S102 - the README is ours
    print(printed.getvalue())
    if printed.getvalue() != "delivered\n":
        sys.exit("The README promises that this prints: delivered")


if __name__ == "__main__":
    main()
