"""What the outbox makes of whatever ends a send, and of the answers to lookups."""

import pytest

from carrierx import (
    AcceptedWithoutReceiptError,
    APIError,
    AuthenticationError,
    BadRequestError,
    BrokenRule,
    CarrierXError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    InvalidMessageError,
    Message,
    NotFoundError,
    Outcome,
    PermissionDeniedError,
    RateLimitError,
    SendFencedError,
    SendOutcomeUnknownError,
    TokenUnavailableError,
)
from carrierx.outbox import OutboxSettings
from carrierx.outbox.carrier import found_in, report_of
from carrierx.outbox.clock import SystemClock
from carrierx.outbox.ports import LookupFailedError
from carrierx.outbox.rules import Fence, reading

REJECTED = Outcome.REJECTED
NOT_SENT = Outcome.NOT_SENT


def rate_limited(after: float | None) -> RateLimitError:
    error = RateLimitError("429", status_code=429, message="", outcome=NOT_SENT, safe_to_resend=True)
    error.retry_after = after
    return error


def fence(*, passed: bool) -> Fence:
    clock = SystemClock()
    made = Fence(OutboxSettings(), clock, reading(clock), None, None)
    made.passed = passed
    return made


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (SendFencedError("lease: late"), NOT_SENT, "lease: late"),
        (AcceptedWithoutReceiptError("lost", message_sid="sid"), Outcome.ACCEPTED, "AcceptedWithoutReceiptError"),
        (SendOutcomeUnknownError("?", outcome=Outcome.UNKNOWN), Outcome.UNKNOWN, "SendOutcomeUnknownError"),
        (
            InvalidMessageError([BrokenRule("to", "number_ambiguous", "...")]),
            REJECTED,
            "breaks rules: to:",
        ),
        (BadRequestError("", status_code=400, message="", outcome=REJECTED), REJECTED, "BadRequestError (400)"),
        (ConflictError("", status_code=409, message="", outcome=REJECTED), REJECTED, "ConflictError (409)"),
        (AuthenticationError("", status_code=401, message="", outcome=REJECTED), NOT_SENT, "AuthenticationError"),
        (PermissionDeniedError("", status_code=403, message="", outcome=REJECTED), NOT_SENT, "PermissionDeniedError"),
        (rate_limited(7.0), NOT_SENT, "RateLimitError"),
        (ConnectionFailedError("", outcome=NOT_SENT, safe_to_resend=True), NOT_SENT, "ConnectionFailedError"),
        (ConfigurationError("no"), NOT_SENT, "ConfigurationError"),
        (TokenUnavailableError("no"), NOT_SENT, "TokenUnavailableError"),
        (MemoryError(), Outcome.UNKNOWN, "MemoryError"),
        (KeyboardInterrupt(), Outcome.UNKNOWN, "KeyboardInterrupt"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_what_ended_a_send(error: BaseException, outcome: Outcome, reason: str) -> None:
    report = report_of(error, fence(passed=True))

    assert report.outcome is outcome
    assert report.reason.startswith(reason)


@pytest.mark.parametrize("error", [MemoryError(), KeyboardInterrupt(), CarrierXError("odd")])
def test_what_the_fence_never_let_start_was_not_sent(error: BaseException) -> None:
    assert report_of(error, fence(passed=False)).outcome is NOT_SENT


def test_what_concerns_all_messages_pauses_the_outbox() -> None:
    for error in (
        AuthenticationError("", status_code=401, message=""),
        PermissionDeniedError("", status_code=403, message=""),
        NotFoundError("", status_code=404, message="", outcome=REJECTED),  # a wrong base_url gets it for each message
        APIError("", status_code=405, message="", outcome=REJECTED),
    ):
        assert report_of(error, fence(passed=True)).pause
    closed = ConfigurationError("closed")
    assert report_of(closed, fence(passed=False)).failure is closed
    assert not report_of(TokenUnavailableError("later"), fence(passed=False)).pause  # it may work in a minute


def test_retry_after_is_kept_within_bounds() -> None:
    assert [report_of(rate_limited(after), fence(passed=True)).retry_after for after in (None, 7.0, 10**6)] == [
        None,
        7.0,
        3600.0,
    ]


def test_an_answer_with_other_references_proves_nothing() -> None:
    ours = Message.model_validate({"message_sid": "1", "user_data": "ours"})
    other = Message.model_validate({"message_sid": "2", "user_data": "other"})

    assert [found.sid for found in found_in([ours], "ours")] == ["1"]
    assert list(found_in([], "ours")) == []
    with pytest.raises(LookupFailedError, match="ignored the filter"):
        found_in([ours, other], "ours")
