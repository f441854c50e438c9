"""Settings of the marker `carrierx_emulator`, as the configuration of an emulator."""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pytest

from carrierx.emulator import EmulatorConfig

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["config_from"]


def config_from(markers: Iterable[pytest.Mark]) -> EmulatorConfig:
    """Read the settings of an emulator from a test's markers.

    Args:
        markers: Markers, the closest to the test first. Its settings override those of the others.

    Raises:
        pytest.UsageError: A setting does not exist, or its value is invalid.
    """
    settings: dict[str, Any] = {}
    for marker in markers:
        if marker.args:
            raise pytest.UsageError("the marker carrierx_emulator accepts settings only by name: enabled_numbers=...")
        settings = {**marker.kwargs, **settings}
    known = [field.name for field in fields(EmulatorConfig)]
    for name in settings:
        if name not in known:
            likely = get_close_matches(name, known, n=1)
            hint = f"did you mean {likely[0]}?" if likely else f"known: {', '.join(known)}"
            raise pytest.UsageError(f"the marker carrierx_emulator has no setting {name!r}; {hint}")
    if "enabled_numbers" in settings and settings["enabled_numbers"] is not None:
        settings["enabled_numbers"] = frozenset(settings["enabled_numbers"])
    try:
        return EmulatorConfig(**settings)
    except ValueError as error:
        raise pytest.UsageError(f"the marker carrierx_emulator can't be used: {error}") from error
