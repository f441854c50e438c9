"""Prefixes of countries, compared with Google's libphonenumber."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberType

from carrierx.calling_codes import PREFIXES_OF_COUNTRIES, US_TERRITORIES
from carrierx.models.area_codes import AREA_CODES_OUTSIDE_US
from tests.support.rows import check_rows

TWO_LETTERS: dict[str, str] = dict(
    re.findall(
        r"(\w+):(\w+)",
        """
    ABW:AW AGO:AO AND:AD ARE:AE ARM:AM ASC:AC AUT:AT BDI:BI BEN:BJ BGD:BD BIH:BA BLR:BY BLZ:BZ BRN:BN CAF:CF CHL:CL
    CHN:CN COD:CD COG:CG COK:CK COM:KM CPV:CV DNK:DK EST:EE FLK:FK FRO:FO FSM:FM GIN:GN GLP:GP GNB:GW GNQ:GQ GRL:GL
    GUF:GF GUY:GY IRL:IE IRQ:IQ ISR:IL KOR:KR LBR:LR LBY:LY MAC:MO MDG:MG MDV:MV MEX:MX MLT:MT MNE:ME MOZ:MZ MTQ:MQ
    NIU:NU PAK:PK PLW:PW PNG:PG POL:PL PRK:KP PRT:PT PRY:PY PYF:PF SEN:SN SLB:SB SLV:SV SPM:PM SRB:RS SUR:SR SVK:SK
    SVN:SI SWE:SE SWZ:SZ SYC:SC TCD:TD TKM:TM TUN:TN TUR:TR TUV:TV UKR:UA URY:UY WLF:WF ATG:AG BHS:BS BRB:BB CYM:KY
    GRD:GD JAM:JM MNP:MP ALA:AX BES:BQ CUW:CW KAZ:KZ MYT:YT
        """,
    )
)
"""The alpha-2 codes that are not the first two letters of the alpha-3 code."""
MOBILE_NUMBERS_OF_THE_LARGER_COUNTRY = {"ALA", "SJM", "VAT"}
KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)


def test_no_prefix_belongs_to_two_countries() -> None:
    prefixes = [prefix for each in PREFIXES_OF_COUNTRIES.values() for prefix in each]

    assert len(set(prefixes)) == len(prefixes)


def test_the_plus_one_countries_are_those_that_the_rules_know() -> None:
    area_codes = {
        prefix[1:]
        for country, prefixes in PREFIXES_OF_COUNTRIES.items()
        for prefix in prefixes
        if len(prefix) == 4 and prefix.startswith("1") and country not in US_TERRITORIES
    }

    assert area_codes == AREA_CODES_OUTSIDE_US


def test_a_countrys_numbers_begin_with_its_prefix() -> None:
    def check(country: str) -> None:
        region = TWO_LETTERS.get(country, country[:2])
        examples = {kind: phonenumbers.example_number_for_type(region, kind) for kind in KINDS}
        if country in MOBILE_NUMBERS_OF_THE_LARGER_COUNTRY:
            del examples[PhoneNumberType.MOBILE]

        assert any(examples.values())
        for example in filter(None, examples.values()):
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")
            assert country_of(number) == country

    check_rows(PREFIXES_OF_COUNTRIES, check)


def country_of(number: str) -> str:
    """The country whose prefix of the number is the longest."""
    found = [
        (len(prefix), country)
        for country, prefixes in PREFIXES_OF_COUNTRIES.items()
        for prefix in prefixes
        if number.startswith(prefix)
    ]
    return max(found)[1]


def test_every_calling_code_of_a_country_is_there() -> None:
    known = set(phonenumbers.COUNTRY_CODE_TO_REGION_CODE) - {
        code for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if regions == ("001",)
    }
    listed = {prefix for prefixes in PREFIXES_OF_COUNTRIES.values() for prefix in prefixes}

    assert {str(code) for code in known} - listed == {"599"}  # shared by two countries, neither of which has all of it
