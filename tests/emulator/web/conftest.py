"""Fixtures of the inbox's tests."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from carrierx.emulator import Emulator, serve
from tests.emulator.web.helpers import root_of


@pytest.fixture
def page(emulator: Emulator) -> Iterator[httpx.Client]:
    """A client that asks as the inbox's own page does."""
    with serve(emulator) as running:
        root = root_of(running)
        with httpx.Client(base_url=root, headers={"Origin": root}) as client:
            yield client
