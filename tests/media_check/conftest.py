"""Every test of a check runs against both checkers."""

from __future__ import annotations

import pytest

from tests.media_check.checkers import Checkers


@pytest.fixture(params=["sync", "async"])
def checkers(request: pytest.FixtureRequest) -> Checkers:
    return Checkers(request.param)
