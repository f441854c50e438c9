"""The JSON samples of CarrierX's documentation, in `tests/samples/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[1] / "samples"


def sample_names() -> set[str]:
    """Return the names of all samples, without `.json`."""
    return {path.stem for path in _FOLDER.iterdir()}


def sample(name: str) -> bytes:
    """Return a sample as the documentation shows it."""
    return (_FOLDER / f"{name}.json").read_bytes()


def sampled(name: str, **changes: object) -> dict[str, Any]:
    """Return the object of a sample, with some fields changed."""
    made: dict[str, Any] = json.loads(sample(name))
    return made | changes


def did(**changes: object) -> dict[str, Any]:
    """A DID as a response holds it."""
    found: dict[str, Any] = sampled("did_list_response")["items"][0]
    return found | changes


def external_did(**changes: object) -> dict[str, Any]:
    """An external DID as a response holds it."""
    found: dict[str, Any] = sampled("external_did_list_response")["items"][0]
    return found | changes
