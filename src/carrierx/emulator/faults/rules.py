"""All fault rules of one emulator: added, counted, and applied to its requests."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Unpack

from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.faults.effects import Outcome, outcome_of
from carrierx.emulator.faults.kinds import FaultKind, FaultWhere
from carrierx.emulator.faults.matching import is_of_the_api, number_matches, path_matches
from carrierx.emulator.faults.reading import rules_in
from carrierx.emulator.faults.rule import FaultRule
from carrierx.emulator.http.json_body import parse_json
from carrierx.emulator.http.types import EmulatorResponse, JSONValue, Request


class FaultRules:
    """The fault rules of an emulator. Threads may share it.

    Each request is checked against the rules in the order in which they were added. All delays that apply add up. Of
    the other kinds, only the first rule that applies has an effect. A rule applies to requests that match its path,
    method and number, until it has been applied `times` times, and each time with its `probability`. It draws one
    random number for each matching request, so the same requests in the same order meet the same faults again.

    Faults apply to the API and to published files, not to anything else that the emulator serves.

    Example:
        >>> emulator.faults.lose_answer(path="/sms/messages", method="POST", times=1).id
        'fault-1'
        >>> [rule.kind.value for rule in emulator.faults.rules]
        ['lose_answer']
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._made = 0

    @property
    def rules(self) -> tuple[FaultRule, ...]:
        """All rules in order, with the number of hits so far, including those that are used up."""
        with self._lock:
            return tuple(entry.snapshot() for entry in self._entries.values())

    def answer(
        self,
        status: int,
        body: bytes | JSONValue = None,
        headers: Mapping[str, str] | None = None,
        *,
        retry_after: int | str | None = None,
        **where: Unpack[FaultWhere],
    ) -> FaultRule:
        """Respond instead of the emulator, which does not see the request: nothing is accepted or stored.

        Args:
            status: The status code, 200 to 599.
            body: The body: raw bytes or a JSON value. If it is left out, an error gets a body in the API's shape.
            headers: Header lines.
            retry_after: The value of `Retry-After`: seconds, or a string such as a date.
            **where: The requests that it applies to; see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value is invalid.
            TypeError: A condition is unknown.
        """
        lines = tuple((headers or {}).items())
        rule = FaultRule(
            kind=FaultKind.ANSWER, status=status, body=body, headers=lines, retry_after=retry_after, **_checked(where)
        )
        return self.add(rule)

    def delay(self, seconds: float, **where: Unpack[FaultWhere]) -> FaultRule:
        """Handle the request immediately, but respond later.

        Args:
            seconds: The delay, 0 to 3600.
            **where: The requests that it applies to; see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value is invalid.
            TypeError: A condition is unknown.
        """
        return self.add(FaultRule(kind=FaultKind.DELAY, seconds=seconds, **_checked(where)))

    def lose_answer(self, **where: Unpack[FaultWhere]) -> FaultRule:
        """Handle the request, then close the connection without a response: a message is accepted without a receipt.

        Args:
            **where: The requests that it applies to; see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value is invalid.
            TypeError: A condition is unknown.
        """
        return self.add(FaultRule(kind=FaultKind.LOSE_ANSWER, **_checked(where)))

    def truncate_answer(self, **where: Unpack[FaultWhere]) -> FaultRule:
        """Handle the request, and close the connection halfway through the response's body.

        `Content-Length` announces the complete body. A response without a body is lost instead.

        Args:
            **where: The requests that it applies to; see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value is invalid.
            TypeError: A condition is unknown.
        """
        return self.add(FaultRule(kind=FaultKind.TRUNCATE_ANSWER, **_checked(where)))

    def garble_answer(self, **where: Unpack[FaultWhere]) -> FaultRule:
        """Handle the request, and respond with garbage that is declared as JSON.

        The status doesn't change: it is 200 if the request was accepted.

        Args:
            **where: The requests that it applies to; see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value is invalid.
            TypeError: A condition is unknown.
        """
        return self.add(FaultRule(kind=FaultKind.GARBLE_ANSWER, **_checked(where)))

    def add(self, rule: FaultRule) -> FaultRule:
        """Add a rule after the others. Its count starts at 0.

        Args:
            rule: The rule.

        Returns:
            The rule with its id. If it had none, it gets one.

        Raises:
            ValueError: A rule with this id exists already.
        """
        return self._add_all([rule])[0]

    def load(self, json_data: object, location: str = "") -> tuple[FaultRule, ...]:
        """Add the rules of a faults file: all of them, or none if one is invalid.

        Args:
            json_data: The file's parsed JSON: an object with the list `faults`, or the list itself.
            location: The beginning of the locations in error texts.

        Returns:
            The rules, each with its id.

        Raises:
            EmulatorError: A rule is invalid. The error says where, what the problem is, and the closest known name.

        Example:
            >>> emulator.faults.load({"faults": [{"kind": "delay", "seconds": 0.2, "path": "/sms/*"}]})[0].seconds
            0.2
        """
        rules: list[FaultRule] = []
        problems: list[str] = []
        for data, where in rules_in(json_data, location):
            try:
                rules.append(FaultRule.from_json(data, where))
            except EmulatorError as error:
                problems.append(str(error))
        if problems:
            raise EmulatorError("\n".join(problems))
        try:
            return self._add_all(rules)
        except ValueError as error:
            raise EmulatorError(f"{location}{error}") from error

    def load_file(self, path: str | Path) -> tuple[FaultRule, ...]:
        """Add the rules of a faults file: all of them, or none if one is invalid.

        Args:
            path: The file: JSON in UTF-8.

        Returns:
            The rules, each with its id.

        Raises:
            EmulatorError: The file can't be read or is not JSON, or a rule in it is invalid.
        """
        try:
            data = parse_json(Path(path).read_bytes())
        except OSError as error:
            raise EmulatorError(f"the faults file {path} can't be read: {error.strerror or error}") from error
        except ValueError as error:
            raise EmulatorError(f"the faults file {path} is not valid JSON: {error}") from error
        try:
            return self.load(data)
        except EmulatorError as error:
            raise EmulatorError(f"the faults file {path} is invalid:\n{error}") from error

    def remove(self, rule_id: str) -> None:
        """Remove a rule.

        Args:
            rule_id: The rule's id.

        Raises:
            KeyError: There is no such rule.
        """
        with self._lock:
            del self._entries[rule_id]

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._entries.clear()

    def reset(self) -> None:
        """Remove all rules, and count their ids from the start again."""
        with self._lock:
            self._entries.clear()
            self._made = 0

    @property
    def is_empty(self) -> bool:
        """True if there are no rules."""
        return not self._entries

    def apply(self, request: Request, handle: Callable[[Request], EmulatorResponse]) -> Outcome:
        """Handle a request with the faults that apply to it.

        Args:
            request: The request.
            handle: Handles the request and returns its response without faults. Called once at most.

        Returns:
            The response to deliver, with the rules that applied.
        """
        if not self._entries or not is_of_the_api(request.path):
            made = handle(request)
            return Outcome(made, made)
        with self._lock:
            delays, rule = self._choose(request)
        return outcome_of(rule, delays, lambda: handle(request))

    def _choose(self, request: Request) -> tuple[list[FaultRule], FaultRule | None]:
        delays: list[FaultRule] = []
        chosen: FaultRule | None = None
        for entry in self._entries.values():
            rule = entry.rule
            is_delay = rule.kind is FaultKind.DELAY
            if (is_delay or chosen is None) and entry.applies_to(request):
                if is_delay:
                    delays.append(rule)
                else:
                    chosen = rule
        return delays, chosen

    def _add_all(self, rules: list[FaultRule]) -> tuple[FaultRule, ...]:
        with self._lock:
            taken = set(self._entries)
            for rule in rules:
                if rule.id and rule.id in taken:
                    raise ValueError(f"two fault rules have the id {rule.id!r}: leave it out or change one")
                taken.add(rule.id)
            named = tuple(replace(rule, id=rule.id or self._new_id(taken), hits=0) for rule in rules)
            self._entries |= {rule.id: _Entry(rule) for rule in named}
            return named

    def _new_id(self, taken: set[str]) -> str:
        while True:
            self._made += 1
            if (name := f"fault-{self._made}") not in taken:
                return name


class _Entry:
    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self._random = random.Random(rule.seed)  # noqa: S311  runs must be repeatable
        self._hits = 0

    def snapshot(self) -> FaultRule:
        return replace(self.rule, hits=self._hits)

    def applies_to(self, request: Request) -> bool:
        rule = self.rule
        if rule.times is not None and self._hits >= rule.times:
            return False
        if rule.method not in (None, request.method) or not path_matches(rule.path, request.path):
            return False
        if not number_matches(rule.number, request.body):
            return False
        applies = self._random.random() < rule.probability
        self._hits += applies
        return applies


def _checked(where: FaultWhere) -> FaultWhere:
    known = FaultWhere.__optional_keys__
    for name in where:
        if name not in known:
            likely = get_close_matches(name, known, n=1)
            hint = f"did you mean {likely[0]}?" if likely else f"known: {', '.join(sorted(known))}"
            raise TypeError(f"a fault has no condition {name!r}; {hint}")
    return where
