"""CarrierX decides how many segments a text has; a client tells when it counted otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx.events import Event, SegmentsDiffer
from tests.support.client_factory import ClientFactory
from tests.support.scripts import SID, SMS, reply


@pytest.mark.parametrize(
    ("fields", "charged", "told"),
    [
        ({}, 1, []),
        ({}, 2, [SegmentsDiffer(SID, 1, 2)]),
        ({}, None, []),
        ({"media_urls": ["https://storage.carrierx.com/f/cat"]}, 3, []),
    ],
    ids=["the same", "another", "not said", "an MMS has no segments"],
)
def test_a_difference_in_segments_is_told(
    factory: ClientFactory, fields: dict[str, Any], charged: int | None, told: list[Event]
) -> None:
    events: list[Event] = []
    answer = reply(200, {"message_sid": SID, "message_segments": charged})
    factory.scripted([answer], on_event=events.append).send(**SMS, **fields)
    assert [event for event in events if isinstance(event, SegmentsDiffer)] == told
