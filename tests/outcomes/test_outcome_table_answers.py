"""The table, where the server has read the whole request and no status comes back: nothing proves what it did."""

import pytest

from tests.outcomes.table import Row, cases, spread_cases, unknown
from tests.outcomes.ways import PAIRS, Way
from tests.support import behaviours as do
from tests.support.behaviours import CLOSE, RESET, STAY_SILENT

BROKEN_OFF = [
    Row("close", do.after_whole_request(CLOSE), unknown()),
    Row("reset", do.after_whole_request(RESET), unknown()),
    Row("garbage", do.respond_garbage(), unknown()),
    Row("part of a status line, then close", do.cut_status_line(), unknown()),
    Row("part of a status line, then reset", do.cut_status_line(RESET), unknown()),
    Row("part of the headers, then close", do.cut_headers(), unknown()),
    Row("part of the headers, then reset", do.cut_headers(RESET), unknown()),
    Row("100, then close", do.informational(100, do.after_whole_request(CLOSE)), unknown()),
    Row("103, then close", do.informational(103, do.after_whole_request(CLOSE)), unknown()),
    Row("103, then reset", do.informational(103, do.after_whole_request(RESET)), unknown()),
    Row("status line of HTTP/0.9", do.respond_raw(b"queued\r\n", CLOSE), unknown()),
    Row("status of four digits", do.respond_raw(b"HTTP/1.1 2000 OK\r\n\r\n", CLOSE), unknown()),
]

SILENT = [
    Row("silence", do.after_whole_request(STAY_SILENT), unknown(), timeout=0.4),
    Row("part of a status line, then silence", do.cut_status_line(STAY_SILENT), unknown(), timeout=0.4),
    Row("part of the headers, then silence", do.cut_headers(STAY_SILENT), unknown(), timeout=0.4),
    Row("the body stays in the kernel", do.after_headers(STAY_SILENT), unknown(), timeout=0.4),
]


@pytest.mark.parametrize(("row", "way"), cases(BROKEN_OFF, PAIRS))
def test_an_answer_that_breaks_off_leaves_the_outcome_unknown_and_is_never_retried(row: Row, way: Way) -> None:
    row.check(way)


@pytest.mark.parametrize(("row", "way"), spread_cases(SILENT))
def test_silence_after_the_request_leaves_the_outcome_unknown_and_is_never_retried(row: Row, way: Way) -> None:
    row.check(way)
