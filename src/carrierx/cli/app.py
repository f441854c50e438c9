"""The command-line application: its commands, help and version."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final

import rich
import typer

from carrierx.cli import files, messages, numbers, outbox, records
from carrierx.cli.completion import completion
from carrierx.cli.demo import demo
from carrierx.cli.doctor import doctor
from carrierx.cli.emulator import emulator
from carrierx.cli.estimate import estimate
from carrierx.cli.exit_codes import exit_codes_help
from carrierx.cli.failures import failure_of_usage, is_usage_error, report
from carrierx.cli.help import CommandGroup, Leaf, help_width
from carrierx.cli.lookup import lookup
from carrierx.cli.segments import segments
from carrierx.cli.send import send
from carrierx.cli.send_many import send_many
from carrierx.version import __version__

__all__ = ["app"]

_RICH: Final = rich
"""It's used later. Without it, the command must immediately say what is missing."""

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

The token is read from the environment variable CARRIERX_TOKEN, a file or standard input. An argument would end up in
your shell's history.

Every message has a reference, so that you can find it if the response is lost.

\b
  carrierx send --from 15162065575 \\
    --to 15162065574 "Hello"
"""

_SEND_MANY_HELP: Final = """\
Send a file of messages. All are checked first: if one is invalid, nothing is sent.

The file is CSV, with a header that names the columns from, to, message, media_urls, group_recipients and reference (in
any order, as many as you need; lists are separated by spaces), or JSON Lines with the same fields.

Every message gets a reference. Ctrl-C stops after the sends in progress and says where to go on.

\b
  carrierx send-many messages.csv \\
    --from 15162065575 --rate 5
"""

_EMULATOR_HELP: Final = """\
Run CarrierX's messaging API on this machine, until Ctrl-C.

It checks messages by CarrierX's documented rules and sends nothing. Its inbox, a web page, shows them as a
phone does. Only this machine can reach it, unless you set --host and --password.
"""


_COMPLETION_HELP: Final = """\
Print a script for completion in your shell.

\b
  bash: eval "$(carrierx completion bash)"
  zsh:  eval "$(carrierx completion zsh)"
  fish: carrierx completion fish | source
"""

_EXIT_CODES: Final = exit_codes_help()
_ORDER: Final = (
    *("demo", "send", "send-many", "outbox", "messages", "numbers", "lookup", "records", "files"),
    *("segments", "estimate", "doctor", "emulator", "completion"),
)


class _Application(CommandGroup):
    """The application. It reports a wrong command line as the commands report their errors."""

    def list_commands(self, ctx: Any) -> list[str]:
        """List the commands as people meet them. Typer would list groups last."""
        return sorted(super().list_commands(ctx), key=_ORDER.index)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002 - this method is what it stands for
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line, and end with its exit code."""
        if os.environ.get("_CARRIERX_COMPLETE"):
            from typer.completion import get_completion_inspect_parameters

            get_completion_inspect_parameters()  # it prepares Typer for the scripts of `carrierx completion`
        given = list(sys.argv[1:] if args is None else args)
        try:
            code: object = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except Exception as error:
            if not is_usage_error(error):
                raise
            if type(error).__name__ == "NoArgsIsHelpError":
                typer.echo(str(error), err=True)
                sys.exit(2)
            options = given[: given.index("--")] if "--" in given else given
            failure = failure_of_usage(error, None)
            report(failure, as_json="--json" in options, traceback_of=error if "--debug" in options else None)
            sys.exit(failure.code)
        sys.exit(code if isinstance(code, int) else 0)


app: Final = typer.Typer(
    name="carrierx",
    cls=_Application,
    help=_HELP,
    epilog=_EXIT_CODES,
    add_completion=False,
    no_args_is_help=True,
    # They would print local variables, which may hold a token or a number.
    pretty_exceptions_enable=False,
    # Plain help: no frames, and no color when the output is a pipe.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": help_width()},
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


app.command("demo", cls=Leaf, help=_DEMO_HELP)(demo)
# The command handles extra arguments itself, with a better error message than Typer's.
app.command("send", cls=Leaf, help=_SEND_HELP, epilog=_EXIT_CODES, context_settings={"allow_extra_args": True})(send)
app.command("send-many", cls=Leaf, help=_SEND_MANY_HELP, epilog=_EXIT_CODES)(send_many)
app.add_typer(outbox.app, name="outbox")
app.add_typer(messages.app, name="messages")
app.add_typer(numbers.app, name="numbers")
app.command("lookup", cls=Leaf)(lookup)
app.add_typer(records.app, name="records")
app.add_typer(files.app, name="files")
app.command("segments", cls=Leaf)(segments)
app.command("estimate", cls=Leaf)(estimate)
app.command("doctor", cls=Leaf)(doctor)
app.command("emulator", cls=Leaf, help=_EMULATOR_HELP)(emulator)
app.command("completion", cls=Leaf, help=_COMPLETION_HELP)(completion)
