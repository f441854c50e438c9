"""Conversations in the control API, as the inbox shows them, and what has changed in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from carrierx.emulator.control.arguments import Fields, refused
from carrierx.emulator.control.clock import clock_state
from carrierx.emulator.control.messages import read_status
from carrierx.emulator.control.paging import read_before
from carrierx.emulator.control.routing import ControlRequest
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.store.conversation_table import Pair


def list_conversations(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return the latest conversations."""
    parameters = asked.parameters(("q", "status", "before"))
    before, search, status = read_before(parameters), parameters.text("q") or "", read_status(parameters)
    with emulator.in_use():
        return emulator.inbox.conversations(before=before, search=search, status=status)


def messages_of_conversation(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return the latest messages of a conversation, oldest first."""
    parameters = asked.parameters(("ours", "theirs", "before"))
    pair = Pair(parameters.needed_text("ours"), parameters.needed_text("theirs"))
    before = read_before(parameters)
    with emulator.in_use():
        return emulator.inbox.messages(pair, before=before)


def changes(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return what has changed since a page last asked."""
    asked.parameters()
    fields = Fields(asked.request, ("after", "watched"))
    after, watched = fields.whole_number("after"), fields.all.get("watched", {})
    if not isinstance(watched, Mapping) or not all(isinstance(mark, str) for mark in watched.values()):
        raise refused("must be an object of strings", "watched")
    with emulator.in_use():
        found = emulator.inbox.changes(after, cast("Mapping[str, str]", watched))
        return found | {"controls": control_summary(emulator)}


def control_summary(emulator: Emulator) -> JSONObject:
    """Return what the buttons of a page show: the faults, the log and the clock."""
    rules = emulator.faults.rules
    return {
        "faults": len(rules),
        "used_up": sum(rule.used_up for rule in rules),
        "hits": sum(rule.hits for rule in rules),
        "requests": emulator.request_log.last_number,
        "problems": emulator.request_log.problems,
        **clock_state(emulator),
    }
