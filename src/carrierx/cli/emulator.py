"""`carrierx emulator`: CarrierX's messaging API on this machine, in the foreground."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carrierx.cli.output import ExitCode, complain, extras_explained

if TYPE_CHECKING:
    from carrierx.emulator import RunningEmulator

__all__ = ["emulator"]


def emulator(
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="The port; 0 takes a free one.")
    ] = 8025,
    db: Annotated[
        Path | None,
        typer.Option("--db", metavar="FILE", help="Keep the messages in this file. Without it they are forgotten."),
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option("--faults", metavar="FILE", help="Play the faults of this JSON file: late, lost, broken answers."),
    ] = None,
) -> None:
    """Run the emulator until Ctrl-C."""
    with extras_explained():
        from carrierx.emulator import Emulator, EmulatorError, run

    def announce(running: RunningEmulator) -> None:
        _announce(running.base_url, db, len(running.emulator.faults.rules))

    try:
        # Ctrl-C is the ordinary end; `run` ends by it in good order, and here it may come before or after that.
        with suppress(KeyboardInterrupt), Emulator() if db is None else Emulator(database=db) as made:
            if faults is not None:
                made.faults.load_file(faults)
            run(made, port=port, announce=announce)
    except EmulatorError as error:
        complain("The emulator can't run.", *str(error).splitlines())
        raise typer.Exit(ExitCode.FAILED) from error
    typer.echo("\nThe emulator has ended.")


def _announce(base_url: str, db: Path | None, faults: int) -> None:
    from carrierx.emulator import DEMO_TOKEN

    kept = "forgotten when it ends" if db is None else f"kept in {db}"
    played = f"\n  faults    {faults} of the file, in its order" if faults else ""
    # Not through Rich: it would break lines that are there to be copied.
    typer.echo(
        f"""\
CarrierX's messaging API is running on this machine. Nothing is ever sent.

  base URL  {base_url}
  token     {DEMO_TOKEN}
  messages  {kept}{played}

Try it from another terminal:

  CARRIERX_TOKEN={DEMO_TOKEN} \\
  CARRIERX_BASE_URL={base_url} \\
  carrierx send --from 15162065575 --to 15162065574 "Hello"

Ctrl-C ends it."""
    )
