"""Reading the project's Markdown: its fenced code, its links and its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(
    r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})(?P<words>[^`\n]*)\n(?P<text>.*?)^ {0,3}(?P=fence)[`~]*\s*$", re.M | re.S
)
_CODE = re.compile(r"(`+)(?:(?!`).|(?!\1)`)*?\1", re.S)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?(?P<target>[^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(?P<target>[^\s>]+)", re.M)
_HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*\s*$", re.M)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Attributes:
        words: The words after the opening fence: the language, and notes.
        text: The code.
        line: The line in the file where the code begins.
    """

    words: tuple[str, ...]
    text: str
    line: int

    @property
    def is_python(self) -> bool:
        return self.words[:1] in (("python",), ("py",), ("pycon",))

    @property
    def runs(self) -> bool:
        return "no-run" not in self.words


def markdown_files(root: Path = ROOT) -> list[Path]:
    """The Markdown files of the project: those at its root, of its docs and of its examples."""
    folders = ("docs", "examples", "benchmarks")
    return sorted([*root.glob("*.md"), *(path for folder in folders for path in (root / folder).rglob("*.md"))])


def blocks(text: str) -> Iterator[Block]:
    """Every fenced block."""
    for found in _FENCE.finditer(text):
        yield Block(tuple(found["words"].split()), found["text"], text.count("\n", 0, found.start("text")) + 1)


def relative_links(text: str) -> list[str]:
    """The links that lead to files of the project, or to headings; those within code are none."""
    prose = _CODE.sub("", _FENCE.sub("", text))
    targets = [found["target"] for pattern in (_LINK, _REFERENCE) for found in pattern.finditer(prose)]
    return [target for target in targets if not _ELSEWHERE.match(target)]


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as GitHub creates them."""
    titles = (found["title"] for found in _HEADING.finditer(_FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links(path: Path, root: Path = ROOT) -> list[str]:
    """The relative links of a file whose target does not exist."""
    return [link for link in relative_links(path.read_text(encoding="utf-8")) if not _is_alive(link, path, root)]


def _is_alive(link: str, path: Path, root: Path) -> bool:
    name, _, anchor = unquote(link).partition("#")
    target = (path.parent / name).resolve() if name else path
    if not target.exists() or not target.is_relative_to(root.resolve()):
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target.read_text(encoding="utf-8"))
