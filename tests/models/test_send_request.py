"""Building send requests, and what they hold."""

from __future__ import annotations

import copy
import enum
import json
import pickle
from collections.abc import Mapping
from typing import Any, cast

import pydantic
import pytest
from pydantic import BaseModel, ValidationError

from carrierx.errors import InvalidArgumentError, InvalidMessageError, Outcome
from carrierx.models.message import Message
from carrierx.models.send_request import SendMessageRequest, broken_rules_of
from carrierx.models.tables import to_dicts
from carrierx.models.types import MessageType
from carrierx.models.validation import MessageLimits
from tests.models.helpers import RECIPIENT, SENDER, SHORT_CODE, URL, as_json, fields
from tests.support.samples import sample

LIMITS = MessageLimits()
SENDER_PLUS = f"+{SENDER}"
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


def rules_in(region: str, fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """The rules that a message breaks for a client with a default region."""
    try:
        SendMessageRequest.parse(fields, default_region=region)
    except InvalidMessageError as error:
        return [(rule.field, rule.rule) for rule in error.broken_rules]
    return []


class TestTenDigits:
    """Ten digits can be a US number without its leading 1, or a number with the country code of another country."""

    def test_they_are_refused_with_both_ways_out(self) -> None:
        with pytest.raises(InvalidMessageError) as caught:
            SendMessageRequest.parse(
                {"from": "516-206-5575", "to": "3546912345", "message": "Hi", "group_recipients": ["5162065576"]},
                MessageLimits(us_only_mms=False),
            )
        rules = caught.value.broken_rules
        assert [(rule.field, rule.rule) for rule in rules] == [
            ("from", "number_ambiguous"),
            ("to", "number_ambiguous"),
            ("group_recipients[0]", "number_ambiguous"),
        ]
        for part in ("write +1 before it", "write + before it", 'default_region="US"'):
            assert part in rules[1].explanation

    def test_pydantic_refuses_them_as_well(self) -> None:
        with pytest.raises(ValidationError, match="ten digits and no"):
            SendMessageRequest(from_=SENDER, to="5162065574", message="Hello")

    @pytest.mark.parametrize("text", ["+3546912345", "+354 691 2345", "3541912345", "354691234", "35469123456"])
    def test_a_plus_or_another_form_makes_a_number_clear(self, text: str) -> None:
        request = SendMessageRequest(from_=SENDER, to=text, message="Hæ")
        assert request.to == "".join(character for character in text if character.isdigit())

    def test_in_the_us_they_lack_the_1(self) -> None:
        fields = {"from": "(516) 206-5575", "to": "212.555.0123", "message": "Hello"}
        request = SendMessageRequest.parse(fields, default_region="US")
        assert (request.from_, request.to) == ("15162065575", "12125550123")

    def test_in_the_us_a_number_with_a_plus_or_a_1_has_its_country_code(self) -> None:
        for text in ("+6582345678", "+447700900123", "15162065574"):
            limits = MessageLimits(us_only_short_codes=False)
            request = SendMessageRequest.parse(
                {"from": SHORT_CODE, "to": text, "message": "Hi"}, limits, default_region="US"
            )
            assert (request.from_, request.to) == (SHORT_CODE, text.removeprefix("+"))

    @pytest.mark.parametrize("text", ["206-5574", "(212) 155-0123", "(658) 123-4567", "516206557", "447700900123"])
    def test_in_the_us_other_digits_are_refused_instead_of_going_abroad(self, text: str) -> None:
        fields = {"from": SENDER, "to": text, "message": "Hello"}
        assert rules_in("US", fields) == [("to", "number_not_national")]
        assert rules_in("US", {**fields, "to": "516-206-5574-4"}) == [("to", "number_not_national")]

    def test_the_same_number_under_two_names_is_read_the_same_way(self) -> None:
        fields = {"from": SENDER, "to": "3546912345", "to_did": "+3546912345", "message": "Hello"}
        assert rules_in("US", fields) == [("to", "names_differ")]
        same = SendMessageRequest.parse({**fields, "to_did": "+13546912345"}, default_region="US")
        assert same.to == "13546912345"

    def test_in_another_country_numbers_are_read_as_people_write_them_there(self) -> None:
        read = SendMessageRequest.parse(
            {"from": "030 901820", "to": "0151 23456789", "message": "Hallo"}, default_region="DE"
        )
        assert (read.from_, read.to) == ("4930901820", "4915123456789")
        mobile = SendMessageRequest.parse(
            {"from": "+15162065575", "to": "13912345678", "message": "Hi"}, default_region="CN"
        )
        assert mobile.to == "8613912345678"

    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            ("15162065574", "number_ambiguous"),  # +1 516-206-5574 in New York, or 01516 2065574 in Germany
            ("tel:15162065574", "number_ambiguous"),
            ("4915123456789", "number_ambiguous"),
            ("030 901820 / 21", "number_unclear"),
            ("030 901820/030 901821", "number_not_national"),
            ("030/90/1820", "number_unclear"),
            ("Order 123456", "number_has_other_characters"),
            ("030 901820 (Anna)", "number_has_other_characters"),
            ("800-FLOWERS", "number_has_other_characters"),
            ("1.5162e10", "number_has_other_characters"),
            ("030901820\x00", "number_has_other_characters"),
            ("030901820\ud800", "number_has_other_characters"),
            ("1970-01-01", "number_unclear"),
            ("2026-11-29", "number_unclear"),
            ("29.11.2026 10.30", "number_unclear"),
            ("30901820.0", "number_unclear"),
            ("030 901820 (2)", "number_unclear"),
            ("72345", "number_not_national"),
            ("030 901820 ext. 5", "number_has_extension"),
        ],
    )
    def test_in_another_country_what_is_no_number_of_it_is_refused(self, text: str, rule: str) -> None:
        assert rules_in("DE", {"from": f"+{SENDER}", "to": text, "message": "Hi"}) == [("to", rule)]

    @pytest.mark.parametrize(
        ("region", "text", "digits"),
        [
            ("DE", "030/901820", "4930901820"),
            ("DE", "030\u00a0901820", "4930901820"),
            ("DE", "030\u2013901820", "4930901820"),
            ("DE", "tel:030901820", "4930901820"),
            ("DE", "+49 30/901820", "4930901820"),
            ("DE", "+49\u00a030 901820", "4930901820"),
            ("DE", "498930901820", "498930901820"),
            ("FR", "06\u202f12\u202f34\u202f56\u202f78", "33612345678"),
            ("FR", "01.23.45.67.89", "33123456789"),
            ("GB", "020 7946 0958", "442079460958"),
            ("CA", "(416) 555-0123", "14165550123"),
            ("CA", "416 234 5678", "14162345678"),
            ("CN", "136 0937 6203", "8613609376203"),
            ("CO", "320 1234567", "573201234567"),
            ("IT", "328 123 4567", "393281234567"),
            ("US", "516\u2013206\u20115574", "15162065574"),
            ("US", "\u202a+1 (516) 206-5574\u202c", "15162065574"),
            ("US", "tel:+15162065574", "15162065574"),
            ("US", "516/206-5574", "15162065574"),
        ],
    )
    def test_everyday_formats_are_read(self, region: str, text: str, digits: str) -> None:
        request = SendMessageRequest.parse({"from": SENDER_PLUS, "to": text, "message": "Hi"}, default_region=region)
        assert request.to == digits

    def test_a_region_is_checked_as_that_of_a_client(self) -> None:
        fields = {"from": f"+{SENDER}", "to": "030 901820", "message": "Hi"}
        assert SendMessageRequest.parse(fields, default_region="de").to == "4930901820"
        for region in ("USA", "", 49):
            with pytest.raises(InvalidArgumentError, match="two-letter"):
                SendMessageRequest.parse(fields, default_region=cast("str", region))

    @pytest.mark.parametrize("region", ["US", "DE"])
    def test_a_request_that_was_written_as_json_is_read_as_it_was(self, region: str) -> None:
        for digits in ("15162065574", "3546912345", "4915123456789"):
            request = SendMessageRequest(from_=SENDER, to=f"+{digits}", message="Hi")
            again = json.loads(request.model_dump_json(by_alias=True, exclude_none=True))
            assert SendMessageRequest.parse(again, default_region=region) == request

    def test_a_number_of_carrierx_stays_exact_as_text_and_in_a_row(self) -> None:
        inbound = Message.model_validate_json(f'{{"message_sid": "1", "from": "3546912345", "to": "{SENDER}"}}')
        (row,) = to_dicts([inbound])
        for number in (str(inbound.from_), f"{inbound.from_}", row["from"]):
            reply = SendMessageRequest.parse({"from": SENDER, "to": number, "message": "Hi"}, default_region="US")
            assert reply.to == "3546912345"

    @pytest.mark.parametrize("region", [None, "US", "DE", "CN"])
    @pytest.mark.parametrize("digits", ["3546912345", "6582345678", "15162065574", "13912345678"])
    def test_a_number_of_a_request_or_of_carrierx_is_used_as_it_is(self, digits: str, region: str | None) -> None:
        checked = SendMessageRequest(from_=SENDER, to=f"+{digits}", message="Hello")
        inbound = Message.model_validate_json(f'{{"message_sid": "1", "from": "{digits}", "to": "{SENDER}"}}')
        for sender, recipient in ((checked.from_, checked.to), (inbound.to, inbound.from_)):
            fields = {"from": sender, "to": recipient, "message": "Reply"}
            assert SendMessageRequest.parse(fields, default_region=region).to == digits

    def test_a_checked_request_survives_json_copy_and_pickle(self) -> None:
        request = SendMessageRequest(from_="+6582345678", to="+3546912345", message="Hello")
        group = SendMessageRequest.parse(
            {"from": SENDER, "to": "+3546912345", "message": "Hi", "group_recipients": ["+6582345678"]},
            MessageLimits(us_only_mms=False),
        )
        for one in (request, group):
            limits = MessageLimits(us_only_mms=False)
            for again in (
                SendMessageRequest.model_validate_json(one.model_dump_json(), context=limits),
                SendMessageRequest.model_validate_json(json.dumps(one.model_dump()), context=limits),
                SendMessageRequest.parse(one.model_dump(mode="json", by_alias=True), limits),
                copy.deepcopy(one),
                one.model_copy(),
                pickle.loads(pickle.dumps(one)),
            ):
                assert again == one
                assert again.to_wire() == one.to_wire()
                assert broken_rules_of(again, limits) == ()
        assert b'"to":"3546912345"' in request.to_wire()
        assert b'"from_did":"6582345678"' in request.to_wire(legacy_field_names=True)

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_its_numbers_stay_exact_in_every_pickle(self, protocol: int) -> None:
        request = SendMessageRequest(from_="+6582345678", to="+3546912345", message="Hello")
        again = pickle.loads(pickle.dumps(request, protocol))
        assert broken_rules_of(again, LIMITS) == ()

    def test_an_unchecked_number_in_a_copy_is_refused(self) -> None:
        request = SendMessageRequest(from_=SENDER, to=RECIPIENT, message="Hello")
        broken = broken_rules_of(request.model_copy(update={"to": "2125550123"}), LIMITS)
        assert [rule.rule for rule in broken] == ["number_ambiguous"]


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
        assert as_json(sms().to_wire()) == fields()
        assert dumped == fields() | {"from": f"+{SENDER}", "to": f"+{RECIPIENT}"}
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
