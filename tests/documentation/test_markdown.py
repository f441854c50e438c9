"""The code in the README and the docs runs unchanged and in order, and every link has a target."""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, StatusDelays, serve
from tests.documentation.markdown import ROOT, Block, anchors, blocks, dead_links, markdown_files, relative_links

FILES = {str(path.relative_to(ROOT)): path for path in markdown_files()}
WITH_PYTHON = {
    name: path
    for name, path in FILES.items()
    if any(block.is_python for block in blocks(path.read_text(encoding="utf-8")))
}


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A served emulator that the environment variables point to."""
    config = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)))
    with Emulator(config) as emulator, serve(emulator) as running:
        monkeypatch.setenv("CARRIERX_BASE_URL", running.base_url)
        monkeypatch.setenv("CARRIERX_TOKEN", DEMO_TOKEN)
        yield emulator


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo the logging that a document configures."""
    loggers = [logging.getLogger(), logging.getLogger("carrierx")]
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers


def run(path: Path) -> int:
    """Run a file's Python blocks in order in one namespace. Return how many ran."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    ran = 0
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.is_python:
            ran += execute(block, path, namespace)
    return ran


def execute(block: Block, path: Path, namespace: dict[str, object]) -> bool:
    """Run one block, or only compile it if it is marked `no-run`. Tell whether it ran."""
    if block.text.lstrip().startswith(">>>"):
        return execute_session(block, path, namespace)
    # Set so that a traceback names the file's own line.
    source = "\n" * (block.line - 1) + block.text
    code = compile(source, str(path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if not block.runs:
        return False
    result: object = eval(code, namespace)
    if inspect.iscoroutine(result):  # notebooks use top-level await
        asyncio.run(result)
    return True


def execute_session(block: Block, path: Path, namespace: dict[str, object]) -> bool:
    session = doctest.DocTestParser().get_doctest(block.text, namespace, path.name, str(path), block.line - 1)
    for example in session.examples:
        compile(example.source, str(path), "single", dont_inherit=True)
    if block.runs:
        report: list[str] = []
        session.globs = namespace
        failed = doctest.DocTestRunner(verbose=False).run(session, out=report.append, clear_globs=False).failed
        assert failed == 0, "".join(report)
    return block.runs


@pytest.mark.parametrize("name", WITH_PYTHON)
@pytest.mark.usefixtures("emulator")
def test_the_code_of_a_document_runs(name: str) -> None:
    path = WITH_PYTHON[name]
    python = [block for block in blocks(path.read_text(encoding="utf-8")) if block.is_python]

    assert run(path) == sum(block.runs for block in python)


@pytest.mark.parametrize("name", FILES)
def test_every_link_of_a_document_leads_somewhere(name: str) -> None:
    assert dead_links(FILES[name]) == []


def write(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_blocks_share_a_namespace_and_talk_to_the_emulator(tmp_path: Path, emulator: Emulator) -> None:
    page = write(
        tmp_path,
        "Words.\n\n```python\nfrom carrierx import CarrierXClient\nclient = CarrierXClient()\n```\n"
        '```python\nsent = client.messages.send(from_="15162065575", to="15162065574", message="Hello")\n```\n'
        "```pycon\n>>> sent.status\nMessageStatus('queued')\n```\n"
        "```python\nfrom asyncio import sleep\nawait sleep(0)\nclient.close()\n```\n"
        "```python no-run\nundefined\n```\n```sh\nnot python\n```\n",
    )

    assert run(page) == 4
    assert len(emulator.messages) == 1


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("```python\nx = 1\n```\n```python\nassert x == 2\n```\n", AssertionError),
        ("```pycon\n>>> 1 + 1\n3\n```\n", AssertionError),
        ("```python\ndef f(:\n```\n", SyntaxError),
        ("```python no-run\ndef f(:\n```\n", SyntaxError),
        ("```python\nawait nothing\n```\n", NameError),
    ],
)
def test_a_block_that_does_not_work_fails(tmp_path: Path, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        run(write(tmp_path, text))


def test_an_error_names_the_line_of_the_document(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run(write(tmp_path, "Words.\n\n```python\nx = 1\nx / 0\n```\n"))

    assert caught.traceback[-1].lineno + 1 == 5


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other page.md").write_text("# A heading, `coded`!\n", encoding="utf-8")
    page = write(
        tmp_path,
        "# Top\n[1](other%20page.md) [2](other%20page.md#a-heading-coded) [3](#top) [4](https://example.org/x) "
        "[5](missing.md) [6](other%20page.md#elsewhere) [7](#nowhere) ![8](picture.png) [9](/etc/hosts)\n"
        "`[10](in-code.md)`\n\n```python\n[11](in_block)\n```\n\n[12]: gone.md\n",
    )

    assert dead_links(page, tmp_path) == [
        *("missing.md", "other%20page.md#elsewhere", "#nowhere", "picture.png", "/etc/hosts", "gone.md")
    ]


def test_links_and_headings_are_read_as_they_are_written() -> None:
    assert relative_links('[a](b.md "title") [c [d]](<e.md>) [f](mailto:g@example.org) [h](//example.org)') == [
        *("b.md", "e.md")
    ]
    assert anchors("# One & two\n## `three` ##\n```sh\n# no heading\n```\n") == {"one--two", "three"}
