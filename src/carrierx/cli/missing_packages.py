"""Distinguishing a missing package from a bug."""

from __future__ import annotations

from carrierx.extras import needs_packages

__all__ = ["is_missing_package", "missing_packages"]


def missing_packages() -> str:
    """Return the error for a command that can't run because packages are missing."""
    return needs_packages("This command", "cli", "emulator")


def is_missing_package(error: ImportError) -> bool:
    """Tell whether an import failed because a third-party package is not installed.

    Args:
        error: The error of the import. The emulator raises its own ImportError, caused by the original one.
    """
    cause = error.__cause__ if isinstance(error.__cause__, ImportError) else error
    if not isinstance(cause, ModuleNotFoundError) or cause.name is None:
        return False
    return cause.name.partition(".")[0] != "carrierx"
