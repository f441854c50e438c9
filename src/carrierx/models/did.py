"""Phone numbers: DIDs rented from CarrierX, and numbers of other providers that send and receive through CarrierX."""

from __future__ import annotations

from enum import IntFlag
from typing import Annotated, ClassVar

from pydantic import JsonValue, PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.types import Number, OpenEnum, Price

__all__ = ["Capability", "Did", "DidStatus", "ExternalDid", "OwnNumber"]


class Capability(IntFlag):
    """Capabilities of a number, as flags. Unknown bits are kept.

    Source: CarrierX's page on the DID object.

    Example:
        >>> Capability(7)
        <Capability.RECEIVE_SMS|SEND_SMS|VOICE: 7>
        >>> Capability.SEND_MMS in Capability(7), int(Capability(64 | 2))
        (False, 66)
    """

    RECEIVE_SMS = 1
    SEND_SMS = 2
    VOICE = 4
    RECEIVE_MMS = 8
    SEND_MMS = 16


def _read_capabilities(value: object) -> Capability:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32:
        return Capability(value)
    raise ValueError("capabilities must be an integer of at most 32 bits")


_Capabilities = Annotated[
    Capability,
    PlainValidator(_read_capabilities),
    PlainSerializer(int, return_type=int, when_used="json-unless-none"),
    WithJsonSchema({"type": "integer"}),
]


class DidStatus(OpenEnum):
    """Status of a number: rented, released or free. Other values are possible."""

    __slots__ = ()

    ASSIGNED: ClassVar[DidStatus]
    """Rented by an account."""
    AVAILABLE: ClassVar[DidStatus]
    """Free to rent."""
    AGING: ClassVar[DidStatus]
    """Released, and not yet free to rent again."""


DidStatus.ASSIGNED = DidStatus("assigned")
DidStatus.AVAILABLE = DidStatus("available")
DidStatus.AGING = DidStatus("aging")


class OwnNumber(ApiObject):
    """Fields that DIDs and external DIDs have in common. Any of them can be missing.

    Attributes:
        phonenumber: The number in E.164. CarrierX usually writes it without the `+`.
        capabilities: What the number supports.
        active_capabilities: What is active on it. Texting also needs messaging enabled on the number.
        callback_url: The URL that CarrierX posts this number's messages to. It overrides its group's and the account's.
        name: Your name for it.
        status: Rented, released or free.
        campaign_sid: Its 10DLC campaign.
        classification_sid: Its class, which decides its price.
        country_code: ISO 3166-1 alpha-3.
        state: The state, for US numbers.
        locality: The town.
        in_country_format: The number in national format.
        international_format: The number in international format.
        lata: Local access and transport area.
        lrn_sid: The location routing number's SID.
        ocn: The operating company's number.
        partner_sid: The account that it belongs to.
        string_key_1: A string of your own.
        string_key_2: Another string of your own.
        attributes: Your own data.
    """

    phonenumber: Annotated[Number | None, Shown.LAST_FOUR] = None
    capabilities: _Capabilities | None = None
    active_capabilities: _Capabilities | None = None
    # Only its secret URL protects a callback. Names and keys may hold anything.
    callback_url: Annotated[str | None, Shown.PRESENCE] = None
    name: Annotated[str | None, Shown.LENGTH] = None
    status: DidStatus | None = None
    campaign_sid: str | None = None
    classification_sid: str | None = None
    country_code: str | None = None
    state: str | None = None
    locality: str | None = None
    in_country_format: Annotated[str | None, Shown.LAST_FOUR] = None
    international_format: Annotated[str | None, Shown.LAST_FOUR] = None
    lata: str | None = None
    lrn_sid: str | None = None
    ocn: str | None = None
    partner_sid: str | None = None
    string_key_1: Annotated[str | None, Shown.PRESENCE] = None
    string_key_2: Annotated[str | None, Shown.PRESENCE] = None
    attributes: Annotated[dict[str, JsonValue] | None, Shown.PRESENCE] = None

    def can(self, capability: Capability) -> bool:
        """Tell whether a capability is active on the number.

        Args:
            capability: The capability. Of several flags, all must match.
        """
        return self.active_capabilities is not None and capability in self.active_capabilities

    def could(self, capability: Capability) -> bool:
        """Tell whether the number supports a capability, active or not.

        Args:
            capability: The capability. Of several flags, all must match.
        """
        return self.capabilities is not None and capability in self.capabilities


class Did(OwnNumber):
    """A phone number that is rented from CarrierX or free to rent. Only `did_sid` is always present.

    Attributes:
        did_sid: The number's id.
        did_group_sid: Its group.
        trunk_group_sid: The trunk group for its calls.
        porting_pin: The secret for moving the number to another provider. Never shown.
        price: In USD. CarrierX does not document for what period.
        transformations: Raw values, documented elsewhere by CarrierX.

    Example:
        >>> did = Did.model_validate_json('{"did_sid": "e8df62d5", "phonenumber": "15162065574", "capabilities": 7}')
        >>> did
        Did(phonenumber='***5574', capabilities=<Capability.RECEIVE_SMS|SEND_SMS|VOICE: 7>, did_sid='e8df62d5')
        >>> did.could(Capability.SEND_SMS), did.can(Capability.SEND_SMS)
        (True, False)
    """

    did_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    did_group_sid: str | None = None
    trunk_group_sid: str | None = None
    porting_pin: Annotated[str | None, Shown.PRESENCE] = None
    price: Price | None = None
    transformations: Annotated[tuple[JsonValue, ...], Shown.COUNT] = ()


class ExternalDid(OwnNumber):
    """A phone number of another provider. CarrierX handles its messages, but not its calls.

    Only `external_did_sid` is always present.

    Attributes:
        external_did_sid: The number's id.
        underlying_carrier_sid: The provider's SID.
        provider_sid: Another SID of the provider. Not documented.
        ocn_block: The block of the operating company's numbers that it belongs to.
        id: A numeric id. Not documented.

    Example:
        >>> number = ExternalDid.model_validate({"external_did_sid": "e8df62d5", "active_capabilities": 3})
        >>> number.can(Capability.SEND_SMS), number.can(Capability.SEND_MMS)
        (True, False)
    """

    external_did_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    underlying_carrier_sid: str | None = None
    provider_sid: str | None = None
    ocn_block: str | None = None
    id: int | None = None
