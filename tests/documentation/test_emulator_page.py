"""The page about the emulator agrees with the code."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

from carrierx.cli.emulator import emulator
from carrierx.emulator import MAGIC_NUMBERS, EmulatorConfig, StatusDelays
from carrierx.emulator.server.callback_sender import ATTEMPT_SECONDS

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
BASIS = re.compile(r"\b(documented|assumed|ours|seen)\b")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table that follows a heading, without its head."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_magic_numbers_are_those_of_the_code() -> None:
    told = {number.strip("`"): effect for number, effect in rows("Magic numbers")}

    assert told == {number: magic.effect for number, magic in MAGIC_NUMBERS.items()}


def test_the_options_of_the_command_are_there() -> None:
    options = {f"--{name.replace('_', '-')}" for name in inspect.signature(emulator).parameters}

    for option, _ in rows("Run it"):
        assert option.strip("`").split()[0] in options


def test_the_times_are_those_of_the_code() -> None:
    config, delays = EmulatorConfig(), StatusDelays()
    seconds = [f"{retry.total_seconds():g}" for retry in config.callback_retries]
    schedule = f"{', '.join(seconds[:-1])} and {seconds[-1]} seconds"

    assert PAGE.count(f"after {schedule}") == 2
    assert f"{delays.sent_after.seconds} and {delays.delivered_after.seconds} seconds after acceptance" in PAGE
    assert f"Replies come {config.reply_after.seconds} seconds after delivery" in PAGE
    assert f"within {ATTEMPT_SECONDS:g} seconds" in PAGE
    assert f"{config.enabling_takes.seconds} seconds (`enabling_takes`)" in PAGE


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"\(`([a-z_]+)`\)", PAGE))

    assert len(named) > 3
    assert named <= {field.name for field in fields(EmulatorConfig)}


def test_each_behaviour_has_a_basis() -> None:
    for behaviour, here, basis in rows("Documented or assumed"):
        is_heading = behaviour.startswith("**")
        assert is_heading or (here and BASIS.search(basis)), behaviour
