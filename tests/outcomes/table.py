"""The rows of the outcome table, and what is checked for each of them."""

from dataclasses import dataclass
from itertools import cycle
from typing import TypeAlias

import pytest
from _pytest.mark import ParameterSet

from carrierx import (
    AcceptedWithoutReceiptError,
    CarrierXError,
    ConnectionFailedError,
    Outcome,
    SendOutcomeUnknownError,
    UnconfirmedSendError,
)
from tests.outcomes.ways import FEW_WAYS, REFERENCE, Report, Way
from tests.support.behaviours import Behaviour
from tests.support.fault_server import FaultServer

Seen: TypeAlias = tuple[type[CarrierXError] | None, list[Outcome], int]
"""The error's class, the attempts' outcomes, and how many requests the server read."""


def _seen(report: Report, read: int) -> Seen:
    return type(report.error) if report.error else None, [attempt.outcome for attempt in report.attempts], read


@dataclass(frozen=True)
class Expected:
    """How a send must end.

    Attributes:
        outcome: What is proven.
        error: The exact class of the error; None for a message.
        attempts: How many attempts are made, with two retries allowed.
        read: How many requests the server reads to their end.
        safe_to_resend: As the error says.
    """

    outcome: Outcome
    error: type[CarrierXError] | None
    attempts: int = 1
    read: int = 1
    safe_to_resend: bool = False

    @property
    def _wanted(self) -> Seen:
        return self.error, [self.outcome] * self.attempts, self.read

    def met_by(self, report: Report, read: int) -> bool:
        """Tell whether a send ended so."""
        return _seen(report, read) == self._wanted

    def check(self, report: Report, read: int) -> None:
        """Compare how a send ended, and how many requests a server read of it, with this."""
        outcomes = [attempt.outcome for attempt in report.attempts]
        assert _seen(report, read) == self._wanted, report.error
        if report.error is None:
            assert report.message is not None
            return
        assert report.error.outcome is self.outcome
        assert report.error.safe_to_resend is self.safe_to_resend
        assert report.error.reference == REFERENCE
        assert [attempt.outcome for attempt in report.failed_attempts] == outcomes
        assert isinstance(report.error, UnconfirmedSendError) is (self.outcome in (Outcome.UNKNOWN, Outcome.ACCEPTED))


def not_sent(error: type[CarrierXError] = ConnectionFailedError, *, read: int = 0) -> Expected:
    """Proven not sent for a reason that passes: tried three times in all."""
    return Expected(Outcome.NOT_SENT, error, attempts=3, read=read, safe_to_resend=True)


def not_sent_for_good(error: type[CarrierXError] = ConnectionFailedError, *, read: int = 0) -> Expected:
    """Proven not sent for a reason that stays: tried once."""
    return Expected(Outcome.NOT_SENT, error, read=read)


def rejected(error: type[CarrierXError], *, read: int = 1) -> Expected:
    """Read and refused: tried once."""
    return Expected(Outcome.REJECTED, error, read=read)


def unknown(*, read: int = 1) -> Expected:
    """It may be out there: tried once, whatever is allowed."""
    return Expected(Outcome.UNKNOWN, SendOutcomeUnknownError, read=read)


RECEIPT_LOST = Expected(Outcome.ACCEPTED, AcceptedWithoutReceiptError)
"""It is out, and the response that says so was lost."""

RECEIVED = Expected(Outcome.ACCEPTED, None)
"""It is out, and the message came back."""


USUAL_TIMEOUT = 10.0
PATIENCE = 5.0
"""How many times as much time a very busy machine is given."""


def says_too_much(report: Report, read: int) -> bool:
    """Whether more requests were read than attempts own up to: on no machine may that be."""
    owned = {Outcome.UNKNOWN, Outcome.ACCEPTED}
    return read > sum(attempt.outcome in owned for attempt in report.attempts)


@dataclass(frozen=True)
class Row:
    """A row of the table: what the server does, and how the send must end.

    Attributes:
        name: What happens, in words.
        behaviour: What the server does with every request.
        expected: How a send must end.
        forwarded: How it must end through a proxy that takes in the whole request before it asks the target.
        filler: Further bytes in the body.
        timeout: Seconds for one attempt.
        total_timeout: Seconds for all.
    """

    name: str
    behaviour: Behaviour
    expected: Expected
    forwarded: Expected | None = None
    filler: int = 0
    timeout: float = USUAL_TIMEOUT
    total_timeout: float = 60.0

    def expected_on(self, way: Way) -> Expected:
        """Say how a send must end on this way."""
        if way.forwarded and self.forwarded is not None:
            return self.forwarded
        return self.expected

    def check(self, way: Way) -> Report:
        """Send on this way, let the server come to rest, and compare.

        If a busy machine keeps a row with little time from getting as far as it is about, it is given more, once.
        """
        expected = self.expected_on(way)
        report, read = self._send(way, 1.0)
        if self.timeout < USUAL_TIMEOUT and not expected.met_by(report, read) and not says_too_much(report, read):
            report, read = self._send(way, PATIENCE)
        expected.check(report, read)
        return report

    def _send(self, way: Way, patience: float) -> tuple[Report, int]:
        with FaultServer(self.behaviour, use_tls=way.tls) as server, way.proxy() as proxy:
            report = way.send(
                server.base_url,
                proxy=proxy,
                filler=self.filler,
                timeout=self.timeout * patience,
                total_timeout=self.total_timeout * patience,
            )
            server.settle()
            return report, server.requests_fully_read


def cases(rows: list[Row], ways: list[Way]) -> list[ParameterSet]:
    """Every row on every way, for `parametrize(("row", "way"), ...)`."""
    return [_case(row, way) for row in rows for way in ways]


def spread_cases(rows: list[Row]) -> list[ParameterSet]:
    """Every row on a few ways, by turns: for many rows on which the way has little bearing."""
    return [_case(row, way) for row, ways in zip(rows, cycle(FEW_WAYS), strict=False) for way in ways]


def _case(row: Row, way: Way) -> ParameterSet:
    return pytest.param(row, way, id=f"{row.name} - {way}")
