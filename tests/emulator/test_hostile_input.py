"""Bodies and paths that nobody should send, and that somebody will."""

from __future__ import annotations

import json

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import MESSAGES, SMS, call, content, make_emulator, refused_fields, send

NUMBERS = b'"from":"15162065575","to":"15162065574"'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"from=1&to=2", id="form"),
        pytest.param(b"{" + NUMBERS, id="cut"),
        pytest.param(b"{" + NUMBERS + b',"message":"Hi"} {}', id="two documents"),
        pytest.param(b"{" + NUMBERS + b',"message":NaN}', id="NaN"),
        pytest.param(b"{" + NUMBERS + b',"message":-Infinity}', id="infinity"),
        pytest.param(b"{" + NUMBERS + b',"message":' + b"9" * 5000 + b"}", id="endless integer"),
        pytest.param(b"{" + NUMBERS + b',"message":"Hi","message":"Ho"}', id="field twice"),
        pytest.param(b"{" + NUMBERS + b',"message":"\xff"}', id="not UTF-8"),
        pytest.param(b"{" + NUMBERS + b',"message":"\xed\xa0\x80"}', id="encoded surrogate"),
        pytest.param(json.dumps(dict(SMS)).encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf" + json.dumps(dict(SMS)).encode(), id="byte order mark"),
        pytest.param(b"[" * 10_000 + b"]" * 10_000, id="deep arrays"),
        pytest.param(b'{"message":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, id="deep objects"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"17", id="number"),
    ],
)
def test_a_body_that_is_not_a_json_object_is_a_400(emulator: Emulator, body: bytes) -> None:
    response = call(emulator, body=body)

    assert response.status == 400
    assert content(response)["message"] == "No JSON object could be decoded"
    assert emulator.messages == []


@pytest.mark.parametrize(("levels", "status"), [(100, 422), (101, 400)])
def test_a_body_has_at_most_100_levels(emulator: Emulator, levels: int, status: int) -> None:
    inner = b"[" * (levels - 1) + b"1" + b"]" * (levels - 1)

    assert call(emulator, body=b'{"message":' + inner + b"}").status == status


@pytest.mark.parametrize("field", ["message", "from", "to", "user_data"])
def test_half_a_surrogate_pair_is_no_text(emulator: Emulator, field: str) -> None:
    assert refused_fields(send(emulator, SMS, **{field: "a\ud800"})) == [field]


@pytest.mark.parametrize("field", ["media_urls", "group_recipients"])
def test_half_a_surrogate_pair_is_no_text_in_a_list_either(emulator: Emulator, field: str) -> None:
    assert refused_fields(send(emulator, SMS, type="mms", **{field: ["\udfff"]})) == [field]


def test_half_a_surrogate_pair_in_an_unknown_name_is_not_repeated(emulator: Emulator) -> None:
    assert refused_fields(send(emulator, SMS, **{"\ud800": 1})) == [None]


def test_a_whole_surrogate_pair_is_one_character(emulator: Emulator) -> None:
    response = call(emulator, body=b"{" + NUMBERS + b',"message":"\\ud83d\\ude00"}')

    assert content(response)["message"] == "😀"


def test_a_huge_integer_is_of_the_wrong_type(emulator: Emulator) -> None:
    assert refused_fields(send(emulator, user_data=10**4000)) == ["user_data"]


def test_a_body_has_an_upper_bound() -> None:
    body = json.dumps(dict(SMS)).encode()
    with make_emulator(EmulatorConfig(max_body_bytes=len(body))) as emulator:
        assert call(emulator, body=body).status == 200
        assert call(emulator, body=body + b" ").status == 413


@pytest.mark.parametrize(
    "sid", ["'", "%27%20OR%201%3D1--", "%00", "%ff", "%F0%9F%98%80", "..", "%2e%2e%2f", "a" * 10_000]
)
def test_a_strange_sid_is_an_unknown_one(emulator: Emulator, sid: str) -> None:
    send(emulator)

    response = call(emulator, "GET", f"{MESSAGES}/{sid}")

    assert response.status == 404
    assert content(response)["message"] == "no item error"


def test_a_path_beyond_ascii_leads_nowhere(emulator: Emulator) -> None:
    assert call(emulator, "GET", f"{MESSAGES}/\ud800").status == 404
