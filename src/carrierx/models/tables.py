"""Objects of CarrierX and results of sends as tables: a list of dicts or a pandas DataFrame."""

from __future__ import annotations

import re
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
from carrierx.extras import needs_packages
from carrierx.models.api_object import ApiObject
from carrierx.models.masking import masked_value
from carrierx.models.numbers import ExactNumber

if TYPE_CHECKING:
    import pandas

__all__ = ["Rowable", "Tabular", "columns_of", "item_model_of", "row_of", "to_dicts", "to_pandas"]

_OLDEST_PANDAS = (2, 2)
_TIME = "datetime64[us, UTC]"
# The order matters: a bool is an int, and so is a flag.
_DTYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "Int64"),
    (float, "Float64"),
    (datetime, _TIME),
    (str, "string"),
)


@runtime_checkable
class Tabular(Protocol):
    """An object that is not from CarrierX and can become a row: `SendResult`, `EstimatedMessage`."""

    def to_row(self, *, masked: bool = False) -> dict[str, object]:
        """Return the values by column, masked or complete."""
        ...

    @classmethod
    def row_dtypes(cls) -> Mapping[str, str]:
        """Return the columns with their pandas dtypes."""
        ...


Rowable: TypeAlias = ApiObject | Tabular
"""Anything that can become a row of a table."""


def to_dicts(
    items: Iterable[Rowable], model: type[Rowable] | None = None, *, masked: bool = False
) -> list[dict[str, object]]:
    """Convert objects or results to rows that all have the same keys.

    The keys are CarrierX's names (`from`, not `from_`): first those of the model, then any other fields that CarrierX
    sent. Phone numbers and SIDs are strings, times are aware and in UTC, prices are `Decimal`, lists are lists, and
    missing values are None. Phone numbers and texts are complete unless you mask them. A `SendResult` has its own
    columns before those of its message; see its `to_row`.

    Args:
        items: The objects: a page, a list, an iterator such as `messages.iterate()`, a batch of `send_many`, the
            `items` of an `Estimate`.
        model: Their class, to get its columns even if no object has them.
        masked: Mask phone numbers, texts and your own data, as `repr` does: `***5574`, `<15 characters>`, `<set>`.

    Raises:
        InvalidArgumentError: An item is of another type.

    Example:
        >>> from carrierx.models.rate import Rate
        >>> to_dicts([Rate.model_validate_json('{"network": "T-Mobile", "mnc": 4, "price": "0.0850"}')])[0]["price"]
        Decimal('0.0850')
    """
    return _rows(items, model, masked=masked)[0]


def to_pandas(
    items: Iterable[Rowable], model: type[Rowable] | None = None, *, masked: bool = False
) -> pandas.DataFrame:
    """Convert objects or results to a DataFrame with the columns of `to_dicts`. Needs the extra `pandas`.

    SIDs, phone numbers and other texts have the dtype `string`, integers `Int64`, times `datetime64[us, UTC]`. Prices
    stay `Decimal` in an object column, so that sums are exact. Use `frame["price"].astype(float)` if you don't need
    that. Lists are in object columns, too.

    A frame has complete phone numbers and texts, and a notebook that shows it is saved with them. Mask them for a
    notebook that others can read.

    Args:
        items: As for `to_dicts`.
        model: Their class, which provides the columns if there are no objects.
        masked: Mask phone numbers, texts and your own data, as for `to_dicts`.

    Raises:
        InvalidArgumentError: An item is of another type.
        ConfigurationError: The extra is not installed, or pandas is too old.
    """
    try:
        import pandas
    except ImportError as error:
        raise ConfigurationError(needs_packages("to_pandas", "pandas")) from error
    _check_version(pandas.__version__)
    rows, models = _rows(items, model, masked=masked)
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
            # The column can't hold a value, such as an integer of more than 64 bits.
            columns[name] = pandas.Series(cast("list[Any]", values), dtype="object")
    return pandas.DataFrame(columns)


def _check_version(version: str) -> None:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers < _OLDEST_PANDAS:
        oldest = ".".join(map(str, _OLDEST_PANDAS))
        raise ConfigurationError(
            f'pandas {version} is too old for to_pandas. Install a newer one with: pip install "pandas>={oldest}"'
        )


def item_model_of(page_class: type[ApiObject]) -> type[ApiObject] | None:
    """Return the class of a page's items, or None if it is unknown or not an `ApiObject`."""
    (item, *_) = get_args(page_class.model_fields["items"].annotation)
    return item if isinstance(item, type) and issubclass(item, ApiObject) else None


def _rows(
    items: Iterable[Rowable], model: type[Rowable] | None, *, masked: bool
) -> tuple[list[dict[str, object]], list[type[Rowable]]]:
    """Return the rows, and the classes that their keys come from."""
    given: object = items
    if model is None and isinstance(given, ApiObject) and "items" in type(given).model_fields:
        model = item_model_of(type(given))
    models: dict[type[Rowable], None] = {} if model is None else {model: None}
    rows: list[dict[str, object]] = []
    for item in cast("Iterable[object]", items):
        if not isinstance(item, ApiObject | Tabular):
            raise InvalidArgumentError(f"A row must be an object of CarrierX or a result, not {type(item).__name__}.")
        models.setdefault(type(item))
        if isinstance(item, ApiObject):
            rows.append(row_of(item, masked=masked))
        else:
            rows.append(item.to_row(masked=True) if masked else item.to_row())
    names = dict.fromkeys([name for found in models for name in columns_of(found)])
    names |= dict.fromkeys([name for row in rows for name in row])
    return [{name: row.get(name) for name in names} for row in rows], list(models)


def row_of(item: ApiObject, *, masked: bool = False) -> dict[str, object]:
    """Return the row of one object.

    Args:
        item: The object.
        masked: Mask what a `repr` masks. Of fields that this version doesn't know, it shows only that they are set.
    """
    values: Mapping[str, object] = item.__dict__
    names = _aliases(type(item)).items()
    if not masked:
        return {alias: _plain(values[name]) for name, alias in names} | dict(item.unknown_fields)
    fields = type(item).model_fields
    row = {alias: _plain(masked_value(values[name], fields[name]), masked=True) for name, alias in names}
    return row | {name: None if value is None else "<set>" for name, value in item.unknown_fields.items()}


def _plain(value: object, *, masked: bool = False) -> object:
    if isinstance(value, ExactNumber):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, ApiObject):
        return row_of(value, masked=True) if masked else value.to_dict()
    if isinstance(value, tuple):
        return [_plain(each, masked=masked) for each in cast("Sequence[object]", value)]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


@cache
def _aliases(model: type[ApiObject]) -> dict[str, str]:
    return {name: field.serialization_alias or name for name, field in model.model_fields.items()}


@cache
def columns_of(model: type[Rowable]) -> Mapping[str, str]:
    """Return the columns of a class with their dtypes.

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
    """Yield the types of the values of a field, without None."""
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
