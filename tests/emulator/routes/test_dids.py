"""Numbers: rented ones, those that can be rented, and those of other providers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from carrierx.emulator.store.object_table import ObjectTable
from tests.emulator.helpers import (
    DID,
    JSON,
    PHONE,
    accept,
    blamed,
    call,
    content,
    get,
    make_emulator,
    read,
    refused_fields,
    send,
    write,
    written,
)

DIDS = "/phonenumber/dids"
AVAILABLE = "/phonenumber/available_dids"
EXTERNAL = "/phonenumber/external_dids"


def items(emulator: Emulator, path: str, **parameters: object) -> list[JSON]:
    found: list[JSON] = read(emulator, path, **parameters)["items"]
    return found


def numbers(emulator: Emulator, path: str, **parameters: object) -> list[str]:
    return [did["phonenumber"] for did in items(emulator, path, **parameters)]


def path_of(emulator: Emulator, number: str) -> str:
    (did,) = items(emulator, DIDS, filter=f"phonenumber eq {number}")
    return f"{DIDS}/{did['did_sid']}"


class TestRentedNumbers:
    """`GET /phonenumber/dids`."""

    def test_are_a_few_from_the_start(self, emulator: Emulator) -> None:
        answer = read(emulator, DIDS)

        assert (answer["total"], answer["has_more"]) == (4, False)
        assert [did["phonenumber"] for did in answer["items"]] == [DID, PHONE, "15162065337", "18885550142"]
        assert {did["status"] for did in answer["items"]} == {"assigned"}

    def test_tell_what_is_active(self, emulator: Emulator) -> None:
        known = {did["phonenumber"]: did for did in items(emulator, DIDS)}

        assert (known[DID]["capabilities"], known[DID]["active_capabilities"]) == (31, 31)
        assert (known[PHONE]["capabilities"], known[PHONE]["active_capabilities"]) == (7, 4)
        assert known[DID]["campaign_sid"] is not None

    def test_can_be_filtered_ordered_and_paged(self, emulator: Emulator) -> None:
        assert numbers(emulator, DIDS, filter='active_capabilities gt 4 and phonenumber like "1888%"') == [
            "18885550142"
        ]
        assert numbers(emulator, DIDS, order="phonenumber desc", limit=1, offset=1) == [DID]
        assert read(emulator, DIDS, limit=1)["pagination"] == {
            "next": "https://api.carrierx.com/core/v2/phonenumber/dids?limit=1&offset=1"
        }

    def test_can_be_those_of_a_trunk_group(self, emulator: Emulator) -> None:
        written(emulator, "PATCH", path_of(emulator, PHONE), {"trunk_group_sid": "group-1"})

        answer = read(emulator, DIDS, trunk_group_sid="group-1", with_related="true")
        assert [did["phonenumber"] for did in answer["items"]] == [PHONE]
        assert numbers(emulator, DIDS, trunk_group_sid="group-2") == []

    def test_links_keep_the_trunk_group(self, emulator: Emulator) -> None:
        for number in (DID, PHONE):
            written(emulator, "PATCH", path_of(emulator, number), {"trunk_group_sid": "g"})

        answer = read(emulator, DIDS, trunk_group_sid="g", limit=1)

        assert answer["pagination"]["next"].endswith("?limit=1&offset=1&trunk_group_sid=g")

    def test_count_as_far_as_the_settings_say(self) -> None:
        with make_emulator(EmulatorConfig(show_total=False, link_next=False)) as emulator:
            answer = read(emulator, DIDS, limit=1)

        assert (answer["total"], answer["pagination"], answer["has_more"]) == (None, {}, True)

    def test_can_be_read_one_by_one(self, emulator: Emulator) -> None:
        path = path_of(emulator, DID)

        assert read(emulator, path, with_related="false")["phonenumber"] == DID
        assert get(emulator, f"{DIDS}/unknown").status == 404
        assert blamed(get(emulator, path, with_related="yes"), 400) == "with_related"


class TestReleasing:
    """`DELETE /phonenumber/dids/{did_sid}`."""

    def test_lets_a_number_age(self, emulator: Emulator) -> None:
        path = path_of(emulator, DID)
        before = read(emulator, path)

        response = call(emulator, "DELETE", f"/core/v2{path}")

        assert (response.status, response.body) == (204, b"")
        assert read(emulator, path) == {**before, "active_capabilities": 0, "campaign_sid": None, "status": "aging"}
        assert items(emulator, DIDS, filter='status eq "aging"') == [read(emulator, path)]

    def test_stops_its_messages(self, emulator: Emulator) -> None:
        path = path_of(emulator, DID)
        call(emulator, "DELETE", f"/core/v2{path}")

        assert refused_fields(send(emulator)) == ["from"]
        assert refused_fields(send(emulator, {"from_did": DID, "to_did": PHONE, "message": "x"})) == ["from_did"]
        assert read(emulator, f"{path}/messaging")["enabled"] is False
        assert write(emulator, "POST", f"{path}/messaging", {"enabled": True}).status == 409

    def test_happens_once(self, emulator: Emulator) -> None:
        path = f"/core/v2{path_of(emulator, PHONE)}"

        assert [call(emulator, "DELETE", path).status for _ in range(2)] == [204, 409]
        assert call(emulator, "DELETE", f"/core/v2{DIDS}/unknown").status == 404

    def test_does_not_make_a_number_free_to_rent(self, emulator: Emulator) -> None:
        rented = written(emulator, "POST", DIDS, {})
        call(emulator, "DELETE", f"/core/v2{DIDS}/{rented['did_sid']}")

        assert rented["phonenumber"] not in numbers(emulator, AVAILABLE)
        assert refused_fields(write(emulator, "POST", DIDS, {"phonenumber": rented["phonenumber"]})) == ["phonenumber"]

    def test_keeps_the_settings_changeable(self, emulator: Emulator) -> None:
        path = path_of(emulator, DID)
        call(emulator, "DELETE", f"/core/v2{path}")

        assert written(emulator, "PATCH", path, {"name": "Old desk"})["status"] == "aging"


class TestChanging:
    """`PATCH` and `PUT /phonenumber/dids/{did_sid}`."""

    CALLBACK = "https://example.com/callback"

    def test_a_part_leaves_the_rest(self, emulator: Emulator) -> None:
        path = path_of(emulator, DID)
        before = read(emulator, path)

        written(emulator, "PATCH", path, {"name": "Front desk"})
        after = written(emulator, "PATCH", path, {"callback_url": self.CALLBACK, "attributes": {"a": [1.5, None]}})

        assert after == {
            **before,
            "name": "Front desk",
            "callback_url": self.CALLBACK,
            "attributes": {"a": [1.5, None]},
        }
        assert read(emulator, path) == after

    def test_the_whole_gives_the_rest_its_default(self, emulator: Emulator) -> None:
        path = path_of(emulator, DID)
        before = read(emulator, path)
        written(emulator, "PATCH", path, {"name": "Front desk", "string_key_1": "x"})

        after = written(emulator, "PUT", path, {"callback_url": self.CALLBACK})

        assert after == {**before, "callback_url": self.CALLBACK}

    def test_null_clears(self, emulator: Emulator) -> None:
        path = path_of(emulator, DID)
        before = read(emulator, path)
        names = ["attributes", "callback_url", "name", "string_key_1"]
        written(emulator, "PATCH", path, {**dict.fromkeys(names, None), "name": "Front desk", "string_key_1": "x"})

        assert written(emulator, "PATCH", path, dict.fromkeys(names, None)) == before

    @pytest.mark.parametrize("method", ["PATCH", "PUT"])
    def test_what_was_read_can_be_written_back(self, emulator: Emulator, method: str) -> None:
        path = path_of(emulator, DID)
        whole = {**read(emulator, path), "name": "Front desk"}

        assert written(emulator, method, path, whole) == whole

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("callback_url", "example.com"),
            ("callback_url", "ftp://example.com"),
            ("callback_url", 1),
            ("callback_url", "https://example.com/\ud800"),
            ("name", "\udfff"),
            ("attributes", []),
            ("attributes", {"a": "\ud800"}),
            ("attributes", {"\ud800": 1}),
            ("transformations", {}),
            ("transformations", [[{"a": ["\ud800"]}]]),
            ("string_key_1", 7),
            ("phonenumber", "15162065500"),
            ("capabilities", 4),
            ("active_capabilities", 0),
            ("status", "available"),
            ("partner_sid", "another"),
            ("wings", True),
        ],
    )
    def test_to_what_can_not_be_is_a_422(self, emulator: Emulator, field: str, value: object) -> None:
        path = path_of(emulator, DID)
        before = read(emulator, path)

        assert refused_fields(write(emulator, "PATCH", path, {field: value})) == [field]
        assert read(emulator, path) == before

    def test_numbers_beyond_measure_are_refused(self, emulator: Emulator) -> None:
        response = call(emulator, "PATCH", f"/core/v2{path_of(emulator, DID)}", body=b'{"attributes":{"a":1e999}}')

        assert refused_fields(response) == ["attributes"]

    @pytest.mark.parametrize("method", ["PATCH", "PUT"])
    def test_an_unknown_one_is_not_found(self, emulator: Emulator, method: str) -> None:
        assert write(emulator, method, f"{DIDS}/unknown", {}).status == 404

    def test_is_never_lost_to_another_change(self, emulator: Emulator) -> None:
        path = path_of(emulator, DID)
        names = ["string_key_1", "string_key_2", "name", "porting_pin"]

        def set_one(name: str) -> None:
            written(emulator, "PATCH", path, {name: "set"})

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(set_one, names))

        did = read(emulator, path)
        assert [did[name] for name in names] == ["set"] * 4


class TestRenting:
    """`GET /phonenumber/available_dids` and `POST /phonenumber/dids`."""

    def test_shows_what_there_is(self, emulator: Emulator) -> None:
        answer = read(emulator, AVAILABLE, limit=2)

        assert (answer["count"], answer["has_more"], answer["total"]) == (2, True, None)
        assert {did["status"] for did in answer["items"]} == {"available"}
        assert {did["partner_sid"] for did in answer["items"]} == {None}
        assert numbers(emulator, AVAILABLE, filter='state eq "CO"') == ["17207210038"]

    def test_shows_one(self, emulator: Emulator) -> None:
        (first, *_) = items(emulator, AVAILABLE)

        assert read(emulator, f"{AVAILABLE}/{first['did_sid']}") == first
        assert get(emulator, f"{AVAILABLE}/unknown").status == 404

    def test_takes_the_first_free_number(self, emulator: Emulator) -> None:
        (first, *_) = items(emulator, AVAILABLE)

        rented = written(emulator, "POST", DIDS, {})

        assert rented["phonenumber"] == first["phonenumber"]
        assert rented["status"] == "assigned"
        assert read(emulator, path_of(emulator, first["phonenumber"])) == rented
        assert first["phonenumber"] not in numbers(emulator, AVAILABLE)
        assert get(emulator, f"{AVAILABLE}/{first['did_sid']}").status == 404

    def test_takes_the_number_that_is_named(self, emulator: Emulator) -> None:
        body = {"phonenumber": "17207210038", "callback_url": "https://example.com/x", "trunk_group_sid": "group"}

        rented = written(emulator, "POST", DIDS, body)

        assert {name: rented[name] for name in body} == body

    def test_ends_when_nothing_is_left(self, emulator: Emulator) -> None:
        def rent_one(_: int) -> int:
            return write(emulator, "POST", DIDS, {}).status

        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(rent_one, range(6)))

        assert sorted(answers) == [200, 200, 200, 200, 200, 404]
        assert numbers(emulator, AVAILABLE) == []
        assert len(set(numbers(emulator, DIDS))) == 9

    @pytest.mark.parametrize("number", [DID, "15162065500", ""])
    def test_of_a_number_that_is_not_free_is_a_422(self, emulator: Emulator, number: str) -> None:
        assert refused_fields(write(emulator, "POST", DIDS, {"phonenumber": number})) == ["phonenumber"]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"phonenumber": 15162065573}, "phonenumber"),
            ({"callback_url": "nowhere"}, "callback_url"),
            ({"name": "Front desk"}, "name"),
        ],
    )
    def test_refuses_what_can_not_be_set(self, emulator: Emulator, body: JSON, field: str) -> None:
        assert refused_fields(write(emulator, "POST", DIDS, body)) == [field]
        assert len(items(emulator, DIDS)) == 4

    def test_survives_in_a_file(self, tmp_path: Path) -> None:
        with Emulator(database=tmp_path / "numbers.db") as emulator:
            rented = written(emulator, "POST", DIDS, {})
        with Emulator(database=tmp_path / "numbers.db") as emulator:
            assert read(emulator, f"{DIDS}/{rented['did_sid']}") == rented

    def test_is_not_needed_to_send_from_another_number(self, emulator: Emulator) -> None:
        assert accept(emulator, **{"from": "15162065576"})["status"] == "queued"


class TestNumbersOfOthers:
    """`/phonenumber/external_dids`."""

    def test_are_listed(self, emulator: Emulator) -> None:
        answer = read(emulator, EXTERNAL, with_related="false", filter="capabilities eq 3")

        (did,) = answer["items"]
        assert (did["phonenumber"], did["active_capabilities"], answer["total"]) == ("12059051025", 3, 1)

    def test_can_be_read_and_changed(self, emulator: Emulator) -> None:
        (listed,) = items(emulator, EXTERNAL)
        path = f"{EXTERNAL}/{listed['external_did_sid']}"
        did = read(emulator, path)
        assert did.items() >= listed.items()

        changed = written(emulator, "PATCH", path, {"name": "Theirs", "string_key_1": "x"})
        assert changed == {**did, "name": "Theirs", "string_key_1": "x"}
        assert read(emulator, path) == changed
        assert written(emulator, "PUT", path, {"name": "Ours"}) == {**did, "name": "Ours"}

    def test_keep_their_capabilities(self, emulator: Emulator) -> None:
        (did,) = items(emulator, EXTERNAL)

        response = write(emulator, "PATCH", f"{EXTERNAL}/{did['external_did_sid']}", {"capabilities": 31})

        assert refused_fields(response) == ["capabilities"]
        assert content(response)["errors"][0]["message"] == "is read only"

    def test_may_be_unknown(self, emulator: Emulator) -> None:
        assert get(emulator, f"{EXTERNAL}/unknown").status == 404
        assert write(emulator, "PATCH", f"{EXTERNAL}/unknown", {}).status == 404


class TestRegistering:
    """`POST` and `DELETE /phonenumber/external_dids`."""

    NEW: Mapping[str, object] = {
        "phonenumber": "46700987654",
        "capabilities": 3,
        "callback_url": "https://example.com/sms-callback",
        "underlying_carrier_sid": "61ced070-8dad-43b4-b5e6-f7d61f7aeb65",
    }

    def test_gives_a_number_that_is_active_immediately(self, emulator: Emulator) -> None:
        answer = written(emulator, "POST", EXTERNAL, self.NEW)

        assert {name: answer[name] for name in self.NEW} == self.NEW
        assert (answer["active_capabilities"], answer["country_code"], answer["status"]) == (3, "SWE", "assigned")
        read_later = read(emulator, f"{EXTERNAL}/{answer['external_did_sid']}")
        assert {name: value for name, value in read_later.items() if name != "id"} == answer
        assert numbers(emulator, EXTERNAL) == ["12059051025", "46700987654"]

    def test_gives_a_number_that_can_text(self, emulator: Emulator) -> None:
        written(emulator, "POST", EXTERNAL, self.NEW)

        accept(emulator, {"from": "46700987654", "to": PHONE, "message": "Hello"})

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"phonenumber": "not a number"}, ["phonenumber"]),
            ({"phonenumber": None}, ["phonenumber"]),
            ({"capabilities": 4}, ["capabilities"]),
            ({"capabilities": 0}, ["capabilities"]),
            ({"capabilities": 32}, ["capabilities"]),
            ({"capabilities": True}, ["capabilities"]),
            ({"capabilities": "three"}, ["capabilities"]),
            ({"callback_url": "example.com"}, ["callback_url"]),
            ({"status": "assigned"}, ["status"]),
        ],
        ids=repr,
    )
    def test_refuses_what_can_not_be(self, emulator: Emulator, changes: JSON, fields: list[str]) -> None:
        assert refused_fields(write(emulator, "POST", EXTERNAL, {**self.NEW, **changes})) == fields

    def test_needs_a_number_and_its_capabilities(self, emulator: Emulator) -> None:
        assert refused_fields(write(emulator, "POST", EXTERNAL, {})) == ["phonenumber", "capabilities"]

    @pytest.mark.parametrize("number", ["12059051025", DID])
    def test_refuses_a_number_that_is_there(self, emulator: Emulator, number: str) -> None:
        assert blamed(write(emulator, "POST", EXTERNAL, {**self.NEW, "phonenumber": number}), 409) == "phonenumber"

    def test_refuses_a_number_that_carrierx_has_itself(self, emulator: Emulator) -> None:
        number = numbers(emulator, AVAILABLE)[0]

        assert blamed(write(emulator, "POST", EXTERNAL, {**self.NEW, "phonenumber": number}), 409) == "phonenumber"
        written(emulator, "POST", DIDS, {"phonenumber": number})
        assert blamed(write(emulator, "POST", EXTERNAL, {**self.NEW, "phonenumber": number}), 409) == "phonenumber"
        assert number not in numbers(emulator, EXTERNAL)

    def test_of_several_at_once_makes_one_number(self, emulator: Emulator) -> None:
        together = threading.Barrier(8)
        find_by = ObjectTable.find_by

        def find_together(table: ObjectTable, attribute: str, value: str) -> JSON | None:
            found = find_by(table, attribute, value)
            together.wait(5)
            return found

        def register(_: int) -> int:
            return write(emulator, "POST", EXTERNAL, self.NEW).status

        with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(8) as threads:
            patch.setattr(ObjectTable, "find_by", find_together)
            statuses = sorted(threads.map(register, range(8)))

        assert statuses == [200] + [409] * 7
        assert numbers(emulator, EXTERNAL).count(str(self.NEW["phonenumber"])) == 1

    def test_can_be_undone_and_done_again(self, emulator: Emulator) -> None:
        (number,) = items(emulator, EXTERNAL)
        path = f"{EXTERNAL}/{number['external_did_sid']}"
        written(emulator, "POST", f"{path}/messaging", {"enabled": True})

        responses = [call(emulator, "DELETE", f"/core/v2{path}") for _ in range(2)]

        assert [response.status for response in responses] == [204, 404]
        assert responses[0].body == b""
        assert get(emulator, path).status == get(emulator, f"{path}/messaging").status == 404
        again = {"phonenumber": number["phonenumber"], "capabilities": 27}
        assert written(emulator, "POST", EXTERNAL, again)["active_capabilities"] == 27
