"""The first tutorial, word for word: a fresh clone, an empty home, a terminal, a browser and an interactive Python.

It installs the package from a package index, so it runs only if `CARRIERX_TUTORIAL` is set, as `.ci/run` does.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Page

from tests.documentation.markdown import ROOT, blocks
from tests.emulator.web.browser import DESKTOP_SIZE, running_browser

TUTORIAL = ROOT / "docs" / "tutorials" / "first-text.md"

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif("CARRIERX_TUTORIAL" not in os.environ, reason="CARRIERX_TUTORIAL is not set"),
]


@contextmanager
def process(command: list[str], folder: Path, environment: dict[str, str]) -> Generator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
    try:
        yield running
    finally:
        running.terminate()
        running.communicate(timeout=30)


def stream(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("The process has no such stream.")
    return pipe


def line_with(running: subprocess.Popen[str], pattern: str) -> str:
    """Read what a process prints up to a line that matches, and return the first group."""
    for line in stream(running.stdout):
        found = re.search(pattern, line)
        if found:
            return found[1]
    raise AssertionError(f"The process ended without a line that matches {pattern}.")


def enter(interactive: subprocess.Popen[str], code: str) -> list[str]:
    """Enter lines into an interactive Python. Return what it prints."""
    written, printed = stream(interactive.stdin), stream(interactive.stdout)
    written.write(f"{code}\n\nprint('--- entered')\n")
    lines: list[str] = []
    for line in printed:
        if line.strip() == "--- entered":
            return lines
        lines.append(line.rstrip("\n"))
    raise AssertionError("Python ended.")


def reply(page: Page, to: str, text: str) -> None:
    """Click a conversation, type into the box at the bottom, and press Enter."""
    page.get_by_text(to).first.click()
    page.get_by_placeholder("Write as this phone").fill(text)
    page.keyboard.press("Enter")
    page.locator(".bubble", has_text=text).first.wait_for()


def test_the_first_tutorial_word_for_word(tmp_path: Path) -> None:
    # Comments hold what the runner of all pages needs and readers don't see.
    text = re.sub("<!--.*?-->", "", TUTORIAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    shell = [block.text for block in blocks(text) if block.words[0] == "sh"]
    sends, waits, reads, loses, looks_up = [block.text for block in blocks(text) if block.words[0] == "python"]
    thanks = re.search(r"type `([^`]+)`", text)
    buttons: list[str] = re.findall(r"\*\*([^*]+)\*\*", text.partition("## 6. ")[2].partition("```")[0])
    assert thanks
    assert buttons == ["Faults", "Lose the response", "Turn on"]

    home, clone = tmp_path / "home", tmp_path / "clone"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CARRIERX", "PYTHON"))}
    environment["HOME"] = str(home)
    subprocess.run(["bash", "-ec", shell[0]], cwd=clone, env=environment, check=True, stdout=subprocess.DEVNULL)

    with (
        process(shell[1].split(), clone, environment) as emulator,
        running_browser() as browser,
    ):
        address = line_with(emulator, r"(http://127\.0\.0\.1:8025/)\s*$")
        page = browser.new_page(viewport={"width": DESKTOP_SIZE[0], "height": DESKTOP_SIZE[1]})
        page.goto(address)
        with process([".venv/bin/python", "-i", "-q"], clone, environment) as python:
            assert enter(python, sends) == ["queued"]
            assert enter(python, waits)[0].startswith("delivered ")
            reply(page, "+1 516-206-5574", thanks[1])
            assert enter(python, reads) == [f"inbound {thanks[1]}"]
            faults, lose, turn_on = buttons
            page.get_by_role("button", name=faults).click()
            assert page.locator("select").filter(has_text=lose).first.is_visible()
            page.get_by_role("button", name=turn_on).click()
            page.get_by_role("button", name=f"{faults}: 1").wait_for()
            assert enter(python, loses) == ["No response came back. Look it up: table-17"]
            assert enter(python, looks_up) == ["It was sent."]
        page.locator(".bubble", has_text="Your table is ready at 7.").nth(1).wait_for()
