"""A container in CarrierX's storage, which holds files."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, Field, JsonValue, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown

__all__ = ["Container"]


class Container(ApiObject):
    """A container for files: CarrierX's "Container object". Only `container_sid` is always present.

    Attributes:
        container_sid: The container's id.
        partner_sid: The account that it belongs to.
        parent_container_sid: Its parent's SID. Not documented.
        name: Its name.
        type: `internal`, or another type for your own storage.
        allow_publish: Whether its files can have public links. By default they can.
        publish_domain: The domain of its files' public links.
        allowed_classifications: The only classifications of files that it accepts. Empty: it accepts all.
        blocked_classifications: Classifications of files that it refuses.
        quota_bytes: The most bytes it can hold, usually 1 GB.
        quota_files: The most files it can hold.
        total_bytes: The number of bytes in it.
        total_files: The number of files in it.
        available_bytes_percent: The free part of `quota_bytes`, in percent.
        available_files_percent: The free part of `quota_files`, in percent.
        default_file_lifecycle_action: The `lifecycle_action` of a new file.
        default_file_lifecycle_ttl: The `lifecycle_ttl` of a new file.
        default_file_publish: The `publish` of a new file. Usually `file_sid`, which gives it a public link.
        default_file_threshold_include: The `threshold_include` of a new file.
        default_file_unique: The `unique` of a new file.
        durability_class: The class of storage.
        encrypted: Whether the data is encrypted.
        external_attributes: The connection to your own storage.
        unique: Not documented.
        threshold_action: Not documented. Neither are the other thresholds.
        threshold_available_bytes_percent: See `threshold_action`.
        threshold_available_files_percent: See `threshold_action`.
        threshold_bytes: See `threshold_action`.
        threshold_bytes_target: See `threshold_action`.
        threshold_files: See `threshold_action`.
        threshold_files_target: See `threshold_action`.
        threshold_grace_period: See `threshold_action`.
        threshold_total_bytes: See `threshold_action`.
        threshold_total_files: See `threshold_action`.
        integer_key_1: A number of your own.
        integer_key_2: A number of your own.
        string_key_1: A string of your own.
        string_key_2: A string of your own.
        string_key_3: A string of your own.
        string_key_4: A string of your own.

    Example:
        >>> Container.model_validate_json('{"container_sid": "a291fe99", "quota_files": 100, "total_files": 3}')
        Container(container_sid='a291fe99', quota_files=100, total_files=3)
    """

    container_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    partner_sid: str | None = None
    parent_container_sid: str | None = None
    name: Annotated[str | None, Shown.LENGTH] = None
    type: str | None = None
    allow_publish: bool | None = None
    publish_domain: str | None = None
    allowed_classifications: tuple[str, ...] = ()
    blocked_classifications: tuple[str, ...] = ()
    quota_bytes: int | None = None
    # An older client from CarrierX calls it `quota_count`.
    quota_files: int | None = Field(
        default=None, validation_alias=AliasChoices("quota_files", "quota_count"), serialization_alias="quota_files"
    )
    total_bytes: int | None = None
    total_files: int | None = None
    available_bytes_percent: int | float | None = None
    available_files_percent: int | float | None = None
    default_file_lifecycle_action: str | None = None
    default_file_lifecycle_ttl: int | None = None
    default_file_publish: str | None = None
    default_file_threshold_include: bool | None = None
    default_file_unique: bool | None = None
    durability_class: str | None = None
    encrypted: bool | None = None
    # May hold the keys to another storage.
    external_attributes: Annotated[JsonValue, Shown.PRESENCE] = None
    unique: bool | None = None
    threshold_action: str | None = None
    threshold_available_bytes_percent: int | float | None = None
    threshold_available_files_percent: int | float | None = None
    threshold_bytes: int | None = None
    threshold_bytes_target: int | None = None
    threshold_files: int | None = None
    threshold_files_target: int | None = None
    threshold_grace_period: int | None = None
    threshold_total_bytes: int | None = None
    threshold_total_files: int | None = None
    integer_key_1: Annotated[int | None, Shown.PRESENCE] = None
    integer_key_2: Annotated[int | None, Shown.PRESENCE] = None
    string_key_1: Annotated[str | None, Shown.PRESENCE] = None
    string_key_2: Annotated[str | None, Shown.PRESENCE] = None
    string_key_3: Annotated[str | None, Shown.PRESENCE] = None
    string_key_4: Annotated[str | None, Shown.PRESENCE] = None
