"""Look up a reference, in messages or in detail records: a plan of calls and pauses."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias, TypeVar

from carrierx.errors import InvalidArgumentError, ReconcileError
from carrierx.models.page import Page
from carrierx.options import check_seconds
from carrierx.resources.base import Pause
from carrierx.transport.call import Call

__all__ = ["LookupProof", "checked_reference", "reconciling"]


CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far CarrierX's clock and ours may differ before what was found may be another one."""


class LookupProof:
    """Whether looking a reference up is known to work: once an accepted send has been found by it.

    CarrierX documents neither that `user_data` can be filtered nor how soon a message is visible. Without this proof,
    finding nothing would prove nothing.
    """

    def __init__(self) -> None:
        self.verified = False
        self.accepted_reference: str | None = None


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


class Marked(Protocol):
    """What carries a reference."""

    @property
    def user_data(self) -> object:
        """The caller's own data."""
        ...


M = TypeVar("M", bound=Marked)
# As a text: at run time pydantic would make a page of the type variable's bound.
ReconcilePlan: TypeAlias = "Generator[Call[Page[M]] | Pause, Page[M], M | None]"


def reconciling(
    reference: object,
    sent_after: datetime | None,
    settle: float,
    proof: LookupProof,
    look_up: Callable[[str], Call[Page[M]]],
    created: Callable[[M], datetime | None],
) -> ReconcilePlan[M]:
    """Plan a look-up: at once, and twice more with the settle time before each, as long as nothing is found.

    Args:
        reference: The mark to look for.
        sent_after: A moment before the send, with a zone.
        settle: Seconds after which what was accepted is taken to be visible.
        proof: Whether such a look-up is known to work.
        look_up: Turns a reference into the call that looks it up.
        created: Tells when what was found came into being.
    """
    check_seconds("settle", settle, InvalidArgumentError, zero_allowed=True)
    if sent_after is not None and not isinstance(sent_after, datetime):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(f"sent_after must be a datetime with a zone, not {type(sent_after).__name__}.")
    if sent_after is not None and sent_after.utcoffset() is None:
        raise InvalidArgumentError("sent_after must have a zone: datetime.now(UTC), not datetime.now().")
    mark = checked_reference(reference)
    call = look_up(mark)
    older_found = False
    for pause in (0.0, settle, settle):
        yield Pause(pause)
        marked = _marked((yield call), mark)
        for item in marked:
            if sent_after is None or _may_be_since(sent_after, created(item)):
                proof.verified = True
                return item
        older_found = older_found or bool(marked)
    if older_found:
        raise ReconcileError(
            "CarrierX holds a message with this reference, but the time it shows lies before sent_after: the "
            "reference was used before, or CarrierX's clock and yours differ. Do not send again on the strength of "
            "this. Look the reference up without sent_after and compare what is found with what you sent; give each "
            "message a reference of its own.",
            reference=mark,
        )
    known = proof.accepted_reference
    if not proof.verified and known is not None:
        proof.verified = bool(_marked((yield look_up(known)), known))
    if proof.verified:
        return None
    raise ReconcileError(
        "The reference was not found, but it is not known that CarrierX can be asked for references: this client has "
        "not found an accepted send by one yet. Do not send again on the strength of this; look at the portal.",
        reference=mark,
    )


def _marked(page: Page[M], reference: str) -> Page[M]:
    if any(item.user_data != reference for item in page):
        raise ReconcileError(
            "CarrierX answered the look-up with messages that do not carry the reference: it did not apply the "
            "filter, so finding nothing would prove nothing.",
            reference=reference,
        )
    return page


def _may_be_since(sent_after: datetime, moment: datetime | None) -> bool:
    # As a difference, which no time is too early or too late for.
    return moment is None or sent_after - moment <= CLOCK_TOLERANCE
