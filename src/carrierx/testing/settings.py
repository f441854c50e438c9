"""Settings of the marker and of the ini option `carrierx_emulator`, as the configuration of an emulator."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import pytest

from carrierx.emulator import EmulatorConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["config_from"]


def config_from(markers: Iterable[pytest.Mark], lines: Sequence[str] = ()) -> EmulatorConfig:
    """Read the settings of an emulator from a test's markers and the project's configuration.

    Args:
        markers: Markers, the closest to the test first. Its settings override those of the others.
        lines: Lines of the ini option, such as `callback_url = https://example.org/texts`. Markers override them.

    Raises:
        pytest.UsageError: A setting does not exist, or its value is invalid.
    """
    settings: dict[str, Any] = {}
    for marker in markers:
        if marker.args:
            raise pytest.UsageError("the marker carrierx_emulator accepts settings only by name: enabled_numbers=...")
        _check_names(marker.kwargs, "the marker carrierx_emulator")
        settings = {**marker.kwargs, **settings}
    of_project = _from_lines(lines)
    _made_of(of_project, _INI_OPTION)
    return _made_of({**of_project, **settings}, "the marker carrierx_emulator")


def _made_of(settings: Mapping[str, Any], where: str) -> EmulatorConfig:
    given = dict(settings)
    given |= {name: frozenset(settings[name]) for name in _SETS if settings.get(name) is not None}
    try:
        return EmulatorConfig(**given)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{where} can't be used: {error}") from error


_INI_OPTION: Final = "the ini option carrierx_emulator"


_SETS: Final = ("enabled_numbers", "callback_hosts", "cors_origins")
_SWITCHES: Final = ("legacy_callbacks",)
_ONLY_IN_PYTHON: Final = ("credentials", "delays", "prices", "callback_retries")
_WORDS: Final = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
_NONE: Final = "none"


def _check_names(names: Iterable[str], where: str) -> None:
    known = [field.name for field in fields(EmulatorConfig)]
    for name in names:
        if name not in known:
            likely = get_close_matches(name, known, n=1)
            hint = f"did you mean {likely[0]}?" if likely else f"known: {', '.join(known)}"
            raise pytest.UsageError(f"{where} has no setting {name!r}; {hint}")


def _from_lines(lines: Sequence[str]) -> dict[str, Any]:
    where = _INI_OPTION
    settings: dict[str, Any] = {}
    for line in lines:
        name, equals, text = (part.strip() for part in line.partition("="))
        if not equals:
            raise pytest.UsageError(f"{where} accepts lines such as 'visibility_lag = 2', not {line!r}")
        _check_names([name], where)
        if name in _ONLY_IN_PYTHON:
            raise pytest.UsageError(f"{where} can't set {name}: use the marker, or a fixture of your own")
        settings[name] = _value(name, text, where)
    return settings


def _value(name: str, text: str, where: str) -> object:
    """Read the value of a setting as the type of its default."""
    if name in _SETS:
        return text.split()
    default: object = getattr(EmulatorConfig(), name)
    if isinstance(default, timedelta):
        return _duration(name, text, where)
    if isinstance(default, bool) or name in _SWITCHES:
        if name in _SWITCHES and text.lower() == _NONE:
            return None
        if text.lower() not in _WORDS:
            raise pytest.UsageError(f"{where}: {name} must be true or false, not {text!r}")
        return _WORDS[text.lower()]
    if isinstance(default, int):
        if not (text.isascii() and text.isdigit()):
            raise pytest.UsageError(f"{where}: {name} must be a whole number, 0 or more, not {text!r}")
        return int(text)
    return None if text.lower() == _NONE else text


def _duration(name: str, text: str, where: str) -> timedelta:
    try:
        duration = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        duration = timedelta(-1)
    if duration < timedelta(0):
        raise pytest.UsageError(f"{where}: {name} must be a number of seconds, not {text!r}")
    return duration
