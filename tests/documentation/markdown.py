"""Reading the project's Markdown: its fenced code, its links and its headings.

The words after an opening fence are the language and, where the language alone doesn't say what a test does with the
block, one marker. They aren't visible on the site or on GitHub:

| fence | what the test of the page does |
| --- | --- |
| `python`, `pycon`, `sh`, `console` | runs it, after the blocks before it |
| `python file=name`, and with any other language | writes the file into the folder in which the page's blocks run |
| `sh background=8025`, `console`, `python` | starts it, waits until it listens on the port, and leaves it running |
| `text output` | compares it with what the block before it printed; `...` stands for anything |
| `json`, `csv`, `ini` | reads it, in the page's folder too if it has `file=` |
| any language, `run-by=tests/x.py::test_y` | leaves it to that test, which exists and names the page |
| `mermaid` | reads the kind of the diagram |
| `{toctree}` and other directives | leaves it to Sphinx |

A block in an HTML comment isn't visible either, and runs like any other. It does what a reader does by hand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final
from urllib.parse import unquote

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(
    r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})(?P<words>[^`\n]*)\n(?P<text>.*?)^ {0,3}(?P=fence)[`~]*\s*$", re.M | re.S
)
_CODE = re.compile(r"(`+)(?:(?!`).|(?!\1)`)*?\1", re.S)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?(?P<target>[^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(?P<target>[^\s>]+)", re.M)
_HTML = re.compile(r"""<(?:a|img|source)\s[^>]*?\b(?:href|src|srcset)=["'](?P<target>[^"'\s]+)""", re.I)
_HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*\s*$", re.M)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


class Kind(Enum):
    """What the test of a page does with a block."""

    RUN = "run"
    BACKGROUND = "background"
    FILE = "file"
    OUTPUT = "output"
    DATA = "data"
    ELSEWHERE = "run-by"
    DIAGRAM = "diagram"
    DIRECTIVE = "directive"


_LANGUAGES: Final = {
    "python": Kind.RUN,
    "pycon": Kind.RUN,
    "sh": Kind.RUN,
    "console": Kind.RUN,
    "json": Kind.DATA,
    "csv": Kind.DATA,
    "ini": Kind.DATA,
    "mermaid": Kind.DIAGRAM,
    "text": None,
}
_MARKERS: Final = {kind.value: kind for kind in (Kind.BACKGROUND, Kind.FILE, Kind.OUTPUT, Kind.ELSEWHERE)}


class MarkerError(Exception):
    """The words after a fence aren't understood."""


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Attributes:
        words: The words after the opening fence: the language, and a marker.
        text: The code.
        line: The line in the file where the code begins.
    """

    words: tuple[str, ...]
    text: str
    line: int

    @property
    def language(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def is_python(self) -> bool:
        return self.language in {"python", "pycon"}

    @property
    def marker(self) -> str:
        """The value of the marker: a file, a port or a test; empty without one."""
        return self.words[1].partition("=")[2] if len(self.words) > 1 else ""

    @property
    def kind(self) -> Kind:
        """What its page's test does with it.

        Raises:
            MarkerError: The words after the fence say nothing that the test knows.
        """
        if re.fullmatch(r"\{[\w-]+\}", self.language):
            return Kind.DIRECTIVE
        if self.language not in _LANGUAGES or len(self.words) > 2:
            raise MarkerError(f"line {self.line - 1}: unknown block `{' '.join(self.words)}`")
        if len(self.words) == 2:
            name, equals, value = self.words[1].partition("=")
            kind = _MARKERS.get(name)
            if kind is None or bool(equals and value) is (kind is Kind.OUTPUT):
                raise MarkerError(f"line {self.line - 1}: unknown marker `{self.words[1]}`")
            if kind is Kind.BACKGROUND and _LANGUAGES[self.language] is not Kind.RUN:
                raise MarkerError(f"line {self.line - 1}: `{self.language}` doesn't run")
            return kind
        kind = _LANGUAGES[self.language]
        if kind is None:
            raise MarkerError(f"line {self.line - 1}: `{self.language}` needs a marker")
        return kind


def markdown_files(root: Path = ROOT) -> list[Path]:
    """The Markdown files of the project: those at its root, of its docs and of its examples."""
    folders = ("docs", "examples", "benchmarks")
    return sorted([*root.glob("*.md"), *(path for folder in folders for path in (root / folder).rglob("*.md"))])


def blocks(text: str) -> Iterator[Block]:
    """Every fenced block."""
    for found in _FENCE.finditer(text):
        yield Block(tuple(found["words"].split()), found["text"], text.count("\n", 0, found.start("text")) + 1)


def stray_fences(text: str) -> list[str]:
    """The lines that look like a fence and belong to no block: an end is missing, or they are indented too far."""
    return [line for line in _FENCE.sub("", text).splitlines() if re.match(r"\s*(`{3,}|~{3,})", line)]


def relative_links(text: str) -> list[str]:
    """The links that lead to files of the project, or to headings; those within code are none."""
    prose = _CODE.sub("", _FENCE.sub("", text))
    targets = [found["target"] for pattern in (_LINK, _REFERENCE, _HTML) for found in pattern.finditer(prose)]
    return [target for target in targets if not _ELSEWHERE.match(target)]


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as GitHub and MyST create them: a title that comes again gets a number."""
    counts: Counter[str] = Counter()
    found: set[str] = set()
    for heading in _HEADING.finditer(_FENCE.sub("", text)):
        anchor = re.sub(r"[^\w\- ]", "", heading["title"].lower()).replace(" ", "-")
        found.add(f"{anchor}-{counts[anchor]}" if counts[anchor] else anchor)
        counts[anchor] += 1
    return found


def dead_links(path: Path, root: Path = ROOT) -> list[str]:
    """The relative links of a file whose target does not exist."""
    return [link for link in relative_links(path.read_text(encoding="utf-8")) if not _is_alive(link, path, root)]


def _is_alive(link: str, path: Path, root: Path) -> bool:
    name, _, anchor = unquote(link).partition("#")
    target = (path.parent / name).resolve() if name else path
    if not target.exists() or not target.is_relative_to(root.resolve()):
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target.read_text(encoding="utf-8"))
