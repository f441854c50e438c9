"""Exit codes and terminal output, shared by the commands."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from typing import IO

import typer
from rich.console import Console
from rich.text import Text

from carrierx.cli.missing_packages import is_missing_package, missing_packages

__all__ = ["ExitCode", "complain", "discard_the_rest", "extras_explained", "on_one_line", "terminal"]


class ExitCode(IntEnum):
    """Exit codes of commands that did not succeed."""

    FAILED = 1
    """It failed. A message was not sent."""
    INVALID = 2
    """Nothing was attempted: the command, the message or the setup is invalid."""
    UNCONFIRMED = 3
    """A message may have been sent."""
    INTERRUPTED = 130
    """Ctrl-C, with the exit code that shells use for it."""


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Continue without output: Rich would exit with 1, which means "not sent" here."""
        self.quiet = True
        discard_the_rest(self.file)


def terminal(*, stderr: bool = False) -> Console:
    """Return a console for styled output: color only on a terminal, and never with `NO_COLOR`.

    Args:
        stderr: Whether to use standard error instead of standard output.
    """
    # Rich's own handling of NO_COLOR leaves bold and underline, which are escape codes too.
    return _Terminal(
        stderr=stderr,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        markup=False,
        highlight=False,
        emoji=False,
    )


def discard_the_rest(stream: IO[str]) -> None:
    """Discard the buffered output of a closed pipe; otherwise it fails again when Python exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def on_one_line(text: str) -> str:
    """Make untrusted text safe for a terminal: one line, without control characters."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def complain(heading: str, *lines: str) -> None:
    """Print an error on standard error, one line for each detail.

    Args:
        heading: What happened.
        lines: The details.
    """
    console = terminal(stderr=True)
    for text, style in ((heading, "bold red"), *((line, "") for line in lines)):
        # Don't wrap lines in a file or pipe, so that they can be searched for.
        console.print(Text(on_one_line(text), style), soft_wrap=not console.is_terminal)


@contextmanager
def extras_explained() -> Generator[None]:
    """Exit with one clear line if an import in the block fails because of a missing extra."""
    try:
        yield
    except ImportError as error:
        if not is_missing_package(error):
            raise
        complain(missing_packages())
        raise typer.Exit(ExitCode.INVALID) from error
