"""Every rule of a message, at its edge."""

from __future__ import annotations

import pytest

from tests.models.helpers import (
    BRITISH,
    CANADIAN,
    PUERTO_RICAN,
    RECIPIENT,
    SENDER,
    SHORT_CODE,
    URL,
    broken,
    fields,
    rules_broken_by,
    us_numbers,
)


class TestRequiredFields:
    def test_a_sender_and_a_recipient_are_required(self) -> None:
        assert list(broken({"message": "Hello"})) == ["from: required", "to: required"]
        assert list(broken({"from": None, "to": None, "message": "Hello"})) == ["from: required", "to: required"]

    def test_an_sms_needs_a_text(self) -> None:
        assert rules_broken_by(message=None) == ["message: required"]

    def test_an_mms_with_media_needs_none(self) -> None:
        assert rules_broken_by(message=None, media_urls=[URL]) == []

    def test_a_group_without_media_needs_one(self) -> None:
        assert rules_broken_by(message=None, group_recipients=us_numbers(2)) == ["message: required"]

    def test_empty_lists_make_no_mms(self) -> None:
        assert rules_broken_by(message=None, media_urls=[], group_recipients=()) == ["message: required"]


class TestText:
    @pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u00a0\u2003\u3000", "\u200b", "\ufeff\u2800", "\u2028"])
    @pytest.mark.parametrize("media", [None, [URL]])
    def test_a_text_is_not_only_blanks(self, blank: str, media: object) -> None:
        assert rules_broken_by(message=blank, media_urls=media) == ["message: message_blank"]

    @pytest.mark.parametrize("text", [".", " a ", "\U0001f600", "\u200bx", "\x00", "a\x07\nb", "\U0001fadf"])
    def test_anything_visible_is_a_text_and_control_characters_are_fine(self, text: str) -> None:
        assert rules_broken_by(message=text) == []

    @pytest.mark.parametrize("character", ["a", "é", "\U0001f600"])
    @pytest.mark.parametrize("changes", [{}, {"media_urls": [URL]}, {"group_recipients": us_numbers(2)}])
    def test_a_text_has_at_most_1600_code_points(self, character: str, changes: dict[str, object]) -> None:
        assert rules_broken_by(message=character * 1600, **changes) == []
        found = broken(fields(message=character * 1601, **changes))["message: message_too_long"]
        assert (found.measure, found.limit) == (1601, 1600)
        assert "1601" in found.explanation
        assert "1600" in found.explanation

    @pytest.mark.parametrize("field", ["message", "user_data"])
    def test_halves_of_characters_are_refused(self, field: str) -> None:
        found = broken(fields(**{field: "a\ud83d b\ude00é"}))[f"{field}: lone_surrogate"]
        assert found.measure == 2


class TestMedia:
    def test_there_are_at_most_10(self) -> None:
        assert rules_broken_by(media_urls=[URL] * 10) == []
        found = broken(fields(media_urls=[URL] * 11))["media_urls: too_many_media"]
        assert (found.measure, found.limit) == (11, 10)

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com",
            "HTTPS://Example.com:8443/a?b=c#d",
            "https://192.0.2.1/cat.png",
            "https://[2001:db8::1]:8080/cat.png",
            "https://bücher.example/ä.png",
            "https://example.com/a@b:c",
            "https://example.com/" + "a" * 5000,
        ],
    )
    def test_an_absolute_http_or_https_url_is_taken(self, url: str) -> None:
        assert rules_broken_by(media_urls=[url]) == []

    @pytest.mark.parametrize(
        ("url", "rule"),
        [
            ("", "url_not_http"),
            ("ftp://example.com/cat.png", "url_not_http"),
            ("javascript:alert(1)", "url_not_http"),
            ("data:image/png;base64,AAAA", "url_not_http"),
            ("file:///etc/passwd", "url_not_http"),
            ("/cat.png", "url_not_http"),
            ("//example.com/cat.png", "url_not_http"),
            ("example.com/cat.png", "url_not_http"),
            ("https:example.com", "url_not_http"),
            ("https:///cat.png", "url_without_host"),
            ("https://", "url_without_host"),
            ("https://:8080/cat.png", "url_without_host"),
            ("https://./cat.png", "url_without_host"),
            ("https://[::1/cat.png", "url_without_host"),
            ("https://a:b:c/", "url_without_host"),
            ("https://example.com:http/", "url_without_host"),
            ("https://example.com:65536/", "url_without_host"),
            ("https://user@example.com/cat.png", "url_has_user_info"),
            ("https://user:word@example.com/cat.png", "url_has_user_info"),
            ("https://example.com/my cat.png", "url_has_forbidden_characters"),
            (" https://example.com/cat.png", "url_has_forbidden_characters"),
            ("https://example.com/cat.png\n", "url_has_forbidden_characters"),
            ("https://exa\tmple.com/cat.png", "url_has_forbidden_characters"),
            ("https://example.com/\x00", "url_has_forbidden_characters"),
            ("https://example.com\\@evil.example/", "url_has_forbidden_characters"),
            ("https://example.com/\ud800", "url_has_forbidden_characters"),
        ],
    )
    def test_any_other_is_refused_at_its_position(self, url: str, rule: str) -> None:
        assert rules_broken_by(media_urls=[URL, URL, url]) == [f"media_urls[2]: {rule}"]


class TestGroups:
    def test_sender_recipient_and_group_are_at_most_10_different_numbers(self) -> None:
        assert rules_broken_by(group_recipients=us_numbers(8)) == []
        found = broken(fields(group_recipients=us_numbers(9)))["group_recipients: group_too_large"]
        assert (found.measure, found.limit) == (11, 10)

    def test_sender_and_recipient_may_be_among_the_group(self) -> None:
        assert rules_broken_by(group_recipients=[SENDER, RECIPIENT, *us_numbers(8)]) == []
        assert rules_broken_by(group_recipients=[SENDER, RECIPIENT, *us_numbers(9)]) == [
            "group_recipients: group_too_large"
        ]

    def test_nobody_is_named_twice_in_any_notation(self) -> None:
        first, second = us_numbers(2)
        again = f"+1 ({first[1:4]}) {first[4:7]}-{first[7:]}"
        assert rules_broken_by(group_recipients=[first, second, again, first]) == [
            "group_recipients[2]: number_repeated",
            "group_recipients[3]: number_repeated",
        ]

    def test_a_number_that_cannot_be_read_is_named_by_its_position_and_counts(self) -> None:
        assert rules_broken_by(group_recipients=[*us_numbers(8), "nobody"]) == [
            "group_recipients[8]: number_has_other_characters",
            "group_recipients: group_too_large",
        ]


class TestDestinations:
    def test_an_sms_from_a_long_number_goes_anywhere(self) -> None:
        assert rules_broken_by(to=BRITISH) == []

    @pytest.mark.parametrize("abroad", [CANADIAN, BRITISH])
    def test_an_mms_goes_to_the_us_only(self, abroad: str) -> None:
        found = broken(fields(to=abroad, media_urls=[URL]))["to: outside_us"]
        assert (found.measure, found.limit) == ("mms", "US numbers")
        assert rules_broken_by(group_recipients=[RECIPIENT, abroad]) == ["group_recipients[1]: outside_us"]

    @pytest.mark.parametrize("abroad", [CANADIAN, BRITISH])
    def test_so_does_anything_from_a_short_code(self, abroad: str) -> None:
        found = broken({**fields(to=abroad), "from": SHORT_CODE})["to: outside_us"]
        assert found.measure == "short code"

    def test_puerto_rico_is_the_us(self) -> None:
        assert rules_broken_by(to=PUERTO_RICAN, media_urls=[URL]) == []
        assert broken({**fields(to=PUERTO_RICAN), "from": SHORT_CODE}) == {}


class TestType:
    @pytest.mark.parametrize(
        ("given", "changes"), [("sms", {}), ("mms", {"media_urls": [URL]}), ("mms", {"group_recipients": [RECIPIENT]})]
    )
    def test_a_type_that_agrees_is_fine(self, given: str, changes: dict[str, object]) -> None:
        assert rules_broken_by(type=given, **changes) == []

    @pytest.mark.parametrize(
        ("given", "changes"), [("mms", {}), ("sms", {"media_urls": [URL]}), ("fax", {}), ("SMS", {})]
    )
    def test_any_other_is_refused(self, given: str, changes: dict[str, object]) -> None:
        assert rules_broken_by(type=given, **changes) == ["type: type_disagrees"]


class TestShapes:
    @pytest.mark.parametrize("value", [15162065574, b"15162065574", True, 1.5, ["15162065574"]])
    @pytest.mark.parametrize("field", ["from", "to", "message", "user_data", "type"])
    def test_texts_are_strings(self, field: str, value: object) -> None:
        found = broken(fields(**{field: value}))[f"{field}: wrong_type"]
        assert found.measure == type(value).__name__

    @pytest.mark.parametrize("value", [URL, {URL}, {URL: 1}, 5, b"abc"])
    def test_a_list_is_a_list_or_tuple_even_for_one(self, value: object) -> None:
        # A malformed list still makes it an MMS, which needs no text.
        assert rules_broken_by(media_urls=value, message=None) == ["media_urls: wrong_type"]

    def test_a_single_string_is_told_to_go_into_a_list(self) -> None:
        assert "in a list" in broken(fields(media_urls=URL))["media_urls: wrong_type"].explanation

    def test_items_are_strings(self) -> None:
        assert rules_broken_by(media_urls=[URL, None], group_recipients=(RECIPIENT, 15162065574)) == [
            "media_urls[1]: wrong_type",
            "group_recipients[1]: wrong_type",
        ]


class TestFieldNames:
    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("body", "message"),
            ("text", "message"),
            ("mesage", "message"),
            ("Message", "message"),
            ("sender", "from"),
            ("recipient", "to"),
            ("from_number", "from"),
            ("media", "media_urls"),
            ("media_url", "media_urls"),
            ("recipients", "group_recipients"),
            ("userdata", "user_data"),
        ],
    )
    def test_an_unknown_field_is_refused_with_the_nearest_name(self, name: str, meant: str) -> None:
        found = broken(fields(**{name: None} | {name: "x"}))[f"{name}: unknown_field"]
        assert f"did you mean `{meant}`?" in found.explanation
        assert found.limit == meant

    def test_one_that_is_near_to_none_gets_the_list(self) -> None:
        assert "`media_urls`" in broken(fields(zzz=1))["zzz: unknown_field"].explanation

    @pytest.mark.parametrize("key", ["15162065574", "n15162065574", "Meet me at noon", "x" * 41])
    def test_a_key_that_looks_like_content_is_not_repeated(self, key: str) -> None:
        assert rules_broken_by(**{key: "x"}) == ["(unknown): unknown_field"]

    @pytest.mark.parametrize(
        "names", [("from", "from_did"), ("from_", "from_did"), ("from", "from_"), ("to", "to_did")]
    )
    def test_both_namings_may_say_the_same(self, names: tuple[str, str]) -> None:
        first, second = names
        field = first.rstrip("_")
        sound = fields(**{field: None})
        assert broken({**sound, first: SENDER, second: "+1 (516) 206-5575"}) == {}
        assert broken({**sound, first: None, second: SENDER}) == {}
        assert list(broken({**sound, first: SENDER, second: CANADIAN})) == [f"{field}: names_differ"]
        assert list(broken({**sound, first: SENDER, second: 5})) == [f"{field}: names_differ"]


def test_everything_broken_is_reported_together() -> None:
    everything = {
        "from": "151620655",
        "to_did": "+44 (0)20 7946 0958",
        "message": "a" * 1601,
        "media_urls": ["ftp://example.com", 5, *[URL] * 9],
        "group_recipients": [CANADIAN, RECIPIENT, RECIPIENT],
        "user_data": 17,
        "type": "sms",
        "body": "Hello",
    }
    assert list(broken(everything)) == [
        "body: unknown_field",
        "from: number_length_not_north_american",
        "to: number_has_trunk_zero",
        "message: message_too_long",
        "media_urls[1]: wrong_type",
        "media_urls: too_many_media",
        "media_urls[0]: url_not_http",
        "group_recipients[2]: number_repeated",
        "group_recipients[0]: outside_us",
        "user_data: wrong_type",
        "type: type_disagrees",
    ]


def test_every_explanation_is_a_sentence() -> None:
    found = broken({"from": "1", "to": "0123", "message": " ", "media_urls": URL, "zzz": 1, "type": 5})
    for rule in found.values():
        assert rule.explanation[0].isupper()
        assert rule.explanation.endswith((".", "?"))
