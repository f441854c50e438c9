"""Which requests a rule strikes, how often, and what rules make of one another."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from carrierx.emulator import DEMO_TOKEN, Delivery, Emulator, EmulatorResponse, Request
from carrierx.emulator.faults import FaultKind, FaultRule, FaultRules
from tests.emulator.helpers import CONTAINER_SID, DID, MESSAGES, PHONE, SMS, accept, call, content, get, send, upload


def statuses(emulator: Emulator, count: int) -> list[int]:
    return [send(emulator).status for _ in range(count)]


def test_an_answer_takes_the_place_of_acceptance(emulator: Emulator) -> None:
    emulator.faults.answer(503, retry_after=2)

    answer = send(emulator)

    assert (answer.status, dict(answer.headers)["retry-after"]) == (503, "2")
    assert content(answer)["message"] == "Service Unavailable"
    assert content(answer)["errors"][0].keys() == {"field", "message", "reference_sid"}
    assert emulator.messages == []
    assert len(emulator.requests_seen) == 1


@pytest.mark.parametrize(
    ("body", "written", "content_type"),
    [
        ({"a": ["é", None]}, '{"a": ["é", null]}'.encode(), "application/json"),
        ([], b"[]", "application/json"),
        ("", b'""', "application/json"),
        (b"<html>", b"<html>", None),
        (b"", b"", None),
    ],
)
def test_an_answer_has_any_body(emulator: Emulator, body: object, written: bytes, content_type: str | None) -> None:
    emulator.faults.add(FaultRule(kind=FaultKind.ANSWER, status=502, body=body))  # type: ignore[arg-type]

    answer = send(emulator)

    assert answer.body == written
    assert dict(answer.headers).get("content-type") == content_type


def test_an_answer_has_any_headers(emulator: Emulator) -> None:
    emulator.faults.answer(429, {"a": 1}, {"Content-Type": "application/problem+json", "X-Request-Id": "7"})

    told = (("Content-Type", "application/problem+json"), ("X-Request-Id", "7"))
    assert send(emulator).headers == (*told, ("vary", "Origin"))


@pytest.mark.parametrize(("status", "body"), [(204, b""), (302, b""), (599, None)])
def test_an_answer_has_any_status(emulator: Emulator, status: int, body: bytes | None) -> None:
    emulator.faults.answer(status)

    answer = send(emulator)

    assert answer.status == status
    assert body is None or answer.body == body


def test_what_is_delivered_badly_is_accepted_all_the_same(emulator: Emulator) -> None:
    for make in (emulator.faults.lose_answer, emulator.faults.truncate_answer, emulator.faults.garble_answer):
        make(times=1)

    lost, cut, garbled = send(emulator), send(emulator), send(emulator)

    assert (lost.status, lost.delivery) == (200, Delivery(lost=True))
    assert cut.delivery == Delivery(cut_after=len(cut.body) // 2)
    assert (garbled.status, dict(garbled.headers)["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r"."):
        content(garbled)
    assert len(emulator.messages) == 3


def test_an_error_stays_one_when_its_answer_is_garbled(emulator: Emulator) -> None:
    emulator.faults.garble_answer()

    assert send(emulator, to="1").status == 422


def test_an_answer_without_a_body_is_lost_instead_of_cut(emulator: Emulator) -> None:
    file_sid = upload(emulator)["file_sid"]
    emulator.faults.truncate_answer()

    deleted = call(emulator, "DELETE", f"/core/v2/storage/files/{file_sid}")

    assert (deleted.status, deleted.body, deleted.delivery.lost) == (204, b"", True)


def test_delays_add_up_and_go_with_another_fault(emulator: Emulator) -> None:
    emulator.faults.delay(0.25)
    emulator.faults.lose_answer()
    emulator.faults.delay(0.5)

    assert send(emulator).delivery == Delivery(delay=0.75, lost=True)


def test_of_the_other_kinds_the_first_strikes_and_the_rest_are_not_used_up(emulator: Emulator) -> None:
    emulator.faults.answer(500, times=1)
    emulator.faults.answer(502, times=1)

    assert statuses(emulator, 3) == [500, 502, 200]


def test_a_rule_strikes_so_many_times_and_then_rests(emulator: Emulator) -> None:
    emulator.faults.answer(503, times=2)

    assert statuses(emulator, 4) == [503, 503, 200, 200]
    assert [rule.hits for rule in emulator.faults.rules] == [2]


def test_the_rule_that_was_given_does_not_change_when_it_strikes(emulator: Emulator) -> None:
    rule = emulator.faults.answer(503)
    send(emulator)

    assert rule.hits == 0


@pytest.mark.parametrize("pattern", ["/sms/messages", "/core/v2/sms/messages", "/sms/*", "*messages", "*", None])
def test_a_path_covers_a_request(emulator: Emulator, pattern: str | None) -> None:
    emulator.faults.answer(503, path=pattern)

    assert send(emulator).status == 503


@pytest.mark.parametrize("pattern", ["/sms/messages/*", "/sms/message_drs", "/storage/*"])
def test_a_path_leaves_other_requests_alone(emulator: Emulator, pattern: str) -> None:
    emulator.faults.answer(503, path=pattern)

    assert send(emulator).status == 200


def test_what_is_special_elsewhere_is_plain_in_a_path(emulator: Emulator) -> None:
    sid = accept(emulator)["message_sid"]
    emulator.faults.answer(503, path=f"/sms/messages/{'.' * len(sid)}")

    assert get(emulator, f"/sms/messages/{sid}").status == 200


def test_published_files_are_struck_too(emulator: Emulator) -> None:
    file_sid = upload(emulator)["file_sid"]
    emulator.faults.answer(503, path="/f/*")

    assert call(emulator, "GET", f"/f/{file_sid}").status == 503
    assert get(emulator, f"/storage/files/{file_sid}").status == 200


@pytest.mark.parametrize("path", ["/", "/openapi.json", "/core/v2"])
def test_what_is_served_beside_the_api_is_never_struck(path: str) -> None:
    rules = FaultRules()
    rules.answer(503)
    handle: Callable[[Request], EmulatorResponse] = lambda _: EmulatorResponse(200)  # noqa: E731

    assert rules.apply(Request("GET", path), handle).response.status == 200


def test_a_method_is_struck_and_the_others_are_not(emulator: Emulator) -> None:
    emulator.faults.answer(503, method="GET")

    assert send(emulator).status == 200
    assert get(emulator, "/sms/messages").status == 503


@pytest.mark.parametrize("number", [PHONE, f"+{PHONE}", "+1 (516) 206-5574", "516-206-5574", "1.516.206.5574", DID])
def test_a_number_is_struck_as_sender_or_recipient(emulator: Emulator, number: str) -> None:
    emulator.faults.answer(503, number=number)

    assert send(emulator).status == 503
    assert send(emulator, {"from_did": DID, "to_did": PHONE, "message": "Hi"}).status == 503
    assert send(emulator, to="14352105009", **{"from": "14352105010"}).status == 200
    assert get(emulator, "/sms/messages").status == 200


def test_a_plus_sign_says_that_the_country_is_there(emulator: Emulator) -> None:
    emulator.faults.answer(503, number="+516 206 5574")

    assert send(emulator).status == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b'{"to": 15162065574}', b"[" * 100_000])
def test_a_body_without_numbers_meets_no_number(emulator: Emulator, body: bytes) -> None:
    emulator.faults.answer(503, number=PHONE)

    assert call(emulator, body=body).status in (400, 422)


def hit_by(seed: int, count: int = 60) -> list[bool]:
    with Emulator() as emulator:
        emulator.faults.answer(503, probability=0.3, seed=seed)
        return [send(emulator).status == 503 for _ in range(count)]


def test_a_seed_repeats_a_run_exactly() -> None:
    assert hit_by(7) == hit_by(7)
    assert hit_by(7) != hit_by(8)


def test_a_probability_strikes_about_so_often() -> None:
    assert 10 <= sum(hit_by(0, 60)) <= 26  # certain: the seed is fixed


@pytest.mark.parametrize(("probability", "often"), [(0, 0), (0.0, 0), (1, 20), (1.0, 20)])
def test_a_probability_can_be_certain(emulator: Emulator, probability: float, often: int) -> None:
    emulator.faults.answer(503, probability=probability)

    assert statuses(emulator, 20).count(503) == often


def test_requests_that_a_rule_does_not_cover_draw_no_chance() -> None:
    with Emulator() as emulator:
        emulator.faults.answer(503, probability=0.3, seed=7, path="/sms/messages", method="POST")
        found: list[bool] = []
        for _ in range(60):
            get(emulator, "/sms/messages")
            found.append(send(emulator).status == 503)

    assert found == hit_by(7)


def test_each_rule_has_a_chance_of_its_own() -> None:
    with Emulator() as emulator:
        emulator.faults.delay(0.5, probability=0.5, seed=1)
        emulator.faults.answer(503, probability=0.3, seed=7)

        assert [send(emulator).status == 503 for _ in range(60)] == hit_by(7)


def test_threads_do_not_strike_once_too_often() -> None:
    rules = FaultRules()
    rules.answer(503, times=50)

    def play(_: int) -> int:
        return rules.apply(Request("GET", MESSAGES), lambda _: EmulatorResponse(200)).response.status

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(play, range(400)))

    assert found.count(503) == 50


def test_rules_are_named_removed_and_cleared(emulator: Emulator) -> None:
    first, second = emulator.faults.delay(1), emulator.faults.answer(503)
    named = emulator.faults.add(FaultRule(kind=FaultKind.GARBLE_ANSWER, id="mine"))
    assert [rule.id for rule in emulator.faults.rules] == [first.id, second.id, "mine"]
    assert (first.id, second.id, named.id) == ("fault-1", "fault-2", "mine")

    emulator.faults.remove(first.id)
    assert list(emulator.faults.rules) == [second, named]
    with pytest.raises(KeyError, match="fault-1"):
        emulator.faults.remove(first.id)

    emulator.faults.clear()
    assert list(emulator.faults.rules) == []
    assert send(emulator).status == 200


def test_an_id_belongs_to_one_rule(emulator: Emulator) -> None:
    emulator.faults.add(FaultRule(kind=FaultKind.LOSE_ANSWER, id="fault-1"))

    with pytest.raises(ValueError, match="two fault rules have the id 'fault-1'"):
        emulator.faults.add(FaultRule(kind=FaultKind.LOSE_ANSWER, id="fault-1"))
    assert emulator.faults.lose_answer().id == "fault-2"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"status": 99}, "status must be a whole number from 200 to 599, not 99"),
        ({"status": True}, "status must be a whole number from 200 to 599, not true"),
        ({"status": 503, "body": {1, 2}}, "body must be bytes or something that JSON can hold"),
        ({"status": 503, "body": float("nan")}, "body must be bytes or something that JSON can hold"),
        ({"status": 204, "body": b"x"}, "body must be left out: a response with status 204 has no body"),
        ({"status": 503, "headers": (("Content-Length", "1"),)}, "headers must leave out Content-Length"),
        (
            {"status": 503, "headers": (("X", "a\r\nY: b"),)},
            "headers must have a single line of text as the value of X",
        ),
        ({"status": 503, "headers": (("a b", ""),)}, "headers must have names of letters"),
        ({"status": 503, "headers": ("ab",)}, "headers must be pairs"),
        ({"status": 503, "retry_after": -1}, "retry_after must be a whole number"),
        ({"status": 503, "retry_after": "a\n"}, "retry_after must be a whole number"),
        ({"status": 503, "seconds": 1.0}, "seconds is not a field of rules of the kind answer"),
        ({"status": 503, "times": 0}, "times must be a whole number of 1 or more"),
        ({"status": 503, "probability": 1.5}, "probability must be a number from 0 to 1, not 1.5"),
        ({"status": 503, "seed": 0.5}, "seed must be a whole number, not 0.5"),
        ({"status": 503, "path": "sms"}, 'path must be a path that starts with "/"'),
        ({"status": 503, "path": "/sms/mesages"}, 'matches no path of the API; did you mean "/sms/messages"?'),
        ({"status": 503, "path": "/" * 201}, "path must have at most 200 characters, not 201"),
        ({"status": 503, "method": "post"}, 'method must be one of: .*; did you mean "POST"'),
        ({"status": 503, "number": "555"}, None),
        ({"status": 503, "number": "call me"}, "number must be a phone number"),
        ({"status": 503, "hits": -1}, "hits must be a whole number of 0 or more"),
        ({"status": 503, "id": 3}, "id must be a string"),
        ({"status": 503, "kind": "answer"}, "kind must be a FaultKind, one of: answer, delay"),
        ({"kind": FaultKind.DELAY, "seconds": 3601}, "seconds must be a number of seconds from 0 to 3600, not 3601"),
        ({"kind": FaultKind.DELAY, "seconds": float("inf")}, "seconds must be a number"),
        ({"kind": FaultKind.DELAY}, "seconds must be a number of seconds from 0 to 3600, not null"),
    ],
)
def test_a_rule_that_can_not_be_is_refused(fields: dict[str, object], problem: str | None) -> None:
    values = {"kind": FaultKind.ANSWER, **fields}
    if problem is None:
        FaultRule(**values)  # type: ignore[arg-type]
        return
    with pytest.raises(ValueError, match=problem.replace("?", r"\?")):
        FaultRule(**values)  # type: ignore[arg-type]


def test_everything_that_is_wrong_with_a_rule_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"status .*; times .*; probability"):
        FaultRule(kind=FaultKind.ANSWER, status=1, times=0, probability=2)


def test_an_unknown_condition_is_no_argument(emulator: Emulator) -> None:
    with pytest.raises(TypeError, match="probabilty"):
        emulator.faults.delay(1, probabilty=0.5)  # type: ignore[call-arg]


def test_a_rule_shows_neither_number_nor_body() -> None:
    rule = FaultRule(kind=FaultKind.ANSWER, status=503, body={"text": "secret words"}, number=PHONE)

    assert PHONE not in repr(rule)
    assert "secret" not in repr(rule)
    assert DEMO_TOKEN not in repr(rule)


def test_other_operations_are_struck_as_well(emulator: Emulator) -> None:
    emulator.faults.answer(500, path="/storage/*")

    assert get(emulator, f"/storage/containers/{CONTAINER_SID}").status == 500
    assert accept(emulator, SMS)["status"] == "queued"
