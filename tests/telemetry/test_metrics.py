"""Metrics: durations, retries, messages, segments and unconfirmed sends."""

from __future__ import annotations

import pytest

from carrierx import InvalidMessageError, RetryPolicy, SendOutcomeUnknownError
from carrierx.emulator import Emulator
from tests.sending.batches import results_of, texts
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import SID, SMS, Script, broken, reply, sms
from tests.telemetry.recording import Recording

SERVER = {"server.address": "api.carrierx.com", "server.port": 443}
SEND = {"carrierx.operation": "messages.send", **SERVER}


def test_a_send_with_a_retry_counts_both_attempts_once_each(
    factory: ClientFactory, clock: SteppingClock, recording: Recording
) -> None:
    script = Script(reply(429, headers={"Retry-After": "3"}), sms(message_segments=2))
    policy = RetryPolicy(random=lambda: 0.0)
    client = factory.scripted(script, clock=clock, retry_policy=policy, telemetry=recording.telemetry)
    client.send(**SMS)

    attempt = {"http.request.method": "POST", "url.template": "/core/v2/sms/messages", **SERVER}
    durations = [(labels, count) for labels, _, count in recording.points("http.client.request.duration")]
    assert ({**attempt, "http.response.status_code": 429, "error.type": "429"}, 1) in durations
    assert ({**attempt, "http.response.status_code": 200}, 1) in durations
    assert len(durations) == 2
    accepted = {**SEND, "carrierx.outcome": "accepted"}
    ((labels, seconds, count),) = recording.points("carrierx.client.call.duration")
    assert (labels, count) == (accepted, 1)
    assert 3 <= seconds < 3.1
    assert recording.points("carrierx.client.retries") == [({**SEND, "error.type": "429"}, 1, 1)]
    assert recording.points("carrierx.client.messages") == [({**accepted, "carrierx.message.kind": "sms"}, 1, 1)]
    assert recording.points("carrierx.client.segments") == [({**SERVER, "carrierx.message.kind": "sms"}, 2, 2)]
    assert recording.points("carrierx.client.unconfirmed") == []


def test_a_lost_answer_counts_as_unconfirmed_and_charges_nothing(factory: ClientFactory, recording: Recording) -> None:
    with pytest.raises(SendOutcomeUnknownError):
        factory.scripted([broken()], telemetry=recording.telemetry).send(**SMS, reference="order-17")

    unknown = {**SEND, "carrierx.outcome": "unknown", "error.type": "SendOutcomeUnknownError"}
    assert recording.points("carrierx.client.unconfirmed") == [(unknown, 1, 1)]
    assert recording.points("carrierx.client.messages") == [({**unknown, "carrierx.message.kind": "sms"}, 1, 1)]
    assert recording.points("carrierx.client.segments") == []
    ((labels, _, _),) = recording.points("http.client.request.duration")
    assert labels["error.type"] == "ReadError"
    assert "http.response.status_code" not in labels


def test_a_refused_message_counts_as_not_sent(factory: ClientFactory, recording: Recording) -> None:
    with pytest.raises(InvalidMessageError):
        factory.scripted(Script(), telemetry=recording.telemetry).send(from_="15162065575", to="911", message="Hi")
    ((labels, count, _),) = recording.points("carrierx.client.messages")
    assert (labels["carrierx.outcome"], labels["error.type"], count) == ("not_sent", "InvalidMessageError", 1)
    assert recording.points("carrierx.client.call.duration") == []


def test_a_read_counts_no_message(factory: ClientFactory, recording: Recording) -> None:
    factory.scripted([sms(message_segments=2)], telemetry=recording.telemetry).get(SID)
    assert recording.points("carrierx.client.messages") == recording.points("carrierx.client.segments") == []
    assert len(recording.points("carrierx.client.call.duration")) == 1


def test_a_batch_counts_each_message_once(factory: ClientFactory, emulator: Emulator, recording: Recording) -> None:
    given = [*texts(12), {"from": "15162065575", "to": "911", "message": "Hi"}]
    results_of(factory, factory.over(emulator, telemetry=recording.telemetry), given, concurrency=4)

    assert recording.total("carrierx.client.messages", carrierx__outcome="accepted") == 12
    assert recording.total("carrierx.client.messages", carrierx__outcome="not_sent") == 1
    assert recording.total("carrierx.client.segments") == 12
    # However many messages there are, the labels stay the same.
    assert len(recording.points("carrierx.client.messages")) == 2
    assert len(recording.points("http.client.request.duration")) == 1
