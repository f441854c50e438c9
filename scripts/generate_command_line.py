"""Write the tables of docs/command-line.md, and docs/command-line.schema.json, the JSON schema of what --json prints.

`--check` writes nothing and fails if one of the two is out of date.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
from pathlib import Path
from typing import cast

from carrierx.cli.documents import DOCUMENTS, ERROR, JSON_LINES, json_schema
from carrierx.cli.exit_codes import EXIT_CODES

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "command-line.md"
SCHEMA = DOCS / "command-line.schema.json"


def exit_codes() -> str:
    """The table of exit codes."""
    rows = [f"| {code.value} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    return "\n".join(["| Code | Meaning |", "| --- | --- |", *rows])


def documents() -> str:
    """The table of what each command prints."""
    rows = list[str]()
    for command, models in DOCUMENTS.items():
        names = " or ".join(f"`{model.__name__}`" for model in models)
        lines = ", one on each line" if command in JSON_LINES else ""
        what = " ".join((inspect.getdoc(model) or "").partition("\n\n")[0] for model in models).replace("\n", " ")
        rows.append(f"| `{command}` | {names}{lines} | {what} |")
    return "\n".join(["| Command | Document | Contents |", "| --- | --- | --- |", *rows])


def errors() -> str:
    """The table of the fields of an error."""
    schema = json_schema()["$defs"][ERROR.__name__]
    rows = [f"| `{name}` | {_type(found)} |" for name, found in schema["properties"].items()]
    return "\n".join(["| Field | Type |", "| --- | --- |", *rows])


def _type(schema: dict[str, object]) -> str:
    kinds = schema.get("anyOf", [schema])
    if not isinstance(kinds, list):
        raise TypeError("anyOf is a list")
    return " or ".join(_kind(json.dumps(kind)) for kind in cast("list[object]", kinds))


def _kind(text: str) -> str:
    names = re.search(r'"enum": \[(.*?)\]', text)
    if names is not None:
        return f"one of {names[1].replace(chr(34), '`')}"
    found = re.search(r'"type": "(null|string|integer|boolean)"[,}]', text.partition('"items"')[0])
    whole = re.findall(r'"type": "(array|object)"', text)
    return whole[-1] if whole else found[1] if found else "object"


BLOCKS = {"exit codes": exit_codes, "documents": documents, "errors": errors}


def page_of(text: str) -> str:
    """The page with its generated blocks."""
    for name, block in BLOCKS.items():
        begin, end = f"<!-- generated: {name} -->\n", "<!-- end -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        text = f"{before}{begin}\n{block()}\n\n{end}{after}"
        if not (found and closed):
            raise SystemExit(f"docs/command-line.md must have one block {name!r}.")
    return text


def main() -> int:
    """Write or check the files; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of date")
    check = parser.parse_args().check
    wanted = {
        PAGE: page_of(PAGE.read_text("utf-8")),
        SCHEMA: f"{json.dumps(json_schema(), indent=2, ensure_ascii=False)}\n",
    }
    old = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in old:
        if check:
            print(f"docs/{path.name} is out of date: run python scripts/generate_command_line.py")
        else:
            path.write_text(wanted[path], "utf-8")
    return int(check and bool(old))


if __name__ == "__main__":
    raise SystemExit(main())
