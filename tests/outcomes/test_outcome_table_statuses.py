"""The table, where the server answers with a status: refused, too busy, or nothing proven."""

import pytest

from carrierx import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    ObjectValidationError,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitError,
    SendOutcomeUnknownError,
    UnsupportedMediaTypeError,
)
from tests.outcomes.table import Row, cases, not_sent, not_sent_for_good, rejected, spread_cases, unknown
from tests.outcomes.ways import HEAVY_PAIRS, PAIRS, Way
from tests.support import behaviours as do
from tests.support.fault_server import FaultServer

COMPLAINT = {"errors": [{"field": "to", "message": "can't be reached", "reference_sid": None}]}

REFUSED = [
    Row(str(status), do.respond(status, COMPLAINT), rejected(error))
    for status, error in {
        400: BadRequestError,
        401: AuthenticationError,
        402: APIError,
        403: PermissionDeniedError,
        404: NotFoundError,
        405: APIError,
        409: ConflictError,
        410: APIError,
        413: PayloadTooLargeError,
        415: UnsupportedMediaTypeError,
        418: APIError,
        422: ObjectValidationError,
        451: APIError,
    }.items()
]

TOO_BUSY = [
    Row("429", do.respond(429, COMPLAINT), not_sent(RateLimitError, read=3)),
    Row("407", do.respond(407), not_sent_for_good(APIError, read=1)),
]

NOT_REALLY_REFUSED = [408, 425, 499]
FAILED = [500, 501, 502, 503, 504, 507, 520, 599]
MOVED = [301, 302, 303, 307, 308]

UNCLEAR = [
    *(Row(str(status), do.respond(status, COMPLAINT), unknown()) for status in NOT_REALLY_REFUSED + FAILED),
    *(Row(f"{status} to elsewhere", do.redirect(status, "/elsewhere"), unknown()) for status in MOVED),
    Row("300 without a place", do.respond(300), unknown()),
    Row("304", do.respond_raw(b"HTTP/1.1 304 Not Modified\r\n\r\n", do.CLOSE), unknown()),
    Row("999", do.respond_raw(b"HTTP/1.1 999 Request denied\r\nContent-Length: 0\r\n\r\n", do.CLOSE), unknown()),
    Row("503 with Retry-After", do.respond(503, headers=[("Retry-After", "1")]), unknown()),
    Row("500 with its body cut", do.cut_body(b'{"errors": []}', 4, status=500), unknown()),
    Row("502 of a gateway", do.respond(502, "<html>Bad Gateway</html>", content_type="text/html"), unknown()),
]

CUT_REFUSALS = [
    Row("400 with its body cut", do.cut_body(b'{"errors": []}', 4, status=400), rejected(BadRequestError)),
    Row("422 with its body cut", do.cut_chunked_body(b'{"err', status=422), rejected(ObjectValidationError)),
    Row("403 that is no JSON", do.respond(403, "<html>", content_type="text/html"), rejected(PermissionDeniedError)),
    Row("400 of 50 MB", do.respond_streaming(status=400), rejected(BadRequestError)),
    Row("429 with its body cut", do.cut_body(b'{"errors": []}', 4, status=429), not_sent(RateLimitError, read=3)),
]

# A client that is refused before its body was read can have written all of it, or not.
EARLY = [
    Row(
        "413 before the body, which the server then discards",
        do.respond_before_reading_body(413),
        rejected(PayloadTooLargeError, read=0),
        filler=1_000_000,
    ),
    Row(
        "500 before the body, which the server then discards",
        do.respond_before_reading_body(500),
        unknown(read=0),
        filler=1_000_000,
    ),
    Row(
        "429 before the body, which the server then discards",
        do.respond_before_reading_body(429),
        not_sent(RateLimitError, read=0),
    ),
]


@pytest.mark.parametrize(("row", "way"), spread_cases(REFUSED + CUT_REFUSALS))
def test_a_refusal_means_that_it_was_not_sent_and_is_never_retried(row: Row, way: Way) -> None:
    row.check(way)


@pytest.mark.parametrize(("row", "way"), cases(TOO_BUSY, PAIRS))
def test_being_turned_away_unread_means_not_sent(row: Row, way: Way) -> None:
    row.check(way)


@pytest.mark.parametrize(("row", "way"), spread_cases(UNCLEAR))
def test_any_other_status_proves_nothing_and_is_neither_retried_nor_followed(row: Row, way: Way) -> None:
    report = row.check(way)
    assert isinstance(report.error, SendOutcomeUnknownError)
    assert report.error.status_code == report.failed_attempts[0].status_code == int(row.name[:3])


@pytest.mark.parametrize(("row", "way"), cases(EARLY, HEAVY_PAIRS))
def test_an_answer_before_the_body_was_read_counts_by_its_status(row: Row, way: Way) -> None:
    row.check(way)


def test_a_redirect_is_reported_with_the_place_to_look() -> None:
    with FaultServer(do.redirect(301, "/elsewhere")) as server:
        report = PAIRS[0].send(server.base_url)
    assert "base_url" in str(report.error)


def test_a_conflict_may_be_submitted_again() -> None:
    with FaultServer(do.respond(409, COMPLAINT)) as server:
        report = PAIRS[0].send(server.base_url)
    assert isinstance(report.error, ConflictError)
    assert report.error.may_resubmit
    assert [detail.message for detail in report.error.errors] == ["can't be reached"]
