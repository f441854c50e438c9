"""The async twin of `files`: the same methods, the same docstrings."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.containers_calls import first_container_call, first_sid
from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.files import Files
from carrierx.resources.files_calls import delete_call, get_call, update_call, upload_call
from carrierx.resources.uploads import Upload

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.file import File
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven
    from carrierx.resources.uploads import ProgressListener, UploadSource

__all__ = ["AsyncFiles"]


@twin_of(Files)
class AsyncFiles(AsyncResource):
    """CarrierX's `/storage/files`, async: `client.files`."""

    async def upload(  # noqa: D102 - shared with the twin
        self,
        source: UploadSource,
        *,
        container_sid: str | None = None,
        name: str | None = None,
        content_type: str | None = None,
        on_progress: ProgressListener | None = None,
        **options: Unpack[CallOptions],
    ) -> File:
        upload = Upload(source, name, content_type)
        try:
            await to_thread(upload.open)
            if container_sid is None:
                container_sid = first_sid(await self._execute(first_container_call(), options))
            return await self._execute(upload_call(upload, container_sid, on_progress), options)
        finally:
            upload.close()

    async def get(self, file_sid: str, **options: Unpack[CallOptions]) -> File:  # noqa: D102
        return await self._execute(get_call(file_sid), options)

    async def update(  # noqa: D102
        self,
        file_sid: str,
        *,
        name: str | NotGiven | None = NOT_GIVEN,
        lifecycle_ttl: int | NotGiven | None = NOT_GIVEN,
        extra_body: Mapping[str, JsonValue] | None = None,
        **options: Unpack[CallOptions],
    ) -> File:
        fields = {"name": name, "lifecycle_ttl": lifecycle_ttl}
        return await self._execute(update_call(file_sid, fields, extra_body), options)

    async def delete(self, file_sid: str, **options: Unpack[CallOptions]) -> None:  # noqa: D102
        await self._execute(delete_call(file_sid), options)
