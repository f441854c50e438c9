"""The table, where the server answers 2xx: only an SMS object is a receipt, and only JSON can be a lost one."""

import json
from datetime import UTC, datetime

import pytest

from carrierx import AcceptedWithoutReceiptError, SendOutcomeUnknownError
from carrierx.events import FieldsUnreadable
from tests.outcomes.table import RECEIPT_LOST, RECEIVED, Row, spread_cases, unknown
from tests.outcomes.ways import EVERY_WAY, PAIRS, Way
from tests.support import behaviours as do
from tests.support.behaviours import CLOSE, RESET, STAY_SILENT
from tests.support.fault_server import FaultServer
from tests.support.wire import sms_object

SID = "097b49df-2f3e-4a29-a0b5-f4fbd5fc5c5d"
SMS = json.dumps(sms_object(message_sid=SID) | {"message": "Hello"}).encode()
SMS_WITH_SID_FIRST = json.dumps({"message_sid": SID} | sms_object(message_sid=SID)).encode()
HTML = b"<html><body>Welcome to this network. Please log in.</body></html>"
NESTED = b'{"message_sid":"' + SID.encode() + b'","more":' + b"[" * 10_000 + b"]" * 10_000 + b"}"

RECEIPTS = [
    Row("an SMS object", do.respond_sms(), RECEIVED),
    Row("201 and an SMS object", do.respond_sms(201), RECEIVED),
    Row("202 and an SMS object", do.respond_sms(202), RECEIVED),
    Row("102, then an SMS object", do.informational(102, do.respond_sms()), RECEIVED),
    Row("an SMS object that is not called JSON", do.respond(200, SMS, content_type="text/plain"), RECEIVED),
    Row("an SMS object of no stated type", do.respond(200, SMS, content_type=None), RECEIVED),
    Row("an SMS object with an errors list", do.respond_sms(errors=[{"message": "half of it"}]), RECEIVED),
    Row("an SMS object of nothing but its SID", do.respond(200, {"message_sid": SID}), RECEIVED),
    Row("an SMS object gzipped once, unasked", do.respond_gzipped(SMS), RECEIVED),
]

LOST_RECEIPTS = [
    Row("cut after 0 bytes", do.cut_body(SMS, 0), RECEIPT_LOST),
    Row("cut after 40 bytes", do.cut_body(SMS, 40), RECEIPT_LOST),
    Row("cut before the last byte", do.cut_body(SMS, len(SMS) - 1), RECEIPT_LOST),
    Row("cut before the last chunk", do.cut_chunked_body(SMS[:40]), RECEIPT_LOST),
    Row("cut after a chunk that holds all", do.cut_chunked_body(SMS), RECEIPT_LOST),
    Row("201, cut", do.cut_body(SMS, 40, status=201), RECEIPT_LOST),
    Row("no body, declared as JSON", do.respond(200, b""), RECEIPT_LOST),
    Row("blanks, declared as JSON", do.respond(200, b" \r\n"), RECEIPT_LOST),
    Row("JSON that breaks off, of the stated length", do.respond(200, SMS[:-40]), RECEIPT_LOST),
    Row("gzipped twice", do.respond_gzipped(SMS, 2), RECEIPT_LOST),
    Row("called gzipped, and it is not", do.respond(200, SMS, [("Content-Encoding", "gzip")]), RECEIPT_LOST),
    Row("in an encoding nobody asked for", do.respond(200, SMS, [("Content-Encoding", "br")]), RECEIPT_LOST),
    Row("50 MB", do.respond_streaming(), RECEIPT_LOST),
    Row("without end", do.respond_endlessly(), RECEIPT_LOST),
]

NO_RECEIPTS = [
    Row("HTML", do.respond(200, HTML, content_type="text/html"), unknown()),
    Row("HTML that calls itself JSON", do.respond(200, HTML), unknown()),
    Row("HTML, cut", do.respond_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + HTML, CLOSE), unknown()),
    Row("a list", do.respond(200, json.dumps([sms_object()])), unknown()),
    Row("an object without a SID", do.respond(200, {"status": "queued"}), unknown()),
    Row("an empty object", do.respond(200, {}), unknown()),
    Row("a SID that is null", do.respond_sms(message_sid=None), unknown()),
    Row("a SID that is blank", do.respond_sms(message_sid=" "), unknown()),
    Row("a number", do.respond(200, b"17"), unknown()),
    Row("null", do.respond(200, b"null"), unknown()),
    Row("an errors list and no SID", do.respond(200, {"errors": [{"message": "no such DID"}]}), unknown()),
    Row("204", do.respond_raw(b"HTTP/1.1 204 No Content\r\n\r\n", CLOSE), unknown()),
    Row("200 without type and body", do.respond(200, content_type=None), unknown()),
    Row("nested 10,000 deep", do.respond(200, b"[" * 10_000 + b"]" * 10_000), unknown()),
    Row("not UTF-8", do.respond(200, b'{"message_sid": "\xff"}'), unknown()),
]

SILENT = [
    Row("silence after 0 bytes", do.cut_body(SMS, 0, STAY_SILENT), RECEIPT_LOST, timeout=0.4),
    Row("silence after 40 bytes", do.cut_body(SMS, 40, STAY_SILENT), RECEIPT_LOST, timeout=0.4),
    Row("silence after a chunk", do.cut_chunked_body(SMS, STAY_SILENT), RECEIPT_LOST, timeout=0.4),
]


@pytest.mark.parametrize(("row", "way"), spread_cases(RECEIPTS))
def test_an_sms_object_is_a_receipt(row: Row, way: Way) -> None:
    report = row.check(way)
    assert report.message is not None
    assert len(report.message.message_sid) == len(SID)


@pytest.mark.parametrize(("row", "way"), spread_cases(LOST_RECEIPTS + SILENT))
def test_json_that_arrived_cut_means_that_it_is_out(row: Row, way: Way) -> None:
    row.check(way)


# Behind a proxy or within TLS a reset can overtake the response.
@pytest.mark.parametrize("way", [way for way in EVERY_WAY if not way.proxied and not way.tls], ids=str)
def test_json_that_a_reset_cut_means_that_it_is_out(way: Way) -> None:
    Row("reset after 40 bytes", do.cut_body(SMS, 40, RESET), RECEIPT_LOST).check(way)


@pytest.mark.parametrize(("row", "way"), spread_cases(NO_RECEIPTS))
def test_what_is_no_sms_object_proves_nothing(row: Row, way: Way) -> None:
    row.check(way)


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_the_sid_is_saved_from_a_cut_answer(way: Way) -> None:
    row = Row("cut behind the SID", do.cut_body(SMS_WITH_SID_FIRST, 80), RECEIPT_LOST)
    error = row.check(way).error
    assert isinstance(error, AcceptedWithoutReceiptError)
    assert error.message_sid == SID


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_the_sid_is_saved_from_an_answer_of_which_only_the_end_mark_is_missing(way: Way) -> None:
    error = Row("cut after a chunk that holds all", do.cut_chunked_body(SMS), RECEIPT_LOST).check(way).error
    assert isinstance(error, AcceptedWithoutReceiptError)
    assert error.message_sid == SID


def test_half_a_sid_is_not_taken_for_one() -> None:
    row = Row("cut within the SID", do.cut_body(SMS_WITH_SID_FIRST, 30), RECEIPT_LOST)
    error = row.check(PAIRS[0]).error
    assert isinstance(error, AcceptedWithoutReceiptError)
    assert error.message_sid is None


def test_the_errors_that_came_with_2xx_are_handed_on() -> None:
    row = Row("errors", do.respond(200, {"errors": [{"field": "from", "message": "no such DID"}]}), unknown())
    error = row.check(PAIRS[0]).error
    assert isinstance(error, SendOutcomeUnknownError)
    assert [(detail.field, detail.message) for detail in error.errors] == [("from", "no such DID")]


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_a_field_that_cannot_be_read_spoils_no_receipt(way: Way) -> None:
    report = Row("a price that is no number", do.respond_sms(price="n/a"), RECEIVED).check(way)
    assert report.message is not None
    assert report.message.price is None
    assert report.message.unreadable_fields == {"price": "n/a"}
    assert [event.fields for event in report.events if isinstance(event, FieldsUnreadable)] == [("price",)]


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_a_date_without_a_zone_is_utc(way: Way) -> None:
    report = Row("no zone", do.respond_sms(date_created="2023-12-06T15:18:29"), RECEIVED).check(way)
    assert report.message is not None
    assert report.message.date_created == datetime(2023, 12, 6, 15, 18, 29, tzinfo=UTC)


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_depth_is_no_trap_even_beside_a_sid(way: Way) -> None:
    with FaultServer(do.respond(200, NESTED), use_tls=way.tls) as server, way.proxy() as proxy:
        report = way.send(server.base_url, proxy=proxy)
        server.settle()
        assert server.requests_fully_read == len(report.attempts) == 1
    assert isinstance(report.error, SendOutcomeUnknownError | AcceptedWithoutReceiptError)
