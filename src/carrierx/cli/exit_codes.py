"""The exit codes of the command, in one table."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

__all__ = ["EXIT_CODES", "ExitCode", "exit_codes_help"]


class ExitCode(IntEnum):
    """Exit codes of all commands. `EXIT_CODES` has their meanings."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNCONFIRMED = 3
    CREDENTIALS = 4
    TIMED_OUT = 5
    UNHEALTHY = 6
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


EXIT_CODES: Final = {
    ExitCode.DONE: "done; a message was accepted by CarrierX",
    ExitCode.REFUSED: "refused or failed; a message was not sent",
    ExitCode.USAGE: "usage: the command, a message, a file or the setup is invalid; nothing was attempted",
    ExitCode.UNCONFIRMED: "unconfirmed: it may have been sent; don't send it again before you've looked it up",
    ExitCode.CREDENTIALS: "credentials: there is no usable token, or CarrierX refused it (401)",
    ExitCode.TIMED_OUT: "a wait ran out of time or broke off; what it waited for may still happen",
    ExitCode.UNHEALTHY: "unhealthy: the outbox is above a limit that you gave, paused, or may lack commits",
    ExitCode.HUNG_UP: "the terminal was closed (SIGHUP), and nothing is unconfirmed",
    ExitCode.INTERRUPTED: "Ctrl-C (SIGINT), and nothing is unconfirmed",
    ExitCode.TERMINATED: "terminated (SIGTERM), and nothing is unconfirmed",
}
"""The meaning of each exit code."""


def exit_codes_help() -> str:
    """Return the table for the help of a command."""
    # The mark \b keeps the lines of a paragraph as they are.
    lines = ["\b", "Exit codes:"]
    for code, meaning in EXIT_CODES.items():
        first, *rest = _wrapped(meaning)
        lines += [f"  {code.value:<4}{first}", *(f"      {line}" for line in rest)]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    from textwrap import wrap

    from carrierx.cli.help import help_width

    return wrap(text, max(20, help_width() - 8))
