"""A container of CarrierX's storage: what files lie in."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, Field, JsonValue, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown

__all__ = ["Container"]


class Container(ApiObject):
    """Where files are stored: CarrierX's "Container object". Only `container_sid` is sure to be there.

    Attributes:
        container_sid: The container's id.
        partner_sid: The account that it belongs to.
        parent_container_sid: Its parent's SID. Not documented.
        name: Its name.
        type: `internal`, or another for a storage of your own.
        allow_publish: Whether its files can have public links; they can unless said otherwise.
        publish_domain: Where the public links of its files begin.
        allowed_classifications: Files of other classifications are refused; empty for no such rule.
        blocked_classifications: Files of these classifications are refused.
        quota_bytes: How many bytes it may hold; 1 GB as a rule.
        quota_files: How many files it may hold.
        total_bytes: How many bytes it holds.
        total_files: How many files it holds.
        available_bytes_percent: How much of `quota_bytes` is free, in percent.
        available_files_percent: How much of `quota_files` is free, in percent.
        default_file_lifecycle_action: What a new file's `lifecycle_action` will be.
        default_file_lifecycle_ttl: What a new file's `lifecycle_ttl` will be.
        default_file_publish: What a new file's `publish` will be; `file_sid` as a rule: it gets a public link.
        default_file_threshold_include: What a new file's `threshold_include` will be.
        default_file_unique: What a new file's `unique` will be.
        durability_class: How the data are kept.
        encrypted: Whether they are encrypted.
        external_attributes: How a storage of your own is reached.
        unique: Not documented.
        threshold_action: Not documented, nor are the other thresholds.
        threshold_available_bytes_percent: See `threshold_action`.
        threshold_available_files_percent: See `threshold_action`.
        threshold_bytes: See `threshold_action`.
        threshold_bytes_target: See `threshold_action`.
        threshold_files: See `threshold_action`.
        threshold_files_target: See `threshold_action`.
        threshold_grace_period: See `threshold_action`.
        threshold_total_bytes: See `threshold_action`.
        threshold_total_files: See `threshold_action`.
        integer_key_1: A whole number of your own.
        integer_key_2: A whole number of your own.
        string_key_1: A text of your own.
        string_key_2: A text of your own.
        string_key_3: A text of your own.
        string_key_4: A text of your own.

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
    # An older client of CarrierX's calls it `quota_count`.
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
    # May hold the keys of a storage elsewhere.
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
