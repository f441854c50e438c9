"""Checking a table row by row in one test, with a failure that names every wrong row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Row = TypeVar("Row")


def check_rows(rows: Iterable[Row], check: Callable[[Row], object]) -> None:
    """Check every row of a table, also after one has failed.

    Args:
        rows: The rows; at least one.
        check: Checks one row, and raises an exception if it is wrong.

    Raises:
        AssertionError: Some rows are wrong, or there are none. It names each wrong row with its error.
    """
    table = list(rows)
    assert table, "there are no rows to check"
    failures: list[tuple[Row, Exception]] = []
    for row in table:
        try:
            check(row)
        except Exception as error:  # noqa: BLE001 - an error in one row must not hide the other rows
            failures.append((row, error))
    if failures:
        lines = [f"{row!r}: {type(error).__name__}: {error}" for row, error in failures]
        raise AssertionError(f"{len(failures)} of {len(table)} rows are wrong:\n" + "\n".join(lines)) from failures[0][
            1
        ]
