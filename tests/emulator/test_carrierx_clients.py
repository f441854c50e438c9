"""What CarrierX's own clients and scripts send, as plain requests over a real socket. carrierx's client isn't involved.

Sources: carrierx-python, fcc4d-ruby, carrierx-utils, cdr-download, cdr-download-javascript, cdr-apps and
carrierx-blast-api on GitHub.
"""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from carrierx.emulator import (
    DEMO_TOKEN,
    Credential,
    Emulator,
    EmulatorConfig,
    RunningEmulator,
    StatusDelays,
    serve,
)
from tests.emulator.helpers import CONTAINER_SID, DID, JSON, PARTNER_SID, PHONE

USER, PASSWORD = "user@example.com", "correct horse"


@pytest.fixture
def running() -> Iterator[RunningEmulator]:
    """An emulator of an older account: it has a user with a password and a token, and its texts arrive at once."""
    credentials = (Credential.basic(USER, PASSWORD), Credential.bearer(DEMO_TOKEN))
    config = EmulatorConfig(credentials=credentials, delays=StatusDelays(timedelta(0), timedelta(0)))
    with Emulator(config) as emulator, serve(emulator) as made:
        yield made


@pytest.fixture
def client(running: RunningEmulator) -> Iterator[httpx.Client]:
    with httpx.Client(auth=(USER, PASSWORD), base_url=running.base_url) as made:
        yield made


@pytest.fixture
def with_token(running: RunningEmulator) -> Iterator[httpx.Client]:
    """A client that sends a token, and declares JSON with every request, as CarrierX's clients do."""
    headers = {"Authorization": f"Bearer {DEMO_TOKEN}", "Content-Type": "application/json"}
    with httpx.Client(headers=headers, base_url=running.base_url) as made:
        yield made


def answered(response: httpx.Response, status: int = 200) -> JSON:
    """Return the JSON object of a response that must have this status."""
    assert response.status_code == status, response.text
    content: JSON = response.json()
    return content


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


LISTS = ["/sms/messages", "/storage/files", "/storage/containers", "/phonenumber/dids"]
SIDS = {
    "/sms/messages": "message_sid",
    "/sms/message_drs": "dr_sid",
    "/storage/files": "file_sid",
    "/storage/containers": "container_sid",
    "/phonenumber/dids": "did_sid",
    "/phonenumber/external_dids": "external_did_sid",
    "/partners": "partner_sid",
}


def put_one_of_each(client: httpx.Client) -> None:
    """Make sure that no list is empty."""
    send(client, "Hello", user_data="order-17")
    upload(client, b"a cat")


def upload(client: httpx.Client, data: bytes, **settings: object) -> JSON:
    """Upload as the Ruby client does: a form with the bytes, and with the settings as JSON."""
    file_object = json.dumps({"container_sid": CONTAINER_SID, **settings})
    form = {"data": ("cat.png", data, "image/png")}
    return answered(client.post("/storage/files", data={"file_object": file_object}, files=form), 201)


class TestPythonClient:
    """carrierx-python: `exists()`, `list()`, `get()`, `create()`, `update()`, `delete()`."""

    @pytest.mark.parametrize("path", LISTS)
    def test_exists_asks_for_one_sid_and_reads_the_total(
        self, client: httpx.Client, with_token: httpx.Client, path: str
    ) -> None:
        put_one_of_each(client)
        for asking in (client, with_token):
            page = answered(asking.get(f"{path}?offset=0&limit=1&includeFields={SIDS[path]}"))
            assert page["total"] > 0
            assert [[*item] for item in page["items"]] == [[SIDS[path]]]

    def test_exists_with_a_filter(self, with_token: httpx.Client) -> None:
        send(with_token, "Hello", user_data="order-17")
        query: JSON = {"includeFields": "message_sid", "offset": 0, "limit": 1}

        def total(condition: str) -> int:
            found: int = answered(with_token.get("/sms/messages", params={**query, "filter": condition}))["total"]
            return found

        assert (total('user_data eq "order-17"'), total('user_data eq "order-18"')) == (1, 0)

    def test_a_list_without_arguments_has_a_thousand_items(self, with_token: httpx.Client) -> None:
        sent = send_numbered(with_token, 12)
        page = answered(with_token.get("/sms/messages?offset=0&limit=1000"))

        assert [item["message"] for item in page["items"]] == sent
        assert (page["limit"], page["has_more"]) == (1000, False)

    def test_get_asks_twice_and_throws_the_first_answer_away(self, running: RunningEmulator) -> None:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {DEMO_TOKEN}"}
        with httpx.Client(base_url=running.base_url, headers=headers) as client:
            path = f"/sms/messages/{send(client, 'Hello')['message_sid']}"
            assert client.get(path, auth=("", "")).status_code == 401
            assert answered(client.get(path))["message"] == "Hello"

    def test_create_update_and_delete(self, with_token: httpx.Client) -> None:
        made = answered(with_token.post("/storage/containers", content=json.dumps({"name": "Cats", "quota_count": 7})))
        path = f"/storage/containers/{made['container_sid']}"
        changed = answered(with_token.patch(path, content=json.dumps({"quota_count": 8, "integer_key_1": 2})))

        assert (made["name"], made["quota_files"]) == ("Cats", 7)
        assert (changed["quota_files"], changed["integer_key_1"]) == (8, 2)

        file = f"/storage/files/{upload_bytes(with_token)['file_sid']}"
        answered(with_token.patch(file, content=json.dumps({"string_key_3": "c", "lifecycle_ttl": 60})))
        deleted = with_token.delete(file)
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert with_token.get(file).status_code == 404

    @pytest.mark.parametrize("body", ["", "{", "[]", '"Hello"'])
    def test_its_errors_are_those_of_a_400(self, with_token: httpx.Client, body: str) -> None:
        errors = answered(with_token.post("/sms/messages", content=body), 400)["errors"]

        assert [sorted(error) for error in errors] == [["field", "message", "reference_sid"]] * len(errors)
        assert errors


def upload_bytes(client: httpx.Client) -> JSON:
    """Upload as the documentation's second form does: the bytes are the body."""
    query = {"container_sid": CONTAINER_SID, "name": "cat.png"}
    headers = {"Content-Type": "application/octet-stream"}
    return answered(client.post("/storage/files", params=query, content=b"a cat", headers=headers), 201)


class TestRubyClient:
    """fcc4d-ruby. It sends every setting that it knows, null where its caller gave none."""

    KEYS = ("integer_key_1", "integer_key_2", "string_key_1", "string_key_2")
    UNSET: JSON = dict.fromkeys(KEYS)

    @pytest.mark.parametrize("path", SIDS)
    def test_a_search_with_every_parameter_empty(
        self, client: httpx.Client, with_token: httpx.Client, path: str
    ) -> None:
        put_one_of_each(client)
        page = answered(with_token.get(f"{path}?filter=&limit=0&offset=0&order="))

        assert page == answered(with_token.get(path))
        assert page["limit"] == (1000 if path == "/storage/containers" else 10)
        assert page["count"] == len(page["items"]) > 0

    def test_a_search_with_a_filter_alone(self, client: httpx.Client, with_token: httpx.Client) -> None:
        upload(client, b"a cat", string_key_1="cat")
        upload(client, b"a dog", string_key_1="dog")
        found = answered(with_token.get('/storage/files?filter=string_key_1+eq+"dog"&limit=0&offset=0&order='))

        assert [file["string_key_1"] for file in found["items"]] == ["dog"]

    def test_an_upload_with_its_type(self, client: httpx.Client) -> None:
        unset = {**self.UNSET, "name": None, "publish": None, "file_access_name": None, "desired_format": None}
        file = upload(client, b"a cat", type="file", **unset)

        assert (file["type"], file["name"], file["publish"]) == ("file", "cat.png", "file_sid")
        assert file["file_access_name"] == f"{file['file_sid']}.png"
        assert httpx.get(file["publish_uri"]).content == b"a cat"

    def test_a_container_whose_unique_is_a_string(self, with_token: httpx.Client) -> None:
        unset = {"parent_container_sid": None, "quota_files": None, "quota_bytes": None, **self.UNSET}
        made = answered(with_token.post("/storage/containers", json={"unique": "false", **unset}))

        assert (made["unique"], made["quota_files"], made["quota_bytes"]) == (False, 100, 1_073_741_824)

    def test_an_update_of_a_container_with_strings(self, with_token: httpx.Client) -> None:
        sent = {
            "integer_key_1": "39984",
            "allow_publish": "false",
            "string_key_1": "7",
            "default_file_lifecycle_ttl": "-1",
        }
        path = f"/storage/containers/{CONTAINER_SID}"
        changed = answered(with_token.patch(path, json=sent))

        assert {name: changed[name] for name in sent} == {
            "integer_key_1": 39984,
            "allow_publish": False,
            "string_key_1": "7",
            "default_file_lifecycle_ttl": -1,
        }
        assert answered(with_token.get(path)) == changed

    def test_a_deleted_file_leaves_an_empty_answer(self, client: httpx.Client) -> None:
        deleted = client.delete(f"/storage/files/{upload(client, b'a cat')['file_sid']}")

        assert (deleted.status_code, deleted.content) == (204, b"")

    def test_a_text_to_the_digits_of_a_number(self, with_token: httpx.Client) -> None:
        to = "".join(filter(str.isdigit, "+1 (516) 206-5574"))
        body = {"from_did": DID, "to_did": to, "message": "Hello"}
        sent = answered(with_token.post("/sms/messages", json=body, headers={"Accept": "application/json"}))

        assert (sent["from_did"], sent["to_did"]) == (DID, PHONE)

    def test_a_form_is_no_json(self, client: httpx.Client) -> None:
        """Its version of 2015 sent texts as a form. Only JSON is documented."""
        answered(client.post("/sms/messages", data={"from_did": DID, "to_did": PHONE, "message": "Hello"}), 415)

    def test_a_lookup_without_arguments(self, with_token: httpx.Client) -> None:
        assert answered(with_token.get(f"/lookup/dids/{PHONE}"))["phonenumber"] == PHONE


class TestDetailRecordScripts:
    """cdr-download, cdr-download-javascript and cdr-apps: records by date, then by link or by the last record's SID."""

    EVERYTHING = "date_stop ge 2020-03-15"

    def test_a_range_of_dates_is_followed_by_links(self, with_token: httpx.Client) -> None:
        send_numbered(with_token, 8)
        dates = f"{self.EVERYTHING} and date_stop lt 2120-03-15T00:00:00+00:00"
        page = answered(
            with_token.get("/sms/message_drs", params={"filter": dates, "limit": 3, "order": "date_stop asc"})
        )
        found: list[JSON] = []
        while page["count"]:
            found += page["items"]
            if page["count"] < 3:
                break
            page = answered(with_token.get(page["pagination"]["next"]))

        assert [record["user_data"] for record in found] == [f"order-{number}" for number in range(8)]

    def test_the_first_record_then_those_after_it_then_the_links(self, with_token: httpx.Client) -> None:
        send_numbered(with_token, 25)
        first: JSON = {"limit": 1, "order": "date_stop", "filter": "date_stop ge 2020-03-15T00:00:00Z"}
        [found] = [answered(with_token.get("/sms/message_drs", params=first))["items"]]
        page = answered(with_token.get("/sms/message_drs", params={"order": "date_stop", "after": found[-1]["dr_sid"]}))
        while page["count"]:
            found += page["items"]
            url = page["pagination"].get("next")
            if url is None:
                break
            page = answered(with_token.get(url))

        assert [record["user_data"] for record in found] == [f"order-{number}" for number in range(25)]

    def test_a_first_run_has_no_record_to_start_after(self, with_token: httpx.Client) -> None:
        send_numbered(with_token, 2)
        page = answered(with_token.get("/sms/message_drs?order=date_stop"))

        assert [record["user_data"] for record in page["items"]] == ["order-0", "order-1"]

    def test_the_last_sid_leads_on_until_a_list_is_empty(self, with_token: httpx.Client) -> None:
        send_numbered(with_token, 7)
        query = {"limit": "1", "order": "date_stop asc", "filter": self.EVERYTHING}
        found = answered(with_token.get("/sms/message_drs", params=query))["items"]
        while True:
            query = {"limit": "4", "order": "date_stop asc", "after": found[-1]["dr_sid"]}
            page = answered(with_token.get("/sms/message_drs", params=query))
            if not page["items"]:
                break
            found += page["items"]

        assert [record["user_data"] for record in found] == [f"order-{number}" for number in range(7)]
        assert (page["count"], page["has_more"], page["items"]) == (0, False, [])

    def test_there_may_be_no_records_at_all(self, with_token: httpx.Client) -> None:
        query: JSON = {"limit": 1000, "order": "date_stop asc", "filter": self.EVERYTHING}
        page = answered(with_token.get("/sms/message_drs", params=query))

        assert (page["count"], page["pagination"].get("next")) == (0, None)


class TestBlastApplication:
    """carrierx-blast-api, which keeps recordings in containers."""

    def test_a_container_is_found_by_its_key_or_made(self, with_token: httpx.Client) -> None:
        query = {"filter": "string_key_1 eq user17"}
        before = answered(with_token.get("/storage/containers", params=query))
        settings = {"unique": True, "quota_files": 10000, "quota_bytes": 1024000000, "string_key_1": "user17"}
        made = answered(with_token.post("/storage/containers", json={"name": "user17's messages", **settings}))
        after = answered(with_token.get("/storage/containers", params=query))

        assert before["count"] == 0
        assert after["items"] == [made]
        assert {name: made[name] for name in settings} == settings
        assert (made["available_bytes_percent"], made["available_files_percent"]) == (100, 100)

    def test_the_quotas_of_a_container_grow(self, with_token: httpx.Client) -> None:
        path = f"/storage/containers/{CONTAINER_SID}"
        container = answered(with_token.get(path))
        more = {"quota_bytes": container["quota_bytes"] + 1024000000, "quota_files": container["quota_files"] + 10000}
        changed = answered(with_token.patch(path, json=more))

        assert {name: changed[name] for name in more} == more

    def test_a_file_is_kept_for_ever(self, with_token: httpx.Client) -> None:
        path = f"/storage/files/{upload_bytes(with_token)['file_sid']}"

        assert answered(with_token.patch(path, json={"lifecycle_ttl": -1}))["lifecycle_ttl"] == -1
        assert with_token.get(f"{path}/data").content == b"a cat"


class TestBulkOrder:
    """carrierx-utils' `bulk_order.py`: it adds `limit` to `offset` while a page is full, and rents what it finds."""

    def test_pages_are_read_while_they_are_full(self, client: httpx.Client) -> None:
        send_numbered(client, 25)
        found: list[str] = []
        offset, has_more = 0, True
        while has_more:
            page = answered(client.get("/sms/messages", params={"offset": offset}))
            found += [item["message"] for item in page["items"]]
            has_more = page["count"] == page["limit"]
            offset = page["offset"] + page["limit"]

        assert found == [f"number {number}" for number in range(25)]

    def test_the_numbers_of_a_prefix_are_rented(self, client: httpx.Client) -> None:
        headers = {"Content-type": "application/json"}
        wanted: JSON = {"offset": 0, "filter": 'phonenumber like "1516%"'}
        found = answered(client.get("/phonenumber/available_dids", params=wanted, headers=headers))["items"]
        for did in found:
            body = json.dumps({"phonenumber": did["phonenumber"], "callback_url": "https://example.com/sms"})
            rented = answered(client.post("/phonenumber/dids", content=body, headers=headers))
            assert (rented["phonenumber"], rented["status"]) == (did["phonenumber"], "assigned")

        assert len(found) > 1
        assert answered(client.get("/phonenumber/available_dids", params=wanted))["items"] == []


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (f"/storage/containers/{CONTAINER_SID}", {"string_key_1": "a"}),
        ("/storage/files", {"string_key_1": "a"}),
        ("/phonenumber/dids", {"name": "Front desk"}),
        ("/phonenumber/external_dids", {"name": "Front desk"}),
        (f"/partners/{PARTNER_SID}", {"callbacks": {"sms": "https://example.com/sms"}}),
    ],
)
def test_put_is_accepted_wherever_patch_is(with_token: httpx.Client, path: str, change: JSON) -> None:
    if path in SIDS:
        upload_bytes(with_token)
        path = f"{path}/{answered(with_token.get(path))['items'][0][SIDS[path]]}"
    patched = answered(with_token.patch(path, json=change))
    put = answered(with_token.put(path, json=change))

    assert {name: put[name] for name in change} == {name: patched[name] for name in change} == change
    assert answered(with_token.get(path)) == put
