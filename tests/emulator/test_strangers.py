"""Clients that know nothing of carrierx: plain HTTP in the idiom of CarrierX's older tools, over a real socket."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from carrierx.emulator import Credential, Emulator, EmulatorConfig, RunningEmulator, StatusDelays, serve
from tests.emulator.helpers import DID, JSON, PHONE

USER, PASSWORD = "user@example.com", "correct horse"


@pytest.fixture
def running() -> Iterator[RunningEmulator]:
    """An emulator of an older account: it has a user with a password, and its texts arrive at once."""
    config = EmulatorConfig(
        credentials=(Credential.basic(USER, PASSWORD),), delays=StatusDelays(timedelta(0), timedelta(0))
    )
    with Emulator(config) as emulator, serve(emulator) as made:
        yield made


@pytest.fixture
def client(running: RunningEmulator) -> Iterator[httpx.Client]:
    with httpx.Client(auth=(USER, PASSWORD), base_url=running.base_url) as made:
        yield made


def send(client: httpx.Client, text: str, **fields: object) -> JSON:
    """Send a text the old way."""
    answer = client.post("/sms/messages", json={"from_did": DID, "to_did": PHONE, "message": text, **fields})
    assert answer.status_code == 200, answer.text
    sent: JSON = answer.json()
    return sent


def send_numbered(client: httpx.Client, count: int) -> list[str]:
    """Send texts called `number 0`, `number 1` and so on."""
    texts = [f"number {number}" for number in range(count)]
    for text in texts:
        send(client, text, user_data=f"order-{text.split()[1]}")
    return texts


def test_a_text_is_sent_under_the_old_names(client: httpx.Client) -> None:
    sent = send(client, "Hello", user_data="order-17")

    assert (sent["from_did"], sent["to_did"], sent["message"]) == (DID, PHONE, "Hello")
    assert sent["status"] == "queued"
    assert "from" not in sent
    read = client.get(f"/sms/messages/{sent['message_sid']}").json()
    assert (read["status"], read["to_did"], read["user_data"]) == ("delivered", PHONE, "order-17")


def test_a_user_and_a_password_are_asked_for(running: RunningEmulator) -> None:
    url = f"{running.base_url}/sms/messages"
    body = {"from_did": DID, "to_did": PHONE, "message": "Hello"}

    assert httpx.post(url, json=body).status_code == 401
    assert httpx.post(url, json=body, auth=(USER, "wrong")).status_code == 401
    assert running.emulator.messages == []


def test_nothing_but_the_standard_library_is_needed(running: RunningEmulator) -> None:
    parts = urlsplit(running.base_url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    try:
        body = json.dumps({"from_did": DID, "to_did": PHONE, "message": "Hello"})
        connection.request("POST", f"{parts.path}/sms/messages", body, headers)
        sent = json.load(connection.getresponse())
        query = urlencode({"offset": 0, "limit": 1, "order": "date_created desc", "filter": 'direction eq "outbound"'})
        connection.request("GET", f"{parts.path}/sms/messages?{query}", headers=headers)
        page = json.load(connection.getresponse())
    finally:
        connection.close()

    assert [item["message_sid"] for item in page["items"]] == [sent["message_sid"]]


def test_a_list_is_read_by_offset_and_limit(client: httpx.Client) -> None:
    texts = send_numbered(client, 7)
    found: list[str] = []
    offset, has_more = 0, True
    while has_more:
        page = client.get("/sms/messages", params={"offset": offset, "limit": 3}).json()
        assert (page["offset"], page["limit"], page["count"], page["total"]) == (offset, 3, len(page["items"]), 7)
        found += [item["message"] for item in page["items"]]
        offset += page["count"]
        has_more = page["has_more"]

    assert found == texts


def test_a_list_is_filtered_and_ordered(client: httpx.Client) -> None:
    send_numbered(client, 5)

    def texts(**parameters: object) -> list[str]:
        answer = client.get("/sms/messages", params={"offset": 0, "limit": 100, **parameters})  # type: ignore[dict-item]
        assert answer.status_code == 200, answer.text
        return [item["message"] for item in answer.json()["items"]]

    assert texts(filter='user_data eq "order-3"') == ["number 3"]
    assert texts(filter=f'to_did eq "{PHONE}"', order="message desc")[0] == "number 4"
    assert texts(filter='message like "%er 2"') == ["number 2"]
    assert texts(filter='status eq "queued"') == []
    assert texts(order="date_created asc") == [f"number {number}" for number in range(5)]


def test_a_list_is_followed_by_its_links(client: httpx.Client) -> None:
    texts = send_numbered(client, 8)
    found: list[str] = []
    url: str | None = "/sms/messages?offset=0&limit=3&order=message+desc"
    while url:
        page = client.get(url).json()
        found += [item["message"] for item in page["items"]]
        url = page["pagination"].get("next")

    assert found == texts[::-1]


def test_detail_records_are_read_after_the_last_one(client: httpx.Client) -> None:
    send_numbered(client, 8)
    page = client.get("/sms/message_drs", params={"limit": 3}).json()
    records: list[JSON] = page["items"]
    while page["items"]:
        page = client.get("/sms/message_drs", params={"limit": 3, "after": records[-1]["dr_sid"]}).json()
        records += page["items"]

    assert [record["user_data"] for record in records] == [f"order-{number}" for number in range(8)]
    assert len({record["dr_sid"] for record in records}) == 8


def test_reading_goes_on_where_it_stopped_when_more_has_come(client: httpx.Client) -> None:
    send_numbered(client, 2)
    last = client.get("/sms/message_drs", params={"limit": 100}).json()["items"][-1]["dr_sid"]
    assert client.get("/sms/message_drs", params={"after": last}).json()["items"] == []

    send(client, "one more", user_data="order-9")

    fresh = client.get("/sms/message_drs", params={"after": last}).json()["items"]
    assert [record["user_data"] for record in fresh] == ["order-9"]


def test_pages_before_a_record_lead_back(client: httpx.Client) -> None:
    send_numbered(client, 7)
    records = client.get("/sms/message_drs", params={"limit": 100}).json()["items"]
    before = client.get("/sms/message_drs", params={"limit": 3, "before": records[5]["dr_sid"]}).json()

    assert before["items"] == records[2:5]
    assert before["has_more"] is True


def test_a_mistake_is_answered_with_its_field(client: httpx.Client) -> None:
    answer = client.post("/sms/messages", json={"from_did": DID, "to_did": "555", "message": "Hello"})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["to_did"]
