"""Sentry sees each attempt, and what it records of an error holds no token, number or text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.documentation.markdown import ROOT
from tests.ecosystem.sentry_program import CASES, PRIVATE, WAYS

FAILURES = {
    "refused": "BadRequestError",
    "invalid": "InvalidMessageError",
    "unknown outcome": "SendOutcomeUnknownError",
    "interrupted": "KeyboardInterrupt",
    "cancelled": "CancelledError",
}


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """What the program gave to Sentry, case by case. Sentry patches so much that it has a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CARRIERX_", "SENTRY_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.ecosystem.sentry_program"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


@pytest.mark.parametrize("way", WAYS)
def test_an_attempt_is_a_breadcrumb_and_a_span_and_its_trace_reaches_the_server(
    recorded: dict[str, Any], way: str
) -> None:
    case = recorded[f"taken, {way}"]
    event, transaction = case["items"]

    [breadcrumb] = event["breadcrumbs"]["values"]
    [span] = [span for span in transaction["spans"] if span["op"] == "http.client"]
    assert breadcrumb["data"]["http.response.status_code"] == span["data"]["http.response.status_code"] == 200
    assert case["trace"].startswith(f"{span['trace_id']}-{span['span_id']}")


@pytest.mark.parametrize(
    "case",
    [f"{name}, {way}" for name in CASES for way in WAYS if name != "cancelled" or way.endswith("async")],
)
def test_what_is_recorded_holds_no_token_number_or_text(recorded: dict[str, Any], case: str) -> None:
    items = recorded[case]["items"]

    assert PRIVATE.found_in(json.dumps(items)) == []
    error = FAILURES.get(case.partition(",")[0])
    if error is not None:
        exceptions = items[0]["exception"]["values"]
        ours = [frame for one in exceptions for frame in _frames(one) if frame["module"].startswith("carrierx.")]
        assert exceptions[-1]["type"] == error
        assert any(frame["vars"] for frame in ours), "Sentry recorded no local variables, so this proves nothing"


def _frames(exception: dict[str, Any]) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = exception.get("stacktrace", {}).get("frames", [])
    return frames
