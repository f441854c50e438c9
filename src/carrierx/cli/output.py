"""Output for people and programs: what is to be copied never wraps, and text from elsewhere can't act on a terminal."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "Command",
    "Entry",
    "Fact",
    "Line",
    "OutputError",
    "Prose",
    "Verbatim",
    "discard_the_rest",
    "json_text",
    "on_one_line",
    "terminal",
    "terminal_width",
    "write_lines",
    "write_text",
]


@dataclass(frozen=True, slots=True)
class Prose:
    """A sentence or paragraph. On a terminal, it wraps between words."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A line to copy, such as a SID. It never wraps."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command to copy. If it's wider than the terminal, its lines end with a backslash."""

    words: tuple[str, ...]

    def __init__(self, *words: str) -> None:
        object.__setattr__(self, "words", words)


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value, which is never broken. The values of neighbouring facts are aligned."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list: an id to copy, and facts about it. In a file or pipe, it's one line."""

    title: str
    facts: tuple[str, ...]


Line: TypeAlias = Prose | Verbatim | Command | Fact | Entry

_INDENT: Final = "  "
_UNLIMITED: Final = 10**6
_PROSE_IN_PIPE: Final = 80
# Characters that JSON allows in strings, and that can act on a terminal or hide text in it.
_UNSAFE_IN_JSON: Final = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class OutputError(Exception):
    """Standard output can't be written: the disk is full, or the reader of a pipe has closed it.

    Attributes:
        closed: True if the reader has closed the pipe.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or "it can't be written")
        self.closed: bool = isinstance(error, BrokenPipeError)


def terminal(*, stderr: bool = False) -> Console:
    """Return a console for styled output: color only on a terminal, and never with `NO_COLOR`.

    Args:
        stderr: Whether to use standard error instead of standard output.
    """
    # It loads slowly, and `--help` doesn't need it.
    from rich.console import Console

    # Rich's own handling of NO_COLOR leaves bold and underline, which are escape codes too.
    return Console(
        stderr=stderr,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        markup=False,
        highlight=False,
        emoji=False,
    )


def terminal_width(*, stderr: bool = False) -> int | None:
    """Return the columns of the terminal, or None in a file or pipe, where lines don't wrap."""
    console = terminal(stderr=stderr)
    return console.width if console.is_terminal else None


def discard_the_rest(stream: IO[str]) -> None:
    """Discard the buffered output of a closed pipe; otherwise it fails again when Python exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def on_one_line(text: str) -> str:
    """Make untrusted text safe for a terminal: one line, without control characters."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def json_text(document: object, *, lines: bool = False) -> str:
    """Write a document as JSON that is safe to show on a terminal.

    Args:
        document: Plain JSON values.
        lines: Whether to write it on one line, as in JSON Lines.
    """
    utf8 = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") in ("utf8", "utf_8")
    text = json.dumps(document, ensure_ascii=not utf8, indent=None if lines else 2, allow_nan=False)
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def write_text(text: str) -> None:
    """Write text to standard output as it is, and a line break.

    Raises:
        OutputError: It can't be written.
    """
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as error:
        discard_the_rest(sys.stdout)
        raise OutputError(error) from error


def write_lines(lines: Iterable[Line], *, stderr: bool = False) -> None:
    """Write lines for people.

    Args:
        lines: The lines.
        stderr: Whether to write to standard error. What can't be written there is lost.

    Raises:
        OutputError: Standard output can't be written.
    """
    console = terminal(stderr=stderr)
    width = console.width if console.is_terminal else _UNLIMITED
    # Errors don't wrap in a file or pipe, so that they can be searched for.
    prose_width = _PROSE_IN_PIPE if width == _UNLIMITED and not stderr else width
    from rich.text import Text

    stream = sys.stderr if stderr else sys.stdout
    try:
        with console.capture() as captured:
            for text, style in _rendered(list(lines), width, prose_width):
                console.print(Text(text, style), soft_wrap=True)
        stream.write(captured.get())
        stream.flush()
    except OSError as error:
        discard_the_rest(stream)
        if not stderr:
            raise OutputError(error) from error


def _rendered(lines: Sequence[Line], width: int, prose_width: int) -> Iterable[tuple[str, str]]:
    names = 0
    for position, line in enumerate(lines):
        match line:
            case Prose(text, style):
                for part in _wrapped(on_one_line(text), prose_width):
                    yield part, style
            case Verbatim(text):
                yield on_one_line(text), ""
            case Command(words):
                for part in _command_lines(words, width):
                    yield part, ""
            case Fact(name, value):
                if position == 0 or not isinstance(lines[position - 1], Fact):
                    names = _longest_name(lines[position:])
                yield from ((part, "") for part in _fact_lines(name, on_one_line(value), names, width))
            case Entry(title, facts):
                if width == _UNLIMITED:
                    yield _INDENT.join(map(on_one_line, (title, *facts))), ""
                    continue
                yield on_one_line(title), ""
                yield from ((part, "") for part in _packed(list(map(on_one_line, facts)), width))


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _command_lines(words: Sequence[str], width: int) -> list[str]:
    """Break a command between its words, so that a shell still reads it as one."""
    quoted = list[str]()
    for word in words:
        shown = shlex.quote(on_one_line(word))
        if quoted and quoted[-1].startswith("--") and " " not in quoted[-1] and not word.startswith("-"):
            quoted[-1] = f"{quoted[-1]} {shown}"  # an option with its value
        else:
            quoted.append(shown)
    lines, current = list[str](), quoted[0]
    for word in quoted[1:]:
        if len(current) + 1 + len(word) > width - len(" \\"):
            lines.append(f"{current} \\")
            current = f"{_INDENT}{word}"
        else:
            current = f"{current} {word}"
    one_line = " ".join(quoted)
    return [one_line] if len(one_line) <= width else [*lines, current]


def _longest_name(lines: Sequence[Line]) -> int:
    longest = 0
    for line in lines:
        if not isinstance(line, Fact):
            break
        longest = max(longest, len(line.name))
    return longest


def _fact_lines(name: str, value: str, longest_name: int, width: int) -> list[str]:
    line = f"{f'{name}:':<{longest_name + 2}}{value}"
    return [line.rstrip()] if len(line) <= width else [f"{name}:", value]


def _packed(facts: Sequence[str], width: int) -> list[str]:
    """Put as many facts as fit on each line, indented. A fact that is too long on its own wraps between words."""
    lines, current = list[str](), ""
    for fact in facts:
        longer = f"{current}{_INDENT}{fact}"
        if current and len(longer) > width:
            lines.append(current)
            longer = f"{_INDENT}{fact}"
        current = longer
    lines = [*lines, current] if current else lines
    return [part for line in lines for part in _indented(line, width)]


def _indented(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    return [f"{_INDENT}{part}" for part in _wrapped(line.strip(), width - len(_INDENT))]
