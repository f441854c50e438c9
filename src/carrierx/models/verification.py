"""A code that was texted to a person, to verify that they have the phone."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import PlainSerializer, SecretStr, StringConstraints

from carrierx.models.api_object import ApiObject

__all__ = ["CodeType", "VerificationCode"]

CodeType: TypeAlias = Literal[
    "alphabetical",
    "alphabetical_lower",
    "alphabetical_upper",
    "alphanumeric",
    "alphanumeric_lower",
    "alphanumeric_upper",
    "numeric",
]
"""Characters that a code can consist of. Source: CarrierX's page on verification by SMS."""


def _revealed(secret: SecretStr) -> str:
    return secret.get_secret_value()


class VerificationCode(ApiObject):
    """A code that CarrierX generated and texted. Both fields are always present.

    The code is secret: no `repr`, log or error shows it. Only `code.get_secret_value()`, `to_dict` and `to_json` do.

    Attributes:
        code: The code, to compare with what the person enters.
        message_sid: The message that carried it.

    Example:
        >>> sent = VerificationCode.model_validate({"code": "6664", "message_sid": "bd874824"})
        >>> sent
        VerificationCode(code=SecretStr('**********'), message_sid='bd874824')
        >>> sent.code.get_secret_value() == "6664"
        True
    """

    code: Annotated[SecretStr, PlainSerializer(_revealed, return_type=str, when_used="json")]
    message_sid: Annotated[str, StringConstraints(pattern=r"\S")]
