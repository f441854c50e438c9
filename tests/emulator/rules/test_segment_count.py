"""How many segments a text has."""

from __future__ import annotations

from carrierx.emulator.rules.segment_count import count_segments
from tests.support.rows import check_rows


def test_segments() -> None:
    def check(row: tuple[str, int]) -> None:
        text, segments = row
        assert count_segments(text) == segments

    check_rows(
        [
            ("a", 1),
            ("a" * 160, 1),
            ("a" * 161, 2),
            ("a" * 306, 2),
            ("a" * 307, 3),
            ("€" * 80, 1),
            ("€" * 81, 2),
            ("a" * 152 + "€" + "a" * 152, 3),  # the euro takes two places, and is not cut in two
            ("a" * 151 + "€" + "a" * 153, 2),
            ("@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r", 1),
            ("\f^{}\\[~]|€" * 8, 1),
            ("ç" * 70, 1),
            ("ç" * 71, 2),
            ("ç" * 134, 2),
            ("ç" * 135, 3),
            ("😀" * 35, 1),
            ("😀" * 36, 2),
            ("😀" * 66, 2),  # 33 emoji to a part of 67: none is cut in two
            ("😀" * 67, 3),
            ("a" * 159 + "\u200b", 3),
        ],
        check,
    )
