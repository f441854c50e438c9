"""The access control lists that apply to messages."""

from __future__ import annotations

from carrierx.emulator import Emulator
from tests.emulator.helpers import PARTNER_SID, blamed, call, get, read

PATH = "/accesscontrol/effective_acl/sms"


def test_they_are_those_that_the_parent_assigned(emulator: Emulator) -> None:
    answer = read(emulator, PATH)

    assigned = read(emulator, f"/partners/{PARTNER_SID}")["parent_assigned_acls"]
    assert answer["items"] == [{"effective_acls": assigned, "layer": 1}]
    assert (answer["count"], answer["limit"], answer["offset"], answer["total"]) == (1, 1, 0, 1)
    assert (answer["has_more"], answer["pagination"]) == (False, {})


def test_they_can_be_narrowed_by_their_direction(emulator: Emulator) -> None:
    assert read(emulator, PATH, direction="outbound") == read(emulator, PATH)
    for direction in ("any", "inbound", "undirected"):
        answer = read(emulator, PATH, direction=direction)
        assert (answer["items"], answer["count"], answer["total"]) == ([], 0, 0)
    assert blamed(get(emulator, PATH, direction="sideways"), 400) == "direction"


def test_those_of_another_account_are_not_shown(emulator: Emulator) -> None:
    assert read(emulator, PATH, partner_sid=PARTNER_SID) == read(emulator, PATH)
    assert get(emulator, PATH, partner_sid="ed437757").status == 404


def test_there_are_none_of_anything_else(emulator: Emulator) -> None:
    assert call(emulator, "GET", "/core/v2/accesscontrol/effective_acl/voice").status == 404
