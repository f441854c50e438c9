"""Containers of CarrierX's storage: find them, make them, change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.containers import create_call, get_call, list_call, page_calls, update_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.container import Container
    from carrierx.models.filters import Filter
    from carrierx.models.page import Page
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven

__all__ = ["AsyncContainers"]


class AsyncContainers(AsyncResource):
    """CarrierX's `/storage/containers`: `client.containers`."""

    async def get(self, container_sid: str, **options: Unpack[CallOptions]) -> Container:
        """Read one container, to see how full it is, say.

        Args:
            container_sid: The container's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The container.

        Raises:
            NotFoundError: There is no such container.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

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
        """Read one page of containers. An account has two at most, unless CarrierX's support gave it more.

        Args:
            filter: Which ones: `where("string_key_1").eq("media")`, or CarrierX's grammar as a text.
            order: By what: `name`, `name desc`.
            limit: How many, 1 to 1000.
            offset: How many to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

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
        """Go through containers page by page; each page is fetched when it is needed.

        Args:
            filter: Which ones: `where("string_key_1").eq("media")`, or CarrierX's grammar as a text.
            order: By what: `name`, `name desc`.
            page_size: How many to fetch at once, 1 to 1000.
            max_items: How many at most; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the containers.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read, or leads to another host.

        Scopes: `storage.manage` or `storage.read`.
        Source: CarrierX's page on getting containers.

        Example:
            >>> sum(1 async for container in client.containers.iterate(max_items=1))
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
        string_key_1: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
        **options: Unpack[CallOptions],
    ) -> Container:
        """Make a container. It is not made twice: like a send, this is repeated only if it was proven not carried out.

        Args:
            name: Its name.
            allow_publish: Whether its files can have public links, which media of an MMS need. CarrierX's default: yes.
            default_file_publish: What new files' public links are made of. CarrierX's default: `file_sid`.
            default_file_lifecycle_ttl: The time of new files; -1, CarrierX's default, for no end. Its unit is not
                documented.
            string_key_1: A text of your own to find it by.
            extra_body: Further fields of a container, by their names.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The new container.

        Raises:
            InvalidArgumentError: Arguments don't go together. Nothing was made.
            UnconfirmedSendError: It may have been made: list the containers before you try again.
            APIError: CarrierX refused it; the account may have as many as it can.
            TransportError: It was proven not to have reached CarrierX.

        Scopes: `storage.manage` or `storage.create`.
        Source: CarrierX's page on creating a container: no field is required.

        Example:
            >>> (await client.containers.create(name="Media", string_key_1="media")).string_key_1
            'media'
        """
        fields = {
            "name": name,
            "allow_publish": allow_publish,
            "default_file_publish": default_file_publish,
            "default_file_lifecycle_ttl": default_file_lifecycle_ttl,
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
        string_key_1: str | NotGiven | None = NOT_GIVEN,
        extra_body: Mapping[str, JsonValue] | None = None,
        **options: Unpack[CallOptions],
    ) -> Container:
        """Change fields of a container; None clears one, and what is left out stays as it is.

        Doing it twice is the same as once, so after a failure it is tried again like a read.

        Args:
            container_sid: The container's SID.
            name: Its name.
            allow_publish: Whether its files can have public links.
            default_file_publish: What new files' public links are made of.
            default_file_lifecycle_ttl: The time of new files; -1 for no end. Its unit is not documented.
            string_key_1: A text of your own to find it by.
            extra_body: Further fields of a container, by their names.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The container as it is now.

        Raises:
            InvalidArgumentError: There is nothing to change, or a field is given twice.
            NotFoundError: There is no such container.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `storage.manage` or `storage.update` (the second is assumed).
        Source: CarrierX's page on updating a container.

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
            "string_key_1": string_key_1,
        }
        return await self._execute(update_call(container_sid, fields, extra_body), options)
