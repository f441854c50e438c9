"""Writes `llms.txt`: an index of the pages for language models, with the first sentence of each page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

__all__ = ["setup"]


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        Path(app.outdir, "llms.txt").write_text("\n".join(_lines(app)) + "\n", encoding="utf-8")


def _lines(app: Sphinx) -> Iterator[str]:
    environment = app.env
    front = environment.get_doctree("index")
    promise, introduction = [paragraph.astext() for paragraph in front.findall(nodes.paragraph)][:2]
    yield f"# {app.config.project}"
    yield ""
    yield f"> {promise}"
    yield ""
    yield introduction
    for title, documents in _sections(environment):
        yield ""
        yield f"## {title}"
        yield ""
        for document in documents:
            yield _link(app, document)


def _sections(environment: BuildEnvironment) -> Iterator[tuple[str, list[str]]]:
    """Yield the captions of the front page's tables of contents, each with its pages and the pages below them."""
    for tree in environment.get_doctree("index").findall(addnodes.toctree):
        pages: list[str] = []
        for _, document in tree["entries"]:
            _add(environment, document, pages)
        yield tree["caption"], pages


def _add(environment: BuildEnvironment, document: str, pages: list[str]) -> None:
    pages.append(document)
    for below in environment.toctree_includes.get(document, []):
        _add(environment, below, pages)


def _link(app: Sphinx, document: str) -> str:
    tree = app.env.get_doctree(document)
    paragraphs = (
        paragraph for paragraph in tree.findall(nodes.paragraph) if isinstance(paragraph.parent, nodes.section)
    )
    first = next((" ".join(paragraph.astext().split()) for paragraph in paragraphs), "")
    sentence = first.split(". ", 1)[0].removesuffix(".").removesuffix(":")
    link = f"- [{app.env.titles[document].astext()}]({app.builder.get_target_uri(document)})"
    return f"{link}: {sentence}." if sentence else link


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the file after the pages."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True}
