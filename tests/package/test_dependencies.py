"""The declared dependencies, and the versions that `.ci/run` tests them with."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.package.source import ROOT

SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = SETTINGS["project"]["optional-dependencies"]
GROUPS: dict[str, list[str]] = SETTINGS["dependency-groups"]
OWN = [line for lines in (SETTINGS["project"]["dependencies"], *EXTRAS.values()) for line in lines]


def pins(file: str) -> dict[str, Version]:
    """The pinned versions in a file of constraints."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


@pytest.mark.parametrize("line", [line for line in OWN if not line.startswith("carrierx[")])
def test_the_tests_run_with_the_lowest_version(line: str) -> None:
    requirement = Requirement(line)
    [lowest] = [Version(each.version) for each in requirement.specifier if each.operator == ">="]

    assert pins(".ci/lowest.txt")[canonicalize_name(requirement.name)] == lowest


@pytest.mark.parametrize("file", ["constraints.txt", ".ci/lowest.txt"])
def test_every_tool_is_pinned_to_a_version_that_is_declared(file: str) -> None:
    pinned = pins(file)
    lines = [*OWN, *GROUPS["dev"], *(GROUPS["docs"] if file == "constraints.txt" else [])]

    for requirement in (Requirement(line) for line in lines if not line.startswith("carrierx[")):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_the_build_is_pinned() -> None:
    for requirement in map(Requirement, SETTINGS["build-system"]["requires"]):
        assert requirement.specifier.contains(pins("constraints.txt")[canonicalize_name(requirement.name)])


def test_the_extra_all_has_every_extra() -> None:
    [everything] = EXTRAS["all"]
    assert Requirement(everything).extras == EXTRAS.keys() - {"all"}


def test_tools_for_development_are_no_extra() -> None:
    assert not EXTRAS.keys() & GROUPS.keys()
    assert GROUPS.keys() == {"dev", "docs"}


def test_the_workflow_only_calls_the_script() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert re.findall(r"run: (.*)", workflow) == ["bash .ci/run"]
