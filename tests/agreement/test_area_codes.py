"""The tables of area codes, made apart, say the same."""

from __future__ import annotations

import pytest

from carrierx.emulator.rules.numbers import FOREIGN_AREA_CODES, is_american
from carrierx.models.area_codes import AREA_CODES_OUTSIDE_US, is_outside_us


@pytest.mark.parametrize("hundred", range(200, 1000, 100))
def test_both_place_every_area_code_in_the_same_country(hundred: int) -> None:
    numbers = [f"1{code}5550123" for code in range(hundred, hundred + 100)]

    assert [number for number in numbers if is_outside_us(number) is is_american(number)] == []


def test_the_tables_are_the_same_and_not_empty() -> None:
    assert AREA_CODES_OUTSIDE_US == FOREIGN_AREA_CODES
    assert len(AREA_CODES_OUTSIDE_US) > 60
