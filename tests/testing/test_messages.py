"""The messages of a test's emulator are asked for in sentences."""

from __future__ import annotations

import pytest

from carrierx import CarrierXClient
from carrierx.testing import EmulatorForTests
from tests.testing.texts import OTHERS, OURS, THEIRS, send


def test_the_last_message_to_a_number(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    send(carrierx_client, "First")
    send(carrierx_client, "Second")
    send(carrierx_client, "Elsewhere", to=OTHERS)

    assert carrierx_emulator.messages.to(THEIRS).last.message == "Second"
    assert carrierx_emulator.messages.to(THEIRS).first.message == "First"
    assert carrierx_emulator.messages.to(OTHERS).only.message == "Elsewhere"


def test_its_items_are_what_the_client_reads(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    sent = send(carrierx_client, reference="order-17")

    assert list(carrierx_emulator.messages) == [sent] == [carrierx_client.messages.get(sent.message_sid)]


@pytest.mark.parametrize("number", ["+1 516-206-5574", "(+1) 516.206.5574", THEIRS])
def test_numbers_may_be_written_as_people_do(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient, number: str
) -> None:
    send(carrierx_client)

    assert carrierx_emulator.messages.to(number)


def test_conditions_add_up(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    send(carrierx_client, "Your table is ready at 7.", reference="order-17")
    send(carrierx_client, "Your table is ready at 8.", reference="order-18")
    messages = carrierx_emulator.messages

    assert [m.user_data for m in messages.from_(OURS).to(THEIRS).containing("at 7")] == ["order-17"]
    assert messages.reference("order-18").only.message == "Your table is ready at 8."
    assert messages.message("Your table is ready at 7.").only.user_data == "order-17"
    assert not messages.message("Your table is ready")
    assert not messages.reference("order-17").containing("at 8")
    assert not messages.from_(THEIRS)


def test_it_counts_and_can_be_indexed(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    messages = carrierx_emulator.messages
    assert (len(messages), bool(messages)) == (0, False)

    for number in range(3):
        send(carrierx_client, str(number))

    assert (len(messages), bool(messages)) == (3, True)
    assert (messages[0].message, messages[-1].message) == ("0", "2")
    assert [message.message for message in messages[1:]] == ["1", "2"]


def test_it_looks_anew_each_time(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    delivered = carrierx_emulator.messages.status("delivered")
    send(carrierx_client)
    assert not delivered

    carrierx_emulator.clock.step(5)

    assert delivered.only.status == "delivered"


def test_what_went_out_and_what_came_in(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    sent = send(carrierx_client)
    received = carrierx_emulator.receive(from_=THEIRS, to=OURS, message="STOP")

    assert list(carrierx_emulator.messages) == [sent, received]
    assert carrierx_emulator.messages.outbound.only == sent
    assert carrierx_emulator.messages.inbound.only == received


def test_a_group_reaches_each_of_its_numbers(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    picture = "https://example.org/cat.png"
    carrierx_client.messages.send(
        from_=OURS, to=THEIRS, message="Hello", group_recipients=[OTHERS], media_urls=[picture]
    )

    assert carrierx_emulator.messages.to(OTHERS).only == carrierx_emulator.messages.to(THEIRS).only
    assert carrierx_emulator.messages.media_url(picture)
    assert not carrierx_emulator.messages.media_url("https://example.org/dog.png")


def test_what_is_no_number_is_refused_instead_of_never_found(carrierx_emulator: EmulatorForTests) -> None:
    with pytest.raises(ValueError, match=r"^to is not a phone number, so no message can match it") as caught:
        carrierx_emulator.messages.to("516-CALL-NOW")
    assert "CALL" not in str(caught.value)

    with pytest.raises(ValueError, match=r"^from_ is not a phone number"):
        carrierx_emulator.messages.from_("")


@pytest.mark.parametrize("name", ["first", "last", "only"])
def test_one_that_is_not_there_fails_the_test_and_shows_what_is(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient, name: str
) -> None:
    send(carrierx_client, "Your table is ready at 7.")

    with pytest.raises(AssertionError) as caught:
        getattr(carrierx_emulator.messages.to(THEIRS).containing("at 8"), name)

    assert str(caught.value).splitlines() == [
        "there is no message to 15162065574 containing 'at 8'",
        "All messages, closest match first:",
        "  1. SMS from 15162065575 to 15162065574, queued: 'Your table is ready at 7.'",
        "     its text does not contain 'at 8'",
    ]


def test_nothing_at_all_is_said_in_a_line(carrierx_emulator: EmulatorForTests) -> None:
    with pytest.raises(AssertionError) as caught:
        _ = carrierx_emulator.messages.last

    assert str(caught.value) == "there is no message"


def test_the_only_one_must_be_alone(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    send(carrierx_client, "One")
    send(carrierx_client, "Two", reference="order-17")

    with pytest.raises(AssertionError) as caught:
        _ = carrierx_emulator.messages.to(THEIRS).only

    assert str(caught.value).splitlines() == [
        "there are 2 messages to 15162065574, not one:",
        "  1. SMS from 15162065575 to 15162065574, queued: 'One'",
        "  2. SMS from 15162065575 to 15162065574, queued, reference 'order-17': 'Two'",
    ]


def test_they_are_described_for_print(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    carrierx_client.messages.send(from_=OURS, to=THEIRS, media_urls=["https://example.org/cat.png"])
    carrierx_client.messages.send(from_=OURS, to=THEIRS, message="Hi", group_recipients=[OTHERS])
    send(carrierx_client, "x" * 250)

    assert carrierx_emulator.messages.describe().splitlines() == [
        "3 messages",
        "  1. MMS from 15162065575 to 15162065574, queued, media https://example.org/cat.png: no text",
        "  2. MMS from 15162065575 to 15162065574 and the group 15162065570, queued: 'Hi'",
        f"  3. SMS from 15162065575 to 15162065574, queued: {'x' * 200!r} and 50 more characters",
    ]
    assert repr(carrierx_emulator.messages.containing("x")) == "<1 message containing 'x'; 3 in total>"


def test_a_long_list_is_cut(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    for number in range(12):
        send(carrierx_client, f"Number {number}")

    assert carrierx_emulator.messages.describe().splitlines()[-1] == "  and 2 more"
