"""The page on logging names every event, and the page on telemetry every metric and attribute."""

from __future__ import annotations

import re
from typing import get_args

from carrierx import events
from tests.documentation.markdown import ROOT

LOGGING = (ROOT / "docs" / "logging.md").read_text(encoding="utf-8")
TELEMETRY = (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8")
SOURCE = (ROOT / "src" / "carrierx" / "otel.py").read_text(encoding="utf-8")


def test_the_page_on_logging_names_every_event() -> None:
    named = set(re.findall(r"`([A-Z]\w+)`", LOGGING))
    classes = {event.__name__ for event in get_args(events.Event)}

    assert len(classes) > 10
    assert classes <= named


def test_the_page_on_telemetry_names_every_metric_and_attribute() -> None:
    found = set(re.findall(r'"((?:carrierx|http|url|server|error)\.[a-z_.]+)"', SOURCE))

    assert len(found) > 15
    assert {name for name in found if f"`{name}`" not in TELEMETRY} == {"carrierx.otel"}  # the module
