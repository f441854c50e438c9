"""The `carrierx` command: `demo`, `send` and `emulator`.

It needs the extra `carrierx[cli]`; `demo` and `emulator` need `carrierx[emulator]` as well.
"""

from __future__ import annotations

import io
import sys
from typing import cast

from carrierx.cli.missing_packages import is_missing_package, missing_packages

__all__ = ["main"]


def main(name: str = "carrierx") -> None:
    """Run the command line and end the process with its exit code.

    Args:
        name: The command, as usage lines show it.
    """
    try:
        # Imported here so that the command can name the missing packages if Typer is not installed.
        from carrierx.cli.app import app
    except ImportError as error:
        if not is_missing_package(error):
            raise
        sys.stderr.write(f"{missing_packages()}\n")
        sys.exit(2)
    stdout: object = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        # A character that the terminal can't show must not cause a traceback after the message was sent.
        cast("io.TextIOWrapper", stdout).reconfigure(errors="backslashreplace")
    app(prog_name=name)
