"""A message with a generated code.

Source: the page about it; all arguments are in the query. Assumptions: without length and type, a code has 4 digits, as
in the sample; it has at most 32 characters; `did_group_sid` has no effect. The page on requests requires an empty
object as the body of every POST, but the sample here has none: both are accepted.
"""

from __future__ import annotations

import string
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.core.send_rules import send_rules
from carrierx.emulator.http.errors import ErrorEntry, invalid_object
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, json_response
from carrierx.emulator.openapi.parameters import VERIFICATION
from carrierx.emulator.rules.messages import check_send
from carrierx.emulator.rules.numbers import is_short_code

_ALPHABETS: Final = {
    "alphabetical": string.ascii_letters,
    "alphabetical_lower": string.ascii_lowercase,
    "alphabetical_upper": string.ascii_uppercase,
    "alphanumeric": string.ascii_letters + string.digits,
    "alphanumeric_lower": string.ascii_lowercase + string.digits,
    "alphanumeric_upper": string.ascii_uppercase + string.digits,
    "numeric": string.digits,
}
_NUMBERS: Final = ("from", "to", "from_did", "to_did")
_PARAMETERS: Final = (*_NUMBERS, "message", "code_length", "code_type", "did_group_sid", "allow_short_code")
_USUAL_TEXT: Final = "Your verification code is"
_USUAL_LENGTH, _MAX_LENGTH = 4, 32


def _send_code(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    if routed.request.body:
        read_json_object(routed.request)
    parameters = routed.parameters(_PARAMETERS)
    length = parameters.whole_number("code_length", _USUAL_LENGTH, minimum=1, maximum=_MAX_LENGTH)
    alphabet = _ALPHABETS[parameters.one_of("code_type", _ALPHABETS, "numeric")]
    short_code_will_do = parameters.flag("allow_short_code", default=True)
    text = parameters.text("message") or _USUAL_TEXT
    code = "".join(account.choose(alphabet) for _ in range(length))
    numbers = {name: parameters.text(name) for name in _NUMBERS}
    send = check_send({**numbers, "message": f"{text} {code}"}, send_rules(account))
    if is_short_code(send.from_number) and not short_code_will_do:
        raise invalid_object([ErrorEntry("from", "must not be a short code when allow_short_code is false")])
    stored = account.store_message(send)
    return json_response(200, {"code": code, "message_sid": stored.message_sid})


ROUTES: Final = (
    Route(
        "POST",
        f"{BASE_PATH}/verification/sms",
        ("verification.manage", "verification.create"),
        _send_code,
        Operation(
            "verification.send_code",
            "Send a generated code",
            "VerificationCode",
            parameters=VERIFICATION,
            errors=(422,),
        ),
    ),
)
"""The operations of this module."""
