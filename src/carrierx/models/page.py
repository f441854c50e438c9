"""One page of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Generic, TypeVar, cast, overload

from pydantic import Field

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.tables import item_model_of, to_dicts, to_pandas
from carrierx.notebook_html import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas

__all__ = ["Page", "Pagination"]

ItemT = TypeVar("ItemT")


class Pagination(ApiObject):
    """Absolute URLs of the next and previous page. CarrierX sometimes leaves them out although there are more pages.

    Attributes:
        next: The following page.
        previous: The page before.
    """

    # Hidden in a repr, because the URLs repeat the filter, which may hold phone numbers.
    next: Annotated[str | None, Shown.PRESENCE] = None
    previous: Annotated[str | None, Shown.PRESENCE] = None


class Page(ApiObject, Generic[ItemT]):
    """One page of a list, in CarrierX's order. You can iterate over it, index it, and take its length.

    An item that can't be read makes the page unreadable. Other fields can be missing: CarrierX leaves `total` null on
    some lists, and `pagination` empty although `has_more` is true.

    Attributes:
        items: The items on the page.
        count: The number of items on the page, as counted by CarrierX.
        has_more: Whether more items follow after this page.
        limit: The number of items that were asked for.
        offset: The number of items that were skipped.
        pagination: Links to the next and previous page.
        total: The number of items on all pages.

    Example:
        >>> page = Page[int].model_validate({"items": [3, 5], "has_more": False})
        >>> len(page), list(page), page[-1]
        (2, [3, 5], 5)
    """

    items: Annotated[tuple[ItemT, ...], Shown.COUNT]
    count: int | None = None
    has_more: bool | None = None
    limit: int | None = None
    offset: int | None = None
    pagination: Pagination = Field(default_factory=Pagination)
    total: int | None = None

    def to_dicts(self, *, masked: bool = False) -> list[dict[str, object]]:
        """Turn the items into rows with the same keys: see `carrierx.models.tables.to_dicts`.

        Args:
            masked: Mask phone numbers, texts and your own data, as `repr` does.
        """
        return to_dicts(cast("Iterable[ApiObject]", self.items), item_model_of(type(self)), masked=masked)

    def to_pandas(self, *, masked: bool = False) -> pandas.DataFrame:
        """Turn the items into a DataFrame, also if there are none: see `carrierx.models.tables.to_pandas`.

        Needs the extra `pandas`. A notebook that shows the frame is saved with complete phone numbers and texts, unless
        they are masked.

        Args:
            masked: Mask phone numbers, texts and your own data, as `repr` does.
        """
        return to_pandas(cast("Iterable[ApiObject]", self.items), item_model_of(type(self)), masked=masked)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the items as a table, as their `repr` shows them."""
        rows = [
            {name or "": value for name, value in item.__repr_args__()}
            if isinstance(item, ApiObject)
            else {"item": item}
            for item in self.items
        ]
        count = len(rows) if self.total is None else f"{len(rows)} of {self.total}"
        note = "More items follow on the next page." if self.has_more else ""
        return table(f"{type(self).__name__}: {count} items", rows, note)

    # Type checkers expect pydantic's iterator, over names and values.
    def __iter__(self) -> Iterator[ItemT]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Iterate over the items. A pydantic model would iterate over its fields."""
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> ItemT: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[ItemT, ...]: ...
    def __getitem__(self, index: int | slice) -> ItemT | tuple[ItemT, ...]:
        return self.items[index]

    def unreadable_paths(self) -> Sequence[str]:
        """Return the paths of fields that could not be read, such as `total` or `items[3].price`."""
        places = [*super().unreadable_paths()]
        for position, item in enumerate(self.items):
            if isinstance(item, ApiObject):
                places += [f"items[{position}].{name}" for name in item.unreadable_paths()]
        return places

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        """Pickle by the generic class and its argument, because pickle can't find `Page[Message]` by name."""
        made_of = type(self).__pydantic_generic_metadata__
        return _restore, (made_of["origin"] or type(self), made_of["args"], self.__getstate__())


def _restore(
    page_class: type[Page[object]], arguments: tuple[type[object], ...], state: dict[str, object]
) -> Page[object]:
    if arguments:
        page_class = cast("type[Page[object]]", page_class.__class_getitem__(arguments))
    page = page_class.__new__(page_class)
    page.__setstate__(state)
    return page
