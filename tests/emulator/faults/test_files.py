"""Rules as JSON, and what is said about a faults file with a typo."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrierx.emulator import Emulator, EmulatorError
from carrierx.emulator.faults import FaultKind, FaultRule
from tests.emulator.helpers import PHONE, send
from tests.support.rows import check_rows

OTHER = "14352105009"
KINDS = "answer, delay, lose_answer, truncate_answer, garble_answer"


def test_a_file_gives_rules_in_its_order(emulator: Emulator) -> None:
    rules = emulator.faults.load(
        {
            "faults": [
                {"kind": "answer", "status": 503, "retry_after": 2, "headers": {"X": "y"}, "times": 1},
                {"kind": "delay", "seconds": 0.5, "path": "/sms/*", "method": "POST", "probability": 0.5, "seed": 7},
                {"kind": "lose_answer", "id": "lost", "number": PHONE},
            ]
        }
    )

    assert rules == emulator.faults.rules
    assert [rule.id for rule in rules] == ["fault-1", "fault-2", "lost"]
    assert (rules[0].status, rules[0].retry_after, rules[0].headers, rules[0].times) == (503, 2, (("X", "y"),), 1)
    assert (rules[1].seconds, rules[1].path, rules[1].method, rules[1].probability) == (0.5, "/sms/*", "POST", 0.5)
    assert rules[2].number == PHONE


def test_a_bare_list_will_do(emulator: Emulator) -> None:
    assert emulator.faults.load([{"kind": "garble_answer"}])[0].kind is FaultKind.GARBLE_ANSWER
    assert emulator.faults.load([]) == ()


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ({"body": {"a": [1, None]}}, {"a": [1, None]}),
        ({"body_text": "<p>Ö</p>"}, "<p>Ö</p>".encode()),
        ({"body_base64": "AP8="}, b"\x00\xff"),
        ({}, None),
    ],
)
def test_a_body_is_written_in_three_ways(field: dict[str, object], body: object) -> None:
    assert FaultRule.from_json({"kind": "answer", "status": 502, **field}).body == body


@pytest.mark.parametrize(
    "rule",
    [
        FaultRule(kind=FaultKind.ANSWER, status=503, body={"a": 1}, headers=(("X", "y"),), retry_after="later"),
        FaultRule(kind=FaultKind.ANSWER, status=503, body=b"\xff", times=3, hits=2, id="mine"),
        FaultRule(kind=FaultKind.ANSWER, status=503, body=b"text", path="/sms/*", method="GET", number=PHONE),
        FaultRule(kind=FaultKind.DELAY, seconds=0.5, probability=0.25, seed=9),
        FaultRule(kind=FaultKind.TRUNCATE_ANSWER),
    ],
)
def test_a_rule_survives_being_written_and_read(rule: FaultRule) -> None:
    written = json.loads(json.dumps(rule.to_json()))

    assert FaultRule.from_json(written) == rule


MISTAKES: list[tuple[object, str]] = [
    ([{"kind": "answr", "status": 503}], f'faults[0].kind must be one of: {KINDS}; did you mean "answer"?'),
    ([{"kind": "explode"}], f"faults[0].kind must be one of: {KINDS}"),
    ([{"kind": 3}], f"faults[0].kind must be one of: {KINDS}"),
    ([{"knd": "delay"}], f'faults[0].kind is required, one of: {KINDS}; the field "knd" may be a typo'),
    ([{}], f"faults[0].kind is required, one of: {KINDS}"),
    (
        [{"kind": "lose_answer"}, {"kind": "delay", "seconds": 1, "probabilty": 0.5}],
        'faults[1].probabilty is not a field of a rule of the kind delay; did you mean "probability"?',
    ),
    ([{"kind": "delay", "second": 1}], "faults[0].second is not a field of a rule of the kind delay; did you mean"),
    ([{"kind": "delay"}], "faults[0].seconds is required"),
    ([{"kind": "answer"}], "faults[0].status is required"),
    ([{"kind": "answer", "status": "503"}], "faults[0].status must be a whole number from 200 to 599, not a string"),
    ([{"kind": "delay", "seconds": 1, "status": 503}], "faults[0].status is not a field of a rule of the kind delay"),
    ([{"kind": "lose_answer", "times": True}], "faults[0].times must be a whole number of 1 or more, or null"),
    ([{"kind": "lose_answer", "path": "/sms/mesages"}], 'matches no path of the API; did you mean "/sms/messages"?'),
    ([{"kind": "lose_answer", "method": "PSOT"}], 'did you mean "POST"?'),
    ([{"kind": "answer", "status": 503, "headers": ["X"]}], "faults[0].headers must be an object of strings"),
    ([{"kind": "answer", "status": 503, "headers": {"X": 1}}], "faults[0].headers must be pairs of strings"),
    ([{"kind": "answer", "status": 503, "body_text": 1}], "faults[0].body_text must be a string, not 1"),
    (
        [{"kind": "answer", "status": 503, "body_text": "\ud800"}],
        "body_text must be a string without lone surrogates",
    ),
    ([{"kind": "answer", "status": 503, "body_base64": "?"}], "faults[0].body_base64 must be valid base64"),
    ([{"kind": "answer", "status": 503, "body": 1, "body_text": "1"}], "faults[0].body must be given once"),
    ([3], "faults[0] must be an object, not 3"),
    ([None], "faults[0] must be an object, not null"),
    ({"faults": {}}, "faults must be a list of rules, not an object"),
    ({"fault": []}, 'fault is not a field of a faults file; did you mean "faults"?'),
    ({}, 'faults is missing: put the list of rules in the field "faults"'),
    ("text", "a faults file must be an object with the list faults, not a string"),
    (
        [{"kind": "lose_answer", "id": "a"}, {"kind": "lose_answer", "id": "a"}],
        "two fault rules have the id 'a'",
    ),
]


def test_a_mistake_is_told_with_its_place(emulator: Emulator) -> None:
    def check(row: tuple[object, str]) -> None:
        data, problem = row
        with pytest.raises(EmulatorError) as caught:
            emulator.faults.load(data)

        assert problem in str(caught.value)

    check_rows(MISTAKES, check)


def test_every_mistake_is_told_and_no_rule_is_added(emulator: Emulator) -> None:
    with pytest.raises(EmulatorError) as caught:
        emulator.faults.load([{"kind": "lose_answer"}, {"kind": "delay", "times": 0}, {"kind": "dlay"}])

    places = [line.partition(" ")[0] for line in str(caught.value).splitlines()]
    assert places == ["faults[1].times", "faults[1].seconds", "faults[2].kind"]
    assert emulator.faults.rules == ()
    assert send(emulator).status == 200


def test_what_was_written_is_not_repeated(emulator: Emulator) -> None:
    with pytest.raises(EmulatorError) as caught:
        emulator.faults.load([{"kind": "lose_answer", "path": OTHER, "times": OTHER, "number": f"{OTHER}x"}])

    assert OTHER not in str(caught.value)


def test_a_file_is_read(emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('{"faults": [{"kind": "answer", "status": 503}]}', encoding="utf-8")

    emulator.faults.load_file(path)

    assert send(emulator).status == 503


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"{", "is not valid JSON: Expecting property name"),
        (b"\xff", "is not valid JSON"),
        (b"[NaN]", "is not valid JSON: NaN is not JSON"),
        (b'{"faults": [], "faults": []}', "is not valid JSON: a field occurs twice"),
        (b"[" * 100_000, "is not valid JSON"),
        (b'{"faults": [{"kind": "dlay"}]}', "is invalid:\nfaults[0].kind must be one of"),
    ],
)
def test_a_broken_file_is_told_by_its_name(emulator: Emulator, tmp_path: Path, text: bytes, problem: str) -> None:
    path = tmp_path / "faults.json"
    path.write_bytes(text)

    with pytest.raises(EmulatorError) as caught:
        emulator.faults.load_file(path)

    assert str(caught.value).startswith(f"the faults file {path} ")
    assert problem in str(caught.value)


def test_a_file_that_is_not_there_is_told(emulator: Emulator, tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match=r"faults file .*missing\.json can't be read: No such file"):
        emulator.faults.load_file(tmp_path / "missing.json")
