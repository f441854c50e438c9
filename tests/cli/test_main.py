"""The command as a whole: help, version, missing extras, colour."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest

from carrierx import __version__
from carrierx.cli.documents import DOCUMENTS
from carrierx.cli.exit_codes import EXIT_CODES
from carrierx.cli.missing_packages import is_missing_package
from carrierx.cli.session import extras_explained
from tests.cli.helpers import COMMAND, ESCAPE, SENDER, environment, invoke, run_command

ADVICE = "This command needs more packages. Install them with: pip install "
PACKAGES = ("rich", "typer", "starlette", "uvicorn")
COMMANDS = (
    *("demo", "send", "send-many", "outbox", "messages", "numbers", "lookup", "records", "files"),
    *("segments", "estimate", "doctor", "emulator", "completion"),
)


def assert_advised(ended: subprocess.CompletedProcess[str]) -> None:
    """The command said in one line which packages it needs."""
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(ADVICE)
    assert ended.stderr.endswith("\n")
    requirements = shlex.split(ended.stderr.removeprefix(ADVICE))
    assert set(PACKAGES) <= {re.split("[^a-z]", requirement)[0] for requirement in requirements}


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
    assert "python -m carrierx --help" in unknown.stderr


def test_the_package_ends_with_the_exit_code_of_the_command() -> None:
    arguments = ("send", "--from", SENDER, "--to", SENDER, "--dry-run")

    assert run_module(*arguments, "Hello").returncode == 0
    assert run_module("send", "--from", "1", "--to", SENDER, "Hello").returncode == 2


def test_without_the_cli_extra_the_package_says_what_to_install() -> None:
    ended = run_module("--version", missing="typer")

    assert_advised(ended)


@pytest.mark.parametrize("arguments", [(), ("messages",), *map(str.split, DOCUMENTS)])
def test_the_help_is_plain_and_fits(arguments: tuple[str, ...]) -> None:
    # GitHub's runners make Typer believe in a terminal.
    result = invoke(*arguments, "--help", GITHUB_ACTIONS="true")

    assert result.exit_code == 0
    assert result.stdout == invoke(*arguments, "-h").stdout
    assert ESCAPE not in result.stdout
    assert "-completion" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_the_help_names_every_command_and_where_to_start() -> None:
    output = invoke("--help").stdout

    assert "Start with carrierx demo" in output
    listed = output[output.index("Commands:") : output.index("Exit codes:")].splitlines()[1:]
    assert tuple(line.split()[0] for line in listed if re.match("  [a-z]", line)) == COMMANDS


@pytest.mark.parametrize("arguments", [(), ("send",)])
def test_the_help_tells_the_exit_codes(arguments: tuple[str, ...]) -> None:
    output = invoke(*arguments, "--help").stdout

    words = [line.split()[0] for line in output[output.index("Exit codes:") :].splitlines()[1:]]
    assert [word for word in words if word.isdigit()] == [str(code.value) for code in EXIT_CODES]


def test_the_help_of_send_tells_where_the_token_comes_from() -> None:
    output = invoke("send", "--help").stdout

    assert "--token " not in output
    assert "CARRIERX_TOKEN" in output


@pytest.mark.parametrize("command", DOCUMENTS)
def test_every_command_has_the_common_options(command: str) -> None:
    output = invoke(*command.split(), "--help").stdout

    common = ["--json", "--base-url", "--verbose", "-v", "-q", "--timeout", "--token-file", "--token-stdin", "--debug"]
    assert [option for option in common if f"{option} " not in output.replace(",", " ")] == []


def test_help_loads_no_library() -> None:
    loaded = run_command(
        "--help",
        program="import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
        "from carrierx.cli import main; main()",
    ).stderr.split()

    assert "carrierx.cli.send_many" in loaded
    unwanted = {"httpx", "pydantic", "pandas", "starlette", "asyncio", "rich.console", "carrierx.emulator"}
    assert not unwanted & set(loaded)


@pytest.mark.parametrize("group", [(), ("outbox",), ("messages",), ("numbers",), ("records",), ("files",)])
def test_the_list_of_commands_is_not_cut_off(group: tuple[str, ...]) -> None:
    output = invoke(*group, "--help", COLUMNS="80").stdout

    assert "Commands:" in output
    assert "..." not in output.partition("Commands:")[2].partition("Exit codes:")[0]


def test_without_a_command_the_help_is_shown() -> None:
    result = invoke()

    assert result.exit_code == 2
    assert "Usage: carrierx" in result.output


@pytest.mark.parametrize(("argument", "package"), [("demo", "typer"), ("--version", "rich")])
def test_without_the_cli_extra_it_says_what_to_install(argument: str, package: str) -> None:
    ended = run_command(argument, program=without(package))

    assert_advised(ended)


@pytest.mark.parametrize(("command", "package"), [("demo", "starlette"), ("emulator", "uvicorn")])
def test_without_the_emulator_extra_it_says_what_to_install(command: str, package: str) -> None:
    ended = run_command(command, program=without(package))

    assert_advised(ended)


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


@pytest.mark.parametrize("place", ["carrierx.cli.app.Leaf.parse_args", "typer.main.get_command"])
def test_ctrl_c_before_the_command_begins_shows_no_traceback(place: str) -> None:
    program = (
        "import carrierx.cli.app, typer.main\n"
        "def interrupt(*arguments, **options): raise KeyboardInterrupt\n"
        f"{place} = interrupt\n"
        "from carrierx.cli import main; main()"
    )
    ended = run_command("segments", "Hello", program=program)

    assert (ended.returncode, ended.stdout, ended.stderr.strip()) == (130, "", "")
