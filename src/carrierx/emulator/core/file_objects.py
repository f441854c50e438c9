"""Files as objects of the API.

Source: the page about uploading and its sample; CarrierX's blast API for the value `file_access_name` of `publish`,
which makes a public link with that name instead of the SID. Assumptions: only these two values make a public link,
which also works with any extension after the SID; if two files have the same name, the link leads to the older one; the
content is not examined, so `content_classification` is always `unknown`; files are never transcoded and don't expire
after their `lifecycle_ttl`; a file stays in its container.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from carrierx.emulator.core.account import Account
from carrierx.emulator.http.types import JSONObject, Request
from carrierx.emulator.http.uploads import UNKNOWN_TYPE
from carrierx.emulator.rules.patching import Setting, flag, integer, integer_or_null, one_of, text, text_or_null
from carrierx.emulator.store.listing import host_of

PUBLIC_PATH: Final = "/f"
"""The path of published files, as at `https://storage.carrierx.com/f`."""

_BITRATES: Final = (8, 16, 24, 32, 40, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)


def _bitrate(value: object) -> str | None:
    if integer_or_null(value) is None and value in (None, *_BITRATES):
        return None
    return f"must be null or one of: {', '.join(map(str, _BITRATES))}"


def _usable_access_name(value: object) -> str | None:
    """Check for a name that a link can have. Clients resolve dots, and remove or refuse control characters."""
    wrong = text_or_null(value)
    if wrong is not None or not isinstance(value, str):
        return wrong
    if value in {".", ".."} or any(unicodedata.category(character) == "Cc" for character in value):
        return "can't be . or .., or have control characters: no link could lead to the file"
    return None


FILE_SETTINGS: Final = {
    "desired_bitrate": Setting(_bitrate),
    "desired_format": Setting(text_or_null),
    "file_access_name": Setting(_usable_access_name),
    "integer_key_1": Setting(integer_or_null),
    "integer_key_2": Setting(integer_or_null),
    "lifecycle_action": Setting(text, "no_action"),
    "lifecycle_ttl": Setting(integer, -1),
    "name": Setting(text),
    "parent_file_sid": Setting(text_or_null),
    "publish": Setting(one_of("file_access_name", "file_sid", "none"), "file_sid"),
    "string_key_1": Setting(text_or_null),
    "string_key_2": Setting(text_or_null),
    "string_key_3": Setting(text_or_null),
    "string_key_4": Setting(text_or_null),
    "threshold_include": Setting(flag, default=True),
    "type": Setting(text, "file"),
    "unique": Setting(flag, default=False),
}
"""The settings of a file. Without a `file_access_name`, it has its SID with its extension."""


@dataclass(frozen=True)
class Quota:
    """The room in a container.

    Attributes:
        files: The most files.
        size: The most bytes.
    """

    files: int
    size: int


# Only Python's own tables, since those of the system differ between machines.
_TYPES: Final = mimetypes.MimeTypes(filenames=())
_TYPE_SHAPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")
_EXTENSION: Final = re.compile(r"\.([A-Za-z0-9]{1,10})$")


def file_type(declared: str | None, name: str) -> str:
    """Return the content type of a file: the declared one if it is specific, or else the one of its name."""
    essence = (declared or "").partition(";")[0].strip().lower()
    if _TYPE_SHAPE.fullmatch(essence) and essence != UNKNOWN_TYPE:
        return essence
    return _TYPES.guess_type(f"file.{_extension(name)}")[0] or UNKNOWN_TYPE


def new_file(file_sid: str, container: JSONObject, name: str, mime_type: str, size: int, moment: str) -> JSONObject:
    """Return a file as it is stored, without `partner_sid` and `publish_uri`."""
    extension = _extension(name) or (_TYPES.guess_extension(mime_type) or "").removeprefix(".")
    return {
        **{setting: rule.default for setting, rule in FILE_SETTINGS.items()},
        "container_sid": container["container_sid"],
        "content_classification": "unknown",
        "content_duration": None,
        "content_format": extension or None,
        "content_transcoding_progress": None,
        "date_last_accessed": moment,
        "date_modified": moment,
        "file_access_name": _access_name(file_sid, extension or None),
        "file_bytes": size,
        "file_sid": file_sid,
        "lifecycle_action": container["default_file_lifecycle_action"],
        "lifecycle_ttl": container["default_file_lifecycle_ttl"],
        "mime_type": mime_type,
        "name": name,
        "publish": container["default_file_publish"],
        "threshold_include": container["default_file_threshold_include"],
        "unique": container["default_file_unique"],
    }


def is_published(account: Account, file: JSONObject) -> bool:
    """Return whether a file is public."""
    container = account.containers.find(str(file["container_sid"]))
    return file["publish"] != "none" and container is not None and container["allow_publish"] is True


def published_file(account: Account, url: str) -> JSONObject | None:
    """Return the public file that a URL leads to, if it is in this emulator's storage. The host can be any."""
    try:
        path = urlsplit(url).path
    except ValueError:  # an invalid URL, which a received message may have
        return None
    if not path.startswith(f"{PUBLIC_PATH}/"):
        return None
    sid = published_sid(account, unquote(path.removeprefix(f"{PUBLIC_PATH}/")))
    return None if sid is None else account.files.find(sid)


def published_sid(account: Account, name: str) -> str | None:
    """Return the SID of the public file with this name in its link; None if there is none."""
    for sid in (name, name.partition(".")[0]):
        file = account.files.find(sid)
        if file is not None and is_published(account, file):
            return sid
    for file in account.files.with_access_name(name):
        if file["publish"] == "file_access_name" and is_published(account, file):
            return str(file["file_sid"])
    return None


def with_names(file: JSONObject, name: str) -> JSONObject:
    """Return a file in which missing names are filled in.

    Args:
        file: The file.
        name: The name to use if it has none.
    """
    content_format = file["content_format"]
    access_name = _access_name(str(file["file_sid"]), None if content_format is None else str(content_format))
    return {
        **file,
        "file_access_name": file["file_access_name"] or access_name,
        "name": file["name"] or name,
    }


def quota_of(account: Account, container: JSONObject) -> Quota:
    """Return the room in a container: its own quotas, or else those of the settings."""
    files, size = container["quota_files"], container["quota_bytes"]
    config = account.config
    return Quota(
        config.quota_files if files is None else int(str(files)), config.quota_bytes if size is None else int(str(size))
    )


def file_view(account: Account, request: Request, file: JSONObject) -> JSONObject:
    """Return a file as the API shows it. Its public link has the host of the request."""
    link = f"{host_of(request)}{PUBLIC_PATH}/{_public_name(account, file)}" if is_published(account, file) else None
    return {**file, "partner_sid": account.config.partner_sid, "publish_uri": link}


def _public_name(account: Account, file: JSONObject) -> str:
    """Return the name of a public file in its link: its SID if another file has its access name, too."""
    sid, name = str(file["file_sid"]), str(file["file_access_name"])
    uses_name = file["publish"] == "file_access_name" and published_sid(account, name) == sid
    return quote(name if uses_name else sid, safe="")


def _access_name(file_sid: str, extension: str | None) -> str:
    return file_sid if extension is None else f"{file_sid}.{extension}"


def _extension(name: str) -> str:
    found = _EXTENSION.search(name)
    return "" if found is None else found.group(1).lower()
