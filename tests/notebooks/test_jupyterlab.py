"""JupyterLab in a browser: the notebooks run, and their outputs are readable in its light and its dark theme.

The screenshots go to `artefacts/notebooks/`, or to the folder in `CARRIERX_NOTEBOOK_ARTEFACTS`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.emulator.web.browser import CHROMIUM, running_browser

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.timeout(300),
]

ROOT = Path(__file__).parents[2]
ARTEFACTS = Path(os.environ.get("CARRIERX_NOTEBOOK_ARTEFACTS", ROOT / "artefacts" / "notebooks"))
TOKEN = "for-this-test-only"
NOTEBOOKS = ("first_message", "delivery_analysis", "many_texts")
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
PATIENCE = 90_000


class Lab:
    """A running JupyterLab.

    Args:
        folder: Where it finds its notebooks and keeps its settings.
    """

    def __init__(self, folder: Path) -> None:
        self._settings = folder / "settings" / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        self.url = ""
        self.notebooks = folder / "notebooks"

    def set_theme(self, name: str) -> None:
        """Choose the theme of the pages that are opened from now on."""
        self._settings.parent.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(json.dumps({"theme": name}), encoding="utf-8")

    def address_of(self, notebook: str) -> str:
        """The page of a notebook, in the mode with one document."""
        return f"{self.url}/doc/tree/{notebook}.ipynb?token={TOKEN}&reset"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    for theme in THEMES:  # a copy for each, because a notebook that is opened again keeps its kernel
        shutil.copytree(ROOT / "examples" / "notebooks", made.notebooks / theme)
    config = tmp_path / "config" / "labconfig"
    config.mkdir(parents=True)
    without = {"@jupyterlab/apputils-extension:announcements": True, "@jupyterlab/extensionmanager-extension": True}
    (config / "page_config.json").write_text(json.dumps({"disabledExtensions": without}), encoding="utf-8")
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "MPLCONFIGDIR": "matplotlib",
    }
    environment = {**os.environ, **{name: str(tmp_path / folder) for name, folder in folders.items()}}
    options = ("--port=0", "--no-browser", "--allow-root", f"--IdentityProvider.token={TOKEN}")
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={made.notebooks}"],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        made.url = address_of(server, tmp_path)
        yield made
    finally:
        server.terminate()
        server.wait(30)


def address_of(server: subprocess.Popen[bytes], folder: Path) -> str:
    """Wait until the server answers at the port that it chose, and return its URL."""
    log = folder / "log"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text(encoding="utf-8")
        for description in (folder / "runtime").glob("jpserver-*.json"):
            with suppress(URLError, json.JSONDecodeError):
                url = str(json.loads(description.read_text(encoding="utf-8"))["url"]).rstrip("/")
                with urlopen(f"{url}/api?token={TOKEN}", timeout=5):
                    return url
        time.sleep(0.2)
    pytest.fail(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as made:
        yield made


def number_of_code_cells(notebook: Path) -> int:
    """The number that the last cell gets."""
    return sum(cell["cell_type"] == "code" for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"])


def run_all(page: Page, last: int) -> None:
    """Run all cells, and wait until the last one has run."""
    page.locator(".jp-CodeCell .jp-InputArea-prompt").first.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # before that, running a cell opens a dialog
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(".jp-CodeCell .jp-InputArea-prompt", has_text=f"[{last}]:").first.wait_for()


def test_the_notebooks_run_and_are_readable_in_both_themes(lab: Lab, browser: Browser) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    for theme, name in THEMES.items():
        lab.set_theme(name)
        # The theme of the page decides, and not the one that the browser prefers.
        context = browser.new_context(viewport={"width": 1200, "height": 2400}, color_scheme="light")
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        for notebook in NOTEBOOKS:
            page.goto(lab.address_of(f"{theme}/{notebook}"))
            run_all(page, number_of_code_cells(lab.notebooks / theme / f"{notebook}.ipynb"))
            page.screenshot(path=ARTEFACTS / f"{notebook}-{theme}.png")
            for output in page.locator(".carrierx").all():
                assert contrast_of(output.evaluate(COLOURS)) >= 4.5
        assert page.locator(".carrierx").count() >= 2
        context.close()


COLOURS = """element => {
  const parts = value => value.match(/[\\d.]+/g).map(Number);
  let ground = element;
  while (ground && (parts(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
  return [parts(getComputedStyle(element).color), parts(getComputedStyle(ground ?? document.body).backgroundColor)];
}"""
"""The colour of an element's text, and that of the ground on which it stands."""


def contrast_of(colours: list[list[float]]) -> float:
    """The contrast of two colours, as the Web Content Accessibility Guidelines define it."""
    lighter, darker = sorted((luminance(colour) for colour in colours), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: list[float]) -> float:
    """The relative luminance of a colour."""
    shares = [value / 255 for value in colour[:3]]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
