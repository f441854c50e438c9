"""Reading phone numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrierx.models.numbers import NumberProblem, normalise_number, normalise_sender


@pytest.mark.parametrize(
    "text",
    [
        "15162065574",
        "+15162065574",
        "+1 516-206-5574",
        "1 (516) 206.5574",
        "(+1) 516 206 5574",
        " 1516 2065574 ",
        "+1/5162065574",
        "1516\u00a02065574",
        "1516\u2013206\u20115574",
        "\u202a+15162065574\u202c",
        "tel:+15162065574",
    ],
)
def test_a_plus_and_separators_are_removed(text: str) -> None:
    assert normalise_number(text) == "15162065574"
    assert normalise_sender(text) == "15162065574"


@pytest.mark.parametrize("number", ["2901234", "442079460958", "123456789012345"[::-1]])
def test_seven_to_fifteen_digits_are_a_number(number: str) -> None:
    assert normalise_number(number) == number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "number_too_short"),
        ("+", "number_too_short"),
        ("290123", "number_too_short"),
        ("5432109876543210", "number_too_long"),
        ("0442079460958", "number_starts_with_zero"),
        ("+0442079460958", "number_starts_with_zero"),
        ("00442079460958", "number_starts_with_zero"),
        ("1516206557", "number_length_not_north_american"),
        ("151620655741", "number_length_not_north_american"),
        ("+1 206 5574", "number_length_not_north_american"),
        ("11162065574", "number_not_north_american"),
        ("10162065574", "number_not_north_american"),
        ("15161065574", "number_not_north_american"),
        ("15160065574", "number_not_north_american"),
        ("+44 (0)20 7946 0958", "number_has_trunk_zero"),
        ("+44 ( 0 ) 20 7946 0958", "number_has_trunk_zero"),
        ("1-800-FLOWERS", "number_has_other_characters"),
        ("15162065574x12", "number_has_other_characters"),
        ("15162065574;ext=12", "number_has_other_characters"),
        ("+1516206/5574", "number_unclear"),
        ("4915123456789.0", "number_unclear"),
        ("+442079460958.0", "number_unclear"),
        ("5162065574.", "number_unclear"),
        ("2026-11-29", "number_unclear"),
        ("29.11.2026", "number_unclear"),
        ("11/29/2026 10:30", "number_unclear"),
        ("+49 30 901820 (2)", "number_unclear"),
        ("+15162065574/75", "number_unclear"),
        ("15162065574\n", "number_has_other_characters"),
        ("1516206\t5574", "number_has_other_characters"),
        ("１５１６２０６５５７４", "number_has_other_characters"),
        ("١٥١٦٢٠٦٥٥٧٤", "number_has_other_characters"),
        ("1516206557²", "number_has_other_characters"),
        ("++15162065574", "number_has_other_characters"),
        ("1516+2065574", "number_has_other_characters"),
        ("15162065574,15162065575", "number_has_other_characters"),
        ("1516206557\u00004", "number_has_other_characters"),
    ],
)
def test_anything_else_is_a_problem(text: str, rule: str) -> None:
    problem = normalise_number(text)
    assert isinstance(problem, NumberProblem)
    assert problem.rule == rule
    assert normalise_sender(text) == problem or normalise_sender(text) == "290123"


@pytest.mark.parametrize("code", ["911", "7234", "72345", "290123", "123-456"])
def test_a_sender_may_be_a_short_code(code: str) -> None:
    assert normalise_sender(code) == code.replace("-", "")
    assert isinstance(normalise_number(code), NumberProblem)


@pytest.mark.parametrize("text", ["72", "+72345", "7234A", "７２３４５", "72345\n"])
def test_a_short_code_is_three_to_six_digits_without_plus(text: str) -> None:
    assert isinstance(normalise_sender(text), NumberProblem)


@given(st.text())
def test_normalising_returns_digits_and_is_idempotent(text: str) -> None:
    number = normalise_sender(text)
    if isinstance(number, str):
        assert number.isascii()
        assert number.isdigit()
        assert normalise_sender(number) == number


@given(st.from_regex(r"1[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True), st.text(" -.()", max_size=2))
def test_separators_never_change_a_number(number: str, separator: str) -> None:
    written = "+" + separator.join(number)
    if "(0)" not in written.replace(" ", ""):
        assert normalise_number(written) == number
