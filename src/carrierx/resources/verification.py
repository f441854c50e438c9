"""The call that sends a verification code.

All data is in the query, so the body proves nothing: only our own network layer can prove that the request never
reached CarrierX. Any other failure leaves the outcome unknown, and the text isn't sent again.

The sample on CarrierX's page has no body. Its general page on requests says that every POST must have one, an empty
object if a method has no body arguments. We follow the rule, because it says "must", and a sample can omit things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from carrierx.errors import InvalidArgumentError
from carrierx.models.field_names import LEGACY_NAMES
from carrierx.models.masking import encoded_forms
from carrierx.models.verification import CodeType, VerificationCode
from carrierx.options import check_count
from carrierx.resources.arguments import checked_choice, checked_switch, checked_text
from carrierx.transport.call import Call

if TYPE_CHECKING:
    from carrierx.resources.messages import MessageSettings

__all__ = ["code_call"]


SCOPES = ("verification.manage", "verification.create")
ENABLEMENT_HINT = "Messaging must also be enabled on the DID that sends."
USUAL_TEXT = "Your verification code is"
"""CarrierX's default text before the code. Source: its page on verification by SMS."""


def code_call(
    settings: MessageSettings,
    *,
    from_: object,
    to: object,
    message: object,
    code_length: object,
    code_type: object,
    did_group_sid: object,
    allow_short_code: object,
) -> Call[VerificationCode]:
    """Check a verification and build the call that sends it.

    Raises:
        InvalidMessageError: The numbers or the text break rules.
        InvalidArgumentError: Another argument is invalid.
    """
    fields = {"from": from_, "to": to, "message": USUAL_TEXT if message is None else message}
    checked = settings.parse(fields)
    query = [(name, number) for name, number in (("from", checked.from_), ("to", checked.to)) if number is not None]
    if settings.legacy_field_names:
        query = [(LEGACY_NAMES[name], number) for name, number in query]
    private: tuple[str, ...] = ()
    if message is not None and checked.message is not None:
        query.append(("message", checked.message))
        # A response can repeat the query in its encoded form.
        private = tuple(encoded_forms(checked.message))
    if code_length is not None:
        check_count("code_length", code_length, InvalidArgumentError, minimum=1)
        query.append(("code_length", str(code_length)))
    if code_type is not None:
        query.append(("code_type", checked_choice("code_type", code_type, get_args(CodeType))))
    if did_group_sid is not None:
        query.append(("did_group_sid", checked_text("did_group_sid", did_group_sid)))
    if allow_short_code is not None:
        allowed = checked_switch("allow_short_code", allow_short_code)
        query.append(("allow_short_code", "true" if allowed else "false"))
    return Call(
        "POST",
        "/verification/sms",
        VerificationCode,
        query=query,
        body=b"{}",
        body_needed=False,
        scopes=SCOPES,
        scope_hint=ENABLEMENT_HINT,
        receipt="message_sid",
        private=private,
        operation="verification.send_code",
        path_template="/verification/sms",
        message_kind="sms",
    )
