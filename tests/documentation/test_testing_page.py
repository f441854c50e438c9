"""What `docs/testing.md` promises is so: its tests pass, and its failure is the one of the example."""

from __future__ import annotations

from pathlib import Path

from tests.documentation.markdown import ROOT, blocks
from tests.testing.projects import run_pytest

BLOCKS = list(blocks((ROOT / "docs" / "testing.md").read_text(encoding="utf-8")))
FAILING = ROOT / "examples" / "testing" / "failing_on_purpose.py"


def test_the_tests_of_the_page_pass_and_its_failure_looks_as_shown(tmp_path: Path) -> None:
    page = "\n\n".join(block.text for block in BLOCKS if block.is_python)
    [shown] = [block.text for block in BLOCKS if block.language == "text"]

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


def test_the_settings_of_the_page_apply(tmp_path: Path) -> None:
    [settings] = [block.text for block in BLOCKS if block.language == "ini"]
    heading, *options = settings.splitlines()

    run = run_pytest(
        tmp_path,
        options=(*options, "asyncio_default_fixture_loop_scope = function"),
        test_settings="""
            def test_settings(carrierx_emulator):
                config = carrierx_emulator.emulator.config
                assert config.callback_url == "https://example.org/texts"
                assert config.visibility_lag.total_seconds() == 2
                assert config.own_numbers_only is True
        """.replace("\n" + " " * 12, "\n"),
    )

    assert heading == "[pytest]"
    assert run.counts == {"passed": 1}, run.output
