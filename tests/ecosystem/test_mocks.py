"""What people mock httpx with works on the default clients as on their own: nothing reaches the network."""

from __future__ import annotations

import json

import pytest

from carrierx import APIError, AuthenticationError, CarrierXError, ObjectValidationError, UnconfirmedSendError
from tests.ecosystem.mocks import MOCKS, TAKEN, Mock
from tests.privacy.senders import Senders
from tests.support.fault_server import FaultServer
from tests.support.scripts import SID, SMS

WIRE = {"from": SMS["from_"], "to": SMS["to"], "message": SMS["message"]}


@pytest.fixture(params=MOCKS)
def mocked(request: pytest.FixtureRequest) -> Mock:
    return MOCKS[request.param]


def url_of(server: FaultServer) -> str:
    return f"{server.base_url}/sms/messages"


def test_the_mocks_answer_is_the_message_and_the_mock_sees_all_of_the_body(
    mocked: Mock, senders: Senders, server: FaultServer
) -> None:
    with mocked(url_of(server), 200, TAKEN) as bodies:
        message = senders.make(server.base_url).send(**SMS)

        assert [json.loads(body) for body in bodies()] == [WIRE]
    assert (message.message_sid, message.status) == (SID, "queued")
    assert server.connections == 0


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, AuthenticationError), (422, ObjectValidationError), (500, UnconfirmedSendError)],
)
def test_an_error_status_of_a_mock_is_the_error_that_carrierx_would_cause(
    mocked: Mock, senders: Senders, server: FaultServer, status: int, error: type[CarrierXError]
) -> None:
    with mocked(url_of(server), status, {"errors": []}), pytest.raises(error) as caught:
        senders.make(server.base_url).send(**SMS)

    assert isinstance(caught.value, APIError | UnconfirmedSendError)
    assert caught.value.status_code == status
    assert server.connections == 0


def test_a_client_whose_connection_is_open_already_is_mocked_too(
    mocked: Mock, senders: Senders, server: FaultServer
) -> None:
    client = senders.make(server.base_url)
    client.send(**SMS)
    with mocked(url_of(server), 200, TAKEN):
        assert client.send(**SMS).message_sid == SID

    assert (server.connections, server.requests_started) == (1, 1)


def test_after_the_mock_the_network_is_asked_again(mocked: Mock, senders: Senders, server: FaultServer) -> None:
    client = senders.make(server.base_url)
    with mocked(url_of(server), 200, TAKEN):
        client.send(**SMS)
    assert client.send(**SMS).message_sid != SID

    assert server.requests_fully_read == 1
