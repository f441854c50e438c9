"""The version is written in one place."""

from __future__ import annotations

import tomllib
from importlib.metadata import version

from carrierx import __version__
from tests.package.source import ROOT


def test_the_build_takes_the_version_from_the_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert "version" not in settings["project"]
    assert "version" in settings["project"]["dynamic"]
    source = ROOT / settings["tool"]["hatch"]["version"]["path"]
    assert f'__version__ = "{__version__}"' in source.read_text(encoding="utf-8").splitlines()


def test_the_installed_package_has_this_version() -> None:
    assert version("carrierx") == __version__
