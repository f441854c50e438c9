"""Hints for optional packages: a command that installs what an extra of carrierx consists of."""

from __future__ import annotations

import re

__all__ = ["needs_packages"]

_REQUIREMENT = re.compile(r"""(?P<package>[^;]+?)\s*;\s*extra\s*==\s*["'](?P<extra>[\w-]+)["']""")


def needs_packages(what: str, *extras: str) -> str:
    """Return the text of an error: what needs more packages, and the command that installs them.

    The command names the packages themselves instead of `carrierx[extra]`: it also works if carrierx was installed
    from a clone or a wheel. If carrierx runs from a clone without having been installed, the command installs it.

    Args:
        what: What needs the packages, as the beginning of a sentence.
        *extras: The extras that consist of them.

    Example:
        >>> needs_packages("to_pandas", "pandas")
        'to_pandas needs more packages. Install them with: pip install "pandas>=2.2.1"'
    """
    packages = _packages(extras)
    if not packages:
        return f"{what} needs more packages. In your clone of carrierx, run: pip install -e '.[{','.join(extras)}]'"
    return f"{what} needs more packages. Install them with: pip install {' '.join(packages)}"


def _packages(extras: tuple[str, ...]) -> list[str]:
    from importlib.metadata import PackageNotFoundError, requires  # it loads slowly

    try:
        lines = requires("carrierx") or []
    except PackageNotFoundError:  # it runs from its source, without having been installed
        lines = []
    found = [match for line in lines if (match := _REQUIREMENT.fullmatch(line))]
    return [f'"{match["package"]}"' for extra in extras for match in found if match["extra"] == extra]
