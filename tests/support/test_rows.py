"""`check_rows` checks every row and names every wrong one."""

from __future__ import annotations

import pytest

from tests.support.rows import check_rows


def test_every_row_is_checked_once_and_in_order() -> None:
    checked: list[str] = []

    check_rows(iter(("a", "b", "c")), checked.append)

    assert checked == ["a", "b", "c"]


def test_rows_after_a_wrong_one_are_checked_and_every_wrong_row_is_named() -> None:
    checked: list[int] = []

    def is_even(row: int) -> None:
        checked.append(row)
        assert row % 2 == 0, f"{row} is odd"

    with pytest.raises(AssertionError) as caught:
        check_rows([10, 11, 12, 13], is_even)

    assert checked == [10, 11, 12, 13]
    first, *others = str(caught.value).splitlines()
    assert first == "2 of 4 rows are wrong:"
    assert [line.partition(":")[0] for line in others if line[:2] in {"10", "11", "12", "13"}] == ["11", "13"]
    assert "11 is odd" in str(caught.value)
    assert "13 is odd" in str(caught.value)


def test_an_error_other_than_a_failed_assertion_counts_too() -> None:
    def read(row: str) -> None:
        int(row)

    with pytest.raises(AssertionError, match=r"'x': ValueError: invalid literal") as caught:
        check_rows(["1", "x", "2"], read)

    assert isinstance(caught.value.__cause__, ValueError)


def test_an_interrupt_ends_the_check() -> None:
    def interrupt(row: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_rows([1, 2], interrupt)


def test_a_table_without_rows_is_a_failure() -> None:
    with pytest.raises(AssertionError, match="no rows"):
        check_rows([], print)
