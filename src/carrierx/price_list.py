"""Prices by destination, from a dict, a CSV file or the rates of the API."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from carrierx.calling_codes import PREFIXES_OF_COUNTRIES, US_TERRITORIES
from carrierx.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from os import PathLike
    from typing import Self

__all__ = ["PriceValue", "Prices", "Rate"]

PriceValue = Decimal | str | int
"""A price as it may be given: never a float, which can't hold 0.01."""

MOST_PREFIX_DIGITS = 15
"""The longest prefix taken: a whole number. Source: E.164."""
_SEPARATORS = str.maketrans("", "", " -.()")


class Rate(Protocol):
    """What a price list needs of one of CarrierX's outbound rates."""

    @property
    def country_code(self) -> str | None:
        """The destination as an ISO 3166 alpha-3 code: `CZE`."""
        ...

    @property
    def price(self) -> PriceValue | None:
        """The price of one SMS segment."""
        ...


class Prices:
    """What one segment to a destination costs. A destination is the longest prefix that its number begins with.

    Args:
        sms: The price of one SMS segment by prefix; a prefix is the first digits of numbers, country code first.
        mms: The price of one MMS to one recipient by prefix. MMS have no price unless it is given here.

    Raises:
        InvalidArgumentError: If a prefix is not digits or stands twice, or a price is none.

    Example:
        >>> prices = Prices({"1": "0.01", "44": "0.04", "447": "0.05"}, mms={"1": "0.02"})
        >>> prices.price_of("+44 7700 900123")
        Decimal('0.05')
        >>> prices.price_of("15162065574", "mms")
        Decimal('0.02')
        >>> print(prices.price_of("33123456789"))
        None
    """

    __slots__ = ("_countries_left_out", "_longest", "_tables")

    def __init__(self, sms: Mapping[str, PriceValue], mms: Mapping[str, PriceValue] | None = None) -> None:
        self._set_tables(_read_table(sms, "SMS"), _read_table(mms or {}, "MMS"))
        self._countries_left_out: tuple[str, ...] = ()

    @classmethod
    def from_csv(cls, path: str | PathLike[str]) -> Self:
        """Read prices from a CSV file.

        The first line names the columns, in any order: `prefix`, and `sms`, `mms` or both. Prices have a decimal point;
        an empty one is unknown. Other columns (a country's name) are passed over. UTF-8, separated by commas.

        Args:
            path: The file.

        Raises:
            InvalidArgumentError: If it can't be read; with the line.

        Example:
            ```csv
            prefix,country,sms,mms
            1,United States,0.01,0.02
            44,United Kingdom,0.04,
            ```
        """
        place = Path(path)
        tables: dict[str, dict[str, Decimal]] = {"sms": {}, "mms": {}}
        lines_of: dict[str, int] = {}
        try:
            with place.open(encoding="utf-8-sig", newline="") as file:
                for line, row in _read_rows(file, place.name):
                    where = f"{place.name}, line {line}: "
                    prefix = _read_prefix(row["prefix"], where)
                    if prefix in lines_of:
                        raise InvalidArgumentError(
                            f"{where}the prefix {prefix} stands in line {lines_of[prefix]} already."
                        )
                    lines_of[prefix] = line
                    for kind, table in tables.items():
                        if written := row.get(kind, ""):
                            table[prefix] = _read_price(written, f"{where}the {kind.upper()} price")
        except OSError as error:
            raise InvalidArgumentError(f"{place.name} can't be read: {error.strerror or error}.") from error
        except UnicodeDecodeError as error:
            raise InvalidArgumentError(f"{place.name} can't be read: it is not UTF-8. Save it as such.") from error
        return cls(**tables)

    @classmethod
    def from_rates(cls, rates: Iterable[Rate], *, mms: Mapping[str, PriceValue] | None = None) -> Self:
        """Take prices from CarrierX's outbound SMS rates (`/sms/rates/outbound/...`).

        CarrierX's rates are by country and mobile network. A number doesn't tell its network, so the highest price of
        the country is taken: an estimate is then an upper bound. A country without a rate has no price, also where its
        numbers begin as another's do (Canada, +1); US territories without a rate of their own cost what the USA does.

        Args:
            rates: The rates, as they come from the API. Those without a country or a price are passed over.
            mms: The price of one MMS by prefix; the rates have none.

        Returns:
            The prices, with the countries that could not be placed in `countries_left_out`.

        Raises:
            InvalidArgumentError: If a price is none.

        Example:
            >>> from types import SimpleNamespace
            >>> czech = [
            ...     SimpleNamespace(country_code="CZE", mcc=230, mnc=mnc, price=price)
            ...     for mnc, price in [(1, "0.07"), (4, "0.08533")]
            ... ]
            >>> Prices.from_rates(czech).price_of("420601123456")
            Decimal('0.08533')
        """
        highest: dict[str, Decimal] = {}
        for rate in rates:
            country = rate.country_code
            if country and rate.price is not None:
                price = _read_price(rate.price, f"The rate of {country}")
                highest[country] = max(price, highest.get(country, price))
        prices = cls({}, mms)
        table: dict[str, Decimal | None] = {
            prefix: highest.get(country)
            for country, prefixes in PREFIXES_OF_COUNTRIES.items()
            if country in highest or country not in US_TERRITORIES
            for prefix in prefixes
        }
        prices._set_tables(table, prices._tables["mms"])
        prices._countries_left_out = tuple(sorted(highest.keys() - PREFIXES_OF_COUNTRIES.keys()))
        return prices

    @property
    def countries_left_out(self) -> tuple[str, ...]:
        """Countries that `from_rates` had prices for, but whose numbers this library can't tell from others."""
        return self._countries_left_out

    def price_of(self, number: str, kind: Literal["sms", "mms"] = "sms") -> Decimal | None:
        """Find the price of one segment to a number.

        Args:
            number: The number, country code first; a leading `+` and separators are taken off.
            kind: `sms` or `mms`.

        Returns:
            The price, or None if it is not known.
        """
        table = self._tables[kind]
        digits = number.translate(_SEPARATORS).removeprefix("+")
        for length in range(min(self._longest[kind], len(digits)), 0, -1):
            if (prefix := digits[:length]) in table:
                return table[prefix]
        return None

    def _set_tables(self, sms: Mapping[str, Decimal | None], mms: Mapping[str, Decimal | None]) -> None:
        self._tables = {"sms": sms, "mms": mms}
        self._longest = {kind: max(map(len, table), default=0) for kind, table in self._tables.items()}

    def __repr__(self) -> str:
        priced = {kind: sum(price is not None for price in table.values()) for kind, table in self._tables.items()}
        return f"<Prices: {priced['sms']} prefixes for SMS, {priced['mms']} for MMS>"


def _read_table(prices: Mapping[str, PriceValue], kind: str) -> dict[str, Decimal]:
    table: dict[str, Decimal] = {}
    for written, price in prices.items():
        prefix = _read_prefix(written, "")
        if prefix in table:
            raise InvalidArgumentError(f"The prefix {prefix} has two {kind} prices: it is there with and without a +.")
        table[prefix] = _read_price(price, f"The {kind} price for {prefix}")
    return table


def _read_prefix(written: object, where: str) -> str:
    prefix = written.strip().removeprefix("+") if isinstance(written, str) else ""
    if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= MOST_PREFIX_DIGITS) or prefix.startswith("0"):
        raise InvalidArgumentError(
            f"{where}{written!r} is no prefix. Write the first 1 to {MOST_PREFIX_DIGITS} digits of the numbers as a "
            'string, country code first: "1", "44", "1242".'
        )
    return prefix


def _read_price(written: object, what: str) -> Decimal:
    if isinstance(written, Decimal | str | int) and not isinstance(written, bool):
        try:
            price = Decimal(written)
        except InvalidOperation:
            price = Decimal("NaN")
        if price.is_finite() and price >= 0:
            return price
    raise InvalidArgumentError(
        f'{what} is {written!r}, which is no price. Write a number from 0 up as a string, with a point: "0.01".'
    )


def _read_rows(file: Iterable[str], name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows with their lines, each a mapping of the columns' names."""
    lines = _read_cells(file, name)
    first, header = next(lines, (1, list[str]()))
    columns = [column.strip().lower() for column in header]
    if "prefix" not in columns or not {"sms", "mms"}.intersection(columns):
        raise InvalidArgumentError(
            f"{name}, line {first}: the columns are {', '.join(columns) or 'not named'}. Name them prefix, and sms, "
            "mms or both, separated by commas."
        )
    if repeated := {column for column in columns if column and columns.count(column) > 1}:
        raise InvalidArgumentError(f"{name}, line {first}: two columns are named {min(repeated)}.")
    for line, cells in lines:
        if len(cells) != len(columns):
            raise InvalidArgumentError(
                f"{name}, line {line}: it has {len(cells)} columns, and line {first} names {len(columns)}. Write "
                "prices with a point, and a name that holds a comma in quotes."
            )
        yield line, {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}


def _read_cells(file: Iterable[str], name: str) -> Iterator[tuple[int, list[str]]]:
    """Give the cells of each line that is not blank."""
    reader = csv.reader(file, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise InvalidArgumentError(f"{name}, line {reader.line_num}: it is not well-formed CSV: {error}.") from error
