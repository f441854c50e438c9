"""The `carrierx` command.

It needs the extra `cli`; the commands `demo` and `emulator` need the extra `emulator` as well.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO, cast

from carrierx.cli.missing_packages import is_missing_package, missing_packages

__all__ = ["main"]


def main(name: str = "carrierx") -> None:
    """Run the command line and end the process with its exit code.

    Args:
        name: The command, as usage lines show it.
    """
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    try:
        # Imported here so that the command can name the missing packages if Typer is not installed.
        from carrierx.cli.app import app
        from carrierx.cli.signals import end_at_once_after_commands
    except ImportError as error:
        if not is_missing_package(error):
            raise
        sys.stderr.write(f"{missing_packages()}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    stdout: object = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        # A character that the terminal can't show must not cause a traceback after the message was sent.
        cast("io.TextIOWrapper", stdout).reconfigure(errors="backslashreplace")
    end_at_once_after_commands()
    try:
        app(prog_name=name)
    except KeyboardInterrupt:  # before a command began: a command handles its own
        sys.exit(130)


def _nowhere() -> TextIO:
    """Return a stream for one that a shell has closed: `>&-`. It takes the free descriptor, so no socket gets it."""
    return open(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", closefd=False)
