"""Chromium, driven by the tests of the page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ARTEFACTS = Path(os.environ.get("CARRIERX_INBOX_ARTEFACTS", Path(__file__).parents[3] / "artefacts" / "inbox"))
PATIENCE_MILLISECONDS = 20_000
PHONE_SIZE, DESKTOP_SIZE = (390, 844), (1280, 860)

Scheme: TypeAlias = Literal["light", "dark"]


@contextmanager
def running_browser() -> Generator[Browser]:
    """One Chromium with a new, empty profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Window:
    """A window with the inbox, and what must not have happened in it.

    Attributes:
        page: The page.
        complaints: What stood on the console, and what went wrong in a script.
        elsewhere: The hosts besides the inbox's own that were asked for something.
    """

    page: Page
    complaints: list[str] = field(default_factory=list[str])
    elsewhere: list[str] = field(default_factory=list[str])

    def see(self, selector: str, text: str | None = None) -> None:
        """Wait until something is there to be seen, whatever stands before it."""
        found = self.page.locator(selector)
        (found if text is None else found.filter(has_text=text)).first.wait_for()

    def wait_for_images(self) -> None:
        """Wait until every picture is loaded, or can't be."""
        # Not `wait_for_function`: the inbox's content security policy forbids what that does while it waits.
        self.page.evaluate(
            "Promise.all([...document.images].map(image => image.complete"
            " || new Promise(done => { image.onload = image.onerror = done })))"
        )

    def keep(self, name: str) -> None:
        """Keep a picture of the window among the artefacts."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png", animations="disabled")

    def violations(self, *, contrast_alone: bool = False) -> list[str]:
        """Return what axe-core finds wrong with the page as it stands; on demand, only with the contrast of colors."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate(
            "rules => axe.run({resultTypes: ['violations'], ...(rules && {runOnly: rules})})",
            ["color-contrast"] if contrast_alone else None,
        )
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]


@contextmanager
def window(
    browser: Browser,
    root: str,
    *,
    size: tuple[int, int] = DESKTOP_SIZE,
    scheme: Scheme = "light",
    may_lose_connection: bool = False,
) -> Generator[Window]:
    """Open the inbox, and require that nothing went wrong in it and that nobody else was asked for anything."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce", locale="en-GB"
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    opened = Window(context.new_page())

    def hear(message: ConsoleMessage) -> None:
        if not (may_lose_connection and "net::ERR_" in message.text):
            opened.complaints.append(f"{message.type}: {message.text}")

    opened.page.on("console", hear)
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("request", lambda request: opened.elsewhere.append(request.url))
    try:
        opened.page.goto(f"{root}/")
        opened.see("#connection[data-state=live]")
        yield opened
    finally:
        context.close()
    own = urlsplit(root).netloc
    assert opened.complaints == []
    assert {urlsplit(url).netloc for url in opened.elsewhere} == {own}
