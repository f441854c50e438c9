"""The filter language of lists."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrierx.emulator import Emulator
from carrierx.emulator.store.filters import matches_pattern
from tests.emulator.helpers import DID, MMS, PHONE, accept, ask, content, listed, make_emulator
from tests.support.clocks import SteppingClock
from tests.support.rows import check_rows


@pytest.fixture
def filled(emulator: Emulator, clock: SteppingClock) -> Emulator:
    accept(emulator, message="one", user_data="order 1")
    clock.advance(2)
    accept(emulator, message="two", user_data="o'clock", to="46700987654")
    clock.advance(2)
    accept(emulator, MMS, message="three", user_data='say "hi"')
    accept(emulator, {"from_did": DID, "to_did": PHONE, "message": "four " * 40})
    return emulator


def found(emulator: Emulator, text: str) -> list[str]:
    return [item["message"].split()[0] for item in listed(emulator, filter=text)["items"]]


def test_a_filter_finds(filled: Emulator) -> None:
    def check(row: tuple[str, list[str]]) -> None:
        text, messages = row
        assert found(filled, text) == messages

    check_rows(
        [
            ('status eq "queued"', ["three", "four"]),
            ("status eq 'sent'", ["two"]),
            ("status eq delivered", ["one"]),
            ('status eq "Queued"', []),
            ('user_data eq "order 1"', ["one"]),
            ("user_data eq 'order 1'", ["one"]),
            ('user_data eq "o\'clock"', ["two"]),
            ("user_data eq 'say \"hi\"'", ["three"]),
            ('user_data like "order%"', ["one"]),
            ('user_data like "%c%k"', ["two"]),
            ('user_data like "%"', ["one", "two", "three"]),
            ('user_data like "order"', []),
            ("to like 467%", ["two"]),
            ("to_did eq 15162065574", ["one", "three", "four"]),
            ("from eq 15162065575 and type eq mms", ["three"]),
            ('type eq "sms" and status eq "queued" and direction eq outbound', ["four"]),
            ("message_segments gt 1", ["four"]),
            ("message_segments ge 1", ["one", "two", "three", "four"]),
            ("message_segments lt 2", ["one", "two", "three"]),
            ("message_segments eq 1.0", ["one", "two", "three"]),
            ("price ge 0.01", ["one", "two"]),
            ("price lt 0.0100001", ["one", "two"]),
            ("mcc eq 0", ["two"]),
            ("mnc eq 0", []),
            ("date_created ge 2026-03-15T12:00:02.084Z", ["two", "three", "four"]),
            ("date_created gt 2026-03-15T12:00:02.084Z", ["three", "four"]),
            ("date_created lt 2026-03-15T14:00:04+02:00", ["one", "two"]),
            ("date_created ge 2026-03-15 and date_created lt 2026-03-16", ["one", "two", "three", "four"]),
            ("date_created eq '2026-03-15 12:00:00.084'", ["one"]),
            ("date_status_changed ge 2000-01-01", ["one", "two"]),
            ("  status   eq\tqueued  ", ["three", "four"]),
            ("message gt three", ["two"]),
            ("user_data eq ''", []),
        ],
        check,
    )


def test_a_filter_that_is_not_in_the_language_is_a_400(emulator: Emulator) -> None:
    def check(text: str) -> None:
        response = ask(emulator, filter=text)

        assert response.status == 400
        assert content(response)["errors"][0]["field"] == "filter"

    check_rows(
        [
            " ",
            "status",
            "status eq",
            'status eq "queued',
            "status eq queued'",
            'status eq "queued"x',
            "status eq (queued)",
            "(status eq queued)",
            "status eq queued or status eq sent",
            "not status eq queued",
            "status not eq queued",
            "status eq queued and",
            "status eq queued and not type eq sms",
            "status eq queued, type eq sms",
            "status eq queued type eq sms",
            "status eq queued AND type eq sms",
            "status = queued",
            "status ne queued",
            "status le queued",
            "status EQ queued",
            "unknown eq 1",
            "properties.login eq 1",
            "media_urls eq https://example.com",
            "group_recipients like %",
            "message_segments like 1%",
            "message_segments eq one",
            "message_segments eq NaN",
            "message_segments eq １",
            "price gt 1e999999",
            "date_created ge yesterday",
            "date_created like 2026%",
            "date_created ge 2026-13-01",
            "message_segments eq " + "9" * 5000,
            "status eq 'a' and 1 eq 1",
            "status eq 'a'; DROP TABLE messages",
            "((((((((((",
        ],
        check,
    )


def test_an_error_does_not_repeat_the_filter(emulator: Emulator) -> None:
    for text in ("to eq 15162065574 or", "to eq '15162065574", "message_segments eq 15162065574x", "15162065574 eq 1"):
        assert b"15162065574" not in ask(emulator, filter=text).body


@pytest.mark.parametrize("text", ["' OR '1'='1", "x'; DROP TABLE messages; --", "%", "_", "\\", "\x00", "\u2028", "😀"])
def test_a_value_is_only_ever_a_value(emulator: Emulator, text: str) -> None:
    accept(emulator, user_data=text)
    accept(emulator, user_data="other")

    assert [item["user_data"] for item in listed(emulator, filter=f'user_data eq "{text}"')["items"]] == [text]
    assert len(emulator.messages) == 2


def test_a_hostile_pattern_takes_no_time() -> None:
    with make_emulator() as emulator:
        accept(emulator, message="a" * 1600)
        started = time.perf_counter()
        assert found(emulator, f"message like '{'%a' * 800}%b'") == []
        assert time.perf_counter() - started < 20


def test_percent_stands_for_any_characters() -> None:
    def check(row: tuple[str, str, bool]) -> None:
        text, pattern, matches = row
        assert matches_pattern(text, pattern) is matches

    check_rows(
        [
            ("abc", "abc", True),
            ("abc", "ABC", False),
            ("abc", "a%", True),
            ("abc", "%c", True),
            ("abc", "%b%", True),
            ("abc", "a%c", True),
            ("aba", "ab%ba", False),
            ("abab", "ab%ab", True),
            ("abcabc", "a%b%b%c", True),
            ("abc", "a%b%b%c", False),
            ("", "", True),
            ("", "%", True),
            ("", "%%", True),
            ("a.c", "a_c", False),
            ("a\nb", "a%b", True),
        ],
        check,
    )


@given(parts=st.lists(st.text("ab", max_size=3), min_size=1, max_size=5), fillers=st.lists(st.text("ab%"), min_size=4))
def test_whatever_a_percent_sign_is_replaced_by_still_matches(parts: list[str], fillers: list[str]) -> None:
    text = parts[0] + "".join(filler + part for filler, part in zip(fillers, parts[1:], strict=False))
    used = parts[: len(fillers) + 1]

    assert matches_pattern(text, "%".join(used))


def test_any_text_is_either_a_filter_or_a_400() -> None:
    with make_emulator() as emulator:

        @given(st.text(max_size=60))
        def check(text: str) -> None:
            assert ask(emulator, filter=text).status in {200, 400}

        check()
