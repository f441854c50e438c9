"""Calls of the operations on phone numbers, for DIDs and external DIDs alike."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from types import NoneType
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast, get_args

from carrierx.errors import EnablementFailedError, InvalidArgumentError, WaitTimeoutError
from carrierx.models.did import Capability, Did, ExternalDid, OwnNumber
from carrierx.models.messaging_enablement import EnablementStatus, MessagingEnablement, MessagingKind
from carrierx.options import check_seconds
from carrierx.resources.arguments import (
    NOT_GIVEN,
    checked_choice,
    checked_number,
    checked_switch,
    checked_text,
    checked_url,
    quoted,
)
from carrierx.resources.base import Pause
from carrierx.resources.paging import check_iteration, list_query
from carrierx.transport.call import MAX_LIST_BYTES, Call

if TYPE_CHECKING:
    from carrierx.models.page import Page
    from carrierx.options import Clock

__all__ = [
    "AVAILABLE_DIDS",
    "DIDS",
    "EXTERNAL_DIDS",
    "NumberList",
    "becoming_enabled",
    "can_text",
    "can_text_now",
    "checked_field",
    "delete_external_call",
    "disable_call",
    "enable_call",
    "enablement_call",
    "register_call",
    "release_call",
    "rent_call",
    "texts_in",
    "update_call",
]


N = TypeVar("N", bound=OwnNumber)

READ_SCOPES = ("phonenumber.manage", "phonenumber.read")
UPDATE_SCOPES = ("phonenumber.manage", "phonenumber.update")
"""Assumed for DIDs, external DIDs and short codes: CarrierX documents them for DID groups."""
CREATE_SCOPES = ("phonenumber.manage", "phonenumber.create")
DELETE_SCOPES = ("phonenumber.manage", "phonenumber.delete")
DID_SCOPES = ("partners.manage", "partners.read")
DID_SCOPE_HINT = "CarrierX's page may mean phonenumber.manage or phonenumber.read instead."


class NumberList:
    """A list of numbers at CarrierX, and the calls that read it.

    Args:
        path: Its path.
        scopes: The scopes of which CarrierX requires one.
        scope_hint: What else a 403 may mean.
        resource: The client's resource that has its calls.
        get: The method of the resource that reads one number.
        list: The method of the resource that reads one page.
        sid_name: The name of a number's SID.
    """

    def __init__(
        self,
        path: str,
        scopes: tuple[str, ...],
        scope_hint: str = "",
        *,
        resource: str,
        get: str = "get",
        list: str = "list",  # noqa: A002 - the method's name
        sid_name: str = "did_sid",
    ) -> None:
        self.path = path
        self.resource = resource
        self.item_template: str = f"{path}/{{{sid_name}}}"
        self.messaging_template: str = f"{self.item_template}/messaging"
        self._get = f"{resource}.{get}"
        self._list = f"{resource}.{list}"
        self._scopes = scopes
        self._scope_hint = scope_hint

    def get(self, sid: str, response_type: type[N]) -> Call[N]:
        """Turn a SID into the call that reads its number."""
        path = f"{self.path}/{quoted(sid)}"
        return Call(
            "GET",
            path,
            response_type,
            scopes=self._scopes,
            scope_hint=self._scope_hint,
            operation=self._get,
            path_template=self.item_template,
        )

    def page(
        self,
        response_type: type[Page[N]],
        filter: object,  # noqa: A002 - the API's name
        order: object,
        limit: object,
        offset: object,
        *,
        trunk_group_sid: object = None,
    ) -> Call[Page[N]]:
        """Turn a list's arguments into its call."""
        query = list_query(filter=filter, order=order, limit=limit, offset=offset)
        if trunk_group_sid is not None:
            query.append(("trunk_group_sid", checked_text("trunk_group_sid", trunk_group_sid)))
        return Call(
            "GET",
            self.path,
            response_type,
            query=query,
            scopes=self._scopes,
            scope_hint=self._scope_hint,
            max_response_bytes=MAX_LIST_BYTES,
            operation=self._list,
            path_template=self.path,
        )

    def pages(
        self,
        response_type: type[Page[N]],
        filter: object,  # noqa: A002 - the API's name
        order: object,
        page_size: object,
        max_items: object,
        *,
        trunk_group_sid: object = None,
    ) -> Call[Page[N]]:
        """Check the arguments of an iteration and give the call for its first page."""
        check_iteration(filter, order, page_size, max_items)
        return self.page(response_type, filter, order, page_size, 0, trunk_group_sid=trunk_group_sid)


DIDS = NumberList("/phonenumber/dids", DID_SCOPES, DID_SCOPE_HINT, resource="dids")
AVAILABLE_DIDS = NumberList(
    "/phonenumber/available_dids", READ_SCOPES, resource="dids", get="get_available", list="available"
)
EXTERNAL_DIDS = NumberList(
    "/phonenumber/external_dids", READ_SCOPES, resource="external_dids", sid_name="external_did_sid"
)


def can_text_now(number: OwnNumber) -> bool:
    """Tell whether a number can send SMS now."""
    return number.can(Capability.SEND_SMS)


def can_text(number: OwnNumber) -> bool:
    """Tell whether a number can send SMS, if need be once messaging is enabled on it."""
    return number.could(Capability.SEND_SMS)


def update_call(numbers: NumberList, sid: str, response_type: type[N], fields: Mapping[str, object]) -> Call[N]:
    """Turn the fields that were given into the call that changes them.

    Raises:
        InvalidArgumentError: None was given, or one can't be what it was given as.
    """
    body = {name: checked_field(name, value) for name, value in fields.items() if value is not NOT_GIVEN}
    if not body:
        raise InvalidArgumentError(f"Nothing to change: give one of {', '.join(fields)}.")
    return Call(
        "PATCH",
        f"{numbers.path}/{quoted(sid)}",
        response_type,
        body=body,
        repeatable=True,  # setting the same twice is the same as once
        scopes=UPDATE_SCOPES,
        private=texts_in(body),
        operation=f"{numbers.resource}.update",
        path_template=numbers.item_template,
    )


def checked_field(name: str, value: object) -> object:
    """Check a field of a number, a short code or a group; None clears it.

    Raises:
        InvalidArgumentError: It can't be what it was given as.
    """
    if value is None:
        return None
    if name == "callback_url":
        return checked_url(name, value)
    if name == "attributes":
        if not isinstance(value, Mapping):
            raise InvalidArgumentError(f"{name} must be a mapping or None, not {type(value).__name__}.")
        return cast("Mapping[str, object]", value)
    return checked_text(name, value)


def texts_in(body: Mapping[str, object]) -> tuple[str, ...]:
    """Give the texts of a body, which a response may repeat."""
    found: list[str] = []
    waiting: list[object] = list(body.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, Mapping):
            waiting += cast("Mapping[str, object]", value).values()
        elif isinstance(value, list | tuple):
            waiting += cast("Sequence[object]", value)
    return tuple(found)


def rent_call(
    phonenumber: object, callback_url: object, trunk_group_sid: object, confirm: object, default_region: str | None
) -> Call[Did]:
    """Turn a wish to rent into its call.

    Raises:
        InvalidArgumentError: It was not confirmed, or an argument can't be one.
    """
    if confirm is not True:
        raise InvalidArgumentError("Renting a number costs money. Say that you mean it: rent(..., confirm=True).")
    body: dict[str, object] = {}
    if phonenumber is not None:
        body["phonenumber"] = checked_number("phonenumber", phonenumber, default_region)
    if callback_url is not None:
        body["callback_url"] = checked_url("callback_url", callback_url)
    if trunk_group_sid is not None:
        body["trunk_group_sid"] = checked_text("trunk_group_sid", trunk_group_sid)
    return Call(
        "POST",
        DIDS.path,
        Did,
        body=body,
        scopes=CREATE_SCOPES,
        receipt="did_sid",
        private=texts_in({name: value for name, value in body.items() if name == "callback_url"}),
        operation="dids.rent",
        path_template=DIDS.path,
    )


def release_call(did_sid: str, confirm: object) -> Call[None]:
    """Turn a wish to give a number back into its call.

    Raises:
        InvalidArgumentError: It was not confirmed, or the SID can't be one.
    """
    if confirm is not True:
        raise InvalidArgumentError(
            "Only CarrierX's support can recover a released number. Say that you mean it: release(..., confirm=True)."
        )
    # It can't be undone, so an outcome that is unknown is reported, and not tried again.
    return Call(
        "DELETE",
        f"{DIDS.path}/{quoted(did_sid)}",
        NoneType,
        repeatable=False,
        scopes=DELETE_SCOPES,
        operation="dids.release",
        path_template=DIDS.item_template,
    )


_MESSAGING = Capability.RECEIVE_SMS | Capability.SEND_SMS | Capability.RECEIVE_MMS | Capability.SEND_MMS


def register_call(
    phonenumber: object, capabilities: object, fields: Mapping[str, object], default_region: str | None
) -> Call[ExternalDid]:
    """Turn another provider's number into the call that registers it; None was not given.

    Raises:
        InvalidArgumentError: An argument can't be one.
    """
    bits = capabilities if isinstance(capabilities, int) and not isinstance(capabilities, bool) else 0
    if bits <= 0 or bits & ~_MESSAGING:
        raise InvalidArgumentError(
            "capabilities must be a combination of RECEIVE_SMS, SEND_SMS, RECEIVE_MMS and SEND_MMS, such as "
            "Capability.RECEIVE_SMS | Capability.SEND_SMS."
        )
    given = {name: checked_field(name, value) for name, value in fields.items() if value is not None}
    body = {
        "phonenumber": checked_number("phonenumber", phonenumber, default_region),
        "capabilities": int(bits),
        **given,
    }
    return Call(
        "POST",
        EXTERNAL_DIDS.path,
        ExternalDid,
        body=body,
        scopes=CREATE_SCOPES,
        receipt="external_did_sid",
        private=texts_in(given),
        operation="external_dids.register",
        path_template=EXTERNAL_DIDS.path,
    )


def delete_external_call(external_did_sid: str) -> Call[None]:
    """Turn a SID into the call that deletes its external number."""
    return Call(
        "DELETE",
        f"{EXTERNAL_DIDS.path}/{quoted(external_did_sid)}",
        NoneType,
        scopes=DELETE_SCOPES,
        operation="external_dids.delete",
        path_template=EXTERNAL_DIDS.item_template,
    )


def _enablement_path(numbers: NumberList, sid: str) -> str:
    return f"{numbers.path}/{quoted(sid)}/messaging"


def enablement_call(numbers: NumberList, sid: str) -> Call[MessagingEnablement]:
    """Turn a SID into the call that reads whether its number can text."""
    return Call(
        "GET",
        _enablement_path(numbers, sid),
        MessagingEnablement,
        scopes=READ_SCOPES,
        operation=f"{numbers.resource}.get_messaging",
        path_template=numbers.messaging_template,
    )


def enable_call(
    numbers: NumberList,
    sid: str,
    type: object,  # noqa: A002 - the API's name
    campaign_sid: object,
    p2p_nnid: object,
    force: object,
) -> Call[MessagingEnablement]:
    """Turn a wish to enable messaging into its call.

    Raises:
        InvalidArgumentError: An argument can't be one, or belongs to the other type.
    """
    kind = checked_choice("type", type, get_args(MessagingKind))
    body: dict[str, object] = {"enabled": True, "type": kind}
    for name, value, its_kind in (("campaign_sid", campaign_sid, "a2p"), ("p2p_nnid", p2p_nnid, "p2p")):
        if value is None:
            continue
        if kind != its_kind:
            raise InvalidArgumentError(f'{name} goes with type="{its_kind}" only.')
        body[name] = checked_text(name, value)
    query = [("force", "true")] if checked_switch("force", force) else []
    return _setting(numbers, sid, "enable_messaging", body, query)


def disable_call(numbers: NumberList, sid: str) -> Call[MessagingEnablement]:
    """Turn a wish to disable messaging into its call."""
    return _setting(numbers, sid, "disable_messaging", {"enabled": False}, [])


def _setting(
    numbers: NumberList, sid: str, operation: str, body: Mapping[str, object], query: list[tuple[str, str]]
) -> Call[MessagingEnablement]:
    return Call(
        "POST",
        _enablement_path(numbers, sid),
        MessagingEnablement,
        query=query,
        body=body,
        scopes=CREATE_SCOPES,
        receipt="did_sid",
        operation=f"{numbers.resource}.{operation}",
        path_template=numbers.messaging_template,
    )


EnablementPlan: TypeAlias = Generator[Call[MessagingEnablement] | Pause, MessagingEnablement, MessagingEnablement]

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 10.0


def becoming_enabled(call: Call[MessagingEnablement], within: float, clock: Clock) -> EnablementPlan:
    """Plan a wait: read, pause, read again, until messaging is enabled, has failed, or the time has passed.

    Raises:
        InvalidArgumentError: The time is none.
        EnablementFailedError: Enabling it has failed.
        WaitTimeoutError: It is not enabled yet.
    """
    check_seconds("within", within, InvalidArgumentError)
    end = clock.monotonic() + within
    pause = FIRST_PAUSE
    while True:
        found = yield call
        status = found.status
        if status == EnablementStatus.ENABLED:
            return found
        if status == EnablementStatus.FAILED:
            raise EnablementFailedError(
                "CarrierX could not enable messaging on the number: its status is failed. Ask CarrierX's support, or "
                "enable it again with another campaign or type.",
                did_sid=found.did_sid,
            )
        left = end - clock.monotonic()
        if left <= 0:
            raise WaitTimeoutError(
                f"After {within:g} s messaging is not enabled yet; read it again later. Its status is "
                f"{status or 'none'}.",
                did_sid=found.did_sid,
                status=status,
            )
        yield Pause(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)
