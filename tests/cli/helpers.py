"""Running the command: in a process of its own, or quicker in this one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

from typer.testing import CliRunner, Result

from carrierx.cli.app import app
from carrierx.emulator import DEMO_TOKEN, RunningEmulator

COMMAND = [sys.executable, "-c", "from carrierx.cli import main; main()"]
SENDER, RECIPIENT = "15162065575", "15162065574"
TEXT = "Meet me at the lighthouse"
TOKEN = "cli-test-token-0d7a8c3e"
ADDRESSED = ["send", "--from", SENDER, "--to", RECIPIENT]
ESCAPE = "\x1b"

_SETTINGS = re.compile(r"CARRIERX_.*|NO_COLOR|FORCE_COLOR|TTY_.*|COLUMNS|LINES|.*_proxy", re.IGNORECASE)


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without what acts on the command, and with these settings."""
    plain = {name: value for name, value in os.environ.items() if not _SETTINGS.fullmatch(name)}
    return {
        **plain,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONWARNINGS": "error",
        **(settings or {}),
    }


def run_command(
    *arguments: str,
    settings: Mapping[str, str] | None = None,
    program: str | None = None,
    command: Sequence[str] = COMMAND,
    stdin: bytes = b"",
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own; `program` is Python to run in its place."""
    if program is not None:
        command = [sys.executable, "-c", program]
    ended = subprocess.run(
        [*command, *arguments], capture_output=True, env=environment(settings), input=stdin, timeout=60, check=False
    )
    out, err = ended.stdout.decode(), ended.stderr.decode()
    return subprocess.CompletedProcess(ended.args, ended.returncode, out, err)


def invoke(*arguments: str, **settings: str) -> Result:
    """Run the command in this process, with only these settings in the environment."""
    cleared: dict[str, str | None] = {name: None for name in os.environ if _SETTINGS.fullmatch(name)}
    return CliRunner(env={**cleared, **settings}).invoke(app, list(arguments), prog_name="carrierx")


def credentials(running: RunningEmulator) -> dict[str, str]:
    """The environment that leads the command to an emulator."""
    return {"CARRIERX_TOKEN": DEMO_TOKEN, "CARRIERX_BASE_URL": running.base_url}


def invoke_send(*arguments: str, base_url: str, token: str = DEMO_TOKEN) -> Result:
    """Send from the usual sender to the usual recipient."""
    return invoke(*ADDRESSED, *arguments, CARRIERX_TOKEN=token, CARRIERX_BASE_URL=base_url)


def assert_discreet(output: str) -> None:
    """Nothing private is in what was printed."""
    for private in (SENDER, RECIPIENT, TEXT, TOKEN, DEMO_TOKEN, "Traceback"):
        assert private not in output
