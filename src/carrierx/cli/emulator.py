"""`carrierx emulator`: CarrierX's messaging API on this machine, in the foreground."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import CommandError
from carrierx.cli.options import CommonOptions, with_common_options
from carrierx.cli.output import Prose
from carrierx.cli.session import Session, extras_explained

if TYPE_CHECKING:
    from carrierx.emulator import RunningEmulator

__all__ = ["emulator"]

_MAX_LAG_SECONDS: Final = 86_400
_STOPPED: Final = "\nThe emulator has stopped."


class OverLimit(Enum):
    """Treatment of a message that is too large."""

    REFUSE = "refuse"
    FAIL = "fail"


def _checked_origins(origins: list[str] | None) -> list[str] | None:
    with extras_explained():
        from carrierx.emulator.http.cors import origin_problem

    for origin in origins or ():
        problem = origin_problem(origin)
        if problem is not None:
            raise typer.BadParameter(problem)
    return origins


@with_common_options
def emulator(
    options: CommonOptions,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="The port; 0 picks a free one.")
    ] = 8025,
    db: Annotated[
        Path | None,
        typer.Option("--db", metavar="FILE", help="Keep the messages in this file, or else lose them at the end."),
    ] = None,
    host: Annotated[
        str,
        typer.Option("--host", metavar="ADDRESS", help="The address. If other machines can reach it, set a password."),
    ] = "127.0.0.1",
    password: Annotated[
        str | None,
        typer.Option(
            "--password",
            metavar="PASSWORD",
            envvar="CARRIERX_EMULATOR_PASSWORD",
            help="The inbox's password and the API's token. Better set the environment variable.",
        ),
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option("--faults", metavar="FILE", help="Apply the fault rules in this JSON file."),
    ] = None,
    seed: Annotated[
        Path | None,
        typer.Option("--seed", metavar="FILE", help="Start with the numbers and messages in this JSON file."),
    ] = None,
    callback_url: Annotated[
        str | None,
        typer.Option("--callback-url", metavar="URL", help="Post callbacks here if number and account have no URL."),
    ] = None,
    callback_host: Annotated[
        list[str] | None,
        typer.Option(
            "--callback-host",
            metavar="HOST",
            help="Allow callbacks to this host as well. Repeatable.",
        ),
    ] = None,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(
            "--cors-origin",
            metavar="ORIGIN",
            callback=_checked_origins,
            help="Let web pages of this origin call the API. Repeatable.",
        ),
    ] = None,
    visibility_lag: Annotated[
        float,
        typer.Option(
            "--visibility-lag",
            metavar="SECONDS",
            min=0,
            max=_MAX_LAG_SECONDS,
            help="How long an accepted message can't be found.",
        ),
    ] = 0,
    strict_query: Annotated[
        bool, typer.Option("--strict-query", help="Refuse unknown query parameters instead of ignoring them.")
    ] = False,
    over_limit: Annotated[
        OverLimit, typer.Option("--over-limit", help="Refuse too large messages, or accept them and let them fail.")
    ] = OverLimit.REFUSE,
    legacy_objects: Annotated[
        bool, typer.Option("--legacy-objects", help="Return SMS objects as in 2019, with from_did and to_did.")
    ] = False,
    own_numbers_only: Annotated[
        bool, typer.Option("--own-numbers-only", help="Let only the account's own numbers send.")
    ] = False,
) -> None:
    """Run the emulator until Ctrl-C."""
    session = Session(options)
    with session.reporting():
        with extras_explained():
            from carrierx.emulator import (
                Credential,
                Emulator,
                EmulatorConfig,
                EmulatorError,
                FaultRules,
                load_seed_file,
                run,
            )
            from carrierx.emulator.control.auth import check_password
            from carrierx.emulator.server.callback_sender import check_callback_url
            from carrierx.emulator.server.serving import exiting_on_termination

        def announce(running: RunningEmulator) -> None:
            faults_loaded = len(running.emulator.faults.rules)
            _announce(session, running.base_url, db, faults_loaded, protected=password is not None)

        try:
            # Ctrl-C is the normal way to stop. `run` handles it, but it may also come before or after that.
            with suppress(KeyboardInterrupt), exiting_on_termination():
                config = EmulatorConfig(
                    callback_url=callback_url,
                    callback_hosts=frozenset(callback_host or ()),
                    cors_origins=frozenset(cors_origin or ()),
                    visibility_lag=timedelta(seconds=visibility_lag),
                    strict_query=strict_query,
                    legacy_objects=legacy_objects,
                    own_numbers_only=own_numbers_only,
                    over_limit=over_limit.value,
                )
                check_callback_url(config)
                if password is not None:
                    check_password(password)
                    config = replace(config, credentials=(Credential.bearer(password),))
                with Emulator(config) if db is None else Emulator(config, database=db) as made:
                    if seed is not None:
                        made.at_start(lambda each: load_seed_file(each, seed))
                    if faults is not None:
                        rules = FaultRules().load_file(faults)
                        made.at_start(lambda each: [each.faults.add(rule) for rule in rules])
                    run(made, host=host, port=port, password=password, announce=announce)
        except (EmulatorError, ValueError) as error:
            heading, lines = "The emulator can't run.", str(error).splitlines()
            raise CommandError(lines[0], *map(Prose, lines[1:]), code=ExitCode.REFUSED, heading=heading) from error
        except SystemExit:
            _say_stopped(session)
            raise
        _say_stopped(session)


def _say_stopped(session: Session) -> None:
    if not session.json and not session.options.quiet:
        typer.echo(_STOPPED)


def _announce(session: Session, base_url: str, db: Path | None, faults: int, *, protected: bool) -> None:
    from carrierx.emulator import BASE_PATH, DEMO_TOKEN

    if session.json:
        from carrierx.cli.documents import EmulatorAddress

        inbox = f"{base_url.removesuffix(BASE_PATH)}/"
        address = EmulatorAddress(base_url=base_url, inbox=inbox, token=None if protected else DEMO_TOKEN)
        session.show_item(address.to_json(), ())
        return
    kept = "lost when it stops" if db is None else f"kept in {db}"
    loaded = f"\n  faults    {faults} from the file, in order" if faults else ""
    token = "YOUR_PASSWORD" if protected else DEMO_TOKEN
    # Not through Rich, which would wrap lines that people copy.
    typer.echo(
        f"""\
CarrierX's messaging API is running on this machine. Nothing is ever sent.

  inbox     {base_url.removesuffix(BASE_PATH)}/
  base URL  {base_url}
  token     {"your password" if protected else token}
  messages  {kept}{loaded}

Try it from another terminal:

  CARRIERX_TOKEN={token} \\
  CARRIERX_BASE_URL={base_url} \\
  carrierx send --from 15162065575 --to 15162065574 "Hello"

Press Ctrl-C to stop it."""
    )
