"""Whatever the client lets out, the emulator takes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from carrierx.emulator import Emulator
from tests.agreement.helpers import Wire, checked, client_refuses, emulator_refuses, examined, messages, post, renamed


@examined
@given(wire=messages(), legacy=st.booleans(), mark=st.none() | st.just("order-17"))
def test_what_the_client_accepts_the_emulator_accepts(
    emulator: Emulator, wire: Wire, legacy: bool, mark: str | None
) -> None:
    request = checked(wire)
    mark = None if request.user_data is not None else mark

    answer = post(emulator, request.to_wire(legacy_field_names=legacy, user_data=mark))
    assert answer.status == 200, answer.body

    names = ("from_did", "to_did") if legacy else ("from", "to")
    accepted = json.loads(answer.body)
    assert [accepted[name] for name in names] == [wire["from"], wire["to"]]
    assert accepted["message"] == wire.get("message")
    assert accepted["media_urls"] == wire.get("media_urls", [])
    assert accepted["group_recipients"] == wire.get("group_recipients", [])
    assert accepted["user_data"] == wire.get("user_data", mark)
    assert accepted["type"] == request.kind == ("mms" if {"media_urls", "group_recipients"} & wire.keys() else "sms")


@examined
@given(wire=messages(), legacy=st.booleans())
def test_both_accept_a_message_that_keeps_every_rule_under_either_name(
    emulator: Emulator, wire: Wire, legacy: bool
) -> None:
    named = renamed(wire) if legacy else wire

    assert client_refuses(named) == set()
    assert emulator_refuses(emulator, named) == set()


@examined
@given(wire=messages(), sign=st.sampled_from(["+", "+ ", ""]), separator=st.sampled_from([" ", "-", ".", ""]))
def test_the_client_sends_a_number_as_digits_however_it_was_written(
    emulator: Emulator, wire: Wire, sign: str, separator: str
) -> None:
    def as_people_write(number: str) -> str:
        return f"{sign}{number[:1]}{separator}({number[1:4]}){separator}{number[4:]}"

    written = {**wire, "to": as_people_write(wire["to"])}
    answer = post(emulator, checked(written).to_wire())

    assert json.loads(answer.body)["to"] == wire["to"]
