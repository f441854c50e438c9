"""Filters in CarrierX's grammar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from carrierx.errors import InvalidArgumentError
from carrierx.models.filters import Filter, FilterValue, where
from carrierx.models.types import MessageStatus


@pytest.mark.parametrize(
    ("built", "text"),
    [
        (where("status").eq("queued"), 'status eq "queued"'),
        (where("status").eq(MessageStatus.SENT), 'status eq "sent"'),
        (where("phonenumber").like("%555%"), 'phonenumber like "%555%"'),
        (where("maximum_ttl").gt(40000), "maximum_ttl gt 40000"),
        (where("price").lt(Decimal("0.0150")), "price lt 0.0150"),
        (where("price").lt(Decimal("1E-7")), "price lt 0.0000001"),
        (where("trunks.allow_transfer").eq(False), "trunks.allow_transfer eq false"),
        (where("date_stop").ge(date(2020, 3, 15)), "date_stop ge 2020-03-15"),
        (where("date_stop").ge(datetime(2025, 11, 1, 10, tzinfo=UTC)), "date_stop ge 2025-11-01T10:00:00Z"),
        (
            where("date_stop").lt(datetime(2025, 11, 1, 10, 0, 0, 84_000, timezone(timedelta(hours=5)))),
            "date_stop lt 2025-11-01T05:00:00.084000Z",
        ),
        (where("name").eq("O'Hara"), 'name eq "O\'Hara"'),
        (where("name").eq('the "best"'), "name eq 'the \"best\"'"),
        (where("name").eq(""), 'name eq ""'),
        (where("a").eq(1) & where("b").eq(2) & where("c").eq(True), "a eq 1 and b eq 2 and c eq true"),
    ],
)
def test_a_filter_is_written_in_the_documented_grammar(built: Filter, text: str) -> None:
    assert str(built) == text


def test_filters_are_immutable_values() -> None:
    one, other = where("a").eq(1), where("b").eq(2)
    assert one & other == where("a").eq(1) & where("b").eq(2) != other & one
    assert len({one & other, where("a").eq(1) & where("b").eq(2)}) == 1
    assert str(one) == "a eq 1"


@pytest.mark.parametrize(
    "name", ["", "a b", "a.", ".a", "a..b", "1a", 'a eq "x" and b', "a\n", "naïve", "a-b", 5, None]
)
def test_an_attribute_is_an_identifier(name: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="name"):
        where(name)


@pytest.mark.parametrize(
    "value",
    [
        "both ' and \"",
        "line\nbreak",
        "tab\t",
        "\x00",
        "\u2028",
        "\ud800",
        Decimal("NaN"),
        Decimal("Infinity"),
        datetime(2025, 11, 1),  # noqa: DTZ001
        None,
        1.5,
        b"bytes",
        ["list"],
    ],
)
def test_a_value_that_cannot_be_written_is_refused(value: FilterValue) -> None:
    with pytest.raises(InvalidArgumentError):
        where("a").eq(value)


def test_like_takes_a_string() -> None:
    with pytest.raises(InvalidArgumentError, match="string"):
        where("a").like(5)  # type: ignore[arg-type]


A, B = where("a").eq(1), where("b").eq(2)


def both(first: object, second: object) -> object:
    return first and second


def either(first: object, second: object) -> object:
    return first or second


def negated(operand: object) -> object:
    return not operand


@pytest.mark.parametrize(
    "combine",
    [
        lambda: A | B,
        lambda: "text" | A,
        lambda: ~A,
        lambda: negated(A),
        lambda: both(A, B),
        lambda: either(A, B),
        lambda: bool(A),
        lambda: where("a") == 1,
        lambda: where("a") != 1,
    ],
)
def test_what_the_grammar_cannot_say_is_refused(combine: Callable[[], object]) -> None:
    with pytest.raises(InvalidArgumentError):
        combine()


def test_a_filter_joins_filters_only() -> None:
    with pytest.raises(TypeError):
        A & "b eq 2"  # type: ignore[operator]


def test_a_repr_masks_values() -> None:
    shown = repr(where("to").eq("15162065574") & where("from").eq(15162065575) & where("mcc").eq(310))
    assert shown == '<Filter to eq "***" and from eq ***5575 and mcc eq 310>'
