"""`carrierx completion`, in real shells."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.helpers import environment, invoke

BASH = shutil.which("bash")
ASK = """
eval "$(carrierx completion bash)"
COMP_WORDS=({words})
COMP_CWORD={index}
COMP_LINE="${{COMP_WORDS[*]}}"
COMP_POINT=${{#COMP_LINE}}
function=$(complete -p carrierx | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
"$function" carrierx
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def path_with_command(tmp_path: Path) -> str:
    """A PATH on which `carrierx` is the command of these sources."""
    command = tmp_path / "bin" / "carrierx"
    command.parent.mkdir()
    command.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from carrierx.cli import main; main()" "$@"\n', encoding="utf-8"
    )
    command.chmod(0o755)
    return f"{command.parent}{os.pathsep}{os.environ['PATH']}"


def completed(path: str, *words: str) -> list[str]:
    quoted = " ".join(f"'{word}'" for word in ("carrierx", *words))
    ended = subprocess.run(
        ["bash", "--norc", "-c", ASK.format(words=quoted, index=len(words))],
        capture_output=True,
        encoding="utf-8",
        env={**environment(), "PATH": path},
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.split()


@pytest.mark.skipif(BASH is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("seg",), ["segments"]),
        (("send",), ["send", "send-many"]),
        (("messages", "re"), ["reconcile"]),
        (("send", "--media"), ["--media-url"]),
        (("messages", "watch", "--token-s"), ["--token-stdin"]),
        (("estimate", "--sub-type", "toll_"), ["toll_free"]),
    ],
)
def test_bash_completes_a_command_and_an_option(
    path_with_command: str, words: tuple[str, ...], expected: list[str]
) -> None:
    assert completed(path_with_command, *words) == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_scripts(path_with_command: str, shell: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(invoke("completion", shell).stdout)
    assert "carrierx" in script.read_text()
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    ended = subprocess.run([shell, "-n", str(script)], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"_CARRIERX_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "carrierx seg"}, "segments"),
        (
            {
                "_CARRIERX_COMPLETE": "complete_fish",
                "_TYPER_COMPLETE_FISH_ACTION": "get-args",
                "_TYPER_COMPLETE_ARGS": "carrierx seg",
            },
            "segments",
        ),
    ],
)
def test_the_command_answers_other_shells(variables: dict[str, str], expected: str) -> None:
    from tests.cli.helpers import run_command

    ended = run_command(settings=variables)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert expected in ended.stdout
    assert "estimate" not in ended.stdout


def test_the_script_is_data() -> None:
    document = json.loads(invoke("completion", "bash", "--json").stdout)

    assert document["shell"] == "bash"
    assert document["script"] == invoke("completion", "bash").stdout


def test_an_unknown_shell_is_refused() -> None:
    result = invoke("completion", "tcsh")

    assert (result.exit_code, result.stdout) == (2, "")
