"""Uploads over real sockets: what is known when something goes wrong."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from carrierx import (
    AcceptedWithoutReceiptError,
    CarrierXError,
    ExchangeFailedError,
    ExchangeTimeoutError,
    Outcome,
    PayloadTooLargeError,
    SendOutcomeUnknownError,
)
from carrierx.models.streamed_body import PART
from tests.resources.helpers import Resource
from tests.resources.upload_carriers import CARRIERS, LARGE, STORED, client_at
from tests.support import behaviours as do
from tests.support.behaviours import CLOSE, STAY_SILENT, Behaviour
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer


class Breaking(io.BytesIO):
    """A file on a disk that fails after so many bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= 2 * PART:
            raise OSError("the disk is gone")
        return super().read(size)


FAULTS: dict[str, tuple[Behaviour, int, Outcome, type[CarrierXError], int]] = {
    # behaviour, bytes, outcome, error, attempts
    "silent after all": (do.after_whole_request(CLOSE), 100, Outcome.UNKNOWN, SendOutcomeUnknownError, 1),
    "502": (do.respond(502), 100, Outcome.UNKNOWN, SendOutcomeUnknownError, 1),
    "413 before the body": (
        do.respond_before_reading_body(413),
        100,
        Outcome.REJECTED,
        PayloadTooLargeError,
        1,
    ),
    "answer cut": (do.cut_body({"file_sid": "f"}, 5), 100, Outcome.ACCEPTED, AcceptedWithoutReceiptError, 1),
    "no receipt": (do.respond(200, {"errors": []}), 100, Outcome.UNKNOWN, SendOutcomeUnknownError, 1),
    "part, close": (do.after_part_of_body(100_000, CLOSE), LARGE, Outcome.NOT_SENT, ExchangeFailedError, 3),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_says_what_is_known(factory: ClientFactory, fault: str) -> None:
    behaviour, size, outcome, error, attempts = FAULTS[fault]
    with FaultServer(behaviour) as server:
        files = Resource(factory, client_at(factory, server), "files")
        with pytest.raises(CarrierXError) as caught:
            files.upload(bytes(size), container_sid="c")
        server.settle()
        assert server.requests_fully_read == (outcome in (Outcome.UNKNOWN, Outcome.ACCEPTED))
    assert (caught.value.outcome, type(caught.value)) == (outcome, error)
    assert len(caught.value.attempts) == attempts


def test_a_body_that_nobody_takes_was_not_sent(factory: ClientFactory) -> None:
    with FaultServer(do.after_part_of_body(100_000, STAY_SILENT)) as server:
        files = Resource(factory, client_at(factory, server, timeout=0.3, max_retries=0), "files")
        with pytest.raises(ExchangeTimeoutError) as caught:
            files.upload(bytes(LARGE), container_sid="c")
        assert caught.value.outcome is Outcome.NOT_SENT
        server.settle()
        assert server.requests_fully_read == 0


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_source_that_breaks_was_not_sent(factory: ClientFactory, carrier: str) -> None:
    with FaultServer(STORED) as server:
        files = Resource(factory, CARRIERS[carrier](factory, server), "files")
        with pytest.raises(ExchangeFailedError, match="could not be read completely") as caught:
            files.upload(Breaking(bytes(5 * PART)), container_sid="c")
        server.settle()
        assert server.requests_fully_read == 0
    error = caught.value
    assert (error.outcome, error.safe_to_resend, len(error.attempts)) == (Outcome.NOT_SENT, False, 1)
    assert isinstance(error.__cause__, OSError)


def test_a_file_that_becomes_shorter_was_not_sent(factory: ClientFactory, tmp_path: Path) -> None:
    path = tmp_path / "shrinking"
    path.write_bytes(bytes(5 * PART))

    def cut(progress: object) -> None:
        with path.open("r+b") as file:
            file.truncate(2 * PART)

    with FaultServer(STORED) as server:
        files = Resource(factory, client_at(factory, server), "files")
        with pytest.raises(ExchangeFailedError) as caught:
            files.upload(path, container_sid="c", on_progress=cut)
        server.settle()
        assert server.requests_fully_read == 0
    assert isinstance(caught.value.__cause__, EOFError)
    assert "has become shorter" in str(caught.value.__cause__)


def test_a_file_that_grows_is_sent_as_long_as_it_was(factory: ClientFactory, tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(bytes(2 * PART))

    def add(progress: object) -> None:
        with path.open("ab") as file:
            file.write(b"x" * PART)

    with FaultServer(STORED) as server:
        Resource(factory, client_at(factory, server), "files").upload(path, container_sid="c", on_progress=add)
        assert server.requests[0].body == bytes(2 * PART)


@pytest.mark.parametrize("part", [b"too much" * PART, None, "text"], ids=["more", "nothing yet", "text"])
def test_a_source_that_gives_no_such_bytes_was_not_sent(factory: ClientFactory, part: Any) -> None:
    class Odd:
        def read(self, size: int) -> Any:
            return part

    with FaultServer(STORED) as server:
        with pytest.raises(ExchangeFailedError) as caught:
            Resource(factory, client_at(factory, server), "files").upload(Odd(), container_sid="c")
        server.settle()
        assert server.requests_fully_read == 0
    assert isinstance(caught.value.__cause__, TypeError)
