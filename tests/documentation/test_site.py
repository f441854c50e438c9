"""The built documentation site: every public name, no page that overflows a phone, and no barrier that axe finds.

The tests need the site, from `sphinx-build docs FOLDER`: set `CARRIERX_SITE` to the folder. Screenshots go to
`artefacts/site/`, or to the folder in `CARRIERX_SITE_ARTEFACTS`.
"""

from __future__ import annotations

import importlib
import os
import re
import zlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from carrierx import CarrierXClient
from carrierx.client_options import ClientOptions
from carrierx.resources._sync.base import SyncResource
from tests.documentation.markdown import ROOT
from tests.emulator.web.browser import CHROMIUM, DESKTOP_SIZE, PHONE_SIZE, Scheme, running_browser

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page

if "CARRIERX_SITE" not in os.environ:
    pytest.skip("CARRIERX_SITE is not set: build the site first, as CONTRIBUTING.md says.", allow_module_level=True)

SITE = Path(os.environ["CARRIERX_SITE"])
ARTEFACTS = Path(os.environ.get("CARRIERX_SITE_ARTEFACTS", ROOT / "artefacts" / "site"))
PACKAGES = (
    "carrierx",
    "carrierx.callbacks",
    "carrierx.emulator",
    "carrierx.events",
    "carrierx.otel",
    "carrierx.outbox",
    "carrierx.outbox.events",
    "carrierx.testing",
)
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if not path.name.startswith("_"))
PICTURES = ("index", "tutorials/first-text", "reference/resources/messages", "reference/options")

# Without the rule that Sphinx breaks: it writes the lines of a long signature as a list without terms.
AXE = "axe.run({include: ['article']}, {resultTypes: ['violations'], rules: {'definition-list': {enabled: false}}})"


def names_on_the_site() -> set[str]:
    """The Python names of the site's inventory, as other projects link to them."""
    header = SITE.joinpath("objects.inv").read_bytes().split(b"\n", 4)
    lines = zlib.decompress(header[4]).decode().splitlines()
    return {name for name, kind, *_ in (line.split() for line in lines) if kind.startswith("py:")}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_on_the_site(package: str) -> None:
    described = names_on_the_site()
    by_last_part = {name.rsplit(".", 1)[-1] for name in described}
    public: list[str] = importlib.import_module(package).__all__

    # A name may be described where it is defined, since many are exported by more than one package.
    assert [name for name in public if name not in by_last_part] == []


def test_every_method_of_a_client_is_on_the_site() -> None:
    described = names_on_the_site()
    client = CarrierXClient("token")
    methods = [
        f"{type(resource).__module__}.{type(resource).__name__}.{method}"
        for name in dir(CarrierXClient)
        if isinstance(resource := getattr(client, name), SyncResource)
        for method in dir(resource)
        if not method.startswith("_")
    ]

    assert len(methods) > 50
    assert [method for method in methods if method not in described] == []


def test_every_option_is_in_one_table() -> None:
    page = SITE.joinpath("reference/options.html").read_text(encoding="utf-8")

    assert [name for name in ClientOptions.__annotations__ if f'id="option-{name.replace("_", "-")}"' not in page] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("reference/")])
def test_no_signature_shows_a_repr(page: str) -> None:
    text = SITE.joinpath(page).read_text(encoding="utf-8")
    signatures = [re.sub(r"<[^>]*>", "", found) for found in re.findall(r'(?s)<dt class="sig .*?</dt>', text)]

    assert [each for each in signatures if re.search(r"&lt;| at 0x|mappingproxy|~\w", each)] == []


def test_the_index_for_language_models_lists_every_page() -> None:
    index = SITE.joinpath("llms.txt").read_text(encoding="utf-8")
    pages = set(PAGES) - {"index.html", "genindex.html", "py-modindex.html", "search.html"}

    assert [page for page in sorted(pages) if f"({page})" not in index] == []


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address at which this machine, and no other, can read the site."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=SITE)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("There is no Chromium.")
    with running_browser() as browser:
        yield browser


def open_page(browser: Browser, size: tuple[int, int], scheme: Scheme) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce", locale="en-GB"
    )
    return context.new_page()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page's own content. The frame around it is the theme's."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(AXE)
    return [f"{violation['id']}: {node['target']}" for violation in found["violations"] for node in violation["nodes"]]


def test_no_page_is_wider_than_a_phone(browser: Browser, address: str) -> None:
    page = open_page(browser, PHONE_SIZE, "light")
    too_wide: dict[str, int] = {}
    for name in PAGES:
        page.goto(f"{address}/{name}")
        width: int = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE_SIZE[0]:
            too_wide[name] = width
    page.context.close()

    assert too_wide == {}


@pytest.mark.parametrize(
    ("name", "scheme"), [*((name, "light") for name in PAGES), *((f"{name}.html", "dark") for name in PICTURES)]
)
def test_axe_finds_nothing_wrong(browser: Browser, address: str, name: str, scheme: Scheme) -> None:
    page = open_page(browser, DESKTOP_SIZE, scheme)
    page.goto(f"{address}/{name}")
    found = violations(page)
    page.context.close()

    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE_SIZE, DESKTOP_SIZE], ids=["390", "1280"])
def test_pages_are_pictured(browser: Browser, address: str, size: tuple[int, int], scheme: Scheme) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page = open_page(browser, size, scheme)
    for name in PICTURES:
        page.goto(f"{address}/{name}.html")
        assert page.locator("article h1").is_visible()
        page.screenshot(
            path=ARTEFACTS / f"{name.replace('/', '-')}-{size[0]}-{scheme}.png", animations="disabled", full_page=False
        )
    page.context.close()
