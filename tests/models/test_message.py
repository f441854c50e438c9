"""Reading messages, whatever CarrierX sends."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from carrierx.models.message import Message
from carrierx.models.numbers import ExactNumber
from carrierx.models.types import Direction, MessageStatus, MessageType
from tests.models.helpers import RECIPIENT, SENDER, as_json
from tests.support.samples import sample

SID = "097b49df-c54e-4eaf-97d0-89cf7d5a655b"
OPTIONAL_ON_THE_WIRE = sorted(
    {field.serialization_alias or name for name, field in Message.model_fields.items()} - {"message_sid"}
)


def read(**data: JsonValue) -> Message:
    return Message.model_validate_json(json.dumps({"message_sid": SID, **data}))


class TestReading:
    def test_a_number_of_carrierx_is_exact_only_if_it_consists_of_digits(self) -> None:
        assert isinstance(read(**{"from": "5162065574"}).from_, ExactNumber)
        assert not isinstance(read(**{"from": "(516) 206-5574"}).from_, ExactNumber)

    def test_null_under_the_current_name_leaves_the_legacy_name(self) -> None:
        message = read(**{"from": None, "from_did": SENDER, "to": None, "to_did": RECIPIENT})
        assert (message.from_, message.to) == (SENDER, RECIPIENT)
        assert read(**{"from": None, "from_did": None}).from_ is None
        assert read(**{"from": SENDER, "from_did": None}).from_ == SENDER

    def test_every_attribute_of_the_sms_object_is_there(self) -> None:
        message = Message.model_validate_json(sample("sms_send_response"))
        assert message.message_sid == SID
        assert message.partner_sid == "e00430c3-a7d0-4666-ab5c-f7202448382f"
        assert (message.from_, message.to, message.message) == (SENDER, RECIPIENT, "This is a test message")
        assert message.direction is not None
        assert message.direction == Direction.OUTBOUND == "outbound"
        assert message.status == MessageStatus.QUEUED == "queued"
        assert message.type == MessageType.SMS == "sms"
        assert (message.message_segments, message.mcc, message.mnc, message.price) == (1, None, None, None)
        assert (message.media_urls, message.group_recipients) == ((), ())
        assert message.user_data == "test_message"
        assert message.date_created == datetime(2023, 12, 6, 15, 18, 29, 189_000, tzinfo=UTC)
        assert message.date_changed == datetime(2023, 12, 6, 15, 18, 30, 84_000, tzinfo=UTC)
        assert message.date_status_changed is None
        assert not message.unreadable_fields
        assert not message.unknown_fields

    def test_old_names_are_read_as_the_new(self) -> None:
        message = Message.model_validate_json(sample("sms_send_response_legacy_2019"))
        assert (message.from_, message.to) == (SENDER, RECIPIENT)
        assert message.media_urls == ()

    def test_a_message_is_also_read_from_a_mapping_and_made_by_hand(self) -> None:
        assert Message.model_validate(as_json(sample("mms_send_response"))) == Message.model_validate_json(
            sample("mms_send_response")
        )
        assert Message(message_sid=SID, from_=SENDER, status=MessageStatus.SENT).from_ == SENDER

    def test_unknown_statuses_and_fields_are_kept(self) -> None:
        message = read(status="lost_at_sea", carrier_notes={"a": [1]})
        assert message.status == "lost_at_sea"
        assert message.unknown_fields == {"carrier_notes": {"a": [1]}}
        assert not message.unreadable_fields
        assert as_json(message.to_json()) == {
            "message_sid": SID,
            "status": "lost_at_sea",
            "carrier_notes": {"a": [1]},
        }

    def test_a_price_is_a_decimal_and_numbers_may_be_strings(self) -> None:
        message = read(price="0.0150", message_segments="2")
        assert message.price == Decimal("0.0150")
        assert message.message_segments == 2

    def test_it_is_immutable_and_hashable(self) -> None:
        message = read(new=["unhashable"])
        assert hash(message) == hash(copy.deepcopy(message))
        with pytest.raises(ValidationError, match="frozen"):
            message.status = MessageStatus.SENT


class TestTolerance:
    @pytest.mark.parametrize(
        ("field", "raw"),
        [
            ("price", "n/a"),
            ("price", True),
            ("date_created", "yesterday"),
            ("date_changed", 1701875910),
            ("message", 5),
            ("message_segments", "many"),
            ("status", {"code": 1}),
            ("user_data", {"order": 17}),
            ("media_urls", "https://example.com/cat.png"),
            ("group_recipients", [SENDER, None]),
            ("from", 15162065575),
        ],
    )
    def test_a_field_that_cannot_be_read_spoils_no_other(self, field: str, raw: JsonValue) -> None:
        message = read(**{"to": RECIPIENT, field: raw})
        assert not getattr(message, "from_" if field == "from" else field)
        assert message.to == RECIPIENT
        assert message.unreadable_fields == {field: raw}
        assert as_json(message.to_json()) == message.to_dict() == {"message_sid": SID, "to": RECIPIENT, field: raw}

    def test_a_field_that_came_under_two_names_is_read_under_the_one_that_can_be(self) -> None:
        message = Message.model_validate({"message_sid": SID, "from": 5, "from_did": SENDER, "to": 5, "to_did": 6})
        assert message.from_ == SENDER
        assert message.to is None
        assert message.unreadable_fields == {"from": 5, "to": 5}

    def test_several_at_once_are_kept_apart_from_unknown_ones(self) -> None:
        message = read(price="n/a", mcc="x", new=1)
        assert message.unreadable_fields == {"price": "n/a", "mcc": "x"}
        assert message.unknown_fields == {"new": 1}

    def test_null_for_a_list_is_an_empty_tuple_and_null_again(self) -> None:
        message = read(media_urls=None, group_recipients=None)
        assert message.media_urls == message.group_recipients == ()
        assert not message.unreadable_fields
        assert message.to_dict() == {"message_sid": SID, "media_urls": None, "group_recipients": None}

    def test_a_raw_value_survives_pickle_copy_and_every_dump(self) -> None:
        message = read(price="n/a", from_did=5)
        for again in (pickle.loads(pickle.dumps(message)), copy.deepcopy(message), message.model_copy()):
            assert again == message
            assert again.unreadable_fields == {"price": "n/a", "from": 5}
        assert message.model_dump_json().count('"price"') == 1
        assert message.model_dump()["price"] == "n/a"
        assert "price" not in message.model_dump(include={"message_sid"})

    @pytest.mark.parametrize("sid", [{}, {"message_sid": None}, {"message_sid": ""}, {"message_sid": " \n"}])
    def test_only_a_missing_or_blank_sid_fails_a_message(self, sid: dict[str, JsonValue]) -> None:
        with pytest.raises(ValidationError, match="message_sid"):
            Message.model_validate_json(json.dumps({"to": RECIPIENT, "price": "n/a", **sid}))

    @pytest.mark.parametrize("data", [b"[]", b"null", b'"text"', b"5", b"<html>", b""])
    def test_what_is_no_object_is_no_message(self, data: bytes) -> None:
        with pytest.raises(ValidationError):
            Message.model_validate_json(data)

    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )

    @given(st.dictionaries(st.sampled_from(OPTIONAL_ON_THE_WIRE) | st.text(max_size=5), json_values))
    def test_no_value_of_any_other_field_fails_it(self, data: dict[str, JsonValue]) -> None:
        message = Message.model_validate({**data, "message_sid": SID})
        assert message.message_sid == SID
        assert message.to_dict().keys() >= (data.keys() - {"from_did", "to_did", "from_"})


class TestRoundTrips:
    @pytest.mark.parametrize("name", ["sms_send_response", "mms_send_response"])
    def test_a_full_object_comes_out_as_equal_json(self, name: str) -> None:
        message = Message.model_validate_json(sample(name))
        assert as_json(message.to_json()) == message.to_dict() == as_json(sample(name))
        assert as_json(message.model_dump_json(by_alias=True, exclude_unset=True)) == as_json(sample(name))

    def test_old_names_come_out_as_the_new(self) -> None:
        raw = as_json(sample("sms_send_response_legacy_2019"))
        assert isinstance(raw, dict)
        renamed = {{"from_did": "from", "to_did": "to"}.get(name, name): value for name, value in raw.items()}
        assert Message.model_validate(raw).to_dict() == renamed

    documented = st.fixed_dictionaries(
        {"message_sid": st.uuids().map(str)},
        optional={
            "from": st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True),
            "message": st.none() | st.text(),
            "message_segments": st.integers(1, 20),
            "media_urls": st.lists(st.text(), max_size=3),
            "status": st.text(),
            "mcc": st.none() | st.integers(0, 999),
            "price": st.none() | st.decimals(0, 100, places=4).map(str),
            "date_created": st.datetimes().map(lambda time: time.isoformat(timespec="milliseconds") + "Z"),
            "something_new": st.integers() | st.text(),
        },
    )

    @given(documented)
    def test_so_does_every_object_as_documented(self, data: Mapping[str, object]) -> None:
        message = Message.model_validate_json(json.dumps(data))
        assert not message.unreadable_fields
        assert as_json(message.to_json()) == data

    def test_its_json_schema_describes_the_fields_for_reading_and_writing(self) -> None:
        for schema in (Message.model_json_schema(), Message.model_json_schema(mode="serialization")):
            assert {"message_sid", "from", "price"} <= schema["properties"].keys()
            assert schema["required"] == ["message_sid"]
