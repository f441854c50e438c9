"""The command-line application: its commands, help and version."""

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
Send an SMS, an MMS and a group MMS to an emulator. You need no account.

Starts the emulator of CarrierX's API on this machine, sends three messages to it over HTTP, and waits until each is
delivered. Nothing leaves this machine.
"""

_SEND_HELP: Final = """\
Send one SMS or MMS. Real texts cost money and can't be taken back.

The token is read from the environment variable CARRIERX_TOKEN. An option would end up in your shell's history.

Every message has a reference, so that you can find it if the response is lost.

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
  3  unconfirmed: it may have been sent; do not send it again
"""

_EMULATOR_HELP: Final = """\
Run CarrierX's messaging API on this machine, until Ctrl-C.

It checks messages by CarrierX's documented rules and sends nothing. Its inbox, a web page, shows them as a
phone does. Only this machine can reach it, unless you set --host and --password.
"""

app: Final = typer.Typer(
    name="carrierx",
    help=_HELP,
    add_completion=False,
    no_args_is_help=True,
    # They would print local variables, which may hold a token or a number.
    pretty_exceptions_enable=False,
    # Plain help: no frames, and no color when the output is a pipe.
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
# The command handles extra arguments itself, with a better error message than Typer's.
app.command("send", help=_SEND_HELP, epilog=_SEND_EPILOG, context_settings={"allow_extra_args": True})(send)
app.command("emulator", help=_EMULATOR_HELP)(emulator)
