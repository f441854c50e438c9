"""Files in CarrierX's storage: upload media for an MMS; read, change and delete files."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.containers import first_container_call, first_sid
from carrierx.resources.files import delete_call, get_call, update_call, upload_call
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


class AsyncFiles(AsyncResource):
    """Upload, read, change and delete files: `client.files`, CarrierX's `/storage/files`."""

    async def upload(
        self,
        source: UploadSource,
        *,
        container_sid: str | None = None,
        name: str | None = None,
        content_type: str | None = None,
        on_progress: ProgressListener | None = None,
        **options: Unpack[CallOptions],
    ) -> File:
        """Store a file at CarrierX. To send it in an MMS, pass its `publish_uri` in `media_urls`.

        The file is read while it is sent, 64 kB at a time. Async clients read it in a thread. You can store a larger
        file than you can send: the limit for all media of an MMS is 3 MB.

        Like a send, an upload is repeated only if CarrierX provably didn't get it. Each attempt reads the source from
        its beginning, so a source that isn't seekable gets one attempt.

        Args:
            source: A path, bytes, or a file opened in binary mode. An open file is read from its current position,
                and left open at its end. A file of unknown size, such as a pipe, is sent in chunks.
            container_sid: The container to store it in. The default is the account's first container, which takes
                another request to find.
            name: Its name at CarrierX. The default is the file's own name, or `upload` with an extension.
            content_type: Its media type, such as `image/jpeg`. It only decides the extension of a name that has none;
                without it, the content decides. CarrierX doesn't get it.
            on_progress: A function to call with `UploadProgress(bytes_sent, total_bytes)` after each part.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`. The default
                total of 60 seconds applies to uploads too: give a large file more.

        Returns:
            The file as CarrierX stored it.

        Raises:
            InvalidArgumentError: It can't be uploaded, is empty, or the account has no container. Nothing was sent.
            OSError: The path can't be opened. Nothing was sent.
            ConfigurationError: The client can't send, in this process or at all. Nothing was sent.
            UnconfirmedSendError: The file might have been stored. Another upload would store a second file.
            APIError: CarrierX refused it with 400, 401, 403, 404, 409, 413, 415, 422 or 429. It was not stored.
            TransportError: The request provably didn't reach CarrierX, or the source couldn't be read to its end.
            ResponseError: The list of containers can't be read.

        Scopes: `storage.manage` or `storage.create`; without a container also `storage.read`.
        Source: CarrierX's page on uploading a file, in the form of an `application/octet-stream`.

        Example:
            >>> file = await client.files.upload(b"BEGIN:VCARD...END:VCARD", name="joe.vcf")
            >>> file.name, file.publish_uri is not None
            ('joe.vcf', True)
        """
        upload = Upload(source, name, content_type)
        try:
            await to_thread(upload.open)
            if container_sid is None:
                container_sid = first_sid(await self._execute(first_container_call(), options))
            return await self._execute(upload_call(upload, container_sid, on_progress), options)
        finally:
            upload.close()

    async def get(self, file_sid: str, **options: Unpack[CallOptions]) -> File:
        """Read the description of a file. The file itself is at its `publish_uri`.

        Args:
            file_sid: The file's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The file's description.

        Raises:
            NotFoundError: There is no such file.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `storage.manage` or `storage.read`.
        Source: CarrierX's page on getting a file by SID.

        Example:
            >>> file = await client.files.upload(b"%PDF-1.7 ...")
            >>> (await client.files.get(file.file_sid)).name
            'upload.pdf'
        """
        return await self._execute(get_call(file_sid), options)

    async def update(
        self,
        file_sid: str,
        *,
        name: str | NotGiven | None = NOT_GIVEN,
        lifecycle_ttl: int | NotGiven | None = NOT_GIVEN,
        extra_body: Mapping[str, JsonValue] | None = None,
        **options: Unpack[CallOptions],
    ) -> File:
        """Change fields of a file. None clears a field; a field that you leave out keeps its value.

        Repeating it changes nothing more, so it is retried after a failure, as a read is.

        Args:
            file_sid: The file's SID.
            name: Its name.
            lifecycle_ttl: The time it's kept; -1 for no limit. CarrierX doesn't document the unit, nor what happens
                afterwards, except for `lifecycle_action`.
            extra_body: More fields of a file, by their names.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The updated description.

        Raises:
            InvalidArgumentError: There is nothing to change, or a value is invalid. Nothing was sent.
            NotFoundError: There is no such file.
            APIError: CarrierX refused the request.
            TransportError: No response arrived; the change may have been made.
            ResponseError: The response can't be read.

        Scopes: `storage.manage` or `storage.update` (the second is assumed).
        Source: CarrierX's page on updating a file.

        Example:
            >>> file = await client.files.upload(b"%PDF-1.7 ...")
            >>> (await client.files.update(file.file_sid, lifecycle_ttl=-1)).lifecycle_ttl
            -1
        """
        fields = {"name": name, "lifecycle_ttl": lifecycle_ttl}
        return await self._execute(update_call(file_sid, fields, extra_body), options)

    async def delete(self, file_sid: str, **options: Unpack[CallOptions]) -> None:
        """Delete a file permanently. An MMS that is being delivered might still need it.

        Args:
            file_sid: The file's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            Nothing.

        Raises:
            NotFoundError: There is no such file. If `attempts` has more than one entry, the first attempt might have
                deleted it and lost the response.
            APIError: CarrierX refused the request.
            TransportError: No response arrived; the file may have been deleted.

        Scopes: `storage.manage` or `storage.delete`.
        Source: CarrierX's page on deleting a file.

        Example:
            >>> file = await client.files.upload(b"%PDF-1.7 ...")
            >>> await client.files.delete(file.file_sid)
        """
        await self._execute(delete_call(file_sid), options)
