"""Whether a number can send and receive messages, and how far its enabling has come."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.types import OpenEnum

__all__ = ["EnablementStatus", "EnablementType", "MessagingEnablement", "MessagingKind"]

MessagingKind: TypeAlias = Literal["a2p", "p2p"]
"""What messaging can be enabled as. Source: CarrierX's page on messaging enablement."""


class EnablementStatus(OpenEnum):
    """How far the enabling of a number has come. Other values are possible."""

    __slots__ = ()

    IN_PROGRESS: ClassVar[EnablementStatus]
    """Asked for; it takes seconds, at times minutes."""
    ENABLED: ClassVar[EnablementStatus]
    """The number can text."""
    DISABLED: ClassVar[EnablementStatus]
    """Not asked for, or taken back."""
    FAILED: ClassVar[EnablementStatus]
    """It did not work."""


EnablementStatus.IN_PROGRESS = EnablementStatus("in_progress")
EnablementStatus.ENABLED = EnablementStatus("enabled")
EnablementStatus.DISABLED = EnablementStatus("disabled")
EnablementStatus.FAILED = EnablementStatus("failed")


class EnablementType(OpenEnum):
    """What a number's messages count as."""

    __slots__ = ()

    A2P: ClassVar[EnablementType]
    """From an application to a person: what all messages over an API are."""
    P2P: ClassVar[EnablementType]
    """From a person to a person: by CarrierX support only."""


EnablementType.A2P = EnablementType("a2p")
EnablementType.P2P = EnablementType("p2p")


class MessagingEnablement(ApiObject):
    """Whether a number can text. Only `did_sid` is sure to be there.

    CarrierX says that for external DIDs SMS and MMS have a status each, but not what the fields are called: they are
    in `unknown_fields`.

    Attributes:
        did_sid: The number's id, of an external DID too.
        enabled: Whether messaging is asked for.
        status: How far that has come.
        type: What the messages count as.
        campaign_sid: The 10DLC campaign; for `a2p`.
        campaign_external_id: The campaign's id at the Campaign Registry.
        p2p_nnid: The NetNumber id; for `p2p`.

    Example:
        >>> MessagingEnablement.model_validate({"did_sid": "f3125c23", "enabled": True, "status": "in_progress"})
        MessagingEnablement(did_sid='f3125c23', enabled=True, status=EnablementStatus('in_progress'))
    """

    did_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    enabled: bool | None = None
    status: EnablementStatus | None = None
    type: EnablementType | None = None
    campaign_sid: str | None = None
    campaign_external_id: str | None = None
    p2p_nnid: str | None = None
