"""Building send requests, and what they hold."""

from __future__ import annotations

import copy
import enum
import pickle
from typing import Any, cast

import pydantic
import pytest
from pydantic import BaseModel, ValidationError

from carrierx.errors import InvalidMessageError, Outcome
from carrierx.models.numbers import AmbiguousNumberWarning
from carrierx.models.send_request import SendMessageRequest, broken_rules_of
from carrierx.models.types import MessageType
from carrierx.models.validation import MessageLimits
from tests.models.helpers import RECIPIENT, SENDER, SHORT_CODE, URL, as_json, fields
from tests.support.samples import sample

LIMITS = MessageLimits()
PYDANTIC = tuple(map(int, pydantic.VERSION.split(".")[:2]))


def sms() -> SendMessageRequest:
    return SendMessageRequest(from_=SENDER, to=RECIPIENT, message="Hello")


class TestWaysIn:
    @pytest.mark.parametrize("names", [("from", "to"), ("from_", "to"), ("from_did", "to_did"), ("from", "to_did")])
    def test_all_names_are_understood(self, names: tuple[str, str]) -> None:
        data = {names[0]: SENDER, names[1]: RECIPIENT, "message": "Hello"}
        assert SendMessageRequest.model_validate(data) == SendMessageRequest.parse(data) == sms()

    @pytest.mark.parametrize("name", ["sms_send_request", "sms_send_request_legacy", "mms_send_request"])
    def test_json_is_read_too(self, name: str) -> None:
        request = SendMessageRequest.model_validate_json(sample(name))
        assert (request.from_, request.to) == (SENDER, RECIPIENT)

    def test_lists_and_tuples_are_kept_as_tuples_and_numbers_as_digits(self) -> None:
        request = SendMessageRequest(
            from_="+1 516-206-5575",
            to=RECIPIENT,
            media_urls=[URL],
            group_recipients=("+1 (516) 206-5576",),
            message="Hi",
        )
        assert request.from_ == SENDER
        assert request.media_urls == (URL,)
        assert request.group_recipients == ("15162065576",)

    def test_none_is_the_same_as_absent(self) -> None:
        request = SendMessageRequest(
            from_=SENDER,
            to=RECIPIENT,
            message="Hello",
            media_urls=None,
            group_recipients=None,
            user_data=None,
            type=None,
        )
        assert request == sms()
        assert request.media_urls == request.group_recipients == ()

    def test_a_request_passes_through_a_model_of_yours(self) -> None:
        class Job(BaseModel):
            request: SendMessageRequest

        assert Job(request=sms()).request == sms()
        with pytest.raises(ValidationError) as caught:
            Job.model_validate({"request": fields(media_urls=["/cat.png"])})
        assert caught.value.errors()[0]["loc"] == ("request", "media_urls", 0)

    def test_pydantics_strict_mode_changes_nothing(self) -> None:
        data = fields(media_urls=[URL], type="mms")
        expected = SendMessageRequest.parse(data)
        assert SendMessageRequest.model_validate(data, strict=True) == expected
        assert SendMessageRequest.model_validate_json(expected.to_wire(), strict=True).media_urls == (URL,)

    @pytest.mark.skipif(PYDANTIC < (2, 11), reason="pydantic has these options since 2.11")
    def test_nor_does_validation_by_name(self) -> None:
        expected = SendMessageRequest.parse(fields())
        assert SendMessageRequest.model_validate(fields(), by_name=True, by_alias=False) == expected
        assert SendMessageRequest.model_validate_json(expected.to_wire(), by_name=True) == expected

    @pytest.mark.parametrize("data", [5, "from", ["from"], None])
    def test_what_is_no_mapping_is_refused(self, data: object) -> None:
        with pytest.raises(ValidationError) as caught:
            SendMessageRequest.model_validate(data)
        assert caught.value.errors()[0]["type"] == "wrong_type"
        with pytest.raises(InvalidMessageError, match="A message must be a mapping of fields, not"):
            SendMessageRequest.parse(cast("Any", data))

    def test_its_json_schema_has_the_names_of_the_wire(self) -> None:
        schema = SendMessageRequest.model_json_schema()
        assert list(schema["properties"])[:2] == schema["required"] == ["from", "to"]
        assert schema["additionalProperties"] is False


class TestErrors:
    def test_parse_raises_our_own_error_of_a_message_not_sent(self) -> None:
        with pytest.raises(InvalidMessageError, match="breaks 2 rules") as caught:
            SendMessageRequest.parse({"message": "Hello"})
        assert caught.value.outcome is Outcome.NOT_SENT
        assert not caught.value.safe_to_resend

    def test_pydantics_error_has_rule_place_measure_and_limit(self) -> None:
        with pytest.raises(ValidationError) as caught:
            SendMessageRequest(from_=SENDER, to=RECIPIENT, media_urls=[URL, *["/"] * 10])
        line = caught.value.errors()[0]
        assert (line["type"], line["loc"]) == ("too_many_media", ("media_urls",))
        context = line.get("ctx", {})
        assert (context["measure"], context["limit"]) == (11, 10)
        assert caught.value.errors()[1]["loc"] == ("media_urls", 1)


class TestAmbiguousNumbers:
    def test_ten_digits_without_plus_warn_at_the_callers_line(self) -> None:
        with pytest.warns(AmbiguousNumberWarning, match="`to` has ten digits") as caught:
            request = SendMessageRequest(from_=SENDER, to="5162065574", message="Hello")
        assert request.to == "5162065574"
        assert caught[0].filename == __file__
        assert "5162065574" not in str(caught[0].message)

    def test_each_field_warns(self) -> None:
        with pytest.warns(AmbiguousNumberWarning) as caught:
            SendMessageRequest.parse(
                {"from": "516-206-5575", "to": RECIPIENT, "message": "Hi", "group_recipients": ["5162065576"]},
                MessageLimits(us_only_mms=False),
            )
        assert [str(warning.message).split("`")[1] for warning in caught] == ["from", "group_recipients[0]"]
        assert {warning.filename for warning in caught} == {__file__}

    def test_a_plus_says_that_the_country_code_is_there(self) -> None:
        assert SendMessageRequest(from_=SENDER, to="+47 12 34 56 78", message="Hei").to == "4712345678"

    def test_a_request_that_exists_already_does_not_warn_again(self) -> None:
        request = SendMessageRequest(from_=SENDER, to="+4712345678", message="Hei")
        assert broken_rules_of(request, LIMITS) == ()


class TestWhatItHolds:
    def test_it_is_immutable_hashable_and_compares_by_content(self) -> None:
        request = sms()
        assert hash(request) == hash(sms())
        with pytest.raises(ValidationError, match="frozen"):
            request.to = SENDER
        with pytest.raises(ValidationError, match="frozen"):
            del request.to

    def test_it_survives_pickle_and_copy(self) -> None:
        request = SendMessageRequest(from_=SENDER, to=RECIPIENT, media_urls=[URL], type="mms")
        assert pickle.loads(pickle.dumps(request)) == copy.deepcopy(request) == request
        assert isinstance(request.type, MessageType)

    def test_the_kind_follows_from_the_fields(self) -> None:
        assert sms().kind is MessageType.SMS
        assert SendMessageRequest(from_=SENDER, to=RECIPIENT, media_urls=[URL]).kind is MessageType.MMS
        group = SendMessageRequest(from_=SENDER, to=RECIPIENT, message="Hi", group_recipients=[RECIPIENT])
        assert group.kind is MessageType.MMS

    def test_it_dumps_under_the_names_of_the_wire(self) -> None:
        dumped = sms().model_dump(by_alias=True, exclude_unset=True)
        assert dumped == as_json(sms().to_wire()) == fields()
        assert SendMessageRequest.model_validate(sms().model_dump()) == sms()

    def test_a_string_enum_counts_as_its_value(self) -> None:
        class Numbers(str, enum.Enum):  # noqa: UP042 (its str() differs from a StrEnum's)
            MINE = SENDER

        request = SendMessageRequest(from_=Numbers.MINE, to=RECIPIENT, message="Hello")
        assert request == sms()


class TestCheckingWhatExists:
    def test_a_sound_request_breaks_no_rule(self) -> None:
        assert broken_rules_of(sms(), LIMITS) == ()

    @pytest.mark.parametrize(
        ("update", "rule"),
        [
            ({"message": None}, "required"),
            ({"to": "nobody"}, "number_has_other_characters"),
            ({"to": "+1 516-206-5574"}, "number_not_normalised"),
            ({"from_": "+1 516-206-5575"}, "number_not_normalised"),
            ({"group_recipients": ("+15162065576",)}, "number_not_normalised"),
            ({"media_urls": URL}, "wrong_type"),
            ({"text": "Hello"}, "unknown_field"),
        ],
    )
    def test_a_changed_copy_is_seen_through(self, update: dict[str, Any], rule: str) -> None:
        request = sms().model_copy(update=update)
        assert [found.rule for found in broken_rules_of(request, LIMITS)] == [rule]
        with pytest.raises(ValidationError):
            SendMessageRequest.model_validate(request)

    def test_so_is_a_request_that_was_never_checked(self) -> None:
        found = broken_rules_of(SendMessageRequest.model_construct(), LIMITS)
        assert {rule.field for rule in found} == {"from", "to", "message"}

    def test_the_limits_of_a_client_apply(self) -> None:
        request = SendMessageRequest(from_=SHORT_CODE, to=RECIPIENT, message="Hello")
        found = broken_rules_of(request, MessageLimits(max_sms_characters=4))
        assert [(rule.rule, rule.measure, rule.limit) for rule in found] == [("message_too_long", 5, 4)]
        with pytest.raises(ValidationError):
            SendMessageRequest.model_validate(request, context=MessageLimits(max_sms_characters=4))
        assert SendMessageRequest.model_validate(request) is request
