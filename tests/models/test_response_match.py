"""Telling the response to our own send from the response to somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx import Message, MessageLimits, SendMessageRequest
from carrierx.models.response_match import ResponseMatch, SentMessage

SENDER, RECIPIENT, STRANGER = "15162065575", "15162065574", "14165550147"
GROUP = ["15162065576", "15162065577"]
TEXT = "Your code\nis mellon"
SMS: dict[str, Any] = {"to": RECIPIENT, "message": TEXT}
MMS_WITHOUT_TEXT: dict[str, Any] = {"to": RECIPIENT, "media_urls": ["https://example.com/a.png"]}
GROUP_MMS: dict[str, Any] = {"to": RECIPIENT, "message": TEXT, "group_recipients": GROUP}

OURS, RECIPIENT_DIFFERS, NOT_OURS = ResponseMatch

ROWS: list[tuple[str, dict[str, Any], dict[str, Any], ResponseMatch]] = [
    ("it says the same", SMS, {"to": RECIPIENT, "message": TEXT}, OURS),
    ("the same recipient, another text", SMS, {"to": RECIPIENT, "message": "Bye"}, OURS),
    ("another recipient, the same text", SMS, {"to": STRANGER, "message": TEXT}, RECIPIENT_DIFFERS),
    ("another recipient, another text", SMS, {"to": STRANGER, "message": "Bye"}, NOT_OURS),
    # The reference.
    ("our reference proves it", SMS, {"to": STRANGER, "message": "Bye", "user_data": "order-17"}, OURS),
    ("another reference proves nothing", SMS, {"to": RECIPIENT, "message": TEXT, "user_data": "order-18"}, OURS),
    ("another reference saves nothing", SMS, {"to": STRANGER, "message": "Bye", "user_data": "order-18"}, NOT_OURS),
    ("no reference in the response", SMS, {"to": RECIPIENT, "message": TEXT, "user_data": None}, OURS),
    # How numbers are written.
    ("with + and separators", SMS, {"to": "+1 (516) 206-5574", "message": "Bye"}, OURS),
    ("without the country code", SMS, {"to": "5162065574", "message": "Bye"}, OURS),
    ("with an international prefix", SMS, {"to": "01115162065574", "message": "Bye"}, OURS),
    ("as legacy accounts call it", SMS, {"to_did": STRANGER, "message": "Bye"}, NOT_OURS),
    ("the last ten digits differ", SMS, {"to": "15162065579", "message": "Bye"}, NOT_OURS),
    ("fewer than ten digits, all the same", {**SMS, "to": "4930901"}, {"to": "+49 30901", "message": "Bye"}, OURS),
    ("fewer than ten digits, others", {**SMS, "to": "4930901"}, {"to": "4930902", "message": "Bye"}, NOT_OURS),
    ("a short code is nobody's ending", SMS, {"to": "65574", "message": "Bye"}, NOT_OURS),
    # Groups.
    ("the group's first is `to`", GROUP_MMS, {"to": GROUP[0], "message": "Bye"}, OURS),
    ("one of the group is in its group", GROUP_MMS, {"to": STRANGER, "group_recipients": [GROUP[1]]}, OURS),
    ("our `to` is in its group", SMS, {"to": STRANGER, "group_recipients": [RECIPIENT], "message": "Bye"}, OURS),
    ("none of the group", GROUP_MMS, {"to": STRANGER, "group_recipients": [STRANGER], "message": "Bye"}, NOT_OURS),
    ("a group of others, and no `to`", SMS, {"group_recipients": [STRANGER], "message": "Bye"}, NOT_OURS),
    # What is missing counts as equal.
    ("nothing but the SID", SMS, {}, OURS),
    ("no recipient", SMS, {"message": "Bye"}, OURS),
    ("the recipient is null", SMS, {"to": None, "message": "Bye"}, OURS),
    ("the recipient is empty", SMS, {"to": "", "message": "Bye"}, OURS),
    ("the recipient holds no digit", SMS, {"to": "hidden", "message": "Bye"}, OURS),
    ("the recipient can't be read", SMS, {"to": 14165550147, "message": "Bye"}, OURS),
    ("no text", SMS, {"to": STRANGER}, RECIPIENT_DIFFERS),
    ("the text is null", SMS, {"to": STRANGER, "message": None}, RECIPIENT_DIFFERS),
    ("the text is empty", SMS, {"to": STRANGER, "message": ""}, RECIPIENT_DIFFERS),
    ("media alone were sent", MMS_WITHOUT_TEXT, {"to": STRANGER, "message": "Bye"}, RECIPIENT_DIFFERS),
    # What an API may do to a text.
    ("blanks around it", SMS, {"to": STRANGER, "message": f"  {TEXT}\n"}, RECIPIENT_DIFFERS),
    ("other line ends", SMS, {"to": STRANGER, "message": TEXT.replace("\n", "\r\n")}, RECIPIENT_DIFFERS),
    ("old line ends", SMS, {"to": STRANGER, "message": TEXT.replace("\n", "\r")}, RECIPIENT_DIFFERS),
    ("other letters", SMS, {"to": STRANGER, "message": TEXT.upper()}, NOT_OURS),
]


@pytest.mark.parametrize(("fields", "answer", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_an_answer_is_compared_with_what_was_sent(
    fields: dict[str, Any], answer: dict[str, Any], expected: ResponseMatch
) -> None:
    request = SendMessageRequest(from_=SENDER, **fields)
    message = Message.model_validate({"message_sid": "097b49df", **answer})

    assert SentMessage(request, "order-17").compare(message) is expected


def test_a_send_without_a_reference_is_not_proven_by_an_answer_without_user_data() -> None:
    request = SendMessageRequest(from_=SENDER, **SMS)
    message = Message(message_sid="097b49df", to=STRANGER, message="Bye", user_data=None)

    assert SentMessage(request, None).compare(message) is NOT_OURS


def test_what_is_kept_for_the_comparison_shows_neither_number_nor_text() -> None:
    shown = repr(SentMessage(SendMessageRequest(from_=SENDER, **GROUP_MMS), "order-17"))

    assert shown.startswith("SentMessage(")
    assert not any(secret in shown for secret in (SENDER, RECIPIENT, *GROUP, TEXT))


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({}, OURS),
        ({"group_recipients": GROUP}, OURS),
        ({"to": GROUP[1], "message": "Bye"}, OURS),
        ({"group_recipients": [STRANGER], "message": TEXT}, RECIPIENT_DIFFERS),
        ({"to": None, "group_recipients": [STRANGER], "message": "Bye"}, NOT_OURS),
    ],
)
def test_a_group_without_sender_and_recipient_is_recognised_by_its_members(
    response: dict[str, Any], expected: ResponseMatch
) -> None:
    limits = MessageLimits(group_needs_from=False, group_needs_to=False)
    request = SendMessageRequest.parse({"message": TEXT, "group_recipients": GROUP}, limits)
    assert SentMessage(request, None).compare(Message(message_sid="sid", **response)) is expected
