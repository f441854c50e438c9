"""What the emulator posts, the client's side reads."""

from __future__ import annotations

import pytest

from carrierx.callbacks import InboundMessage, Keyword, StatusUpdate, keyword_of, parse
from carrierx.emulator import Callback, Emulator, EmulatorConfig
from carrierx.models.message import Message
from tests.agreement.helpers import post


@pytest.mark.parametrize("legacy", [True, False])
def test_every_callback_of_a_message_is_read_and_its_answer_is_known_for_what_it_is(legacy: bool) -> None:
    names = ("from_did", "to_did") if legacy else ("from", "to")
    messages = list[Message]()

    def receive(callback: Callback) -> int:
        messages.append(parse(callback.body))
        return 200

    with Emulator(EmulatorConfig(callback_url="http://localhost/texts")) as emulator:
        emulator.clock.hold()
        body = f'{{"{names[0]}": "15162065575", "{names[1]}": "12025550111", "message": "Hello"}}'
        assert post(emulator, body.encode()).status == 200
        emulator.clock.step(60)
        emulator.deliver_callbacks(receive)
        assert all(names[0] in callback.message for callback in emulator.callbacks)

    assert [(type(message), str(message.status)) for message in messages] == [
        (StatusUpdate, "sent"),
        (StatusUpdate, "delivered"),
        (InboundMessage, "received"),
    ]
    assert {(message.from_, message.to) for message in messages} == {
        ("15162065575", "12025550111"),
        ("12025550111", "15162065575"),
    }
    assert keyword_of(messages[-1]) is Keyword.STOP
