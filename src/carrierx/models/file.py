"""A file in CarrierX's storage."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.types import UTCDateTime

__all__ = ["File"]


class File(ApiObject):
    """A stored file: CarrierX's "File object". Only `file_sid` is always present.

    Use `publish_uri` among the `media_urls` of an MMS. Don't build such a URL from the SID yourself.

    Attributes:
        file_sid: The file's id.
        container_sid: The container that it is in.
        partner_sid: The account that it belongs to.
        parent_file_sid: Its parent's SID. Not documented.
        name: Its name.
        file_access_name: Its path within the container. Usually the SID with a file extension.
        file_bytes: Its size in bytes.
        type: `file` in all known cases.
        mime_type: Its media type, as detected by CarrierX.
        content_classification: `archive`, `document`, `executable`, `media` or `unknown`.
        content_format: Its format, such as `mp3`.
        content_duration: Its playing time. The unit is not documented.
        content_transcoding_progress: The progress of its conversion into another format.
        desired_format: The format to convert an audio or video file to; None for no conversion.
        desired_bitrate: The bit rate for an mp3, from 8 to 320.
        lifecycle_action: What happens when its lifetime ends, usually `no_action`.
        lifecycle_ttl: Its lifetime; -1 for no end. The unit is not documented.
        publish: The part of its public link that names it, usually `file_sid`.
        publish_uri: Its public link. Anyone who has the link can fetch the file. None if it is not published.
        threshold_include: Whether the container's thresholds count it.
        unique: Not documented.
        integer_key_1: A number of your own.
        integer_key_2: A number of your own.
        string_key_1: A string of your own.
        string_key_2: A string of your own.
        string_key_3: A string of your own.
        string_key_4: A string of your own.
        date_modified: When it last changed.
        date_last_accessed: When it was last fetched through the API.

    Example:
        >>> File.model_validate_json('{"file_sid": "f6070be2", "publish_uri": "https://storage.carrierx.com/f/f6070be2"}')
        File(file_sid='f6070be2', publish_uri=<set>)
    """

    file_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    container_sid: str | None = None
    partner_sid: str | None = None
    parent_file_sid: str | None = None
    # Names are chosen by people and may hold phone numbers.
    name: Annotated[str | None, Shown.LENGTH] = None
    file_access_name: Annotated[str | None, Shown.LENGTH] = None
    file_bytes: int | None = None
    type: str | None = None
    mime_type: str | None = None
    content_classification: str | None = None
    content_format: str | None = None
    content_duration: int | float | None = None
    content_transcoding_progress: int | None = None
    desired_format: str | None = None
    desired_bitrate: int | None = None
    lifecycle_action: str | None = None
    lifecycle_ttl: int | None = None
    publish: str | None = None
    publish_uri: Annotated[str | None, Shown.PRESENCE] = None
    threshold_include: bool | None = None
    unique: bool | None = None
    integer_key_1: Annotated[int | None, Shown.PRESENCE] = None
    integer_key_2: Annotated[int | None, Shown.PRESENCE] = None
    string_key_1: Annotated[str | None, Shown.PRESENCE] = None
    string_key_2: Annotated[str | None, Shown.PRESENCE] = None
    string_key_3: Annotated[str | None, Shown.PRESENCE] = None
    string_key_4: Annotated[str | None, Shown.PRESENCE] = None
    date_modified: UTCDateTime | None = None
    date_last_accessed: UTCDateTime | None = None
