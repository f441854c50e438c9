"""What `docs/testing.md` promises is so: its tests pass, and its failure is the one of the example."""

from __future__ import annotations

from pathlib import Path

from tests.documentation.markdown import ROOT, blocks
from tests.testing.projects import run_pytest

BLOCKS = list(blocks((ROOT / "docs" / "testing.md").read_text(encoding="utf-8")))
FAILING = ROOT / "examples" / "testing" / "failing_on_purpose.py"


def test_the_tests_of_the_page_pass_and_its_failure_looks_as_shown(tmp_path: Path) -> None:
    page = "\n\n".join(block.text for block in BLOCKS if block.is_python)
    [shown] = [block.text for block in BLOCKS if block.words == ("text",)]

    run = run_pytest(
        tmp_path,
        options=("asyncio_mode = strict", "asyncio_default_fixture_loop_scope = function", "python_files = *.py"),
        test_page=page,
        failing_on_purpose=FAILING.read_text(encoding="utf-8"),
    )

    tests = page.count("def test_")
    assert run.counts == {"passed": tests, "failed": 1}, run.output
    assert tests > 10
    assert shown in run.output
