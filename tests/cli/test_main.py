"""The command as a whole: help, version, missing extras, colour."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from carrierx import __version__
from carrierx.cli.missing_packages import is_missing_package
from carrierx.cli.output import extras_explained
from tests.cli.helpers import COMMAND, ESCAPE, SENDER, environment, invoke, run_command

ADVICE = (
    "This command needs more packages. Install them with: "
    'pip install "rich>=13.8" "typer>=0.16" "starlette>=0.45" "uvicorn>=0.34"\n'
)
COMMANDS = ("demo", "send", "emulator")


def without(*packages: str) -> str:
    """The command in a Python that lacks these packages."""
    # The import system raises ModuleNotFoundError, with the name, for a module that is None in its table.
    return f"import sys; sys.modules.update(dict.fromkeys({packages!r})); from carrierx.cli import main; main()"


def test_the_version_is_told() -> None:
    ended = run_command("--version")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"carrierx {__version__}\n", "")


def run_module(*arguments: str, missing: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run `python -m carrierx`, in a Python that may lack a package."""
    if missing is None:
        return run_command(*arguments, command=[sys.executable, "-m", "carrierx"])
    program = f"import runpy, sys; sys.modules[{missing!r}] = None; runpy.run_module('carrierx', run_name='__main__')"
    return run_command(*arguments, program=program)


def test_the_package_runs_as_the_command() -> None:
    version, unknown = run_module("--version"), run_module("pigeon")

    assert (version.returncode, version.stdout, version.stderr) == (0, f"carrierx {__version__}\n", "")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "Usage: python -m carrierx" in unknown.stderr


def test_the_package_ends_with_the_exit_code_of_the_command() -> None:
    arguments = ("send", "--from", SENDER, "--to", SENDER, "--dry-run")

    assert run_module(*arguments, "Hello").returncode == 0
    assert run_module("send", "--from", "1", "--to", SENDER, "Hello").returncode == 2


def test_without_the_cli_extra_the_package_says_what_to_install() -> None:
    ended = run_module("--version", missing="typer")

    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", ADVICE)


@pytest.mark.parametrize("arguments", [(), ("demo",), ("send",), ("emulator",)])
def test_the_help_is_plain_and_fits(arguments: tuple[str, ...]) -> None:
    # GitHub's runners make Typer believe in a terminal.
    result = invoke(*arguments, "--help", GITHUB_ACTIONS="true")

    assert result.exit_code == 0
    assert result.stdout == invoke(*arguments, "-h").stdout
    assert ESCAPE not in result.stdout
    assert "completion" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_the_help_names_every_command_and_where_to_start() -> None:
    output = invoke("--help").stdout

    assert "Start with carrierx demo" in output
    assert all(f"  {command} " in output for command in COMMANDS)


def test_the_help_of_send_tells_its_exit_codes() -> None:
    output = invoke("send", "--help").stdout

    assert [line.split()[0] for line in output[output.index("Exit codes:") :].splitlines()[1:]] == ["0", "1", "2", "3"]
    assert "--token" not in output
    assert "CARRIERX_TOKEN" in output


def test_without_a_command_the_help_is_shown() -> None:
    result = invoke()

    assert result.exit_code == 2
    assert "Usage: carrierx" in result.output


@pytest.mark.parametrize(("argument", "package"), [("demo", "typer"), ("--version", "rich")])
def test_without_the_cli_extra_it_says_what_to_install(argument: str, package: str) -> None:
    ended = run_command(argument, program=without(package))

    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", ADVICE)


@pytest.mark.parametrize(("command", "package"), [("demo", "starlette"), ("emulator", "uvicorn")])
def test_without_the_emulator_extra_it_says_what_to_install(command: str, package: str) -> None:
    ended = run_command(command, program=without(package))

    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", ADVICE)


def test_sending_needs_no_emulator_extra() -> None:
    arguments = ("send", "--from", SENDER, "--to", SENDER, "--dry-run", "Hello")

    assert run_command(*arguments, program=without("starlette", "uvicorn")).returncode == 0


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("no module", name="carrierx.cli.nowhere"),
        ImportError("cannot import name 'nothing' from 'typer'", name="typer"),
        ImportError("it broke"),
    ],
)
def test_a_mistake_of_ones_own_is_no_missing_extra(error: ImportError) -> None:
    assert not is_missing_package(error)


def test_a_mistake_of_ones_own_is_not_hidden() -> None:
    ended = run_command("demo", program=without("carrierx.cli.output"))

    assert ended.returncode == 1
    assert "ModuleNotFoundError" in ended.stderr


def test_a_mistake_within_a_command_is_not_hidden() -> None:
    with pytest.raises(ModuleNotFoundError), extras_explained():
        raise ModuleNotFoundError("no module", name="carrierx.emulator.nowhere")


def on_a_terminal(*arguments: str, **settings: str) -> str:
    """What the command writes to a terminal."""
    import pty

    controlling, terminal = pty.openpty()
    try:
        plain = {name: value for name, value in environment(settings).items() if name != "TERM"}
        subprocess.run(
            [*COMMAND, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**plain, "TERM": "xterm-256color"},
            check=False,
        )
        os.close(terminal)
        terminal = -1
        return b"".join(iter(lambda: _read(controlling), b"")).decode("utf-8")
    finally:
        os.close(controlling)
        if terminal >= 0:
            os.close(terminal)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_there_is_colour_on_a_terminal_unless_it_is_unwanted() -> None:
    wrong = ("send", "--from", "1", "--to", "2")

    assert ESCAPE in on_a_terminal(*wrong)
    unwanted = on_a_terminal(*wrong, NO_COLOR="1")
    assert ESCAPE not in unwanted
    assert unwanted.startswith("Not sent: the message breaks 3 rules.")
    assert ESCAPE not in run_command(*wrong).stderr
