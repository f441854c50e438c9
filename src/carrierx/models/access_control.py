"""Access control lists, which let messages and calls through or stop them."""

from __future__ import annotations

from typing import ClassVar

from carrierx.models.api_object import ApiObject
from carrierx.models.types import Direction, OpenEnum

__all__ = ["AccessControlList", "AclAction", "EffectiveAcls"]


class AclAction(OpenEnum):
    """Action of an access control list. Other values are possible: those for calls include further ones."""

    __slots__ = ()

    ACCEPT: ClassVar[AclAction]
    """Let the message or call through."""
    REJECT: ClassVar[AclAction]
    """Stop it."""


AclAction.ACCEPT = AclAction("accept")
AclAction.REJECT = AclAction("reject")


class AccessControlList(ApiObject):
    """An access control list: rules, and what happens if they apply. Any of its fields can be missing.

    Attributes:
        access_control_rules: The SIDs of its rules. A rule looks at the number or the text, for example.
        direction: The messages and calls that it is about.
        sms_action_true: What happens to a message to which a rule applies. None means that the list doesn't decide.
        sms_action_false: What happens to a message to which no rule applies.
        voice_action_true: What happens to a call to which a rule applies.
        voice_action_false: What happens to a call to which no rule applies.

    Example:
        >>> acl = AccessControlList.model_validate({"direction": "outbound", "sms_action_true": "reject"})
        >>> acl.sms_action_true == AclAction.REJECT
        True
    """

    access_control_rules: tuple[str, ...] = ()
    direction: Direction | None = None
    sms_action_true: AclAction | None = None
    sms_action_false: AclAction | None = None
    voice_action_true: AclAction | None = None
    voice_action_false: AclAction | None = None


class EffectiveAcls(ApiObject):
    """The access control lists of one layer. Any of its fields can be missing.

    Attributes:
        layer: The number of the layer. The lists of the topmost object come first.
        effective_acls: The lists.

    Example:
        >>> effective = EffectiveAcls.model_validate({"layer": 1, "effective_acls": [{"direction": "outbound"}]})
        >>> effective.effective_acls[0].direction
        Direction('outbound')
    """

    layer: int | None = None
    effective_acls: tuple[AccessControlList, ...] = ()
