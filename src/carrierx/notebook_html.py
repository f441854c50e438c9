"""HTML of objects and results in notebooks: escaped, and readable in light and dark themes.

Callers pass what a `repr` may show: phone numbers are masked, and texts are only counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from html import escape
from typing import Final, cast

__all__ = ["outcome_bar", "properties", "table"]

# The colours of JupyterLab's and VS Code's themes if there are any, and otherwise those that the browser prefers.
_STYLE: Final = """<style>
.carrierx{--cx-text:#1f2328;--cx-quiet:#59636e;--cx-line:#d0d7de;--cx-ground:#f6f8fa;
font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.5;max-width:100%;overflow-x:auto;
color:var(--jp-content-font-color1,var(--vscode-foreground,var(--cx-text)))}
@media (prefers-color-scheme:dark){
.carrierx{--cx-text:#e6edf3;--cx-quiet:#9198a1;--cx-line:#3d444d;--cx-ground:#212830}}
.carrierx .cx-quiet{color:var(--jp-content-font-color2,var(--vscode-descriptionForeground,var(--cx-quiet)))}
.carrierx table{border-collapse:collapse;margin:4px 0;border:0}
.carrierx table th,.carrierx table td{padding:2px 10px 2px 0;text-align:left!important;vertical-align:top;
white-space:nowrap;border:0;background:none;
border-bottom:1px solid var(--jp-border-color2,var(--vscode-panel-border,var(--cx-line)))}
.carrierx table th{font-weight:600}
.carrierx .cx-bar{display:flex;height:8px;width:min(100%,480px);margin:4px 0;border-radius:4px;overflow:hidden;
background:var(--jp-layout-color2,var(--vscode-input-background,var(--cx-ground)))}
.carrierx .cx-accepted{background:#2da44e}.carrierx .cx-rejected{background:#d1453b}
.carrierx .cx-not_sent{background:#8c959f}.carrierx .cx-unknown{background:#bf8700}
</style>"""

_MOST_ROWS = 20


def properties(heading: str, values: Iterable[tuple[str, object]]) -> str:
    """Return the HTML of one object: a heading, and a row for each value.

    Args:
        heading: The name of the class.
        values: Names and masked values.
    """
    rows = "".join(
        f'<tr><th scope="row">{_escaped(name)}</th><td>{_escaped(_text(value))}</td></tr>' for name, value in values
    )
    return _in_frame(f"<div><b>{_escaped(heading)}</b></div><table>{rows}</table>")


def table(heading: str, rows: Sequence[Mapping[str, object]], note: str = "") -> str:
    """Return the HTML of several objects, at most 20.

    Args:
        heading: A line above the table.
        rows: The masked values by column. A row may lack columns.
        note: A line below the table.
    """
    shown = rows[:_MOST_ROWS]
    names = list(dict.fromkeys(name for row in shown for name in row))
    head = "".join(f'<th scope="col">{_escaped(name)}</th>' for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{_escaped(_text(row.get(name)))}</td>' for name in names)}</tr>" for row in shown
    )
    more = f"{len(rows) - _MOST_ROWS} more rows are not shown." if len(rows) > _MOST_ROWS else ""
    below = " ".join(filter(None, (more, note)))
    parts = [
        f"<div><b>{_escaped(heading)}</b></div>",
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if names else "",
        f'<div class="cx-quiet">{_escaped(below)}</div>' if below else "",
    ]
    return _in_frame("".join(parts))


def outcome_bar(heading: str, counts: Mapping[str, int], total: int | None, note: str = "") -> str:
    """Return the HTML of a batch: a bar with the share of each outcome.

    Args:
        heading: A line above the bar.
        counts: The number of results by outcome.
        total: The number of results in the end; None if it is unknown.
        note: A line below the bar.
    """
    done = sum(counts.values())
    end = max(total or 0, done, 1)
    shares = "".join(
        f'<span class="cx-{name}" style="width:{count * 100 / end:.2f}%" title="{count} {name.replace("_", " ")}">'
        "</span>"
        for name, count in counts.items()
        if count
    )
    bar = (
        f'<div class="cx-bar" role="progressbar" aria-valuemin="0" aria-valuemax="{end}" aria-valuenow="{done}" '
        f'aria-label="results">{shares}</div>'
    )
    below = f'<div class="cx-quiet">{_escaped(note)}</div>' if note else ""
    return _in_frame(f"<div><b>{_escaped(heading)}</b></div>{bar}{below}")


def _escaped(text: str) -> str:
    """Escape text from elsewhere, and replace characters that are unprintable, or turn around what follows them."""
    one_line = " ".join(text.split())
    return escape("".join(character if character.isprintable() else "?" for character in one_line))


def _in_frame(content: str) -> str:
    return f'<div class="carrierx">{_STYLE}{content}</div>'


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, Enum):
        return str(cast("object", value.value))
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, tuple | list):
        return ", ".join(_text(each) for each in cast("Sequence[object]", value))
    return str(value)
