"""What the page is told of messages."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx

from carrierx.emulator import Emulator, EmulatorConfig, Request
from carrierx.emulator.store.conversation_table import Pair
from tests.emulator.helpers import DID, PHONE, accept, call, make_emulator, upload
from tests.emulator.web.helpers import HOSTILE_TEXTS, as_json, read, receive, tell, texts
from tests.support.clocks import SteppingClock

OTHER = "12125550109"
PAIR = Pair(DID, PHONE)


def test_a_conversation_is_what_goes_between_two_numbers(emulator: Emulator, page: httpx.Client) -> None:
    accept(emulator, message="Hello")
    receive(emulator, "Hi")
    accept(emulator, to=OTHER, message="Elsewhere")

    told = read(page, "conversations")

    assert [(item["ours"], item["theirs"], item["count"]) for item in told["items"]] == [
        (DID, OTHER, 1),
        (DID, PHONE, 2),
    ]
    assert [item["latest"]["sms"]["message"] for item in told["items"]] == ["Elsewhere", "Hi"]
    assert texts(read(page, "conversations/messages", ours=DID, theirs=PHONE)) == ["Hello", "Hi"]


def test_the_same_two_numbers_the_other_way_round_are_another_conversation(
    emulator: Emulator, page: httpx.Client
) -> None:
    accept(emulator, to=OTHER, message="From here")
    accept(emulator, **{"from": OTHER, "to": DID}, message="From there")

    assert len(read(page, "conversations")["items"]) == 2
    assert texts(read(page, "conversations/messages", ours=DID, theirs=OTHER)) == ["From here"]


def test_a_message_sent_under_the_old_names_is_told_under_the_new(emulator: Emulator, page: httpx.Client) -> None:
    body = json.dumps({"from_did": DID, "to_did": PHONE, "message": "Old"}).encode()
    sid = json.loads(call(emulator, body=body).body)["message_sid"]

    [seen] = read(page, "conversations/messages", ours=DID, theirs=PHONE)["items"]

    assert (seen["sms"]["from"], seen["sms"]["to"]) == (DID, PHONE)
    assert read(page, f"messages/{sid}")["message"]["from_did"] == DID


def test_a_long_conversation_is_told_page_by_page(emulator: Emulator, page: httpx.Client) -> None:
    for number in range(120):
        receive(emulator, f"{number}")

    pages = [read(page, "conversations/messages", ours=DID, theirs=PHONE)]
    while pages[-1]["more"]:
        pages.append(
            read(page, "conversations/messages", ours=DID, theirs=PHONE, before=pages[-1]["items"][0]["sequence"])
        )

    assert [len(told["items"]) for told in pages] == [50, 50, 20]
    assert [text for told in reversed(pages) for text in texts(told)] == [f"{number}" for number in range(120)]


def test_many_conversations_are_told_page_by_page(emulator: Emulator, page: httpx.Client) -> None:
    for number in range(70):
        receive(emulator, "Hi", from_=f"1212555{number:04}")

    first = read(page, "conversations")
    second = read(page, "conversations", before=first["items"][-1]["latest"]["sequence"])

    assert (len(first["items"]), first["more"], len(second["items"]), second["more"]) == (50, True, 20, False)
    assert len({item["theirs"] for told in (first, second) for item in told["items"]}) == 70


def test_conversations_are_found_by_digits(emulator: Emulator, page: httpx.Client) -> None:
    receive(emulator, "Hi")
    receive(emulator, "Hi", from_=OTHER)

    assert [item["theirs"] for item in read(page, "conversations", q="0109")["items"]] == [OTHER]
    assert len(read(page, "conversations", q=DID[-6:])["items"]) == 2
    assert read(page, "conversations", q="%")["items"] == []


def test_only_what_is_new_is_told(emulator: Emulator, page: httpx.Client) -> None:
    receive(emulator, "Old")
    known = read(page, "conversations")["sequence"]

    assert tell(page, "changes", after=known)["items"] == []
    receive(emulator, "New")
    told = tell(page, "changes", after=known)

    assert texts(told) == ["New"]
    assert tell(page, "changes", after=told["sequence"])["items"] == []


def test_a_status_is_told_when_it_has_changed(emulator: Emulator, page: httpx.Client, clock: SteppingClock) -> None:
    sid = accept(emulator)["message_sid"]
    [known] = read(page, "conversations/messages", ours=DID, theirs=PHONE)["items"]

    assert tell(page, "changes", after=1, watched={sid: known["mark"]})["moved"] == []
    clock.advance(10)
    [moved] = tell(page, "changes", after=1, watched={sid: known["mark"], "unknown": "queued"})["moved"]

    assert (known["sms"]["status"], known["moving"]) == ("queued", True)
    assert (moved["sms"]["status"], moved["moving"]) == ("delivered", False)
    assert tell(page, "changes", after=1, watched={sid: moved["mark"]})["moved"] == []


def test_callbacks_are_told_beside_their_message(clock: SteppingClock) -> None:
    with make_emulator(EmulatorConfig(callback_url="http://localhost:9/texts"), clock) as emulator:
        sid = receive(emulator, "Hi")
        [due] = as_json(emulator.inbox.messages(PAIR))["items"]
        emulator.deliver_callbacks(lambda callback: 204)
        [taken] = as_json(emulator.inbox.changes(1, {sid: due["mark"]}))["moved"]
        told = as_json(emulator.inbox.message(sid))

    nothing = {"last": None, "due": None}
    assert (due["callbacks"], due["moving"]) == ({"count": 1, "taken": 0, "given_up": 0} | nothing, True)
    assert (taken["callbacks"], taken["moving"]) == ({"count": 1, "taken": 1, "given_up": 0} | nothing, False)
    [callback] = told["callbacks"]
    assert (callback["url"], callback["attempts"][0]["status_code"], callback["body"]["message"]) == (
        "http://localhost:9/texts",
        204,
        "Hi",
    )


def test_a_refused_callback_is_told_with_its_next_attempt(clock: SteppingClock) -> None:
    config = EmulatorConfig(callback_url="http://localhost:9/texts", callback_retries=(timedelta(seconds=10),))
    with make_emulator(config, clock) as emulator:
        receive(emulator, "Hi")
        emulator.deliver_callbacks(lambda callback: 500)
        [refused] = as_json(emulator.inbox.messages(PAIR))["items"]
        clock.advance(10)
        emulator.deliver_callbacks(lambda callback: 503)
        [given_up] = as_json(emulator.inbox.messages(PAIR))["items"]

    first = {"at": "2026-03-15T12:00:00.084Z", "status_code": 500, "problem": None}
    second = {"at": "2026-03-15T12:00:10.084Z", "status_code": 503, "problem": None}
    assert (refused["callbacks"]["last"], refused["callbacks"]["due"]) == (first, second["at"])
    assert (given_up["callbacks"]["last"], given_up["callbacks"]["due"]) == (second, None)


def test_a_flood_is_not_told_message_by_message(emulator: Emulator, page: httpx.Client) -> None:
    for number in range(201):
        receive(emulator, f"{number}")

    told = tell(page, "changes", after=0)

    assert (told["items"], told["skipped"], told["sequence"]) == ([], True, 201)


def test_another_emulator_is_told_from_the_first(emulator: Emulator) -> None:
    with Emulator() as other:
        assert emulator.inbox.conversations()["instance"] != other.inbox.conversations()["instance"]


def test_pictures_are_shown_from_the_own_storage_alone(emulator: Emulator, page: httpx.Client) -> None:
    file = upload(emulator, host="127.0.0.1")
    private = upload(emulator)
    call(emulator, "PATCH", f"/core/v2/storage/files/{private['file_sid']}", body=b'{"publish":"none"}')
    urls = [
        file["publish_uri"],
        "https://storage.carrierx.com/f/cdac0471",
        private["publish_uri"],
        "https://example.com/a.png",
    ]
    accept(emulator, media_urls=urls)

    [seen] = read(page, "conversations/messages", ours=DID, theirs=PHONE)["items"]

    assert [medium["here"] for medium in seen["media"]] == [f"/f/{file['file_sid']}", None, None, None]
    assert [medium["url"] for medium in seen["media"]] == urls
    assert page.get(seen["media"][0]["here"]).headers["content-type"] == seen["media"][0]["mime_type"] == "image/png"


def test_request_and_answer_are_told_without_the_token(emulator: Emulator, page: httpx.Client) -> None:
    lines = {"X-Api-Key": "hidden-1", "Cookie": "a=hidden-2", "X-Colour": "blue"}
    body = json.dumps({"from": DID, "to": PHONE, "message": "Hello"}).encode()
    sid = json.loads(call(emulator, body=body, headers=lines).body)["message_sid"]

    answer = page.get(f"/control/messages/{sid}")
    told = answer.json()["raw"]

    assert told["request"]["line"] == "POST /core/v2/sms/messages"
    assert ["X-Colour", "blue"] in told["request"]["headers"]
    assert json.loads(told["request"]["body"])["message"] == "Hello"
    assert json.loads(told["response"]["body"])["message_sid"] == sid
    assert not any(secret in answer.text for secret in ("carrierx-emulator-demo-token", "hidden-1", "hidden-2"))


def test_of_a_received_message_no_request_is_known(emulator: Emulator, page: httpx.Client) -> None:
    told = read(page, f"messages/{receive(emulator, 'Hi')}")

    assert (told["message"]["message"], told["raw"]["request"], told["raw"]["response"]) == ("Hi", None, None)
    assert page.get("/control/messages/unknown").status_code == 404


def test_hostile_texts_come_through_as_they_are(emulator: Emulator, page: httpx.Client) -> None:
    for text in HOSTILE_TEXTS:
        receive(emulator, text)

    answer = page.get("/control/conversations/messages", params={"ours": DID, "theirs": PHONE})

    assert texts(answer.json()) == list(HOSTILE_TEXTS)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_the_page_asks_is_no_request_to_the_api(emulator: Emulator, page: httpx.Client) -> None:
    emulator.faults.answer(503)

    read(page, "conversations")
    tell(page, "receive", **{"from": PHONE, "to": DID, "message": "Hi"})

    assert emulator.requests_seen == ()
    assert emulator.handle(Request("GET", "/core/v2/sms/messages")).status == 503
