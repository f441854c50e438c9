"""The price of one message to one number.

Source: the pages about rating; only the sample has `message_segments`. All amounts are strings, as in the samples.
Assumptions: an invalid number is refused with 400, another partner's SID with 404.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.rate_list import sms_rate
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import bad_request, unknown_sid
from carrierx.emulator.http.query_parameters import Parameters
from carrierx.emulator.http.types import EmulatorResponse, json_response
from carrierx.emulator.openapi.parameters import RATING, SEGMENTS
from carrierx.emulator.routes.rates import known_sub_type
from carrierx.emulator.rules.numbers import is_number, is_short_code

_SCOPES: Final = ("rating.manage", "rating.read")
_DIRECTIONS: Final = ("inbound", "outbound")
_PARAMETERS: Final = ("direction", "to", "partner_sid")
_MAX_SEGMENTS: Final = 1600
_DECIMALS: Final = 5


def _rate_sms(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    parameters = routed.parameters((*_PARAMETERS, "message_segments"))
    direction, number = _direction_and_number(account, routed, parameters)
    segments = parameters.whole_number("message_segments", 1, minimum=1, maximum=_MAX_SEGMENTS)
    prices = account.config.prices
    rate = prices.inbound_sms_segment if direction == "inbound" else sms_rate(number, prices.sms_segment)
    return _answer(direction, rate, segments)


def _rate_mms(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    parameters = routed.parameters(_PARAMETERS)
    direction, _ = _direction_and_number(account, routed, parameters)
    prices = account.config.prices
    return _answer(direction, prices.inbound_mms if direction == "inbound" else prices.mms_recipient, 1)


def _direction_and_number(account: Account, routed: RoutedRequest, parameters: Parameters) -> tuple[str, str]:
    known_sub_type(routed)
    parameters.needed_text("direction")
    direction = parameters.one_of("direction", _DIRECTIONS, "")
    number = parameters.needed_text("to")
    if not is_number(number) and not (direction == "inbound" and is_short_code(number)):
        raise bad_request("must be a phone number in E.164 digits", "to")
    if parameters.text("partner_sid") not in {None, account.config.partner_sid}:
        raise unknown_sid()
    return direction, number


def _answer(direction: str, rate: Decimal, segments: int) -> EmulatorResponse:
    figures = {"price": _figure(rate * segments), "rate": _figure(rate)}
    return json_response(200, {"direction": direction, **figures, "segments": str(segments)})


def _figure(amount: Decimal) -> str:
    """Return an amount with five decimals as in the sample, or with more if it has more."""
    padded = amount.quantize(Decimal(1).scaleb(-_DECIMALS))
    return f"{padded if padded == amount else amount:f}"


_PATH: Final = f"{BASE_PATH}/rating"

ROUTES: Final = (
    Route(
        "GET",
        f"{_PATH}/sms/{{sub_type}}",
        _SCOPES,
        _rate_sms,
        Operation("ratings.sms", "Get the price of an SMS", "Rating", parameters=(*RATING, SEGMENTS)),
    ),
    Route(
        "GET",
        f"{_PATH}/mms/{{sub_type}}",
        _SCOPES,
        _rate_mms,
        Operation("ratings.mms", "Get the price of an MMS", "Rating", parameters=RATING),
    ),
)
"""The operations of this module."""
