"""Controls of the page: simulate faults, hold the clock, and receive a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from carrierx.emulator.emulator import Emulator
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.faults import FaultRule
from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.timestamps import format_time
from carrierx.emulator.web.errors import NOT_FOUND, InboxError

_PLACE: Final = "rule"
_MAX_STEP_SECONDS: Final = 366 * 86_400


class Controls:
    """Changes an emulator at the request of its page.

    Args:
        emulator: Emulator to change.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def summary(self) -> JSONObject:
        """Return the data for the page's buttons: number of active faults and affected requests, and the time."""
        rules = self._emulator.faults.rules
        clock = self._emulator.clock
        return {
            "faults": len(rules),
            "hits": sum(rule.hits for rule in rules),
            "held": clock.held,
            "now": format_time(clock.now()),
        }

    def faults(self) -> JSONObject:
        """Return the active faults."""
        return {"rules": [rule.to_json() for rule in self._emulator.faults.rules]}

    def add_fault(self, asked: Mapping[str, JSONValue]) -> JSONObject:
        """Turn on a fault.

        Raises:
            InboxError: The rule is invalid.
        """
        try:
            self._emulator.faults.add(FaultRule.from_json(asked, _PLACE))
        except EmulatorError as error:
            raise InboxError(str(error).replace(f"{_PLACE}.", "")) from error
        return self.faults()

    def remove_fault(self, asked: Mapping[str, JSONValue]) -> JSONObject:
        """Turn off a fault, or all faults if there is no `id`.

        Raises:
            InboxError: The fault does not exist.
        """
        faults = self._emulator.faults
        if "id" not in asked:
            faults.clear()
        else:
            try:
                faults.remove(str(asked["id"]))
            except KeyError as error:
                raise InboxError("this fault is already off", NOT_FOUND) from error
        return self.faults()

    def turn_clock(self, asked: Mapping[str, JSONValue]) -> JSONObject:
        """Hold the clock, let it run, or move it forward by `step` seconds.

        Raises:
            InboxError: The request is invalid.
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
            raise InboxError("held must be true or false, or step must be a number of seconds")
        return self.summary()

    def receive(self, asked: Mapping[str, JSONValue]) -> JSONObject:
        """Receive a message from a phone.

        Returns:
            The SMS object.

        Raises:
            InboxError: The message is invalid.
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
