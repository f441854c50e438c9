"""The command line put together: its commands, and what `--help` and `--version` say."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from carrierx.cli.demo import demo
from carrierx.cli.emulator import emulator
from carrierx.cli.send import send
from carrierx.version import __version__

__all__ = ["app"]

# The mark \b keeps the lines of a paragraph as they are.
_HELP: Final = """\
Send SMS and MMS through CarrierX, and try everything on your own machine.

New here? Start with carrierx demo: it needs no account and sends nothing.
"""

_DEMO_HELP: Final = """\
See an SMS, an MMS and a group MMS travel, without an account.

Starts the emulator of CarrierX's API on this machine, sends the three to it over HTTP, and follows each until it is
delivered. Nothing leaves this machine, and nobody gets a text.
"""

_SEND_HELP: Final = """\
Send one SMS or MMS. Real texts cost money and can't be taken back.

The token is read from the environment variable CARRIERX_TOKEN: as an option it would stand in your shell's history.

Every message carries a reference, by which it can be found if its answer is lost.

\b
  carrierx send --from 15162065575 --to 15162065574 "Hello"
  carrierx send --from 15162065575 --to 15162065574 --dry-run "Hello"
"""

_SEND_EPILOG: Final = """\
\b
Exit codes:
  0  accepted by CarrierX
  1  not sent: refused, or it did not reach CarrierX
  2  not sent: the message or the command is invalid
  3  unconfirmed: it may be out there, do not send it again
"""

_EMULATOR_HELP: Final = """\
Run CarrierX's messaging API on this machine, until Ctrl-C.

It checks messages as CarrierX's documentation does, and sends nothing. Its inbox, a web page, shows
them as a phone does. It can be reached from this machine only, unless --host and --password say otherwise.
"""

app: Final = typer.Typer(
    name="carrierx",
    help=_HELP,
    add_completion=False,
    no_args_is_help=True,
    # They would print local variables, and a token or a number may be among those.
    pretty_exceptions_enable=False,
    # Plain help: no frames, and no colour where Typer takes a pipe for a terminal.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"carrierx {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None: ...


app.command("demo", help=_DEMO_HELP)(demo)
# Extra words are let through to the command, which says better than Typer what is wrong with them.
app.command("send", help=_SEND_HELP, epilog=_SEND_EPILOG, context_settings={"allow_extra_args": True})(send)
app.command("emulator", help=_EMULATOR_HELP)(emulator)
