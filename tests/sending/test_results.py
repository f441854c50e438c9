"""Every request has one result, which says what became of it."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import httpx
import pytest

from carrierx import (
    APIError,
    CarrierXError,
    InvalidArgumentError,
    InvalidMessageError,
    Message,
    Outcome,
    SendMessageRequest,
    SendOutcomeUnknownError,
)
from carrierx.emulator import DEMO_TOKEN, Credential, Emulator, EmulatorConfig
from carrierx.events import AttemptFinished, AttemptStarted, Event
from carrierx.sending.plan import SendResult
from tests.sending.batches import FROM, TO, results_of, send_many, text, texts
from tests.support.behaviours import RESET, after_whole_request, behave, close_on_accept, pause, respond, respond_sms
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address
from tests.support.scripts import Script, reply, sms


@pytest.mark.parametrize("concurrency", [1, 3, 40])
def test_each_request_is_sent_once_and_has_its_own_result(
    factory: ClientFactory, emulator: Emulator, concurrency: int
) -> None:
    given = list(texts(30))

    results = results_of(factory, factory.over(emulator), given, concurrency=concurrency)

    assert [result.request for result in results] == given
    assert [result.message.message for result in results] == [fields["message"] for fields in given]
    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert all(result.ok and result.error is None and result.reference is None for result in results)
    assert Counter(message["message"] for message in emulator.messages) == Counter(f["message"] for f in given)


def test_requests_may_be_models_and_mappings_by_any_name(factory: ClientFactory, emulator: Emulator) -> None:
    model = SendMessageRequest(from_=FROM, to=TO, message="a model")
    given = [model, {"from_did": FROM, "to_did": TO, "message": "old names"}, {"from_": FROM, "to": TO, "message": "b"}]

    results = results_of(factory, factory.over(emulator), given)

    assert [result.message.message for result in results] == ["a model", "old names", "b"]
    assert results[0].request is model


def test_nothing_to_send_gives_nothing(factory: ClientFactory, emulator: Emulator) -> None:
    assert results_of(factory, factory.over(emulator), []) == []


def test_a_request_that_breaks_rules_is_a_result(factory: ClientFactory, emulator: Emulator) -> None:
    given = [text(0), text(1, message=" "), {"from": FROM}, 17, text(4)]

    results = results_of(factory, factory.over(emulator), given, concurrency=2)

    assert [result.ok for result in results] == [True, False, False, False, True]
    assert [type(result.error) for result in results[1:4]] == [
        InvalidMessageError,
        InvalidMessageError,
        InvalidArgumentError,
    ]
    assert {result.outcome for result in results if not result.ok} == {Outcome.NOT_SENT}
    assert all(result.accepted_message is None for result in results if not result.ok)
    assert len(emulator.messages) == 2


def test_a_request_that_carrierx_refuses_is_a_result(factory: ClientFactory) -> None:
    credential = Credential.bearer(DEMO_TOKEN)
    with Emulator(EmulatorConfig(credentials=(credential,), enabled_numbers=frozenset({FROM}))) as emulator:
        results = results_of(factory, factory.over(emulator), [text(0), text(1, **{"from": "15162065570"})])

    refused = results[1]
    assert isinstance(refused.error, APIError)
    assert (refused.outcome, refused.ok) == (Outcome.REJECTED, False)
    with pytest.raises(APIError) as caught:
        _ = refused.message
    assert caught.value is refused.error


def test_the_reference_of_each_send_is_told(factory: ClientFactory, emulator: Emulator) -> None:
    results = results_of(factory, factory.over(emulator, auto_reference=True), texts(4))

    assert [result.reference for result in results] == [result.message.user_data for result in results]
    assert len({result.reference for result in results}) == 4


def test_the_reference_of_a_send_that_failed_is_told(factory: ClientFactory) -> None:
    client = factory.scripted(Script(reply(500)), auto_reference=True)

    (result,) = results_of(factory, client, texts(1))

    assert isinstance(result.error, SendOutcomeUnknownError)
    assert (result.outcome, result.reference) == (Outcome.UNKNOWN, result.error.reference)
    assert result.reference is not None


def test_faults_in_the_middle_leave_one_result_for_each_request(factory: ClientFactory) -> None:
    faults = [respond_sms(), respond(500, {"errors": []}), after_whole_request(RESET), respond(422, {"errors": []})]
    behaviours = [*faults, respond_sms(), *faults, close_on_accept(), *[respond_sms()] * 40]
    with FaultServer(*behaviours) as server:
        results = results_of(factory, factory.at(server.base_url, max_retries=0), texts(30), concurrency=4)
        server.settle()
        seen = Counter(request.json()["message"] for request in server.requests)

    assert len(results) == 30
    outcomes = Counter(result.outcome for result in results)
    assert outcomes[Outcome.REJECTED] == 2
    assert outcomes[Outcome.UNKNOWN] >= 4
    assert outcomes[Outcome.ACCEPTED] == sum(result.ok for result in results)
    assert max(seen.values()) == 1
    for result in results:
        assert result.error is None or isinstance(result.error, CarrierXError)
        if result.outcome is not Outcome.NOT_SENT and result.outcome is not Outcome.UNKNOWN:
            assert seen[f"Hello {result.index}"] == 1


def test_a_server_that_refuses_connections_leaves_results(factory: ClientFactory) -> None:
    with refusing_address() as (host, port):
        client = factory.at(f"http://{host}:{port}/core/v2", max_retries=0)
        results = results_of(factory, client, texts(12), concurrency=5)

    assert [result.outcome for result in results] == [Outcome.NOT_SENT] * 12
    assert all(isinstance(result.error, CarrierXError) and result.error.safe_to_resend for result in results)


def test_the_options_hold_for_each_send(factory: ClientFactory) -> None:
    script = Script(reply(429, {}), sms())
    client = factory.scripted(script, max_retries=2)

    (result,) = results_of(factory, client, texts(1), max_retries=0, extra_headers={"X-Campaign": "spring"})

    assert result.outcome is Outcome.NOT_SENT
    assert [request.headers["x-campaign"] for request in script.requests] == ["spring"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"concurrency": 0}, "concurrency must be 1 or more"),
        ({"concurrency": True}, "concurrency must be a whole number"),
        ({"concurrency": 2.0}, "concurrency must be a whole number"),
        ({"rate": 0}, "rate messages must be a finite number above 0"),
        ({"rate": -1.5}, "rate messages must be"),
        ({"rate": True}, "rate messages must be"),
        ({"rate": float("nan")}, "rate messages must be"),
        ({"rate": "20"}, "rate must be messages per second, a SendRate or None, not str"),
        ({"media_check": "maybe"}, "media_check must be"),
        ({"time_out": 5}, "There is no option 'time_out'. Did you mean timeout"),
        ({"timeout": 0}, "timeout must be"),
        ({"max_retries": -1}, "max_retries must be"),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_sent(
    factory: ClientFactory, emulator: Emulator, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=words) as caught:
        send_many(factory, factory.over(emulator), texts(2), **arguments)
    assert caught.value.outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("given", [text(0), SendMessageRequest(from_=FROM, to=TO, message="Hi"), "text", b"text", 5])
def test_what_is_no_iterable_of_messages_is_refused(factory: ClientFactory, emulator: Emulator, given: object) -> None:
    with pytest.raises(InvalidArgumentError, match=f"iterable of messages, not {type(given).__name__}"):
        send_many(factory, factory.over(emulator), given)


def test_more_workers_than_connections_only_wait(factory: ClientFactory) -> None:
    on_their_way = most = 0
    lock = threading.Lock()

    def count(event: Event) -> None:
        nonlocal on_their_way, most
        with lock:
            on_their_way += isinstance(event, AttemptStarted)
            on_their_way -= isinstance(event, AttemptFinished)
            most = max(most, on_their_way)

    read, *answer = respond_sms().steps
    with FaultServer(behave(read, pause(0.01), *answer)) as server:
        client = factory.at(server.base_url, max_connections=2, on_event=count)
        results = results_of(factory, client, texts(20), concurrency=12)
        connections = server.connections

    assert all(result.ok for result in results)
    assert connections <= 2
    assert most > 2


def test_on_event_hears_everything_once(factory: ClientFactory, emulator: Emulator) -> None:
    lock, heard = threading.Lock(), Counter[str]()

    def listen(event: Event) -> None:
        with lock:
            heard[type(event).__name__] += 1

    results_of(factory, factory.over(emulator, on_event=listen), texts(25), rate=100_000)

    assert heard == dict.fromkeys(("CallStarted", "AttemptStarted", "AttemptFinished", "CallFinished"), 25)


def test_an_on_event_that_raises_disturbs_nothing(factory: ClientFactory, emulator: Emulator) -> None:
    def listen(event: Event) -> None:
        raise ValueError("I am broken")

    results = results_of(factory, factory.over(emulator, on_event=listen), texts(6), concurrency=2)

    assert all(result.ok for result in results)


def test_what_the_http_library_raises_is_told_by_its_outcome(factory: ClientFactory) -> None:
    def failing(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    results = results_of(factory, factory.scripted(Script(failing)), texts(3))

    assert {result.outcome for result in results} == {Outcome.UNKNOWN}


def test_an_exception_of_a_foreign_kind_tells_what_is_known(factory: ClientFactory, emulator: Emulator) -> None:
    class WithABug(SendMessageRequest):
        def to_wire(self, **options: Any) -> bytes:
            raise LookupError

    results = results_of(factory, factory.over(emulator), [WithABug(from_=FROM, to=TO, message="Hello"), text(1)])

    assert isinstance(results[0].error, LookupError)
    assert [result.outcome for result in results] == [Outcome.NOT_SENT, Outcome.ACCEPTED]


def test_a_result_shows_neither_number_nor_text() -> None:
    message = Message(message_sid="097b49df", from_=FROM, to=TO, message="a secret")
    accepted = SendResult(3, text(3, message="a secret"), message, None, Outcome.ACCEPTED, "order-17")
    failed = SendResult(4, text(4), None, LookupError(TO), Outcome.UNKNOWN, None)

    assert repr(accepted) == "SendResult(index=3, outcome=ACCEPTED, message_sid='097b49df', reference='order-17')"
    assert repr(failed) == "SendResult(index=4, outcome=UNKNOWN, error=LookupError)"


def test_a_batch_counts_its_results(factory: ClientFactory) -> None:
    client = factory.scripted(Script(sms(), sms(), reply(422, {"errors": []}), reply(500)), max_retries=0)
    with send_many(factory, client, [*texts(4), text(4, message=" ")], concurrency=1) as sending:
        assert len(list(sending)) == 5
    batch = sending.made

    assert repr(batch.counts) == "BatchCounts(accepted=2, rejected=1, not_sent=1, unknown=1)"
    assert str(batch.counts) == "5 results: 2 accepted, 1 rejected, 1 not sent, 1 unknown"
    assert repr(batch).endswith("SendBatch: 5 taken, 5 results: 2 accepted, 1 rejected, 1 not sent, 1 unknown>")


def test_a_result_without_message_and_error_has_no_message() -> None:
    with pytest.raises(InvalidArgumentError, match="neither a message nor an error"):
        _ = SendResult(0, None, None, None, Outcome.UNKNOWN, None).message
