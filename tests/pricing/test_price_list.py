"""Prices by destination."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carrierx.errors import InvalidArgumentError
from carrierx.pricing import Prices
from tests.pricing.messages import Row


@pytest.mark.parametrize(
    ("number", "price"),
    [
        ("15162065574", "0.01"),
        ("+1 (516) 206-5574", "0.01"),
        ("12425550101", "0.07"),
        ("442079460958", "0.04"),
        ("447700900123", "0.05"),
        ("447911123456", "1"),
        ("44", "0.04"),
        ("33123456789", None),
        ("4", None),
        ("", None),
        ("ACME", None),
    ],
)
def test_the_longest_prefix_of_a_number_counts(number: str, price: str | None) -> None:
    prices = Prices({"1": "0.01", "+1242": "0.07", "44": Decimal("0.04"), "447": "0.05", "4479111": "1"})

    assert prices.price_of(number) == (None if price is None else Decimal(price))


def test_mms_have_prices_of_their_own() -> None:
    prices = Prices({"1": "0.01"}, mms={"44": "0.3"})

    assert prices.price_of("442079460958", "mms") == Decimal("0.3")
    assert prices.price_of("15162065574", "mms") is None
    assert prices.price_of("442079460958") is None


def test_no_prices_price_nothing() -> None:
    assert Prices({}).price_of("15162065574") is None
    assert repr(Prices({"1": 1})) == "<Prices: 1 prefixes for SMS, 0 for MMS>"


@pytest.mark.parametrize("prefix", ["", "US", "044", "+", "1 2", "١", 1, None, "1" * 16])
def test_a_prefix_is_digits(prefix: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"is not a prefix\. Write the first 1 to 15 digits"):
        Prices({prefix: "0.01"})


@pytest.mark.parametrize("price", ["", "free", "0,01", "-0.01", "NaN", "Infinity", 0.01, None, True])
def test_a_price_is_a_number_from_0_up(price: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"The MMS price for 1 is .*, which is not a price"):
        Prices({}, mms={"1": price})


def test_a_prefix_has_one_price() -> None:
    with pytest.raises(InvalidArgumentError, match="The prefix 1 has two SMS prices"):
        Prices({"1": "0.01", "+1": "0.02"})


class TestCsv:
    @staticmethod
    def write(folder: Path, content: str | bytes) -> Path:
        path = folder / "prices.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def test_a_file_is_read(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path,
            '\ufeffCountry, Prefix ,SMS,mms\r\nUSA,1,0.01,0.02\r\n\r\n"Korea, South",+82, 0.03 ,\r\nNone,999,,\r\n',
        )

        prices = Prices.from_csv(str(path))

        assert prices.price_of("15162065574") == Decimal("0.01")
        assert prices.price_of("15162065574", "mms") == Decimal("0.02")
        assert prices.price_of("821012345678") == Decimal("0.03")
        assert prices.price_of("821012345678", "mms") is None
        assert prices.price_of("99912345678") is None

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            ("", "prices.csv, line 1: the columns are not named"),
            ("1,0.01\n", "prices.csv, line 1: the columns are 1, 0.01. Name them prefix, and sms, mms or both"),
            ("prefix;sms\n", "line 1: the columns are prefix;sms"),
            ("prefix,price\n1,2\n", "line 1: the columns are prefix, price"),
            ("prefix,sms,SMS\n", "line 1: two columns are named sms"),
            ("prefix,sms\n1,0.01\n44,0,04\n", "line 3: it has 3 columns, and line 1 names 2"),
            ("prefix,sms\n1\n", "line 2: it has 1 columns"),
            ("prefix,sms\n\n1,0.01\nGB,0.04\n", "line 4: 'GB' is not a prefix"),
            ("prefix,sms\n1,cheap\n", "line 2: the SMS price is 'cheap', which is not a price"),
            ("prefix,mms\n1,-1\n", "line 2: the MMS price is '-1', which is not a price"),
            ("prefix,sms\n1,0.01\n+1,0.02\n", "line 3: the prefix 1 is already in line 2"),
            ('prefix,sms\n1,"0.01\n', "line 2: it is not well-formed CSV: unexpected end of data"),
            (b"prefix,sms\n1,0.01\xff\n", "prices.csv can't be read: it is not UTF-8"),
        ],
    )
    def test_a_fault_is_named_with_its_line(self, tmp_path: Path, content: str | bytes, complaint: str) -> None:
        with pytest.raises(InvalidArgumentError) as refused:
            Prices.from_csv(self.write(tmp_path, content))

        assert complaint in str(refused.value)

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidArgumentError, match=r"prices.csv can't be read: No such file"):
            Prices.from_csv(tmp_path / "prices.csv")


class TestRates:
    def test_the_highest_price_of_a_countrys_networks_is_taken(self) -> None:
        rows = [Row("CZE", "0.07", 230, 1), Row("CZE", "0.08533", 230, 4), Row("CZE", Decimal("0.08"), 230, 2)]

        assert Prices.from_rates(rows).price_of("420601123456") == Decimal("0.08533")

    def test_a_country_without_a_rate_has_no_price_though_its_numbers_begin_as_anothers(self) -> None:
        prices = Prices.from_rates([Row("USA", "0.01"), Row("JAM", "0.2")])

        assert prices.price_of("12125550101") == Decimal("0.01")
        assert prices.price_of("14165550101") is None
        assert prices.price_of("18765550101") == Decimal("0.2")
        assert prices.price_of("16585550101") == Decimal("0.2")
        assert prices.price_of("442079460958") is None

    def test_us_territories_cost_what_the_usa_does_unless_they_have_a_rate(self) -> None:
        assert Prices.from_rates([Row("USA", "0.01")]).price_of("17875550101") == Decimal("0.01")
        assert Prices.from_rates([Row("USA", "0.01"), Row("PRI", "0.3")]).price_of("17875550101") == Decimal("0.3")

    def test_rates_that_cannot_be_placed_are_named(self) -> None:
        prices = Prices.from_rates([Row("ZZZ", "0.01"), Row("AAQ", "1"), Row(None, "0.01"), Row("FRA", None)])

        assert prices.countries_left_out == ("AAQ", "ZZZ")
        assert prices.price_of("33123456789") is None
        assert Prices({}).countries_left_out == ()

    def test_mms_prices_are_given_apart(self) -> None:
        prices = Prices.from_rates([Row("USA", "0.01")], mms={"1": "0.02"})

        assert prices.price_of("12125550101", "mms") == Decimal("0.02")
        assert Prices.from_rates([Row("USA", "0.01")]).price_of("12125550101", "mms") is None

    def test_a_rate_that_is_no_price_is_refused(self) -> None:
        with pytest.raises(InvalidArgumentError, match="The rate of USA is 'dear', which is not a price"):
            Prices.from_rates([Row("USA", "dear")])
