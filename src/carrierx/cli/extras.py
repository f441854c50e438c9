"""Distinguishing a missing extra from a bug."""

from __future__ import annotations

from typing import Final

__all__ = ["MISSING_EXTRAS", "is_missing_extra"]

MISSING_EXTRAS: Final = 'This command needs more packages. Install them with: pip install "carrierx[cli,emulator]"'


def is_missing_extra(error: ImportError) -> bool:
    """Tell whether an import failed because a third-party package is not installed.

    Args:
        error: The error of the import. The emulator raises its own ImportError, caused by the original one.
    """
    cause = error.__cause__ if isinstance(error.__cause__, ImportError) else error
    if not isinstance(cause, ModuleNotFoundError) or cause.name is None:
        return False
    return cause.name.partition(".")[0] != "carrierx"
