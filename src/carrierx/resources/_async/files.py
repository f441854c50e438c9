"""Files in CarrierX's storage: upload media for an MMS, read, change and delete them."""

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
    """CarrierX's `/storage/files`, async: `client.files`."""

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
        """Store a file at CarrierX, to send it in an MMS: its `publish_uri` goes into `media_urls`.

        The file is read while it is sent, 64 kB at a time, whatever its size; async clients read it in a thread. All
        media of an MMS may have 3 MB together, so a larger file can be stored and not sent.

        Like a send, an upload is repeated only if it was proven that CarrierX did not get it; each time the source is
        read from its beginning. A source that can't be wound back is read once and never again.

        Args:
            source: A path, bytes, or a file opened in binary mode. An open file is read from where it stands, and
                neither closed nor wound back at the end. Of one that has no known size, such as a pipe, the body is
                sent in chunks.
            container_sid: The container to store it in. Without one it is the account's first, which takes a request
                more to find.
            name: Its name at CarrierX. Without one it is the file's own, or `upload`, with an ending by its content.
            content_type: Its media type, such as `image/jpeg`, where the content does not tell. It decides the ending
                of a name that has none: CarrierX itself is told nothing but the bytes.
            on_progress: A function that is told `UploadProgress(bytes_sent, total_bytes)` after each part.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`. The total of 60
                seconds holds for uploads too: give a large file more.

        Returns:
            The file as CarrierX stored it.

        Raises:
            InvalidArgumentError: It can't be uploaded, is empty, or the account has no container. Nothing was sent.
            OSError: The path can't be opened. Nothing was sent.
            ConfigurationError: The client can't send, here or at all. Nothing was sent.
            UnconfirmedSendError: It may have been stored. A second upload would be a second file.
            APIError: CarrierX refused it: 400, 401, 403, 404, 409, 413, 415, 422, 429. It was not stored.
            TransportError: It was proven not to have reached CarrierX, or the source could not be read to its end.
            ResponseError: The list of containers can't be read.

        Scopes: `storage.manage` or `storage.create`; without a container `storage.manage` or `storage.read` besides.
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
        """Read what CarrierX knows of a file; not the file itself, which is at its `publish_uri`.

        Args:
            file_sid: The file's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The file's description.

        Raises:
            NotFoundError: There is no such file.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

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
        """Change fields of a file; None clears one, and what is left out stays as it is.

        Doing it twice is the same as once, so after a failure it is tried again like a read.

        Args:
            file_sid: The file's SID.
            name: Its name.
            lifecycle_ttl: How long it is kept; -1 for no end. CarrierX does not document the unit, nor what happens
                then but for `lifecycle_action`.
            extra_body: Further fields of a file, by their names.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The file as it is described now.

        Raises:
            InvalidArgumentError: There is nothing to change, or a value can't be one. Nothing was sent.
            NotFoundError: There is no such file.
            APIError: CarrierX refused the request.
            TransportError: No answer came; the change may have been made.
            ResponseError: The answer can't be read.

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
        """Delete a file for good. An MMS on its way may still need it.

        Args:
            file_sid: The file's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            Nothing.

        Raises:
            NotFoundError: There is no such file, or no longer: if `attempts` has more than one, the first may have
                deleted it and lost its answer.
            APIError: CarrierX refused the request.
            TransportError: No answer came; it may have been deleted.

        Scopes: `storage.manage` or `storage.delete`.
        Source: CarrierX's page on deleting a file.

        Example:
            >>> file = await client.files.upload(b"%PDF-1.7 ...")
            >>> await client.files.delete(file.file_sid)
        """
        await self._execute(delete_call(file_sid), options)
