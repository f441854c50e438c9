"""The async twin of `containers`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.containers import Containers
from carrierx.resources.containers_calls import create_call, get_call, list_call, page_calls, update_call
from carrierx.resources.context import AsyncResource, twin_of

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


@twin_of(Containers)
class AsyncContainers(AsyncResource):
    """CarrierX's `/storage/containers`: `client.containers`."""

    async def get(self, container_sid: str, **options: Unpack[CallOptions]) -> Container:  # noqa: D102 - of the twin
        return await self._execute(get_call(container_sid), options)

    async def list(  # noqa: D102
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[Container]:
        return await self._execute(list_call(filter, order, limit, offset), options)

    def iterate(  # noqa: D102
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Container]:
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    async def create(  # noqa: D102
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
        fields = {
            "name": name,
            "allow_publish": allow_publish,
            "default_file_publish": default_file_publish,
            "default_file_lifecycle_ttl": default_file_lifecycle_ttl,
            "string_key_1": string_key_1,
        }
        return await self._execute(create_call(fields, extra_body), options)

    async def update(  # noqa: D102
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
        fields = {
            "name": name,
            "allow_publish": allow_publish,
            "default_file_publish": default_file_publish,
            "default_file_lifecycle_ttl": default_file_lifecycle_ttl,
            "string_key_1": string_key_1,
        }
        return await self._execute(update_call(container_sid, fields, extra_body), options)
