"""Messaging on a number: whether it is enabled, and the status of enabling it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.types import OpenEnum

__all__ = ["EnablementStatus", "EnablementType", "MessagingEnablement", "MessagingKind"]

MessagingKind: TypeAlias = Literal["a2p", "p2p"]
"""Kinds of messaging that a number can be enabled for. Source: CarrierX's page on messaging enablement."""


class EnablementStatus(OpenEnum):
    """Status of enabling messaging on a number. Other values are possible."""

    __slots__ = ()

    IN_PROGRESS: ClassVar[EnablementStatus]
    """Requested. It takes seconds, sometimes minutes."""
    ENABLED: ClassVar[EnablementStatus]
    """The number can text."""
    DISABLED: ClassVar[EnablementStatus]
    """Not requested, or disabled again."""
    FAILED: ClassVar[EnablementStatus]
    """Enabling failed."""


EnablementStatus.IN_PROGRESS = EnablementStatus("in_progress")
EnablementStatus.ENABLED = EnablementStatus("enabled")
EnablementStatus.DISABLED = EnablementStatus("disabled")
EnablementStatus.FAILED = EnablementStatus("failed")


class EnablementType(OpenEnum):
    """Kind of traffic on a number."""

    __slots__ = ()

    A2P: ClassVar[EnablementType]
    """Application to person. All messages sent through an API are of this kind."""
    P2P: ClassVar[EnablementType]
    """Person to person. Only CarrierX support can enable it."""


EnablementType.A2P = EnablementType("a2p")
EnablementType.P2P = EnablementType("p2p")


class MessagingEnablement(ApiObject):
    """State of messaging on a number. Only `did_sid` is always present.

    CarrierX documents that SMS and MMS each have a status on external DIDs, but not the names of these fields. Find
    them in `unknown_fields`.

    Attributes:
        did_sid: The number's id, also for an external DID.
        enabled: Whether messaging was requested.
        status: The status of the request.
        type: The kind of traffic.
        campaign_sid: The 10DLC campaign, for `a2p`.
        campaign_external_id: The campaign's id at the Campaign Registry.
        p2p_nnid: The NetNumber id, for `p2p`.

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
