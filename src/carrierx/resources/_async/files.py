"""Files in CarrierX's storage: upload media for an MMS; list, download, change and delete files."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.containers import first_container_call, first_sid
from carrierx.resources.files import (
    MAX_DOWNLOAD_BYTES,
    delete_call,
    download_call,
    get_call,
    list_call,
    page_calls,
    update_call,
    upload_call,
    upload_fields,
)
from carrierx.resources.uploads import Upload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.file import File
    from carrierx.models.filters import Filter
    from carrierx.models.page import Page
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven
    from carrierx.resources.uploads import ProgressListener, UploadSource

__all__ = ["AsyncFiles"]


class AsyncFiles(AsyncResource):
    """Upload, list, download, change and delete files: `client.files`, CarrierX's `/storage/files`."""

    async def upload(
        self,
        source: UploadSource,
        *,
        container_sid: str | None = None,
        name: str | None = None,
        content_type: str | None = None,
        type: str | None = None,  # noqa: A002 - the API's name
        file_access_name: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
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
            type: Its `type`, which CarrierX doesn't document; `file` in all known cases.
            file_access_name: Its path within the container. CarrierX's default: its SID.
            extra_body: More fields of a file, by their names.
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
        Source: CarrierX's page on uploading a file, as `application/octet-stream`. With `type`, `file_access_name` or
            `extra_body` it is sent as `multipart/form-data`, the page's other form, which can hold them.

        Example:
            >>> file = await client.files.upload(b"BEGIN:VCARD...END:VCARD", name="joe.vcf")
            >>> file.name, file.publish_uri is not None
            ('joe.vcf', True)
        """
        upload = Upload(source, name, content_type)
        more = upload_fields({"type": type, "file_access_name": file_access_name}, extra_body)
        try:
            await to_thread(upload.open)
            if container_sid is None:
                container_sid = first_sid(await self._execute(first_container_call(), options))
            return await self._execute(upload_call(upload, container_sid, more, on_progress), options)
        finally:
            upload.close()

    async def get(self, file_sid: str, **options: Unpack[CallOptions]) -> File:
        """Read the description of a file. Its bytes are at its `publish_uri`; `download` reads them, too.

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

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[File]:
        """Read one page of your files.

        Args:
            filter: The files to return: `where("container_sid").eq("cb05c1f4")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `name`, `name desc`.
            limit: The most items on the page, 1 to 1000.
            offset: The number of items to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `storage.manage` or `storage.read` (assumed: they are those of reading one file).
        Source: assumed from the lists of CarrierX's other objects: its documentation names the method, and
            what is known of it ends there.

        Example:
            >>> file = await client.files.upload(b"%PDF-1.7 ...", name="price list.pdf")
            >>> page = await client.files.list(filter=where("name").eq("price list.pdf"), limit=1)
            >>> page[0].file_sid == file.file_sid
            True
        """
        return await self._execute(list_call(filter, order, limit, offset), options)

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[File]:
        """Iterate over your files. Each page is fetched when it is needed.

        Args:
            filter: The files to return: `where("container_sid").eq("cb05c1f4")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `name`, `name desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the files.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `storage.manage` or `storage.read` (assumed: they are those of reading one file).
        Source: assumed from the lists of CarrierX's other objects: its documentation names the method, and
            what is known of it ends there.

        Example:
            >>> file = await client.files.upload(b"%PDF-1.7 ...")
            >>> file.file_sid in [found.file_sid async for found in client.files.iterate(page_size=50)]
            True
        """
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    async def download(
        self, file_sid: str, *, max_bytes: int = MAX_DOWNLOAD_BYTES, **options: Unpack[CallOptions]
    ) -> bytes:
        """Read the bytes of a file, published or not. They are held in memory.

        There is no streamed form. To write a large file to disk, fetch its `publish_uri` with an HTTP client.

        Args:
            file_sid: The file's SID.
            max_bytes: The most bytes to read; a larger file is an error. The default is 100 MB.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`. The default
                total of 60 seconds applies to downloads too: give a large file more.

        Returns:
            The bytes.

        Raises:
            InvalidArgumentError: `max_bytes` is out of range. Nothing was sent.
            NotFoundError: There is no such file.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The file is larger than `max_bytes`, or arrived incomplete.

        Scopes: `storage.manage` or `storage.read` (assumed: they are those of reading about the file).
        Source: assumed from applications that read `/data` below a file: CarrierX's documentation names the method,
            and what is known of it ends there.

        Example:
            >>> file = await client.files.upload(b"%PDF-1.7 ...")
            >>> await client.files.download(file.file_sid)
            b'%PDF-1.7 ...'
        """
        return await self._execute(download_call(file_sid, max_bytes), options)

    async def update(
        self,
        file_sid: str,
        *,
        name: str | NotGiven | None = NOT_GIVEN,
        lifecycle_ttl: int | NotGiven | None = NOT_GIVEN,
        type: str | NotGiven | None = NOT_GIVEN,  # noqa: A002 - the API's name
        file_access_name: str | NotGiven | None = NOT_GIVEN,
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
            type: Its `type`, which CarrierX doesn't document; `file` in all known cases.
            file_access_name: Its path within the container.
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
        Source: CarrierX's page on updating a file. It's assumed that `type` can be changed.

        Example:
            >>> file = await client.files.upload(b"%PDF-1.7 ...")
            >>> (await client.files.update(file.file_sid, lifecycle_ttl=-1)).lifecycle_ttl
            -1
        """
        fields = {
            "name": name,
            "lifecycle_ttl": lifecycle_ttl,
            "type": type,
            "file_access_name": file_access_name,
        }
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
