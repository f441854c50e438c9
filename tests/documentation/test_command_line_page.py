"""The page about the command line agrees with the command."""

from __future__ import annotations

import re
from pathlib import Path

from carrierx.cli.documents import DOCUMENTS
from carrierx.cli.exit_codes import EXIT_CODES, ExitCode
from tests.cli.helpers import invoke

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table after a heading, without its head."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_exit_codes_are_those_of_the_command() -> None:
    told = {int(code): meaning for code, meaning in rows("Exit codes")}

    assert told == {code.value: meaning for code, meaning in EXIT_CODES.items()}
    assert list(EXIT_CODES) == list(ExitCode)


def test_every_option_that_is_named_exists() -> None:
    output = "".join(invoke(*command.split(), "--help").stdout for command in DOCUMENTS)
    # GNU options of other programs in the examples have one dash.
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE))

    assert len(named) > 15
    assert {option for option in named if option not in output} == set()


def test_every_command_is_in_the_table() -> None:
    table = PAGE.split("| Command | What it does |\n", 1)[1].split("\n\n", 1)[0]

    for command in DOCUMENTS:
        group, _, name = command.partition(" ")
        [row] = [line for line in table.splitlines() if f"`carrierx {group}`" in line]
        assert not name or f"`{name}`" in row


def test_the_common_options_are_those_of_the_command() -> None:
    options = {option for cell, _ in rows("Options of every command") for option in re.findall(r"--?[a-z-]+", cell)}
    output = invoke("send", "--help").stdout

    assert options - {"-vv"} <= set(re.findall(r"--?[a-z][a-z-]*", output))
    assert {"--json", "--base-url", "-v", "-q", "--timeout", "--token-file", "--token-stdin", "--debug"} <= options
