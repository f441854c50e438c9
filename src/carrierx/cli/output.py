"""What the commands have in common: exit codes, and how they speak to people."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from typing import IO

import typer
from rich.console import Console
from rich.text import Text

from carrierx.cli.extras import MISSING_EXTRAS, is_missing_extra

__all__ = ["ExitCode", "complain", "discard_the_rest", "extras_explained", "on_one_line", "terminal"]


class ExitCode(IntEnum):
    """How a command ended, where it did not simply succeed."""

    FAILED = 1
    """It was tried and did not work; of a send: it was not sent."""
    INVALID = 2
    """Nothing was tried: the command, the message or the set-up is wrong."""
    UNCONFIRMED = 3
    """A message may be out there."""
    INTERRUPTED = 130
    """Ctrl-C, as shells count it."""


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Go on in silence: Rich would end the process with 1, which says "not sent" here."""
        self.quiet = True
        discard_the_rest(self.file)


def terminal(*, stderr: bool = False) -> Console:
    """Open a stream for styled output: colour on a terminal only, and never with `NO_COLOR`.

    Args:
        stderr: Standard error instead of standard output.
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
    """Send what is still buffered for a stream that nobody reads to nowhere, or it fails again when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def on_one_line(text: str) -> str:
    """Make a text from elsewhere fit for a terminal: one line, without control characters."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def complain(heading: str, *lines: str) -> None:
    """Say on standard error what went wrong, one line for each thing.

    Args:
        heading: What happened.
        lines: The details.
    """
    console = terminal(stderr=True)
    for text, style in ((heading, "bold red"), *((line, "") for line in lines)):
        # In a file or a pipe every line stays whole, so that it can be searched for.
        console.print(Text(on_one_line(text), style), soft_wrap=not console.is_terminal)


@contextmanager
def extras_explained() -> Generator[None]:
    """End the command with one clear line if an import in the block finds an extra missing."""
    try:
        yield
    except ImportError as error:
        if not is_missing_extra(error):
            raise
        complain(MISSING_EXTRAS)
        raise typer.Exit(ExitCode.INVALID) from error
