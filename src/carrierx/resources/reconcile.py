"""Look up a reference, in messages or in detail records: a plan of calls and pauses."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from carrierx.errors import InvalidArgumentError, ReconcileError
from carrierx.options import check_seconds
from carrierx.resources.base import Pause
from carrierx.transport.call import Call

if TYPE_CHECKING:
    from carrierx.models.page import Page

__all__ = ["LookupProof", "checked_reference", "reconciling"]


CLOCK_TOLERANCE = timedelta(minutes=5)
"""The most that CarrierX's clock and ours can differ. An older message counts as another one."""


class LookupProof:
    """Proof that references can be looked up: an accepted send was found by its reference.

    CarrierX documents neither that `user_data` can be filtered nor how soon a message is visible. Without this proof,
    finding nothing proves nothing.
    """

    def __init__(self) -> None:
        self.verified = False
        self.accepted_reference: str | None = None


def checked_reference(reference: object) -> str:
    """Check that a reference can be sent and looked up with a filter.

    Raises:
        InvalidArgumentError: It is not a text, is blank, or contains a quote or an unprintable character.
    """
    if not isinstance(reference, str):
        raise InvalidArgumentError(f"reference must be a string, not {type(reference).__name__}.")
    if not reference.strip():
        raise InvalidArgumentError(
            "reference is blank. A send without a reference can't be looked up: finding nothing would prove nothing."
        )
    if not reference.isprintable() or '"' in reference or "'" in reference:
        raise InvalidArgumentError("reference contains a quote or an unprintable character, so it can't be looked up.")
    return reference


class Marked(Protocol):
    """An object with a reference in its `user_data`."""

    @property
    def user_data(self) -> object:
        """The caller's own data."""
        ...


M = TypeVar("M", bound=Marked)
# A string: at run time, pydantic would build a page of the type variable's bound.
ReconcilePlan: TypeAlias = "Generator[Call[Page[M]] | Pause, Page[M], M | None]"


def reconciling(
    reference: object,
    sent_after: datetime | None,
    settle: float,
    proof: LookupProof,
    look_up: Callable[[str], Call[Page[M]]],
    created: Callable[[M], datetime | None],
) -> ReconcilePlan[M]:
    """Plan a lookup: look immediately and, if nothing is found, twice more with the settle time before each.

    Args:
        reference: The reference to look up.
        sent_after: A time before the send, with a time zone.
        settle: The seconds after which an accepted message is assumed to be visible.
        proof: The proof that lookups work, updated by this one.
        look_up: Turns a reference into the call that looks it up.
        created: Gives the creation time of an object.
    """
    check_seconds("settle", settle, InvalidArgumentError, zero_allowed=True)
    if sent_after is not None and not isinstance(sent_after, datetime):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(f"sent_after must be a datetime with a time zone, not {type(sent_after).__name__}.")
    if sent_after is not None and sent_after.utcoffset() is None:
        raise InvalidArgumentError("sent_after must have a time zone: datetime.now(UTC), not datetime.now().")
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
            "CarrierX has a message with this reference, but it is older than sent_after: the reference was used "
            "before, or CarrierX's clock and yours differ. Don't send again because of this. Look up the reference "
            "without sent_after and compare the message with yours. Use a new reference for each message.",
            reference=mark,
        )
    known = proof.accepted_reference
    if not proof.verified and known is not None:
        proof.verified = bool(_marked((yield look_up(known)), known))
    if proof.verified:
        return None
    raise ReconcileError(
        "The reference was not found, but that proves nothing: this client has not yet found an accepted message by "
        "its reference, so it is not known whether CarrierX supports this. Don't send again because of this. Look for "
        "the message in the CarrierX portal.",
        reference=mark,
    )


def _marked(page: Page[M], reference: str) -> Page[M]:
    if any(item.user_data != reference for item in page):
        raise ReconcileError(
            "CarrierX answered the lookup with messages that have another reference: it ignored the filter, so "
            "finding nothing would prove nothing.",
            reference=reference,
        )
    return page


def _may_be_since(sent_after: datetime, moment: datetime | None) -> bool:
    # A difference can't overflow, unlike `moment + tolerance`.
    return moment is None or sent_after - moment <= CLOCK_TOLERANCE
