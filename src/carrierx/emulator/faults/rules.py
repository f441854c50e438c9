"""All the rules of one emulator: made, counted, and applied to its requests."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.faults.effects import answer_of
from carrierx.emulator.faults.kinds import FaultKind, FaultWhere
from carrierx.emulator.faults.matching import is_of_the_api, number_matches, path_matches
from carrierx.emulator.faults.reading import rules_in
from carrierx.emulator.faults.rule import FaultRule
from carrierx.emulator.http_types import JSONValue, Request, Response
from carrierx.emulator.json_body import parse_json


class FaultRules:
    """The faults that an emulator plays; safe to share between threads.

    Each request meets the rules in the order in which they were added. Every delay that strikes adds up; of the other
    kinds the first that strikes does. A rule strikes a request that its path, method and number cover, for as long as
    its `times` have not run out, if its own chance says so. The chance is drawn once for each request that reaches the
    rule so far, so that the same requests in the same order meet the same faults again.

    Faults strike the API and published files, and nothing else that is served beside them.

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
        """Every rule in its order, each with how often it has struck so far; one that rests is still there."""
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
        """Answer in the emulator's place, which does not see the request: nothing is accepted or stored.

        Args:
            status: The status code, 200 to 599.
            body: The body, raw as bytes, or a JSON value. Left out, an error gets a body in the API's shape.
            headers: Header lines.
            retry_after: The value of `Retry-After`: seconds, or a text such as a date.
            **where: Which requests it strikes, and how often: see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value can't be.
        """
        lines = tuple((headers or {}).items())
        rule = FaultRule(
            kind=FaultKind.ANSWER, status=status, body=body, headers=lines, retry_after=retry_after, **where
        )
        return self.add(rule)

    def delay(self, seconds: float, **where: Unpack[FaultWhere]) -> FaultRule:
        """Deal with the request at once, but answer later.

        Args:
            seconds: How much later, 0 to 3600.
            **where: Which requests it strikes, and how often: see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value can't be.
        """
        return self.add(FaultRule(kind=FaultKind.DELAY, seconds=seconds, **where))

    def lose_answer(self, **where: Unpack[FaultWhere]) -> FaultRule:
        """Deal with the request, then close the connection without a byte: a message is accepted, and nobody told.

        Args:
            **where: Which requests it strikes, and how often: see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value can't be.
        """
        return self.add(FaultRule(kind=FaultKind.LOSE_ANSWER, **where))

    def truncate_answer(self, **where: Unpack[FaultWhere]) -> FaultRule:
        """Deal with the request, and close the connection halfway through the answer's body.

        `Content-Length` announces the whole. An answer that has no body is lost.

        Args:
            **where: Which requests it strikes, and how often: see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value can't be.
        """
        return self.add(FaultRule(kind=FaultKind.TRUNCATE_ANSWER, **where))

    def garble_answer(self, **where: Unpack[FaultWhere]) -> FaultRule:
        """Deal with the request, and answer with rubbish that is declared as JSON.

        The status stays what it was: 200 when the request was accepted.

        Args:
            **where: Which requests it strikes, and how often: see `FaultWhere`.

        Returns:
            The rule.

        Raises:
            ValueError: A value can't be.
        """
        return self.add(FaultRule(kind=FaultKind.GARBLE_ANSWER, **where))

    def add(self, rule: FaultRule) -> FaultRule:
        """Add a rule behind the others; it begins to count from nothing.

        Args:
            rule: The rule.

        Returns:
            The rule with its id, which is made if it has none.

        Raises:
            ValueError: There is a rule with this id.
        """
        return self._add_all([rule])[0]

    def load(self, json_data: object, place: str = "") -> tuple[FaultRule, ...]:
        """Add the rules of a faults file, all or none.

        Args:
            json_data: The file's JSON as Python has it: an object that has the list `faults`, or the list itself.
            place: What the places in an error's text begin with.

        Returns:
            The rules, each with its id.

        Raises:
            EmulatorError: Something in it makes no rule; it says where, what is wrong, and the nearest known name.

        Example:
            >>> emulator.faults.load({"faults": [{"kind": "delay", "seconds": 0.2, "path": "/sms/*"}]})[0].seconds
            0.2
        """
        rules: list[FaultRule] = []
        problems: list[str] = []
        for data, where in rules_in(json_data, place):
            try:
                rules.append(FaultRule.from_json(data, where))
            except EmulatorError as error:
                problems.append(str(error))
        if problems:
            raise EmulatorError("\n".join(problems))
        try:
            return self._add_all(rules)
        except ValueError as error:
            raise EmulatorError(f"{place}{error}") from error

    def load_file(self, path: str | Path) -> tuple[FaultRule, ...]:
        """Add the rules of a faults file, all or none.

        Args:
            path: The file: JSON in UTF-8.

        Returns:
            The rules, each with its id.

        Raises:
            EmulatorError: The file can't be read, is no JSON, or something in it makes no rule.
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
            raise EmulatorError(f"the faults file {path} is wrong:\n{error}") from error

    def remove(self, rule_id: str) -> None:
        """Take a rule away.

        Args:
            rule_id: The rule's id.

        Raises:
            KeyError: There is no such rule.
        """
        with self._lock:
            del self._entries[rule_id]

    def clear(self) -> None:
        """Take every rule away."""
        with self._lock:
            self._entries.clear()

    def play(self, request: Request, honest: Callable[[Request], Response]) -> Response:
        """Answer a request, with the faults that strike it.

        Args:
            request: The request.
            honest: Deals with the request, and returns the answer that it would have had. Called once at most.
        """
        if not self._entries or not is_of_the_api(request.path):
            return honest(request)
        with self._lock:
            delay, rule = self._choose(request)
        answer = answer_of(rule, lambda: honest(request))
        return replace(answer, delivery=replace(answer.delivery, delay=answer.delivery.delay + delay))

    def _choose(self, request: Request) -> tuple[float, FaultRule | None]:
        delay = 0.0
        chosen: FaultRule | None = None
        for entry in self._entries.values():
            rule = entry.rule
            is_delay = rule.kind is FaultKind.DELAY
            if (is_delay or chosen is None) and entry.strikes(request):
                delay += rule.seconds or 0.0
                chosen = chosen if is_delay else rule
        return delay, chosen

    def _add_all(self, rules: list[FaultRule]) -> tuple[FaultRule, ...]:
        with self._lock:
            taken = set(self._entries)
            for rule in rules:
                if rule.id and rule.id in taken:
                    raise ValueError(f"there are two fault rules with the id {rule.id!r}: leave it out or change one")
                taken.add(rule.id)
            named = tuple(replace(rule, id=rule.id or self._new_id(taken), struck=0) for rule in rules)
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
        self._chance = random.Random(rule.seed)  # noqa: S311  a run that can be repeated is the point
        self._struck = 0

    def snapshot(self) -> FaultRule:
        return replace(self.rule, struck=self._struck)

    def strikes(self, request: Request) -> bool:
        rule = self.rule
        if rule.times is not None and self._struck >= rule.times:
            return False
        if rule.method not in (None, request.method) or not path_matches(rule.path, request.path):
            return False
        if not number_matches(rule.number, request.body):
            return False
        strikes = self._chance.random() < rule.probability
        self._struck += strikes
        return strikes
