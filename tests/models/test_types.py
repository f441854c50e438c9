"""Open enums, times and prices."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from carrierx.models.types import Direction, MessageStatus, MessageType, Price, UTCDateTime

STATUS = TypeAdapter(MessageStatus)
TIME: TypeAdapter[datetime] = TypeAdapter(UTCDateTime)
PRICE: TypeAdapter[Decimal] = TypeAdapter(Price)


class TestOpenEnums:
    def test_a_constant_is_an_instance_and_equals_its_string(self) -> None:
        assert isinstance(MessageStatus.QUEUED, MessageStatus)
        assert MessageStatus.QUEUED == "queued"
        counts: dict[str, int] = {MessageStatus.SENT: 1}
        assert counts["sent"] == 1

    def test_unknown_values_stay_possible(self) -> None:
        status = STATUS.validate_python("on_the_moon")
        assert isinstance(status, MessageStatus)
        assert status == "on_the_moon"
        assert repr(status) == "MessageStatus('on_the_moon')"

    def test_a_value_matches_its_constant(self) -> None:
        match STATUS.validate_json('"sent"'):
            case MessageStatus.SENT:
                matched = True
            case _:
                matched = False
        assert matched

    def test_it_prints_and_serialises_as_a_plain_string(self) -> None:
        assert f"{Direction.INBOUND}" == str(Direction.INBOUND) == "inbound"
        assert type(STATUS.dump_python(MessageStatus.SENT)) is str
        assert STATUS.dump_json(MessageStatus.SENT) == b'"sent"'

    @pytest.mark.parametrize("value", [5, None, True, ["sent"]])
    def test_only_strings_are_read(self, value: object) -> None:
        with pytest.raises(ValidationError):
            STATUS.validate_python(value)

    def test_it_survives_pickle_and_copy(self) -> None:
        for again in (pickle.loads(pickle.dumps(MessageType.MMS)), copy.deepcopy(MessageType.MMS)):
            assert type(again) is MessageType
            assert again == MessageType.MMS

    def test_its_json_schema_is_a_string(self) -> None:
        assert STATUS.json_schema() == {"type": "string"}


class TestTimes:
    def test_a_documented_time_is_read_and_written_back_the_same(self) -> None:
        time = TIME.validate_json('"2023-12-06T15:18:30.084Z"')
        assert time == datetime(2023, 12, 6, 15, 18, 30, 84_000, tzinfo=UTC)
        assert time.tzinfo is UTC
        assert TIME.dump_json(time) == b'"2023-12-06T15:18:30.084Z"'

    def test_a_time_without_a_zone_is_utc(self) -> None:
        assert TIME.validate_python("2023-12-06T15:18:30") == datetime(2023, 12, 6, 15, 18, 30, tzinfo=UTC)
        assert TIME.validate_python(datetime(2023, 12, 6)) == datetime(2023, 12, 6, tzinfo=UTC)  # noqa: DTZ001

    def test_another_zone_is_turned_into_utc(self) -> None:
        time = TIME.validate_python("2023-12-06T15:18:30+05:00")
        assert time.isoformat() == "2023-12-06T10:18:30+00:00"

    def test_milliseconds_are_always_written_and_microseconds_never_lost(self) -> None:
        assert TIME.dump_json(datetime(2023, 12, 6, tzinfo=UTC)) == b'"2023-12-06T00:00:00.000Z"'
        assert TIME.dump_json(datetime(2023, 12, 6, 0, 0, 0, 84_001, UTC)) == b'"2023-12-06T00:00:00.084001Z"'
        elsewhere = datetime(2023, 12, 6, 5, tzinfo=timezone(timedelta(hours=5)))
        assert TIME.dump_json(elsewhere) == b'"2023-12-06T00:00:00.000Z"'

    def test_in_python_it_stays_a_datetime(self) -> None:
        now = datetime.now(UTC)
        assert TIME.dump_python(now) is now

    @pytest.mark.parametrize("value", ["yesterday", "", 1701875910, True, None, "0001-01-01T00:00:00+05:00"])
    def test_anything_else_is_refused(self, value: object) -> None:
        with pytest.raises(ValidationError):
            TIME.validate_python(value)

    def test_the_refusal_does_not_repeat_the_text(self) -> None:
        with pytest.raises(ValidationError) as caught:
            TIME.validate_python("15162065574")
        assert "15162065574" not in caught.value.errors()[0]["msg"]

    @given(st.datetimes(timezones=st.just(UTC)))
    def test_every_time_round_trips(self, time: datetime) -> None:
        assert TIME.validate_json(TIME.dump_json(time)) == time


class TestPrices:
    @pytest.mark.parametrize("text", ["0.0150", "0.6", "351.52", "0", "0.00000010", "-1.50", "12345678901234567890.1"])
    def test_a_price_is_written_back_as_the_same_string(self, text: str) -> None:
        price = PRICE.validate_python(text)
        assert price == Decimal(text)
        assert PRICE.dump_json(price) == f'"{text}"'.encode()

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=5))
    def test_every_price_round_trips(self, price: Decimal) -> None:
        text = format(price, "f")
        assert PRICE.dump_json(PRICE.validate_python(text)) == f'"{text}"'.encode()

    @pytest.mark.parametrize(
        ("number", "text"), [(0.015, "0.015"), (1, "1"), (Decimal("0.10"), "0.10"), (".5", "0.5"), ("+2.", "2")]
    )
    def test_numbers_are_read_too(self, number: object, text: str) -> None:
        assert PRICE.dump_python(PRICE.validate_python(number), mode="json") == text

    @pytest.mark.parametrize(
        "value", ["n/a", "", " 1", "1_000", "1e3", "NaN", "٣", True, None, float("inf"), Decimal("NaN"), [1]]
    )
    def test_anything_else_is_refused(self, value: object) -> None:
        with pytest.raises(ValidationError):
            PRICE.validate_python(value)

    def test_in_python_it_stays_a_decimal(self) -> None:
        assert PRICE.dump_python(Decimal("0.10")) == Decimal("0.10")
