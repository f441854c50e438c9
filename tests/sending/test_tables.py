"""Results as rows, and as DataFrames."""

from __future__ import annotations

from decimal import Decimal

import pandas

from carrierx import SendMessageRequest, SendResult, to_dicts, to_pandas
from carrierx.emulator import Emulator
from carrierx.pricing import EstimatedMessage, Prices, estimate
from tests.sending.batches import FROM, TO, results_of, text
from tests.support.client_factory import ClientFactory


def dtypes_of(frame: pandas.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def test_results_are_rows_with_the_same_columns(factory: ClientFactory, emulator: Emulator) -> None:
    results = results_of(factory, factory.over(emulator, auto_reference=True), [text(0), text(1, to="0")])

    sent, refused = to_dicts(results)

    assert list(sent) == list(refused)
    assert {name: sent[name] for name in ("index", "ok", "outcome", "error", "from", "to", "message", "status")} == {
        "index": 0,
        "ok": True,
        "outcome": "accepted",
        "error": None,
        "from": FROM,
        "to": TO,
        "message": "Hello 0",
        "status": "queued",
    }
    assert sent["message_sid"] == results[0].message.message_sid
    assert sent["reference"] == results[0].reference
    assert sent["reference"]
    assert (refused["index"], refused["ok"], refused["outcome"]) == (1, False, "not_sent")
    assert refused["error"] == "InvalidMessageError"
    assert refused["error_text"] == str(results[1].error)
    assert refused["message_sid"] is None


def test_results_are_a_frame_of_right_dtypes_even_without_a_message(factory: ClientFactory, emulator: Emulator) -> None:
    results = results_of(factory, factory.over(emulator), [text(0), text(1, to="0")])
    expected = {
        "index": "Int64",
        "ok": "boolean",
        "outcome": "string",
        "error": "string",
        "message_sid": "string",
        "to": "string",
        "message_segments": "Int64",
        "date_created": "datetime64[us, UTC]",
    }

    for frame in (to_pandas(results), to_pandas(results[1:]), to_pandas([], SendResult)):
        assert expected.items() <= dtypes_of(frame).items()
    assert to_pandas(results)["ok"].sum() == 1


def test_the_lines_of_an_estimate_are_rows_too() -> None:
    requests = [SendMessageRequest(from_=FROM, to=to, message="Hello") for to in (TO, "447700900123")]

    items = estimate(requests, Prices({"1": "0.01"})).items

    assert to_dicts(items) == [
        {"index": 0, "kind": "sms", "segments": 1, "recipients": 1, "price": Decimal("0.01")},
        {"index": 1, "kind": "sms", "segments": 1, "recipients": 1, "price": None},
    ]
    assert dtypes_of(to_pandas(items)) == dtypes_of(to_pandas([], EstimatedMessage))
