"""What a client is told about messages, and what it has learnt about looking them up."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from carrierx.errors import InvalidArgumentError

if TYPE_CHECKING:
    from carrierx.models.rules import MessageLimits
    from carrierx.resources.media_gate import MediaCheckMode

__all__ = ["LookupProof", "MessageSettings", "checked_reference"]


class LookupProof:
    """Whether looking a reference up is known to work: once an accepted send has been found by it.

    CarrierX documents neither that `user_data` can be filtered nor how soon a message is visible. Without this proof,
    finding nothing would prove nothing.
    """

    def __init__(self) -> None:
        self.verified = False
        self.accepted_reference: str | None = None


class MessageSettings(NamedTuple):
    """How a client treats messages; shared by its copies but for what they change."""

    limits: MessageLimits
    proof: LookupProof
    record_proof: LookupProof
    legacy_field_names: bool = False
    auto_reference: bool = False
    media_check: MediaCheckMode = "error"

    def accepted(self, reference: str | None) -> None:
        """Remember the reference of an accepted send: finding it proves that look-ups work."""
        if reference is not None:
            self.proof.accepted_reference = self.record_proof.accepted_reference = reference

    def reference_for(self, given: str | None, user_data: str | None) -> str | None:
        """Choose the reference of a send: the one given, one made up if the client is set so, or none.

        Raises:
            InvalidArgumentError: It can't be carried or looked up, or `user_data` is taken by something else.
        """
        if given is None:
            # 26 characters of [0-9a-f]: 104 random bits.
            return secrets.token_hex(13) if self.auto_reference and user_data is None else None
        if user_data is not None:
            raise InvalidArgumentError("Give reference or user_data, not both: a reference travels in user_data.")
        return checked_reference(given)


def checked_reference(reference: object) -> str:
    """Check that a reference can travel and be looked up by a filter.

    Raises:
        InvalidArgumentError: It is not a text, is blank, or holds a quote or a character that can't be seen.
    """
    if not isinstance(reference, str):
        raise InvalidArgumentError(f"reference must be a text, not {type(reference).__name__}.")
    if not reference.strip():
        raise InvalidArgumentError(
            "reference is blank. A send without a reference on the wire can't be looked up: finding nothing would "
            "prove nothing."
        )
    if not reference.isprintable() or '"' in reference or "'" in reference:
        raise InvalidArgumentError(
            "reference holds a quote or an unprintable character, with which it could not be looked up."
        )
    return reference
