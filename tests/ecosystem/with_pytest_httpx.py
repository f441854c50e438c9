"""A user's tests with pytest-httpx. pytest runs them in a project of their own, where its plugin is switched on."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from carrierx import AsyncCarrierXClient, CarrierXClient, ObjectValidationError, UnconfirmedSendError

SMS: dict[str, Any] = {"from_": "15162065575", "to": "15162065574", "message": "See you at noon"}
TAKEN = {"message_sid": "097b49df", "status": "queued"}


class Sender:
    """Sends by a client of one kind, to an address where nobody may connect."""

    def __init__(self, kind: str, base_url: str) -> None:
        self.kind = kind
        self.base_url = base_url

    def send(self) -> Any:
        if self.kind.endswith("async"):
            return asyncio.run(self._send_async())
        http = httpx.Client() if self.kind.startswith("injected") else None
        with CarrierXClient("any", base_url=self.base_url, http_client=http, max_retries=0) as client:
            message = client.messages.send(**SMS)
        if http is not None:
            http.close()
        return message

    async def _send_async(self) -> Any:
        http = httpx.AsyncClient() if self.kind.startswith("injected") else None
        async with AsyncCarrierXClient("any", base_url=self.base_url, http_client=http, max_retries=0) as client:
            message = await client.messages.send(**SMS)
        if http is not None:
            await http.aclose()
        return message


@pytest.fixture(params=["sync", "async", "injected", "injected async"])
def sender(request: pytest.FixtureRequest) -> Iterator[Sender]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Sender(request.param, f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(BlockingIOError):  # nobody connected
            listener.accept()


def test_the_mocks_answer_is_the_message(sender: Sender, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", url=f"{sender.base_url}/sms/messages", json=TAKEN)

    assert sender.send().message_sid == "097b49df"


def test_the_mock_sees_all_of_the_body(sender: Sender, httpx_mock: HTTPXMock) -> None:
    expected = {"from": SMS["from_"], "to": SMS["to"], "message": SMS["message"]}
    httpx_mock.add_response(match_json=expected, json=TAKEN)
    sender.send()

    request = httpx_mock.get_request()
    assert request is not None
    assert json.loads(request.content) == json.loads(request.read()) == expected


def test_an_error_status_is_the_right_error(sender: Sender, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=422, json={"errors": []})
    with pytest.raises(ObjectValidationError):
        sender.send()


def test_an_exception_of_the_mock_leaves_the_outcome_open(sender: Sender, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("no response"))
    with pytest.raises(UnconfirmedSendError):
        sender.send()


@pytest.mark.httpx_mock(assert_all_requests_were_expected=False)
def test_a_request_without_an_answer_is_not_sent(sender: Sender, httpx_mock: HTTPXMock) -> None:
    with pytest.raises(UnconfirmedSendError):
        sender.send()
