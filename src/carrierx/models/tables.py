"""What CarrierX sent, and what became of sends, as rows: plain dicts, or a DataFrame of pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Protocol,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    runtime_checkable,
)

from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.models.api_object import ApiObject

if TYPE_CHECKING:
    import pandas

__all__ = ["Rowable", "Tabular", "columns_of", "item_model_of", "row_of", "to_dicts", "to_pandas"]

_TIME = "datetime64[us, UTC]"
# In this order: a bool is an int, a flag of bits is one too.
_DTYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "Int64"),
    (float, "Float64"),
    (datetime, _TIME),
    (str, "string"),
)


@runtime_checkable
class Tabular(Protocol):
    """What makes a row of a table and is no object of CarrierX's: `SendResult`, `EstimatedMessage`."""

    def to_row(self) -> dict[str, object]:
        """Give the values by column."""
        ...

    @classmethod
    def row_dtypes(cls) -> Mapping[str, str]:
        """Give the columns, with their dtypes in pandas."""
        ...


Rowable: TypeAlias = ApiObject | Tabular
"""What can become a row of a table."""


def to_dicts(items: Iterable[Rowable], model: type[Rowable] | None = None) -> list[dict[str, object]]:
    """Turn objects or results into rows that all have the same keys.

    The keys are CarrierX's names (`from`, not `from_`): those of the model, then whatever else came. Numbers and SIDs
    are strings, times aware in UTC, prices `Decimal`; lists are lists, and what did not come is None. Numbers and texts
    are whole, not masked. A `SendResult` has columns of its own before those of its message; see its `to_row`.

    Args:
        items: The objects: a page, a list, an iterator such as `messages.iterate()`, a batch of `send_many`, the
            `items` of an `Estimate`.
        model: Their class, if more columns are wanted than those of what came.

    Raises:
        InvalidArgumentError: One of them is something else.

    Example:
        >>> from carrierx.models.rate import Rate
        >>> to_dicts([Rate.model_validate_json('{"network": "T-Mobile", "mnc": 4, "price": "0.0850"}')])[0]["price"]
        Decimal('0.0850')
    """
    return _rows(items, model)[0]


def to_pandas(items: Iterable[Rowable], model: type[Rowable] | None = None) -> pandas.DataFrame:
    """Turn objects or results into a DataFrame, with the columns of `to_dicts`. Needs the extra `pandas`.

    SIDs, numbers and other texts are of dtype `string`, whole numbers `Int64`, times `datetime64[us, UTC]`. Prices
    stay `Decimal` in a column of objects, so that sums are exact: `frame["price"].astype(float)` where that does not
    matter. Lists are objects, too.

    Args:
        items: What `to_dicts` takes.
        model: Their class, which gives the columns if there are no objects.

    Raises:
        InvalidArgumentError: One of them is something else.
        ConfigurationError: The extra is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise ConfigurationError('to_pandas needs the extra: pip install "carrierx[pandas]".') from error
    rows, models = _rows(items, model)
    dtypes: dict[str, str] = {}
    for found in reversed(models):
        dtypes.update(columns_of(found))
    names = list(rows[0]) if rows else [name for found in models for name in columns_of(found)]
    columns: dict[str, pandas.Series[Any]] = {}
    for name in names:
        values = [row[name] for row in rows]
        try:
            columns[name] = pandas.Series(cast("list[Any]", values), dtype=cast("Any", dtypes.get(name, "object")))
        except (OverflowError, TypeError, ValueError):
            # A value beyond what the column can hold, such as a whole number of more than 64 bits.
            columns[name] = pandas.Series(cast("list[Any]", values), dtype="object")
    return pandas.DataFrame(columns)


def item_model_of(page_class: type[ApiObject]) -> type[ApiObject] | None:
    """Give the class of a page's items, or None if it is not known or is none of CarrierX's."""
    (item, *_) = get_args(page_class.model_fields["items"].annotation)
    return item if isinstance(item, type) and issubclass(item, ApiObject) else None


def _rows(items: Iterable[Rowable], model: type[Rowable] | None) -> tuple[list[dict[str, object]], list[type[Rowable]]]:
    """Give the rows, and the classes that their keys come from."""
    given: object = items
    if model is None and isinstance(given, ApiObject) and "items" in type(given).model_fields:
        model = item_model_of(type(given))
    models: dict[type[Rowable], None] = {} if model is None else {model: None}
    rows: list[dict[str, object]] = []
    for item in cast("Iterable[object]", items):
        if not isinstance(item, ApiObject | Tabular):
            raise InvalidArgumentError(
                f"A row is made of an object of CarrierX's, or of a result, not of {type(item).__name__}."
            )
        models.setdefault(type(item))
        rows.append(row_of(item) if isinstance(item, ApiObject) else item.to_row())
    names = dict.fromkeys([name for found in models for name in columns_of(found)])
    names |= dict.fromkeys([name for row in rows for name in row])
    return [{name: row.get(name) for name in names} for row in rows], list(models)


def row_of(item: ApiObject) -> dict[str, object]:
    """Give the row of one object.

    Args:
        item: The object.
    """
    values: Mapping[str, object] = item.__dict__
    row = {alias: _plain(values[name]) for name, alias in _aliases(type(item)).items()}
    return row | dict(item.unknown_fields)


def _plain(value: object) -> object:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, ApiObject):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(each) for each in cast("Sequence[object]", value)]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


@cache
def _aliases(model: type[ApiObject]) -> dict[str, str]:
    return {name: field.serialization_alias or name for name, field in model.model_fields.items()}


@cache
def columns_of(model: type[Rowable]) -> Mapping[str, str]:
    """Give the columns of a class with their dtypes.

    Args:
        model: The class.
    """
    if not issubclass(model, ApiObject):
        return model.row_dtypes()
    return {alias: _dtype(model.model_fields[name].annotation) for name, alias in _aliases(model).items()}


def _dtype(annotation: object) -> str:
    kinds = set(_kinds(annotation))
    for kind, dtype in _DTYPES:
        if kinds and all(issubclass(each, kind) for each in kinds):
            return dtype
    return "object"


def _kinds(annotation: object) -> Iterator[type]:
    """Give the types of the values that a field holds, without None."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _kinds(each)
    elif origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin is Literal:
        yield from (type(each) for each in get_args(annotation))
    elif annotation is not type(None):
        yield annotation if isinstance(annotation, type) else object
