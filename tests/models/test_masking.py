"""Masked phone numbers."""

from __future__ import annotations

import pytest

from carrierx.models.masking import mask_number


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        ("15162065574", "***5574"),
        ("+1 (516) 206-55-74", "***5574"),
        ("72345", "***2345"),
        ("5574", "***"),
        ("", "***"),
        ("ACME", "***"),
        ("１５１６２０６５５７４", "***"),
    ],
)
def test_at_most_the_last_four_digits_are_shown(number: str, seen: str) -> None:
    assert mask_number(number) == seen
