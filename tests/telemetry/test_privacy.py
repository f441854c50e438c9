"""No number, text or token is in any span, metric or log record, and no SID or reference in a metric."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from scripts.generate_operations import SID, arguments, methods

from carrierx import CarrierXClient, CarrierXError
from carrierx.emulator import DEMO_TOKEN, Credential, Emulator, EmulatorConfig, EmulatorTransport, serve
from carrierx.sending.batch import SendBatch
from tests.privacy.secrets import SECRETS
from tests.privacy.senders import Senders
from tests.support.behaviours import CLOSE, after_whole_request, respond, respond_sms
from tests.support.clocks import SteppingClock
from tests.support.fault_server import FaultServer
from tests.telemetry.recording import Recording, attributes_of

REFERENCE = "order-alice-17"
"""A reference that spans may show, and metrics may not."""


@pytest.mark.usefixtures("instrumented")
def test_retries_lost_answers_and_echoes_leave_nothing_private(
    senders: Senders,
    recording: Recording,
    server: FaultServer,
    clock: SteppingClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.then(
        respond(429, SECRETS.echo),
        respond_sms(),
        after_whole_request(CLOSE),
        respond(400, SECRETS.echo),
        respond(500, SECRETS.echo),
        respond(404, SECRETS.echo),
        respond_sms(),
    )
    client = senders.make(server.base_url, max_retries=1, clock=clock, telemetry=recording.telemetry)
    with caplog.at_level(logging.DEBUG):
        client.send(**SECRETS.message)
        for _ in range(3):
            with pytest.raises(CarrierXError):
                client.send(**SECRETS.message, reference=REFERENCE)
        with pytest.raises(CarrierXError):
            _lookup(senders, client.client, SECRETS.recipient)
        with pytest.raises(CarrierXError):
            client.send(from_=SECRETS.sender, to=SECRETS.recipient, message=SECRETS.text * 200)

    assert len(recording.named("messages.send")) == 5
    assert len(recording.named("lookup.get")) == 1
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "/sms/messages" in logged
    shown = {"spans": recording.spans_text(), "metrics": recording.metrics_text(), "log": logged}
    assert {name: SECRETS.found_in(text) for name, text in shown.items()} == {"spans": [], "metrics": [], "log": []}
    assert REFERENCE in shown["spans"]
    assert REFERENCE not in shown["metrics"]


def _lookup(senders: Senders, client: Any, number: str) -> None:
    result = client.lookup.get(number)
    if senders.is_async:
        senders.run(result)


@pytest.mark.usefixtures("instrumented")
def test_no_method_of_the_client_leaves_an_argument(recording: Recording, tmp_path: Path) -> None:
    private = ("5162065575", "5162065574", "qwerty123", "50339091", "5c7965f2", "example.org", "Hello", DEMO_TOKEN, SID)
    with Emulator() as emulator, httpx.Client(transport=EmulatorTransport(emulator)) as http_client:
        client = CarrierXClient(
            DEMO_TOKEN, http_client=http_client, telemetry=recording.telemetry, media_check="off", max_retries=0
        )
        for number, (name, method) in enumerate(methods(client)):
            folder = tmp_path / str(number)
            folder.mkdir()
            with suppress(CarrierXError):  # the call was made, and its result doesn't matter here
                result = method(**arguments(name, method, folder))
                if isinstance(result, SendBatch):
                    with result as batch:
                        list(batch)
                elif isinstance(result, Iterator):
                    next(cast("Iterator[object]", result), None)

    operations = {span.name for span in recording.spans if span.parent is None}
    assert len(operations) > 50
    shown = recording.spans_text() + recording.metrics_text()
    assert "/lookup/dids/{phonenumber}" in shown
    assert [text for text in private if text in shown] == []


@pytest.mark.usefixtures("instrumented")
def test_a_batch_leaves_nothing_private(
    senders: Senders, recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    config = EmulatorConfig(credentials=(Credential.bearer(SECRETS.token),))
    fields = {"from": "15162065575", "to": SECRETS.recipient, "message": SECRETS.text}
    with Emulator(config) as emulator, serve(emulator) as running, caplog.at_level(logging.DEBUG):
        client = senders.make(running.base_url, telemetry=recording.telemetry)
        outcomes = (
            senders.run(_send_all_async(client.client, fields))
            if senders.is_async
            else _send_all(client.client, fields)
        )
    assert outcomes == 6
    sids = {attributes_of(span).get("carrierx.message.sid") for span in recording.named("messages.send")}
    assert len(sids) == 6
    logged = "\n".join(record.getMessage() for record in caplog.records)
    shown = {"spans": recording.spans_text(), "metrics": recording.metrics_text(), "log": logged}
    assert {name: SECRETS.found_in(text) for name, text in shown.items()} == {"spans": [], "metrics": [], "log": []}
    assert not [sid for sid in sids if str(sid) in shown["metrics"]]
    assert recording.total("carrierx.client.messages", carrierx__outcome="accepted") == 6


def _send_all(client: Any, fields: dict[str, str]) -> int:
    with client.messages.send_many([dict(fields) for _ in range(6)], concurrency=3) as batch:
        return sum(result.ok for result in batch)


async def _send_all_async(client: Any, fields: dict[str, str]) -> int:
    async with client.messages.send_many([dict(fields) for _ in range(6)], concurrency=3) as batch:
        return len([result async for result in batch if result.ok])
