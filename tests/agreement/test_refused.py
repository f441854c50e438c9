"""For each documented rule: what one side refuses, so does the other, and for the same field."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrierx.emulator import Emulator
from tests.agreement.helpers import (
    Wire,
    american,
    client_refuses,
    digits,
    emulator_refuses,
    examined,
    foreign,
    messages,
    numbers,
    renamed,
    sampled,
    short_codes,
    urls,
    visible,
)

Breaking: TypeAlias = Callable[[st.DrawFn], tuple[Wire, str]]
"""Makes a message that breaks one rule, and names the field to blame."""

BREAKINGS: dict[str, st.SearchStrategy[tuple[Wire, str]]] = {}

SMS = messages(media=False, group=False)
MMS = messages(media=True)
GROUP = messages(group=True)
ANY = messages()


def breaks(rule: str) -> Callable[[Breaking], Breaking]:
    """Register a way to break just one rule, by the client's name for it."""

    def register(breaking: Breaking) -> Breaking:
        BREAKINGS[rule] = st.composite(breaking)()
        return breaking

    return register


def replaced(wire: Wire, **fields: object) -> Wire:
    changed = {**wire, **{name.rstrip("_"): value for name, value in fields.items()}}
    return {name: value for name, value in changed.items() if value is not None}


def a_number_field(draw: st.DrawFn, wire: Wire, number: object) -> tuple[Wire, str]:
    """Put a number into the sender, the recipient or the group."""
    field = draw(st.sampled_from([name for name in ("from", "to", "group_recipients") if name in wire]))
    if field == "group_recipients":
        return replaced(wire, group_recipients=[*wire[field][:-1], number]), field
    return {**wire, field: number}, field


@breaks("required")
def nothing_there(draw: st.DrawFn) -> tuple[Wire, str]:
    wire = draw(messages(media=False))
    field = draw(st.sampled_from(["from", "to", "message"]))
    return draw(st.sampled_from([replaced(wire, **{f"{field}_": None}), {**wire, field: None}])), field


@breaks("number_starts_with_zero")
def a_leading_zero(draw: st.DrawFn) -> tuple[Wire, str]:
    # Seven digits and more: a shorter sender would be a short code.
    return a_number_field(draw, draw(ANY), "0" + draw(digits(6, 14)))


@breaks("number_too_short")
def too_few_digits(draw: st.DrawFn) -> tuple[Wire, str]:
    field = draw(st.sampled_from(["from", "to"]))
    most = {"from": 1, "to": 5}[field]  # and one before: three digits to six make a sender a short code
    number = draw(st.sampled_from("23456789")) + draw(digits(1, most))
    return {**draw(ANY), field: number}, field


@breaks("number_too_long")
def too_many_digits(draw: st.DrawFn) -> tuple[Wire, str]:
    return a_number_field(draw, draw(SMS), draw(st.sampled_from("23456789")) + draw(digits(15, 30)))


@breaks("number_length_not_north_american")
def another_length_after_a_1(draw: st.DrawFn) -> tuple[Wire, str]:
    return a_number_field(draw, draw(ANY), "12" + draw(digits(5, 8) | digits(10, 13)))


@breaks("number_not_north_american")
def no_such_area_or_exchange(draw: st.DrawFn) -> tuple[Wire, str]:
    beginning = draw(st.sampled_from(["102212", "116206", "1212055", "1516199"]))
    number = beginning + draw(digits(11 - len(beginning)))
    return a_number_field(draw, draw(ANY), number)


@breaks("number_has_other_characters")
def other_characters(draw: st.DrawFn) -> tuple[Wire, str]:
    number = draw(american)
    stranger = draw(st.sampled_from("abcxX,:;#*\u00e9\u0661\uff11\u00b2\u2212\n\t\u00ad\x00"))
    place = draw(st.integers(1, len(number)))
    return a_number_field(draw, draw(ANY), number[:place] + stranger + number[place:])


@breaks("message_blank")
def only_blanks(draw: st.DrawFn) -> tuple[Wire, str]:
    blanks = draw(st.text(" \t\n\r\v\f\u00a0\u2003\u3000", max_size=9))
    return replaced(draw(messages(media=False)), message=blanks), "message"


@breaks("message_too_long")
def too_many_characters(draw: st.DrawFn) -> tuple[Wire, str]:
    return replaced(draw(ANY), message=draw(visible) * draw(st.integers(1601, 1700))), "message"


@breaks("lone_surrogate")
def half_a_character(draw: st.DrawFn) -> tuple[Wire, str]:
    field = draw(st.sampled_from(["message", "user_data"]))
    half = draw(st.characters(categories=["Cs"]))
    return {**draw(ANY), field: f"Hello {half}"}, field


@breaks("too_many_media")
def too_many_media(draw: st.DrawFn) -> tuple[Wire, str]:
    return replaced(draw(MMS), media_urls=draw(st.lists(urls, min_size=11, max_size=13))), "media_urls"


def one_url(draw: st.DrawFn, url: str) -> tuple[Wire, str]:
    wire = draw(MMS)
    return replaced(wire, media_urls=[*wire["media_urls"][1:], url]), "media_urls"


@breaks("url_not_http")
def no_absolute_http_url(draw: st.DrawFn) -> tuple[Wire, str]:
    others = [
        "ftp://example.org/cat.png",
        "/cat.png",
        "//example.org/cat.png",
        "cat.png",
        "https:example.org",
        "file:///x",
        "",
    ]
    return one_url(
        draw, draw(st.sampled_from([*others, "data:image/png,x", "httpss://example.org", "https:/example.org"]))
    )


@breaks("url_has_user_info")
def user_information(draw: st.DrawFn) -> tuple[Wire, str]:
    user = draw(st.sampled_from(["user", "user:password", ":password", ":", ""]))
    return one_url(draw, f"https://{user}@example.org/cat.png")


@breaks("url_without_host")
def no_host(draw: st.DrawFn) -> tuple[Wire, str]:
    authority = draw(
        st.sampled_from(["", ":443", "example.org:65536", "example.org:x", "[2001:db8::7", "example.org:-1"])
    )
    return one_url(draw, f"https://{authority}/cat.png")


@breaks("url_has_forbidden_characters")
def blanks_and_controls_in_a_url(draw: st.DrawFn) -> tuple[Wire, str]:
    blank = draw(st.sampled_from([" ", "\t", "\n", "\r", "\x00", "\x1f", "\x7f", "\u00a0", "\u2028", "\u3000"]))
    url = draw(urls)
    place = draw(st.integers(0, len(url)))
    return one_url(draw, url[:place] + blank + url[place:])


@breaks("number_repeated")
def a_repeated_recipient(draw: st.DrawFn) -> tuple[Wire, str]:
    wire = draw(GROUP)
    group = wire["group_recipients"]
    return replaced(wire, group_recipients=[*group, draw(st.sampled_from(group))]), "group_recipients"


@breaks("group_too_large")
def too_large_a_group(draw: st.DrawFn) -> tuple[Wire, str]:
    wire = draw(GROUP)
    others = [number for number in wire["group_recipients"] if number not in (wire["from"], wire["to"])]
    fewest = 10 - len({wire["from"], wire["to"]}) + 1
    padding = [f"1919555{place:04}" for place in range(fewest + draw(st.integers(0, 3)) - len(others))]
    return replaced(wire, group_recipients=[*others, *padding]), "group_recipients"


@breaks("outside_us")
def abroad(draw: st.DrawFn) -> tuple[Wire, str]:
    number = draw(foreign)
    if draw(st.booleans()):
        return replaced(draw(SMS), from_=draw(short_codes), to=number), "to"
    wire = draw(messages(media=True) | messages(group=True))
    field = draw(st.sampled_from([name for name in ("to", "group_recipients") if name in wire]))
    if field == "group_recipients":
        return replaced(wire, group_recipients=[number, *wire[field][1:]]), field
    if wire["to"] in wire.get("group_recipients", []):
        wire["group_recipients"].remove(wire["to"])
    return replaced(wire, to=number, group_recipients=wire.get("group_recipients") or None), field


@breaks("type_disagrees")
def another_type(draw: st.DrawFn) -> tuple[Wire, str]:
    wire = draw(ANY)
    is_mms = bool({"media_urls", "group_recipients"} & wire.keys())
    return replaced(wire, type=draw(st.sampled_from(["sms" if is_mms else "mms", "MMS", "SMS", "email", ""]))), "type"


@breaks("names_differ")
def two_names_that_differ(draw: st.DrawFn) -> tuple[Wire, str]:
    wire = draw(SMS)
    field = draw(st.sampled_from(["from", "to"]))
    other = draw(american.filter(lambda number: number != wire[field]))
    return {**wire, f"{field}_did": other}, field


@breaks("wrong_type")
def another_type_of_value(draw: st.DrawFn) -> tuple[Wire, str]:
    no_text = st.sampled_from([15162065574, 1.5, True, {"a": 1}, ["a"]])
    no_list = st.sampled_from(["https://example.org/cat.png", "15162065574", 7, True, {"0": "a"}])
    field = draw(st.sampled_from(["from", "to", "message", "user_data", "media_urls", "group_recipients"]))
    wire = draw(ANY)
    if field == "media_urls" or (field == "group_recipients" and "group_recipients" in wire):
        items = st.lists(st.sampled_from([7, None, True, ["a"]]), min_size=1, max_size=2)
        wire = draw(MMS) if field == "media_urls" else wire
        return {**wire, field: draw(no_list | items)}, field
    field = "to" if field == "group_recipients" else field
    return {**wire, field: draw(no_text)}, field


@breaks("unknown_field")
def a_field_of_nobody(draw: st.DrawFn) -> tuple[Wire, str]:
    name = draw(st.sampled_from(["body", "mesage", "media_url", "status", "message_sid", "From", "price"]))
    return {**draw(ANY), name: draw(st.sampled_from([None, "Hello"]))}, name


@pytest.mark.parametrize("rule", BREAKINGS)
def test_a_broken_rule_is_refused_by_both(emulator: Emulator, rule: str) -> None:
    @sampled
    @given(BREAKINGS[rule], st.booleans())
    def examine(broken: tuple[Wire, str], legacy: bool) -> None:
        wire, field = broken
        assert client_refuses(wire) == {(field, rule)}
        assert emulator_refuses(emulator, wire) == {field}

        if legacy and rule != "names_differ":
            old = renamed(wire)
            # The client blames a field by its present name, the emulator by the name that it was given.
            assert client_refuses(old) == {(field, rule)}
            assert emulator_refuses(emulator, old) == {
                field if wire.get(field) is None else renamed({field: 0}).popitem()[0]
            }

    examine()


@examined
@given(wire=ANY, field=st.sampled_from(["from", "to"]))
def test_both_accept_the_same_value_under_both_names(emulator: Emulator, wire: Wire, field: str) -> None:
    both = {**wire, f"{field}_did": wire[field]}

    assert client_refuses(both) == set()
    assert emulator_refuses(emulator, both) == set()


@examined
@given(group=st.lists(american, min_size=7, max_size=12, unique=True), sender=numbers, recipient=american)
def test_both_draw_the_line_of_a_group_at_the_same_place(
    emulator: Emulator, group: list[str], sender: str, recipient: str
) -> None:
    wire: Wire = {"from": sender, "to": recipient, "message": "Hi", "group_recipients": group, "type": "mms"}
    too_many = len({sender, recipient, *group}) > 10

    assert client_refuses(wire) == ({("group_recipients", "group_too_large")} if too_many else set())
    assert emulator_refuses(emulator, wire) == ({"group_recipients"} if too_many else set())
