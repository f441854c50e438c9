"""The log of requests: everything that went over the wire, refused and faulted requests included."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from carrierx.emulator import BASE_PATH, DEMO_TOKEN, Emulator, EmulatorConfig, EmulatorError, Request
from carrierx.emulator.control.raw import MAX_BODY_CHARACTERS
from carrierx.emulator.core.request_log import MAX_REQUESTS, MAX_RESPONSE_BYTES
from tests.emulator.control.helpers import Control
from tests.emulator.helpers import DID, MESSAGES, PHONE, SMS, accept, call, content, make_emulator, read, send, upload
from tests.support.rows import check_rows


def test_an_accepted_send_is_logged_with_its_message(emulator: Emulator, control: Control) -> None:
    sid = accept(emulator)["message_sid"]

    assert control.read("requests") == {
        "items": [
            {
                "number": 1,
                "at": "2026-03-15T12:00:00.084Z",
                "method": "POST",
                "path": MESSAGES,
                "status": 200,
                "delivery": "complete",
                "fault": None,
                "problem": None,
                "message_sid": sid,
            }
        ],
        "more": False,
    }
    shown = control.read("requests/1")
    assert json.loads(shown["request"]["body"]) == SMS
    assert json.loads(shown["response"]["body"])["message_sid"] == sid
    assert "made" not in shown


def test_every_refusal_is_logged_with_its_problem(emulator: Emulator, control: Control) -> None:
    call(emulator, headers={"authorization": "Bearer wrong"})
    emulator.handle(Request("POST", MESSAGES))
    send(emulator, to="1")
    call(emulator, "GET", f"{MESSAGES}/unknown")
    call(emulator, "GET", "/sms/messages")
    call(emulator, "DELETE", MESSAGES)
    call(emulator, body=b"{")
    call(emulator, body=b"x" * 1_048_577)
    call(emulator, body=b"{}", headers={"content-type": "text/plain"})

    found = control.read("requests", problems="true")["items"]

    assert [(item["status"], item["problem"]) for item in found[::-1]] == [
        (401, "the credentials are not valid"),
        (401, "the request has no Authorization header"),
        (422, "to must be a phone number in E.164 digits: 7 to 15, no leading 0, no + and no separators"),
        (404, "cannot find item by sid"),
        (404, "there is no such resource"),
        (405, "the methods of this resource are: GET, POST"),
        (400, "the body is not valid JSON"),
        (413, "the body has more than 1048576 bytes"),
        (415, "the Content-Type must be application/json"),
    ]
    assert {item["delivery"] for item in found} == {"complete"}


def test_a_lost_response_is_logged_as_nothing(emulator: Emulator, control: Control) -> None:
    emulator.faults.lose_answer()
    sid = json.loads(send(emulator).body)["message_sid"]

    shown = control.read("requests/1")

    assert (shown["delivery"], shown["message_sid"], shown["response"]) == ("lost", sid, None)
    assert shown["fault"] == {
        "id": "fault-1",
        "kind": "lose_answer",
        "text": "handled the request and lost the response",
    }
    assert json.loads(shown["made"]["body"])["message_sid"] == sid


def test_a_cut_response_is_logged_as_the_part_that_was_sent(emulator: Emulator, control: Control) -> None:
    emulator.faults.truncate_answer()
    complete = send(emulator).body

    shown = control.read("requests/1")

    assert shown["delivery"] == "cut"
    assert shown["response"]["body"].encode() == complete[: len(complete) // 2]
    assert shown["made"]["body"].encode() == complete


def test_a_response_without_a_body_is_lost_instead_of_cut(emulator: Emulator, control: Control) -> None:
    emulator.faults.truncate_answer(method="DELETE")
    [did, *_] = read(emulator, "/phonenumber/dids")["items"]
    call(emulator, "DELETE", f"/core/v2/phonenumber/dids/{did['did_sid']}")

    assert control.read("requests/2")["delivery"] == "lost"


def test_a_garbled_response_is_logged_as_it_was_sent(emulator: Emulator, control: Control) -> None:
    emulator.faults.garble_answer()
    send(emulator)

    shown = control.read("requests/1")

    assert (shown["delivery"], shown["status"]) == ("garbled", 200)
    assert "<<< no JSON" in shown["response"]["body"]
    assert json.loads(shown["made"]["body"])["message_sid"] == shown["message_sid"]


def test_a_response_of_a_fault_is_logged(emulator: Emulator, control: Control) -> None:
    emulator.faults.answer(503, {"message_sid": "never made"})
    send(emulator)

    shown = control.read("requests/1")

    assert (shown["delivery"], shown["status"], shown["message_sid"]) == ("replaced", 503, None)
    assert shown["fault"]["text"] == "responded with 503 instead of the emulator, which didn't handle the request"
    assert "made" not in shown


def test_a_response_of_a_fault_makes_no_message(emulator: Emulator, control: Control) -> None:
    emulator.faults.answer(200, b'{"message_sid":"never made"}')
    send(emulator)

    assert control.read("requests/1")["message_sid"] is None


def test_delays_are_logged_also_with_another_fault(emulator: Emulator, control: Control) -> None:
    first = emulator.faults.delay(2)
    send(emulator)
    emulator.faults.lose_answer()
    send(emulator)

    delayed, both = control.read("requests/1"), control.read("requests/2")

    assert (delayed["delivery"], delayed["fault"]["id"]) == ("delayed", first.id)
    assert delayed["fault"]["text"] == "delayed the response by 2 s"
    assert (json.loads(delayed["response"]["body"])["status"], "made" in delayed) == ("queued", False)
    assert (both["delivery"], both["fault"]["id"]) == ("lost", "fault-2")
    assert both["fault"]["text"] == "handled the request and lost the response; delayed the response by 2 s"


def test_problems_are_the_refused_the_faulted_and_the_incomplete(emulator: Emulator, control: Control) -> None:
    accept(emulator)
    send(emulator, to="1")
    emulator.faults.delay(0, times=1)
    accept(emulator)

    assert [item["number"] for item in control.read("requests")["items"]] == [3, 2, 1]
    assert [item["number"] for item in control.read("requests", problems="true")["items"]] == [3, 2]
    assert [item["number"] for item in control.read("requests", problems="false")["items"]] == [3, 2, 1]


def test_the_log_is_read_page_by_page(emulator: Emulator, control: Control) -> None:
    for _ in range(5):
        call(emulator, "GET")

    first = control.read("requests", limit=3)
    second = control.read("requests", limit=3, before=first["items"][-1]["number"])

    assert ([item["number"] for item in first["items"]], first["more"]) == ([5, 4, 3], True)
    assert ([item["number"] for item in second["items"]], second["more"]) == ([2, 1], False)


def test_only_the_latest_requests_are_kept(emulator: Emulator, control: Control) -> None:
    sid = accept(emulator)["message_sid"]
    for _ in range(MAX_REQUESTS):
        call(emulator, "GET", "/elsewhere")

    assert control.refused("GET", "requests/1") == (
        404,
        "the log has no request with this number; it keeps the latest 1000",
    )
    assert control.read("requests/2")["number"] == 2
    assert control.read(f"requests/{MAX_REQUESTS + 1}")["number"] == MAX_REQUESTS + 1
    assert control.refused("GET", f"requests/{MAX_REQUESTS + 2}")[0] == 404
    assert control.read(f"messages/{sid}")["request"] is None


def test_a_number_is_made_of_digits(control: Control) -> None:
    def check(number: str) -> None:
        assert control.refused("GET", f"requests/{number}")[0] == 404

    check_rows(["0", "x", "-1", "1.5", "9" * 30, "%D9%A1"], check)


def test_no_credential_is_shown(emulator: Emulator, control: Control) -> None:
    call(emulator, body=b"{}", headers={"x-api-key": "hidden-1", "cookie": "a=hidden-2", "x-colour": "blue"})

    shown = json.dumps(control.read("requests/1"))

    assert "blue" in shown
    assert not any(secret in shown for secret in (DEMO_TOKEN, "hidden-1", "hidden-2"))


def test_the_secrets_of_oauth_are_hidden_wherever_they_are(emulator: Emulator, control: Control) -> None:
    form = {"client_id": "5c7965f2", "client_secret": "hidden-1", "username": "joe", "password": "hidden-2"}
    form_type = {"content-type": "application/x-www-form-urlencoded"}
    path = f"{BASE_PATH}/oauth"
    body = urlencode({"grant_type": "password", **form}).encode()
    token = content(call(emulator, "POST", f"{path}/token", body=body, headers=form_type))
    call(emulator, "GET", f"{path}/tokens", query="access_token=hidden-3&limit=1")
    body = urlencode({**form, "token": str(token["access_token"])}).encode()
    call(emulator, "POST", f"{path}/revoke", body=body, headers=form_type | {"x-signature": "hidden-4"})

    shown = json.dumps([control.read(f"requests/{number}") for number in (1, 2, 3)])

    secrets = ["hidden-1", "hidden-2", "hidden-3", "hidden-4", token["access_token"], token["refresh_token"]]
    assert [secret for secret in secrets if str(secret) in shown] == []
    assert "5c7965f2" in shown
    assert str(token["token_sid"]) in shown


def test_large_bodies_are_shown_in_part(emulator: Emulator, control: Control) -> None:
    size = 3 * MAX_RESPONSE_BYTES
    file = upload(emulator, b"x" * size)
    call(emulator, "GET", f"/f/{file['file_sid']}")

    shown = control.read(f"requests/{control.read('requests')['items'][0]['number']}")

    left = size - MAX_BODY_CHARACTERS
    assert shown["response"]["body"] == f"{'x' * MAX_BODY_CHARACTERS}\n… {left} more characters"
    assert sum(len(logged.response.body) for logged in emulator.request_log.all()) < 2 * MAX_RESPONSE_BYTES


def test_a_broken_database_is_logged() -> None:
    emulator = make_emulator()
    emulator.close()

    with pytest.raises(EmulatorError):
        send(emulator)

    [logged] = emulator.request_log.all()
    assert (logged.response.status, logged.is_problem) == (500, True)


def test_a_preflight_of_a_browser_is_not_logged(emulator: Emulator, control: Control) -> None:
    call(emulator, "OPTIONS", headers={"origin": "http://localhost:3000", "access-control-request-method": "POST"})

    assert control.read("requests")["items"] == []


def test_pictures_that_the_inbox_shows_are_not_logged(emulator: Emulator, control: Control) -> None:
    path = f"/f/{upload(emulator)['file_sid']}"
    before = len(emulator.request_log.all())

    emulator.handle(Request("GET", path, headers=(("sec-fetch-site", "same-origin"),)))
    assert len(emulator.request_log.all()) == before
    emulator.handle(Request("GET", path, headers=(("sec-fetch-site", "cross-site"),)))
    emulator.handle(Request("GET", path))
    assert len(emulator.request_log.all()) == before + 2


def test_requests_of_the_control_api_are_not_logged(emulator: Emulator, control: Control) -> None:
    emulator.faults.answer(503)

    control.post("receive", **{"from": PHONE, "to": DID, "message": "Hi"})

    assert control.read("requests")["items"] == []


def test_the_headers_for_web_pages_are_among_what_was_sent() -> None:
    with make_emulator(EmulatorConfig(cors_origins=frozenset({"https://app.example"}))) as emulator:
        call(emulator, "GET", headers={"origin": "https://app.example"})
        headers = Control(emulator).read("requests/1")["response"]["headers"]

    assert ["access-control-allow-origin", "https://app.example"] in headers
