"""A code that was texted to a person, so that they can prove to have the phone."""

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
"""What a code is made of. Source: CarrierX's page on verification by SMS."""


def _revealed(secret: SecretStr) -> str:
    return secret.get_secret_value()


class VerificationCode(ApiObject):
    """A code that CarrierX made up and texted. Both fields are sure to be there.

    The code is a secret: it stands in no `repr`, log or error. Only `code.get_secret_value()`, and writing the whole
    object as JSON (`to_dict`, `to_json`), give it away.

    Attributes:
        code: The code, to compare with what the person enters.
        message_sid: The text that carried it.

    Example:
        >>> sent = VerificationCode.model_validate({"code": "6664", "message_sid": "bd874824"})
        >>> sent
        VerificationCode(code=SecretStr('**********'), message_sid='bd874824')
        >>> sent.code.get_secret_value() == "6664"
        True
    """

    code: Annotated[SecretStr, PlainSerializer(_revealed, return_type=str, when_used="json")]
    message_sid: Annotated[str, StringConstraints(pattern=r"\S")]
