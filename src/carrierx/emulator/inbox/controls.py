"""What the page can do to its emulator besides reading: play faults, hold its time, let a message come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from carrierx.emulator.core import Emulator
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.faults import FaultRule
from carrierx.emulator.http_types import JSONObject, JSONValue
from carrierx.emulator.inbox.http_errors import NOT_FOUND, InboxError
from carrierx.emulator.messages import format_time

_PLACE: Final = "rule"
_MAX_STEP_SECONDS: Final = 366 * 86_400


class Controls:
    """Does to an emulator what its page asks for.

    Args:
        emulator: The emulator.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def summary(self) -> JSONObject:
        """Return what the page shows on its buttons: how many faults are on, how often they struck, the time."""
        rules = self._emulator.faults.rules
        clock = self._emulator.clock
        return {
            "faults": len(rules),
            "hits": sum(rule.hits for rule in rules),
            "held": clock.held,
            "now": format_time(clock.now()),
        }

    def faults(self) -> JSONObject:
        """Return every fault that is on."""
        return {"rules": [rule.to_json() for rule in self._emulator.faults.rules]}

    def add_fault(self, asked: Mapping[str, JSONValue]) -> JSONObject:
        """Switch a fault on.

        Raises:
            InboxError: It makes no rule.
        """
        try:
            self._emulator.faults.add(FaultRule.from_json(asked, _PLACE))
        except EmulatorError as error:
            raise InboxError(str(error).replace(f"{_PLACE}.", "")) from error
        return self.faults()

    def remove_fault(self, asked: Mapping[str, JSONValue]) -> JSONObject:
        """Switch a fault off; all of them when no `id` is given.

        Raises:
            InboxError: There is no such fault.
        """
        faults = self._emulator.faults
        if "id" not in asked:
            faults.clear()
        else:
            try:
                faults.remove(str(asked["id"]))
            except KeyError as error:
                raise InboxError("this fault is off already", NOT_FOUND) from error
        return self.faults()

    def turn_clock(self, asked: Mapping[str, JSONValue]) -> JSONObject:
        """Hold the clock, let it run, or move it on by `step` seconds.

        Raises:
            InboxError: It is asked for something else.
        """
        clock = self._emulator.clock
        step = asked.get("step")
        if isinstance(step, int | float):
            if not 0 <= step <= _MAX_STEP_SECONDS:
                raise InboxError(f"step must be 0 to {_MAX_STEP_SECONDS} seconds")
            clock.step(step)
        elif asked.get("held") is True:
            clock.hold()
        elif asked.get("held") is False:
            clock.release()
        else:
            raise InboxError("held must be true or false, or step a number of seconds")
        return self.summary()

    def receive(self, asked: Mapping[str, JSONValue]) -> JSONObject:
        """Let a message come in from a phone.

        Returns:
            Its SMS object.

        Raises:
            InboxError: It could not be a message.
        """
        urls = asked.get("media_urls", [])
        if not isinstance(urls, Sequence) or isinstance(urls, str):
            raise InboxError("media_urls must be a list")
        sender, recipient, text = (_text(asked, name) for name in ("from", "to", "message"))
        media = [str(url) for url in urls]
        try:
            return self._emulator.receive(from_=sender, to=recipient, message=text or None, media_urls=media)
        except ValueError as error:
            raise InboxError(str(error)) from error


def _text(asked: Mapping[str, JSONValue], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise InboxError(f"{name} must be a string")
    return value
