"""The table of area codes, checked against Google's library of phone numbers."""

from __future__ import annotations

import phonenumbers
import pytest

from carrierx.emulator.rules.numbers import FOREIGN_AREA_CODES, is_american
from tests.support.rows import check_rows

AMERICAN_REGIONS = {"US", "PR", "GU", "VI", "AS", "MP"}
CANADIAN_WITHOUT_A_PLACE = {"600", "622", "633"}

needs_current_data = pytest.mark.skipif(
    tuple(int(part) for part in phonenumbers.__version__.split(".")) < (9, 0, 40),
    reason="needs phonenumbers 9.0.40: area codes are added all the time",
)


def region(area_code: str) -> str | None:
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{area_code}2340199"))
    return phonenumbers.region_code_for_number(number)


@needs_current_data
def test_an_area_code_belongs_to_its_country() -> None:
    def check(area_code: str) -> None:
        known = region(area_code)
        foreign = known is not None and known not in AMERICAN_REGIONS and area_code not in CANADIAN_WITHOUT_A_PLACE

        assert (area_code in FOREIGN_AREA_CODES) is foreign

    check_rows([str(code) for code in range(200, 1000)], check)


def test_numbers_without_the_1_are_not_american() -> None:
    assert not is_american("46700987654")
    assert is_american("15162065574")
