"""A real terminal of a given width: tmux, whose screen is what a person would see."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.cli.helpers import COMMAND, environment

__all__ = ["TMUX", "Screen", "commands_on", "run_in_terminal", "save"]

TMUX = shutil.which("tmux")
CAPTURES = Path(__file__).parents[2] / "artefacts" / "command-line"
END = re.compile(r"^exit (?P<code>\d+)$", re.MULTILINE)
HEIGHT = 200


class Screen:
    """A terminal in which a command runs."""

    def __init__(self, socket: str) -> None:
        self._socket = socket

    def tmux(self, *arguments: str) -> str:
        """Run a tmux command."""
        ended = subprocess.run(
            [TMUX or "tmux", "-L", self._socket, "-f", os.devnull, *arguments],
            capture_output=True,
            encoding="utf-8",
            env=environment({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}),
            check=True,
            timeout=20,
        )
        return ended.stdout

    def text(self) -> str:
        """What the screen shows now, line by line."""
        lines = [line.rstrip() for line in self.tmux("capture-pane", "-p").splitlines()]
        return "\n".join(lines).rstrip() + "\n"

    def wait_for(self, pattern: str) -> str:
        """Wait until a pattern is on the screen, and return what it shows."""
        deadline = time.monotonic() + 40
        while not re.search(pattern, text := self.text(), re.MULTILINE):
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        return text

    def end(self) -> tuple[int, str]:
        """Wait until the command has ended, and return its exit code and what the screen shows."""
        text = self.wait_for(END.pattern)
        found = END.search(text)
        assert found is not None
        return int(found["code"]), text

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self.tmux("send-keys", *keys)


@contextmanager
def run_in_terminal(
    folder: Path, width: int, *arguments: str, settings: Mapping[str, str] | None = None
) -> Generator[Screen]:
    """Run the command in a terminal of this many columns."""
    script = folder / f"run-{width}.sh"
    variables = {**environment(settings), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables.items() if name.isidentifier()]
    shown = shlex.join(["carrierx", *arguments])
    lines = [
        *exports,
        f"cd {shlex.quote(str(folder))}",
        f"echo '$' {shlex.quote(shown)}",
        shlex.join([*COMMAND, *arguments]),
        "echo exit $?",
        "sleep 60",
    ]
    script.write_text("\n".join(lines))
    screen = Screen(f"carrierx-{uuid.uuid4().hex}")
    screen.tmux("new-session", "-d", "-x", str(width), "-y", str(HEIGHT), f"bash {shlex.quote(str(script))}")
    try:
        yield screen
    finally:
        screen.tmux("kill-server")


def save(name: str, width: int, text: str) -> None:
    """Keep what a screen showed, for people to look at."""
    CAPTURES.mkdir(parents=True, exist_ok=True)
    (CAPTURES / f"{name}-{width}.txt").write_text(text, encoding="utf-8")


def commands_on(text: str) -> list[str]:
    """The commands that a shell would read if the screen's lines were pasted into it."""
    joined = re.sub(r" \\\n *", " ", text)
    return [line for line in joined.splitlines() if line.startswith("carrierx ")]
