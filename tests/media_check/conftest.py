"""Every test of a check runs against both checkers."""

from __future__ import annotations

import pytest

from tests.media_check.checkers import Twin


@pytest.fixture(params=["sync", "async"])
def twin(request: pytest.FixtureRequest) -> Twin:
    return Twin(request.param)
