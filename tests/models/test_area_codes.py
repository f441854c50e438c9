"""The table of area codes outside the US, against Google's libphonenumber."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberType

from carrierx.models.area_codes import AREA_CODES_OUTSIDE_US, is_outside_us

US_AND_TERRITORIES = {"US", "PR", "GU", "VI", "AS", "MP"}
OF_A_PLACE = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
}

needs_current_data = pytest.mark.skipif(
    tuple(int(part) for part in phonenumbers.__version__.split(".")) < (9, 0, 40),
    reason="needs phonenumbers 9.0.40: area codes are added all the time",
)


def region_of(area_code: int) -> str | None:
    """The country that has fixed or mobile numbers under an area code."""
    # A third of the exchanges is enough to see that a code is in use. A small island does not use all of them.
    for exchange in range(200, 1000, 1 if str(area_code) in AREA_CODES_OUTSIDE_US else 3):
        number = PhoneNumber(country_code=1, national_number=area_code * 10_000_000 + exchange * 10_000 + 1234)
        region = phonenumbers.region_code_for_number(number)
        if region is not None and phonenumbers.number_type(number) in OF_A_PLACE:
            return region
    return None


@needs_current_data
@pytest.mark.parametrize("hundred", range(200, 1000, 100))
def test_the_table_names_just_the_codes_of_other_countries(hundred: int) -> None:
    elsewhere = {
        str(code) for code in range(hundred, hundred + 100) if region_of(code) not in US_AND_TERRITORIES | {None}
    }
    assert {code for code in AREA_CODES_OUTSIDE_US if int(code) // 100 * 100 == hundred} == elsewhere


@pytest.mark.parametrize("area_code", ["212", "340", "670", "671", "684", "787", "939", "800", "600", "500", "999"])
def test_the_us_its_territories_and_codes_of_no_place_pass(area_code: str) -> None:
    assert not is_outside_us(f"1{area_code}5550123")


@pytest.mark.parametrize("number", ["14165550123", "18765550123", "442079460958", "525512345678"])
def test_other_countries_do_not(number: str) -> None:
    assert is_outside_us(number)
