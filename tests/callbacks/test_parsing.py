"""`parse` turns the body of a callback into a message, or raises an error."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrierx import CarrierXError, Message
from carrierx.callbacks import MAX_BODY_BYTES, CallbackError, InboundMessage, StatusUpdate, parse
from tests.callbacks.carrier import SID, THEIRS, YOURS, inbound, legacy, status_update
from tests.support.samples import sample, sample_names

SAMPLES = sorted(name for name in sample_names() if "ms_send_response" in name)
SECRET_TEXT = "lighthouse"


def wire(fields: object) -> bytes:
    return json.dumps(fields).encode()


def refusal(body: bytes | str, **arguments: Any) -> CallbackError:
    with pytest.raises(CallbackError) as caught:
        parse(body, **arguments)
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert SECRET_TEXT not in str(caught.value)
    assert THEIRS not in str(caught.value)
    return caught.value


def test_an_inbound_message() -> None:
    message = parse(wire(inbound("Hello")))

    assert type(message) is InboundMessage
    assert (message.from_, message.to, message.message) == (THEIRS, YOURS, "Hello")


@pytest.mark.parametrize("status", ["queued", "sent", "delivered", "a status that nobody has published"])
def test_the_status_of_an_outbound_message(status: str) -> None:
    message = parse(wire(status_update(status)))

    assert type(message) is StatusUpdate
    assert (message.message_sid, message.status) == (SID, status)


@pytest.mark.parametrize(
    "fields",
    [
        {"direction": "any"},
        {"direction": "undirected", "status": "received"},
        {"direction": None},
        {"direction": 1},
        {"status": None},
        {"status": " "},
        {"status": {}},
    ],
)
def test_anything_else_is_just_a_message(fields: dict[str, Any]) -> None:
    assert type(parse(wire(status_update(**fields)))) is Message


def test_a_received_message_without_a_direction_is_inbound() -> None:
    fields = inbound()
    del fields["direction"]

    assert type(parse(wire(fields))) is InboundMessage


def test_current_and_legacy_field_names_are_read() -> None:
    for fields in (inbound("Hello"), status_update("delivered")):
        new, old = parse(wire(fields)), parse(wire(legacy(fields)))

        assert type(new) is type(old)
        assert (new.from_, new.to, new.status) == (old.from_, old.to, old.status)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_published_objects_are_read(name: str) -> None:
    message = parse(sample(name))

    assert type(message) is StatusUpdate
    assert (message.message_sid, message.unknown_fields, message.unreadable_fields) == (SID, {}, {})


def test_the_samples_are_found() -> None:
    assert len(SAMPLES) > 1


def test_a_callback_is_written_as_it_came() -> None:
    fields = inbound("Hello", tomorrow={"a": [1, None]})

    assert parse(wire(fields)).to_dict() == fields


def test_a_callback_shows_neither_numbers_nor_text() -> None:
    shown = repr(parse(wire(inbound(SECRET_TEXT))))

    assert shown.startswith("InboundMessage(message_sid=")
    assert (THEIRS not in shown, YOURS not in shown, SECRET_TEXT not in shown) == (True, True, True)


def test_a_callback_can_be_pickled() -> None:
    message = parse(wire(inbound()))

    assert pickle.loads(pickle.dumps(message)) == message


@pytest.mark.parametrize("content_type", [None, "", "application/json; charset=utf-8", "text/plain", "image/png"])
def test_the_content_type_does_not_matter(content_type: str | None) -> None:
    assert type(parse(wire(inbound()), content_type=content_type)) is InboundMessage
    assert type(parse(f"message_sid={SID}&direction=inbound", content_type=content_type)) is InboundMessage


def test_text_with_a_byte_order_mark_and_blanks_around_is_read() -> None:
    text = f"\ufeff \r\n{json.dumps(inbound('é😀'), ensure_ascii=False)}\n"

    assert parse(text).message == parse(text.encode()).message == "é😀"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from", 15162065574),
        ("to", [THEIRS]),
        ("message", {"text": SECRET_TEXT}),
        ("media_urls", "https://example.com/cat.png"),
        ("price", "a lot"),
        ("date_created", 17),
        ("message_segments", "many"),
        ("user_data", {"order": 17}),
        ("status", ["sent"]),
    ],
)
def test_a_field_of_a_wrong_type_leaves_the_others_readable(field: str, value: Any) -> None:
    body = wire({**inbound(), field: value})
    message = parse(body)

    assert message.message_sid
    assert field in message.unreadable_fields


@pytest.mark.parametrize("sid", [None, "", " ", 17, ["a"], {}, True])
def test_a_body_without_a_message_sid_is_refused(sid: object) -> None:
    for body in (wire(inbound(SECRET_TEXT, message_sid=sid)), wire({"message": SECRET_TEXT}), b"{}"):
        error = refusal(body)
        assert (error.reason, error.status_code) == ("no_message_sid", 400)


def test_a_megabyte_is_too_large() -> None:
    for body in (wire(inbound(SECRET_TEXT * 100_000)), SECRET_TEXT * 100_000):
        error = refusal(body)
        assert (error.reason, error.status_code) == ("too_large", 413)
        assert str(error) == f"The callback is larger than {MAX_BODY_BYTES} bytes."


@pytest.mark.parametrize("filling", ["x", "é"])
def test_the_limit_is_in_bytes(filling: str) -> None:
    head = '{"message_sid": "s", "message": "'
    fitting = f'{head}{filling * ((1000 - len(head) - 2) // len(filling.encode()))}"}}'
    text = fitting.ljust(1000 - len(fitting.encode()) + len(fitting))

    assert parse(text, body_limit=1000).message_sid == "s"
    assert refusal(text + " ", body_limit=1000).reason == "too_large"


@pytest.mark.parametrize(
    "body", [b'{"message": "\xe9"}', b"\xff\xfe{\x00", b"message=\xff&a=b", "\ud800", "message_sid=%ff&message=%e9"]
)
def test_what_is_not_utf_8_is_refused(body: bytes | str) -> None:
    assert refusal(body).reason == "not_utf8"


@pytest.mark.parametrize("depth", [10_000, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":', '{"message_sid": "s", "a": [{"b":'])
def test_deep_nesting_is_refused(depth: int, opening: str) -> None:
    body = (opening * depth)[: MAX_BODY_BYTES - 1]

    assert refusal(body).reason == "nested_too_deep"


@pytest.mark.parametrize("body", [[inbound()], [], "message", [SID]])
def test_json_that_is_not_an_object_is_refused(body: object) -> None:
    assert refusal(wire(body)).reason == "not_an_object"


@pytest.mark.parametrize("body", ["17", "null", "true"])
def test_json_scalars_are_refused(body: str) -> None:
    assert refusal(body).reason == "not_an_object"


@pytest.mark.parametrize("body", [b"", b"  \n", "", "\ufeff"])
def test_an_empty_body_is_refused(body: bytes | str) -> None:
    assert refusal(body).reason == "empty"
    assert refusal(body, query="").reason == "empty"


@pytest.mark.parametrize(
    "body",
    [
        SECRET_TEXT,
        f"<a href='{SECRET_TEXT}'>",
        f'{{"message_sid": "{SECRET_TEXT}"',
        f'{{"message_sid": "\\ud800{SECRET_TEXT}"}}',
        f'{{"message_sid": "{SECRET_TEXT}", "price": NaN}}',
        f"{{'message_sid': '{SECRET_TEXT}'}}",
        f'"{SECRET_TEXT}',
        "=",
        "&".join(["a=b"] * 1001),
        "\x00\x01=",
    ],
)
def test_what_is_neither_json_nor_a_form_is_refused(body: str) -> None:
    assert refusal(body).reason == "not_json_or_form"


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ("application/json", ", though declared as JSON"),
        ("multipart/form-data; boundary=x", ", though declared as multipart"),
        ("text/html", ""),
    ],
)
def test_the_error_says_what_was_declared(content_type: str, said: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="message_sid"\r\n\r\nlighthouse\r\n--x--\r\n'

    assert str(refusal(body, content_type=content_type)) == f"The callback is neither JSON nor a form{said}."


def test_names_that_python_uses_are_just_unknown() -> None:
    names = ["__class__", "model_config", "_kept", "from_", "model_fields", "__pydantic_extra__"]

    message = parse(wire({"message_sid": "s", **dict.fromkeys(names, "x")}))

    assert {*message.unknown_fields} == {*names} - {"from_"}


def test_the_error_is_a_carrierx_error_and_can_be_pickled() -> None:
    error = refusal(b"")
    copy = pickle.loads(pickle.dumps(error))

    assert isinstance(error, CarrierXError)
    assert (str(copy), copy.reason, copy.status_code) == (str(error), "empty", 400)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_no_body_raises_another_error(body: bytes | str) -> None:
    try:
        message = parse(body, query="a=b")
    except CallbackError:
        return
    assert message.message_sid


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*inbound(), "from_did", "to_did", "other"]), json_values))
def test_no_fields_raise_another_error(fields: dict[str, object]) -> None:
    sid = fields.get("message_sid")
    if isinstance(sid, str) and sid.strip():
        assert parse(wire(fields)).message_sid == sid
    else:
        assert refusal_of(fields) == "no_message_sid"


def refusal_of(fields: dict[str, object]) -> str:
    with pytest.raises(CallbackError) as caught:
        parse(wire(fields))
    return caught.value.reason
