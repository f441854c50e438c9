"""Containers in CarrierX's storage: find, create and change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.containers import create_call, get_call, list_call, page_calls, update_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.container import Container
    from carrierx.models.filters import Filter
    from carrierx.models.page import Page
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven

__all__ = ["AsyncContainers"]


class AsyncContainers(AsyncResource):
    """Find, create and change containers: `client.containers`, CarrierX's `/storage/containers`."""

    async def get(self, container_sid: str, **options: Unpack[CallOptions]) -> Container:
        """Read one container.

        Args:
            container_sid: The container's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The container.

        Raises:
            NotFoundError: There is no such container.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `storage.manage` or `storage.read`.
        Source: CarrierX's page on getting a container by SID.

        Example:
            >>> container = (await client.containers.list(limit=1))[0]
            >>> (await client.containers.get(container.container_sid)).container_sid == container.container_sid
            True
        """
        return await self._execute(get_call(container_sid), options)

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[Container]:
        """Read one page of containers. An account has at most two, unless CarrierX's support raised the limit.

        Args:
            filter: The containers to return: `where("string_key_1").eq("media")`, or a filter in CarrierX's own syntax.
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

        Scopes: `storage.manage` or `storage.read`.
        Source: CarrierX's page on getting containers.

        Example:
            >>> len(await client.containers.list(limit=1))
            1
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
    ) -> AsyncIterator[Container]:
        """Iterate over containers. Each page is fetched when it is needed.

        Args:
            filter: The containers to return: `where("string_key_1").eq("media")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `name`, `name desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the containers.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `storage.manage` or `storage.read`.
        Source: CarrierX's page on getting containers.

        Example:
            >>> len([container async for container in client.containers.iterate(max_items=1)])
            1
        """
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    async def create(
        self,
        *,
        name: str | None = None,
        allow_publish: bool | None = None,
        default_file_publish: str | None = None,
        default_file_lifecycle_ttl: int | None = None,
        allowed_classifications: Iterable[str] | None = None,
        quota_files: int | None = None,
        quota_bytes: int | None = None,
        string_key_1: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
        **options: Unpack[CallOptions],
    ) -> Container:
        """Create a container, once. Like a send, the request is repeated only if it provably had no effect.

        Args:
            name: Its name.
            allow_publish: True for public links to its files, which media of an MMS need. CarrierX's default: True.
            default_file_publish: The field that public links of new files are built from; by default `file_sid`.
            default_file_lifecycle_ttl: The time to keep new files; -1, CarrierX's default, for no limit. CarrierX
                doesn't document the unit.
            allowed_classifications: The only classifications of files that it accepts: `archive`, `document`,
                `executable`, `media`, `unknown`. None or an empty list: all.
            quota_files: The most files it can hold.
            quota_bytes: The most bytes it can hold.
            string_key_1: A text of your own, to find it by.
            extra_body: More fields of a container, by their names.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The new container.

        Raises:
            InvalidArgumentError: Arguments conflict. Nothing was sent.
            UnconfirmedSendError: The container might exist now: list the containers before you try again.
            APIError: CarrierX refused the request. The account might have reached its limit.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `storage.manage` or `storage.create`.
        Source: CarrierX's page on creating a container: no field is required. It's assumed that quotas can be set, as
            three public clients do.

        Example:
            >>> (await client.containers.create(name="Media", string_key_1="media")).string_key_1
            'media'
        """
        fields = {
            "name": name,
            "allow_publish": allow_publish,
            "default_file_publish": default_file_publish,
            "default_file_lifecycle_ttl": default_file_lifecycle_ttl,
            "allowed_classifications": allowed_classifications,
            "quota_files": quota_files,
            "quota_bytes": quota_bytes,
            "string_key_1": string_key_1,
        }
        return await self._execute(create_call(fields, extra_body), options)

    async def update(
        self,
        container_sid: str,
        *,
        name: str | NotGiven | None = NOT_GIVEN,
        allow_publish: bool | NotGiven | None = NOT_GIVEN,
        default_file_publish: str | NotGiven | None = NOT_GIVEN,
        default_file_lifecycle_ttl: int | NotGiven | None = NOT_GIVEN,
        allowed_classifications: Iterable[str] | NotGiven | None = NOT_GIVEN,
        quota_files: int | NotGiven | None = NOT_GIVEN,
        quota_bytes: int | NotGiven | None = NOT_GIVEN,
        string_key_1: str | NotGiven | None = NOT_GIVEN,
        extra_body: Mapping[str, JsonValue] | None = None,
        **options: Unpack[CallOptions],
    ) -> Container:
        """Change fields of a container. None clears a field; a field that you leave out keeps its value.

        Repeating it changes nothing more, so it is retried after a failure, as a read is.

        Args:
            container_sid: The container's SID.
            name: Its name.
            allow_publish: True for public links to its files.
            default_file_publish: The field that new files' public links are built from.
            default_file_lifecycle_ttl: The time new files are kept; -1 for no limit. The unit isn't documented.
            allowed_classifications: The only classifications of files that it accepts: `archive`, `document`,
                `executable`, `media`, `unknown`. None or an empty list: all.
            quota_files: The most files it can hold.
            quota_bytes: The most bytes it can hold.
            string_key_1: A text of your own, to find it by.
            extra_body: More fields of a container, by their names.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The updated container.

        Raises:
            InvalidArgumentError: There is nothing to change, or a field is given twice.
            NotFoundError: There is no such container.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `storage.manage` or `storage.update` (the second is assumed).
        Source: CarrierX's page on updating a container. It's assumed that quotas can be set, as three public clients
            do.

        Example:
            >>> container = (await client.containers.list(limit=1))[0]
            >>> (await client.containers.update(container.container_sid, name="Media")).name
            'Media'
        """
        fields = {
            "name": name,
            "allow_publish": allow_publish,
            "default_file_publish": default_file_publish,
            "default_file_lifecycle_ttl": default_file_lifecycle_ttl,
            "allowed_classifications": allowed_classifications,
            "quota_files": quota_files,
            "quota_bytes": quota_bytes,
            "string_key_1": string_key_1,
        }
        return await self._execute(update_call(container_sid, fields, extra_body), options)
