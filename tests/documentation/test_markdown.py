"""The code of the README and of every page of the docs is run, compared or read, and every link has a target."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.helpers import environment
from tests.documentation import installing
from tests.documentation.markdown import (
    ROOT,
    Block,
    Kind,
    MarkerError,
    anchors,
    blocks,
    dead_links,
    markdown_files,
    relative_links,
    stray_fences,
)
from tests.documentation.page import Page, check_named_test, commands_of, read_data

FILES = {str(path.relative_to(ROOT)): path for path in markdown_files()}
PAGES = {name: path for name, path in FILES.items() if name == "README.md" or name.startswith("docs/")}
WITH_CODE = [name for name, path in PAGES.items() if any(blocks(path.read_text(encoding="utf-8")))]


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo the logging that a document configures."""
    loggers = [logging.getLogger(), logging.getLogger("carrierx")]
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.mark.parametrize("name", WITH_CODE)
def test_the_code_of_a_page_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Page(PAGES[name], tmp_path, monkeypatch) as page:
        page.run()

    assert page.done == Counter(block.kind for block in page.blocks)
    assert page.done.total() == len(page.blocks)


def test_a_page_leaves_the_environment_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.md"
    path.write_text('```python\nimport os\n\nos.environ.update(BROKER_URL="memory://", HOME="/")\n```\n')
    before = dict(os.environ)
    with monkeypatch.context() as patched, Page(path, tmp_path, patched) as page:
        page.run()

    assert dict(os.environ) == before


@pytest.mark.parametrize("name", PAGES)
def test_no_block_of_a_page_is_overlooked(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")

    assert stray_fences(text) == []
    for block in blocks(text):
        assert isinstance(block.kind, Kind)


def test_most_blocks_run() -> None:
    kinds = Counter(block.kind for path in PAGES.values() for block in blocks(path.read_text(encoding="utf-8")))
    del kinds[Kind.DIRECTIVE]

    assert kinds[Kind.RUN] > 2 * kinds[Kind.ELSEWHERE]
    assert set(kinds) == set(Kind) - {Kind.DIRECTIVE}


@pytest.mark.parametrize("name", FILES)
def test_every_link_of_a_document_leads_somewhere(name: str) -> None:
    assert dead_links(FILES[name]) == []


def test_the_code_of_a_tutorial_can_be_entered_into_an_interactive_python(tmp_path: Path) -> None:
    page = list(blocks(PAGES["docs/tutorials/many-texts.md"].read_text(encoding="utf-8")))
    [file] = [block for block in page if block.kind is Kind.FILE]
    (tmp_path / file.marker).write_text(file.text, encoding="utf-8")
    entered = "\n".join(block.text for block in page if block.is_python)

    ended = subprocess.run(
        [sys.executable, "-i", "-q"],
        cwd=tmp_path,
        input=entered + "\n",
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=60,
        check=False,
    )

    assert "Error" not in ended.stderr, ended.stderr
    assert ended.stdout.count("accepted") == 2


def write(folder: Path, text: str) -> Path:
    path = folder / "example.md"
    path.write_text(text, encoding="utf-8")
    return path


def run(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Page:
    with Page(write(folder, text), folder, monkeypatch) as page:
        page.run()
        return page


def test_blocks_share_names_a_folder_and_an_emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = run(
        tmp_path,
        "Words.\n\n```python\nfrom carrierx import CarrierXClient\nclient = CarrierXClient()\n```\n"
        "```text file=to.txt\n15162065574\n```\n"
        "```python\nfrom pathlib import Path\n"
        'sent = client.messages.send(from_="15162065575", to=Path("to.txt").read_text().strip(), message="Hello")\n'
        "print(sent.status)\n```\n"
        "```text output\nqueued\n```\n"
        "```pycon\n>>> sent.status\nMessageStatus('queued')\n```\n"
        "<!-- By hand:\n```python\nfrom asyncio import sleep\nawait sleep(0)\nclient.close()\n```\n-->\n"
        '```sh\nexport NAME=value\nexport CARRIERX_TOKEN=...\ncat to.txt\n[ "$HOME" != "$PWD" ]\n```\n'
        "```text output\n151...\n```\n"
        '```console\n$ echo "$NAME"\nvalue\n$ ls "$HOME"\n```\n'
        "```sh\ncarrierx send --json --from 15162065575 --to 15162065574 Hello\n```\n"
        '```json\n{"a": 1}\n```\n```mermaid\nflowchart TD\n```\n```{note}\nWords.\n```\n',
        monkeypatch,
    )

    assert page.done == {
        Kind.RUN: 7,
        Kind.FILE: 1,
        Kind.OUTPUT: 2,
        Kind.DATA: 1,
        Kind.DIAGRAM: 1,
        Kind.DIRECTIVE: 1,
    }
    assert page.emulator is not None


def test_a_page_can_start_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = run(
        tmp_path,
        "```sh background=8025\ncarrierx emulator\n```\n"
        "```python background=8000\n"
        "from http.server import HTTPServer, BaseHTTPRequestHandler\n"
        'HTTPServer(("0.0.0.0", 8000), BaseHTTPRequestHandler).serve_forever()\n```\n'
        "```python\nimport os\nimport socket\n"
        'assert "CARRIERX_TOKEN" not in os.environ\n'
        'socket.create_connection(("127.0.0.1", 8025)).close()\n'
        'socket.create_connection(("127.0.0.1", 8000)).close()\n'
        "ports = 8025, 8000\n```\n",
        monkeypatch,
    )

    assert page.done == {Kind.BACKGROUND: 2, Kind.RUN: 1}
    assert page.emulator is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("```python\nx = 1\n```\n```python\nassert x == 2\n```\n", AssertionError),
        ("```pycon\n>>> 1 + 1\n3\n```\n", AssertionError),
        ("```python\ndef f(:\n```\n", SyntaxError),
        ("```python file=a.py\ndef f(:\n```\n", SyntaxError),
        ("```python\nawait nothing\n```\n", NameError),
        ("```python\nprint(1)\n```\n```text output\n2\n```\n", AssertionError),
        ("```console\n$ echo 1\n2\n```\n", AssertionError),
        ("```sh\nfalse\ntrue\n```\n", AssertionError),
        ("```sh\ncarrierx sned\n```\n", AssertionError),
        ("```sh\npip install '.[nothing]'\n```\n", AssertionError),
        ("```sh background=8000\necho not a server\n```\n", AssertionError),
        ("```json\n{\n```\n", ValueError),
        ("```csv\na,b\nc\n```\n", ValueError),
        ("```ini\nno section = 1\n```\n", ValueError),
        ("```json file=a.json\n{\n```\n", ValueError),
        ("```text file=../a.txt\n```\n", AssertionError),
        ("```mermaid\nfolwchart\n```\n", AssertionError),
        ("```{toctree}\nmissing\n```\n", AssertionError),
        ("```sh run-by=tests/documentation/test_markdown.py::test_nothing\n```\n", AssertionError),
    ],
)
def test_a_block_that_does_not_work_fails(
    tmp_path: Path, text: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(error):
        run(tmp_path, text, monkeypatch)


def test_an_error_names_the_line_of_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run(tmp_path, "Words.\n\n```python\nx = 1\nx / 0\n```\n", monkeypatch)

    assert caught.traceback[-1].lineno + 1 == 5


@pytest.mark.parametrize(
    "words",
    [
        "",
        "text",
        "rust",
        "python no-run",
        "python output=1",
        "python file",
        "python file=",
        "json background=8025",
        "python file=a.py background=8025",
        "{toctree",
        "sh run-by",
        "Python",
    ],
)
def test_an_unknown_marker_is_an_error(words: str) -> None:
    [block] = blocks(f"```{words}\n```\n")

    with pytest.raises(MarkerError, match="line 1"):
        _ = block.kind


def test_a_fence_without_an_end_is_found() -> None:
    assert stray_fences("```sh\ntrue\n```\n\n    ```sh\n    true\n    ```\n") == ["    ```sh", "    ```"]
    assert stray_fences("```sh\ntrue\n") == ["```sh"]


def test_a_named_test_must_be_about_the_page() -> None:
    test = "tests/emulator/control/test_documentation.py::test_every_command_of_the_page_works"

    check_named_test(test, Path("control-api.md"))
    with pytest.raises(AssertionError, match=r"doesn't read faults\.md"):
        check_named_test(test, Path("faults.md"))
    with pytest.raises(FileNotFoundError):
        check_named_test("tests/missing.py::test_x", Path("faults.md"))


def test_commands_are_told_from_their_output() -> None:
    assert commands_of(Block(("console",), "$ a\nb\nc\n$ d\n", 1)) == [("a\n", "b\nc\n"), ("d\n", "")]
    with pytest.raises(AssertionError, match="output without a command"):
        commands_of(Block(("console",), "b\n$ a\n", 1))


def test_data_are_read() -> None:
    read_data("csv", 'a,b\n"1,2",3\n')
    read_data("ini", "[a]\nb =\n    c = %\n")
    read_data("json", "[]")


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("pip install -c constraints.txt .[cli,emulator]", None),
        ("pip install -c constraints.txt -e .[all] --group dev", None),
        ("pip install /path/to/carrierx[aiohttp,phone]", None),
        ("pip install -c constraints.txt fastapi uvicorn>=0.30", None),
        ("pip wheel --no-deps -w dist .", None),
        ("pytest", None),
        ("pip install .[cli,emluator]", "there is no extra emluator"),
        ("pip install -c constraints.txt -e .[dev]", "there is no extra dev"),
        ("pip install -e . --group test", "there is no group test"),
        ("pip install -c constraint.txt .", "there is no file constraint.txt"),
        ("pip install fastpai", "fastpai isn't in constraints.txt"),
        ("pip install --upgrade fastapi", "--upgrade isn't in constraints.txt"),
        ("pip download fastapi", "pip download fastapi isn't known"),
    ],
)
def test_what_a_page_installs_is_checked(command: str, problem: str | None) -> None:
    assert installing.problem(command.split()) == problem


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other page.md").write_text("# A heading, `coded`!\n", encoding="utf-8")
    page = write(
        tmp_path,
        "# Top\n[1](other%20page.md) [2](other%20page.md#a-heading-coded) [3](#top) [4](https://example.org/x) "
        "[5](missing.md) [6](other%20page.md#elsewhere) [7](#nowhere) ![8](picture.png) [9](/etc/hosts)\n"
        '<picture><source srcset="dark.png" media="(x)"><img alt="a" src="light.png"></picture> <a href="#top">13</a>\n'
        "`[10](in-code.md)`\n\n```python\n[11](in_block)\n```\n\n[12]: gone.md\n",
    )

    assert dead_links(page, tmp_path) == [
        *("missing.md", "other%20page.md#elsewhere", "#nowhere", "picture.png", "/etc/hosts", "gone.md", "dark.png"),
        "light.png",
    ]


def test_links_and_headings_are_read_as_they_are_written() -> None:
    assert relative_links('[a](b.md "title") [c [d]](<e.md>) [f](mailto:g@example.org) [h](//example.org)') == [
        *("b.md", "e.md")
    ]
    assert anchors("# One & two\n## `three` ##\n```sh\n# no heading\n```\n# Three\n") == {
        "one--two",
        "three",
        "three-1",
    }
