"""What is known of a phone number."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from carrierx.emulator import DEMO_TOKEN, Credential, Emulator, EmulatorConfig
from carrierx.emulator.rules.numbers import place_of
from tests.emulator.helpers import blamed, content, get, make_emulator, read

NUMBER = "/lookup/dids/15623499000"


def test_without_questions_there_are_no_details(emulator: Emulator) -> None:
    assert read(emulator, NUMBER) == {
        "country_code": "USA",
        "details": {"carrier": None, "cnam": None, "lrn": None},
        "e164_format": "+15623499000",
        "in_country_format": "(562) 349-9000",
        "international_format": "+1 562-349-9000",
        "phonenumber": "15623499000",
        "state": "CA",
    }


def test_details_are_given_when_asked_for(emulator: Emulator) -> None:
    everything = read(emulator, NUMBER, carrier="true", cnam="true", lrn="true", hlr="true", cnam_ttl=60)["details"]
    one = read(emulator, NUMBER, cnam="true", carrier="false", country_code="USA", guess="x")["details"]

    assert everything["carrier"].keys() == {"mcc", "mnc", "name", "type"}
    assert (everything["carrier"]["mcc"], everything["lrn"]) == ("310", "15623499000")
    assert one == {"carrier": None, "cnam": everything["cnam"], "lrn": None}


def test_a_country_completes_a_national_number(emulator: Emulator) -> None:
    for national, country in (("5623499000", "USA"), ("(562) 349-9000", "USA"), ("4165550123", "CAN")):
        found = read(emulator, f"/lookup/dids/{quote(national)}", country_code=country)
        assert (found["phonenumber"][0], found["e164_format"]) == ("1", f"+{found['phonenumber']}")
    assert read(emulator, "/lookup/dids/3546912345", country_code="ISL")["phonenumber"] == "3546912345"


def test_a_number_may_be_written_in_any_way(emulator: Emulator) -> None:
    assert read(emulator, f"/lookup/dids/{quote('+1(562) 349-90-00')}") == read(emulator, NUMBER)


def test_a_carrier_may_be_unknown(emulator: Emulator) -> None:
    answer = read(emulator, "/lookup/dids/46700987654", carrier="true")

    assert (answer["country_code"], answer["details"]["carrier"]) == ("SWE", None)


@pytest.mark.parametrize(
    ("number", "country", "state", "national", "international"),
    [
        ("14165550100", "CAN", None, "(416) 555-0100", "+1 416-555-0100"),
        ("18765550100", None, None, "(876) 555-0100", "+1 876-555-0100"),
        ("442079460000", "GBR", None, "2079460000", "+44 2079460000"),
        ("998901234567", None, None, "998901234567", "+998901234567"),
    ],
)
def test_numbers_belong_to_places(
    number: str, country: str | None, state: str | None, national: str, international: str
) -> None:
    place = place_of(number)

    assert (place.country_code, place.state) == (country, state)
    assert (place.in_country_format, place.international_format) == (national, international)


@pytest.mark.parametrize("detail", ["carrier", "cnam", "lrn"])
def test_each_detail_needs_its_scope(detail: str) -> None:
    scopes = ["lookup.dids.read", *(f"lookup.dids.allow_{name}" for name in ("carrier", "cnam", "lrn"))]
    scopes.remove(f"lookup.dids.allow_{detail}")
    config = EmulatorConfig(credentials=(Credential.bearer(DEMO_TOKEN, scopes=scopes),))
    with make_emulator(config) as emulator:
        response = get(emulator, NUMBER, **{detail: "true"})

        assert response.status == 403
        assert content(response)["errors"][0]["message"] == f"needs the scope lookup.dids.allow_{detail}"
        assert get(emulator, NUMBER, **{detail: "false"}).status == 200


@pytest.mark.parametrize(
    ("path", "parameters", "field"),
    [
        ("/lookup/dids/12345", {}, "phonenumber"),
        ("/lookup/dids/number", {}, "phonenumber"),
        (NUMBER, {"cnam": "yes"}, "cnam"),
        (NUMBER, {"hlr": "1"}, "hlr"),
        (NUMBER, {"cnam_ttl": "-1"}, "cnam_ttl"),
        (NUMBER, {"country_code": "US"}, "country_code"),
    ],
)
def test_what_can_not_be_looked_up_is_a_400(
    emulator: Emulator, path: str, parameters: dict[str, str], field: str | None
) -> None:
    assert blamed(get(emulator, path, **parameters), 400) == field
