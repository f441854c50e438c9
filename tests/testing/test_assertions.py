"""Assertions about what was sent say on failure what was sent instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carrierx import CarrierXClient, InvalidMessageError, ObjectValidationError, UnconfirmedSendError
from carrierx.events import Event, MessageRefused
from carrierx.testing import EmulatorForTests, MessageQuery, assert_nothing_sent, assert_sent, assert_sent_once
from carrierx.testing.assertions import SentMessage
from tests.testing.texts import OTHERS, OURS, THEIRS, send


def failure_of(assertion: Callable[..., object], emulator: EmulatorForTests, **wanted: Any) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        assertion(emulator, **wanted)
    return str(caught.value).splitlines()


def test_what_was_sent_is_given_back(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    first = send(carrierx_client, "Your table is ready at 7.", reference="order-17")
    second = send(carrierx_client, "Your table is ready at 8.")

    assert assert_sent(carrierx_emulator) == second
    assert assert_sent(carrierx_emulator, to="+1 516-206-5574", from_=OURS, containing="at 7") == first
    assert assert_sent_once(carrierx_emulator, reference="order-17", status="queued") == first
    assert assert_sent_once(carrierx_emulator, message="Your table is ready at 8.") == second
    assert_nothing_sent(carrierx_emulator, to=OTHERS)


def test_media_can_be_asked_for(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    picture = "https://example.org/cat.png"
    sent = carrierx_client.messages.send(from_=OURS, to=THEIRS, media_urls=[picture])

    assert assert_sent_once(carrierx_emulator, media_url=picture) == sent
    assert "it does not have the media 'https://example.org/dog.png'" in " ".join(
        failure_of(assert_sent, carrierx_emulator, media_url="https://example.org/dog.png")
    )


def test_what_came_close_is_shown_first_and_why_it_does_not_count(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    send(carrierx_client, "Welcome!", to=OTHERS, reference="order-16")
    send(carrierx_client, "Your table is ready at 7.")

    assert failure_of(
        assert_sent, carrierx_emulator, to=THEIRS, from_=OTHERS, containing="at 7", reference="order-17"
    ) == [
        "no message was sent to 15162065574 from 15162065570 containing 'at 7' with the reference 'order-17'",
        "2 messages in total, closest match first:",
        "  1. SMS from 15162065575 to 15162065574, queued: 'Your table is ready at 7.'",
        "     it is from 15162065575, not from 15162065570",
        "     it has no reference, not 'order-17'",
        "  2. SMS from 15162065575 to 15162065570, queued, reference 'order-16': 'Welcome!'",
        "     it is to 15162065570, not to 15162065574",
        "     it is from 15162065575, not from 15162065570",
        "     its text does not contain 'at 7'",
        "     its reference is 'order-16', not 'order-17'",
    ]


def test_another_text_or_status_is_named(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    send(carrierx_client, "Hello")

    assert failure_of(assert_sent_once, carrierx_emulator, message="Hello!", status="delivered") == [
        "no message was sent saying 'Hello!' with the status 'delivered'",
        "1 message in total, closest match first:",
        "  1. SMS from 15162065575 to 15162065574, queued: 'Hello'",
        "     its text is not 'Hello!'",
        "     its status is 'queued', not 'delivered'",
    ]


def test_a_client_that_never_came_here_is_suspected(carrierx_emulator: EmulatorForTests) -> None:
    assert failure_of(assert_sent, carrierx_emulator, to=THEIRS) == [
        "no message was sent to 15162065574",
        "The emulator has received no requests. Does the code under test use carrierx_client, "
        "carrierx_async_client or a client with the emulator's base_url?",
    ]


def test_requests_of_another_kind_are_counted(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    carrierx_client.messages.list()

    assert failure_of(assert_sent, carrierx_emulator)[1:] == [
        "The emulator has received 1 request, but no send request."
    ]


@pytest.mark.carrierx_emulator(enabled_numbers={OTHERS})
def test_refused_sends_are_counted_and_the_latest_is_told(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    with pytest.raises(ObjectValidationError):
        send(carrierx_client)

    first, second, third = failure_of(assert_sent, carrierx_emulator)
    assert (first, second) == ("no message was sent", "The emulator has received 1 send request; 1 sent no message.")
    assert third.startswith("The latest send error: 422, ")
    assert "from: " in third


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "503"),
        ([], "503"),
        ({"message": "busy"}, "503, busy"),
        ({"errors": ["x", {"field": 1}, {"field": "to", "message": "no"}]}, "503, to: no"),
    ],
)
def test_any_send_error_is_shown(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient, body: Any, words: str
) -> None:
    assert carrierx_emulator.last_send_error is None
    carrierx_emulator.faults.answer(503, body)
    with pytest.raises(UnconfirmedSendError):
        send(carrierx_client)

    assert carrierx_emulator.last_send_error == words


def test_a_lost_message_was_not_refused(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    carrierx_emulator.faults.answer(200, {}, times=1)
    with pytest.raises(UnconfirmedSendError):
        send(carrierx_client)

    assert failure_of(assert_sent, carrierx_emulator)[1:] == [
        "The emulator has received 1 send request; 1 sent no message."
    ]


def test_sent_twice_is_not_sent_once(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    send(carrierx_client, "Hello")
    send(carrierx_client, "Hello")

    assert failure_of(assert_sent_once, carrierx_emulator, to=THEIRS) == [
        "2 messages were sent to 15162065574, not one:",
        "  1. SMS from 15162065575 to 15162065574, queued: 'Hello'",
        "  2. SMS from 15162065575 to 15162065574, queued: 'Hello'",
    ]


def test_what_should_not_have_been_sent_is_shown(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    send(carrierx_client, "Hello")

    assert failure_of(assert_nothing_sent, carrierx_emulator) == [
        "1 message was sent:",
        "  1. SMS from 15162065575 to 15162065574, queued: 'Hello'",
    ]
    send(carrierx_client, "Hello again")
    assert failure_of(assert_nothing_sent, carrierx_emulator, containing="Hello")[0] == (
        "2 messages were sent containing 'Hello':"
    )


def test_what_came_in_was_not_sent(carrierx_emulator: EmulatorForTests) -> None:
    carrierx_emulator.receive(from_=THEIRS, to=OURS, message="STOP")

    assert_nothing_sent(carrierx_emulator)


@pytest.mark.parametrize("assertion", [assert_sent, assert_sent_once, assert_nothing_sent])
def test_a_misspelt_condition_is_refused(carrierx_emulator: EmulatorForTests, assertion: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match="unknown condition 'text'; known conditions: to, from_, containing"):
        assertion(carrierx_emulator, text="Hello")


def test_a_message_that_the_client_refused_is_told(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    for message in ("", "Hello"):
        with pytest.raises(InvalidMessageError):
            carrierx_client.messages.send(from_=OURS, to="5162065574", message=message)

    assert carrierx_emulator.refused_messages[1] == ("to: number_ambiguous",)
    assert failure_of(assert_sent, carrierx_emulator) == [
        "no message was sent",
        "2 messages were refused by the client before a request, with InvalidMessageError:",
        "  to: number_ambiguous, message: message_blank",
        "  to: number_ambiguous",
    ]


def test_a_refused_message_of_a_batch_is_told_and_other_listeners_hear_of_it(
    carrierx_emulator: EmulatorForTests,
) -> None:
    events: list[Event] = []
    client = carrierx_emulator.client(on_event=events.append)
    with client.messages.send_many([{"from": OURS, "to": "1", "message": "Hello"}]) as batch:
        assert [result.ok for result in batch] == [False]

    assert events == [MessageRefused(("to: number_length_not_north_american",))]
    assert "1 message was refused by the client" in "\n".join(failure_of(assert_sent, carrierx_emulator))


@pytest.mark.parametrize("assertion", [assert_sent, assert_sent_once, assert_nothing_sent])
def test_wrong_arguments_are_told(
    assertion: Callable[..., object], carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    with pytest.raises(TypeError, match="must be the emulator of the test, such as carrierx_emulator, not Carr"):
        assertion(carrierx_client)
    with pytest.raises(TypeError, match="containing must be a string, not int"):
        assertion(carrierx_emulator, containing=7)
    with pytest.raises(TypeError, match="to must be a string, not NoneType"):
        assertion(carrierx_emulator, to=None)
    with pytest.raises(TypeError, match="config must be an EmulatorConfig, not dict"):
        EmulatorForTests({"callback_url": "https://example.org"})  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_queries_and_assertions_have_the_same_words() -> None:
    words = SentMessage.__optional_keys__

    assert {word for word in words if callable(getattr(MessageQuery, word))} == words
