"""Prices by destination, from a dict, a CSV file or CarrierX's rates."""

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
"""Types of a price. A float is not one of them, because it can't hold 0.01 exactly."""

MAX_PREFIX_DIGITS = 15
"""Digits of the longest prefix: those of a complete number. Source: E.164."""
_SEPARATORS = str.maketrans("", "", " -.()")


class Rate(Protocol):
    """The fields of an outbound rate that a price list needs."""

    @property
    def country_code(self) -> str | None:
        """The destination as an ISO 3166 alpha-3 code: `CZE`."""
        ...

    @property
    def price(self) -> PriceValue | None:
        """The price of one SMS segment."""
        ...


class Prices:
    """Prices per segment by destination. The longest prefix that a number starts with decides.

    Args:
        sms: The price of one SMS segment by prefix. A prefix is the first digits of a number, from the country code on.
        mms: The price of one MMS to one recipient by prefix. Without it, MMS have no price.

    Raises:
        InvalidArgumentError: If a prefix is invalid or repeated, or a price is invalid.

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

        The first line names the columns in any order: `prefix`, and `sms`, `mms` or both. Prices have a decimal point.
        An empty price is unknown. Other columns, such as a country, are ignored. The file is UTF-8 with commas.

        Args:
            path: The file.

        Raises:
            InvalidArgumentError: If the file can't be read. The error names the line.

        Example:
            ```csv
            prefix,country,sms,mms
            1,United States,0.01,0.02
            44,United Kingdom,0.04,
            ```
        """
        source = Path(path)
        tables: dict[str, dict[str, Decimal]] = {"sms": {}, "mms": {}}
        lines_of: dict[str, int] = {}
        try:
            with source.open(encoding="utf-8-sig", newline="") as file:
                for line, row in _read_rows(file, source.name):
                    where = f"{source.name}, line {line}: "
                    prefix = _read_prefix(row["prefix"], where)
                    if prefix in lines_of:
                        raise InvalidArgumentError(f"{where}the prefix {prefix} is already in line {lines_of[prefix]}.")
                    lines_of[prefix] = line
                    for kind, table in tables.items():
                        if written := row.get(kind, ""):
                            table[prefix] = _read_price(written, f"{where}the {kind.upper()} price")
        except OSError as error:
            raise InvalidArgumentError(f"{source.name} can't be read: {error.strerror or error}.") from error
        except UnicodeDecodeError as error:
            raise InvalidArgumentError(f"{source.name} can't be read: it is not UTF-8. Save it as UTF-8.") from error
        return cls(**tables)

    @classmethod
    def from_rates(cls, rates: Iterable[Rate], *, mms: Mapping[str, PriceValue] | None = None) -> Self:
        """Create prices from CarrierX's outbound SMS rates (`/sms/rates/outbound/...`).

        CarrierX's rates are by country and mobile network. You can't tell the network from a number, so the highest
        price of the country applies, and an estimate is an upper bound. A country without a rate has no price, even if
        it shares a calling code with another (Canada, +1). US territories without a rate cost the same as the USA.

        Args:
            rates: The rates from the API. Those without a country or a price are ignored.
            mms: The price of one MMS by prefix, because the rates have none.

        Returns:
            The prices. `countries_left_out` lists countries that could not be matched to numbers.

        Raises:
            InvalidArgumentError: If a price is invalid.

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
        """Countries with a rate whose numbers can't be told from those of other countries."""
        return self._countries_left_out

    def price_of(self, number: str, kind: Literal["sms", "mms"] = "sms") -> Decimal | None:
        """Find the price of one segment to a number.

        Args:
            number: The number with its country code. A leading `+` and separators are ignored.
            kind: `sms` or `mms`.

        Returns:
            The price, or None if it is unknown.
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
            raise InvalidArgumentError(f"The prefix {prefix} has two {kind} prices, with and without a +.")
        table[prefix] = _read_price(price, f"The {kind} price for {prefix}")
    return table


def _read_prefix(written: object, where: str) -> str:
    prefix = written.strip().removeprefix("+") if isinstance(written, str) else ""
    if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= MAX_PREFIX_DIGITS) or prefix.startswith("0"):
        raise InvalidArgumentError(
            f"{where}{written!r} is not a prefix. Write the first 1 to {MAX_PREFIX_DIGITS} digits of the numbers as a "
            'string, from the country code on: "1", "44", "1242".'
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
        f'{what} is {written!r}, which is not a price. Write a number of 0 or more as a string: "0.01".'
    )


def _read_rows(file: Iterable[str], name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row as a mapping of column names, with its line number."""
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
                "prices with a decimal point, and put names with a comma in quotes."
            )
        yield line, {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}


def _read_cells(file: Iterable[str], name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each line that is not blank, with its line number."""
    reader = csv.reader(file, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise InvalidArgumentError(f"{name}, line {reader.line_num}: it is not well-formed CSV: {error}.") from error
