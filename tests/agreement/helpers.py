"""What the client and the emulator each say of a message, and messages for them to judge."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from hypothesis import Phase, settings
from hypothesis import strategies as st

from carrierx import InvalidMessageError, SendMessageRequest
from carrierx.emulator import BASE_PATH, DEMO_TOKEN, Emulator, EmulatorResponse, Request

Wire: TypeAlias = dict[str, Any]
"""A message as it stands on the wire: the fields of a JSON object, numbers in digits."""

# The same examples on every machine and in every run. A counterexample is shown as it was found: making it smaller can
# take minutes, and the messages are small.
examined = settings(
    derandomize=True, database=None, deadline=None, max_examples=200, phases=(Phase.explicit, Phase.generate)
)
sampled = settings(examined, max_examples=50)
"""For what is examined once for each rule."""

_HEADERS = (("authorization", f"Bearer {DEMO_TOKEN}"), ("content-type", "application/json"))


def post(emulator: Emulator, body: bytes) -> EmulatorResponse:
    """Hand a body to the emulator as a send."""
    return emulator.handle(Request("POST", f"{BASE_PATH}/sms/messages", "", _HEADERS, body))


def checked(wire: Mapping[str, object]) -> SendMessageRequest:
    """What the client makes of a message; it may raise."""
    return SendMessageRequest.parse(wire)


def client_refuses(wire: Mapping[str, object]) -> set[tuple[str, str]]:
    """The field and the rule of everything that the client finds wrong; list positions are left out."""
    try:
        checked(wire)
    except InvalidMessageError as error:
        return {(rule.field.partition("[")[0], rule.rule) for rule in error.broken_rules}
    return set()


def emulator_refuses(emulator: Emulator, wire: Mapping[str, object]) -> set[str]:
    """The fields of everything that the emulator finds wrong."""
    response = post(emulator, json.dumps(wire).encode())  # half surrogates go out escaped
    if response.status == 200:
        return set()
    assert response.status == 422, response.body
    entries = cast("list[dict[str, str | None]]", json.loads(response.body)["errors"])
    assert entries
    return {entry["field"] or "(unknown)" for entry in entries}


@st.composite
def digits(draw: st.DrawFn, fewest: int, most: int | None = None) -> str:
    """So many digits, leading zeros among them."""
    length = draw(st.integers(fewest, most or fewest))
    return f"{draw(st.integers(0, 10**31 - 1)):031}"[-length:]


@st.composite
def longest_texts(draw: st.DrawFn) -> str:
    """A text of just as many characters as a message may have."""
    rest = draw(texts)
    return draw(visible) * (1600 - len(rest)) + rest


american = st.builds("1{}2{}".format, st.sampled_from(["212", "516", "787", "800", "999"]), digits(6))
canadian_or_caribbean = st.builds("1{}9{}".format, st.sampled_from(["204", "416", "876", "905"]), digits(6))
# Ten digits that can be a US number without its leading 1 are a difference of their own.
overseas = st.builds("{}{}".format, st.sampled_from("23456789"), digits(6, 14)).filter(
    lambda number: not re.fullmatch("[2-9][0-9]{2}[2-9][0-9]{6}", number)
)
foreign = canadian_or_caribbean | overseas
numbers = american | foreign
short_codes = digits(3, 6)

# Half surrogates, which no text can hold, are a rule of their own.
characters = st.characters(exclude_categories=["Cs"])
visible = st.sampled_from('aZ7?\u00e9\u20ac\u05d0\u6f22\U0001f600{[\\"')
texts = st.builds("{}{}".format, visible, st.text(characters, max_size=20))

hosts = st.sampled_from(
    ["storage.carrierx.com", "EXAMPLE.org", "localhost", "192.0.2.7", "[2001:db8::7]", "b\u00fccher.example"]
)
ports = st.sampled_from(["", ":", ":1", ":443", ":08080", ":65535"])
paths = st.sampled_from(["", "/", "/f/cdac0471?x=@:/&y=%20", "/a,b;c=(1)[2]*!$'", "?q", "#top", "/\u00fc\U0001f600"])
urls = st.builds("{}://{}{}{}".format, st.sampled_from(["http", "https", "HTTPS", "Http"]), hosts, ports, paths)


@st.composite
def messages(draw: st.DrawFn, *, media: bool | None = None, group: bool | None = None) -> Wire:
    """A message that keeps every rule.

    Args:
        draw: Hypothesis' own.
        media: Whether it has media; None leaves it open.
        group: Whether it has group recipients; None leaves it open.
    """
    media = draw(st.booleans()) if media is None else media
    group = draw(st.booleans()) if group is None else group
    wire: Wire = {}
    wire["from"] = draw(st.one_of(american, numbers, short_codes))
    us_only = media or group or len(wire["from"]) <= 6
    wire["to"] = draw(american if us_only else numbers)
    if not media or draw(st.booleans()):
        wire["message"] = draw(texts | longest_texts())
    if media:
        wire["media_urls"] = draw(st.lists(urls, min_size=1, max_size=3) | st.just(["https://example.org/"] * 10))
    if group:
        # One number may be exchanged for another, and the group is not too large for it.
        members = draw(st.lists(american, min_size=1, max_size=7, unique=True))
        with_recipient = draw(st.booleans()) and wire["to"] not in members
        wire["group_recipients"] = [*members, wire["to"]] if with_recipient else members
        wire["type"] = "mms"
    elif draw(st.booleans()):
        wire["type"] = "mms" if media else "sms"
    if draw(st.booleans()):
        wire["user_data"] = draw(st.text(characters, max_size=20))
    return wire


def renamed(wire: Mapping[str, object]) -> Wire:
    """The same message under the names of legacy accounts."""
    return {{"from": "from_did", "to": "to_did"}.get(name, name): value for name, value in wire.items()}
