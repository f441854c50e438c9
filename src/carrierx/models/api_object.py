"""The base of all objects of the API, and the parsing of responses, tolerant of what is unknown or malformed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from pydantic import (
    AliasChoices,
    ConfigDict,
    JsonValue,
    PydanticUserError,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import from_json

from carrierx.errors import InvalidArgumentError
from carrierx.models.redacted_model import RedactedModel, error_without_input

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import GetJsonSchemaHandler, ModelWrapValidatorHandler, SerializerFunctionWrapHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

__all__ = [
    "ApiObject",
    "UnreadableError",
    "check_response_type",
    "parse_body",
    "parse_object",
    "parse_truncated_object",
]


class ApiObject(RedactedModel):
    """Base of all objects that CarrierX sends.

    Reading an object fails only if a required field is missing or can't be read. Any other field that can't be read
    gets its default (None, or an empty tuple). Its raw value is kept in `unreadable_fields` and written back. Fields
    that this version does not know are kept in `unknown_fields`.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    @property
    def unreadable_fields(self) -> Mapping[str, JsonValue]:
        """Raw values that could not be read, by the name of the field in JSON. Usually empty."""
        # null is never unreadable: for a list, it means an empty one.
        return {name: value for name, value in self._kept(readable=False) if value is not None}

    @property
    def unknown_fields(self) -> Mapping[str, JsonValue]:
        """Fields that this version does not know, as CarrierX sent them."""
        return dict(self._kept(readable=True))

    def to_dict(self) -> dict[str, JsonValue]:
        """Convert the object to plain JSON values, with only the fields that CarrierX sent, under their current names.

        Legacy names are read but not written: `from_did` becomes `from`.
        """
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def to_json(self) -> str:
        """Convert the object to JSON, as `to_dict` does. What CarrierX sent under current names stays equal."""
        return self.model_dump_json(by_alias=True, exclude_unset=True)

    def unreadable_paths(self) -> Sequence[str]:
        """Return the paths of fields that could not be read, such as `price`, or `items[3].price` in a page."""
        return tuple(self.unreadable_fields) if self.__pydantic_extra__ else ()

    def _kept(self, *, readable: bool) -> list[tuple[str, JsonValue]]:
        extra: dict[str, JsonValue] = self.__pydantic_extra__ or {}
        if not extra:
            return []
        known = {field.serialization_alias or name for name, field in type(self).model_fields.items()}
        return [(name, value) for name, value in extra.items() if (name not in known) is readable]

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return cls._read_tolerantly(cls._prepared(data), handler)

    @classmethod
    def _prepared(cls, data: object) -> object:
        """Return the data as it is to be read. A subclass can rename fields."""
        return data

    @classmethod
    def _read_tolerantly(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as caught:
            error = caught
        places = [detail["loc"] for detail in error.errors(include_url=False, include_context=False)]
        unreadable = {place[0] for place in places if place}
        wire_names = _optional_names(cls)
        if not isinstance(data, Mapping) or not unreadable or not unreadable <= wire_names.keys():
            raise error_without_input(error)
        given = cast("Mapping[str | int, JsonValue]", data)
        # Read again, because the same field may also be there under its other name, readable or not.
        read = cls._read_tolerantly({name: given[name] for name in given if name not in unreadable}, handler)
        # Raw values are kept among the extra fields, so that pydantic writes, copies and pickles them.
        extra: dict[str, JsonValue] = read.__pydantic_extra__ or {}
        extra.update({wire_names[name]: given[name] for name in unreadable})
        object.__setattr__(read, "__pydantic_extra__", extra)
        return read

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        # In a dict, a raw value replaces the field's default. Otherwise both would be written.
        written: dict[str, object] = handler(self)
        return written

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the fields, also for serialization, where pydantic would describe what `_write` returns."""
        inner = schema.get("schema")
        if isinstance(inner, dict):
            described = cast("dict[str, object]", inner)
            fields_only = {name: value for name, value in described.items() if name != "serialization"}
            schema = cast("CoreSchema", {**schema, "schema": fields_only})
        return handler(schema)


@cache
def _optional_names(model: type[ApiObject]) -> dict[str | int, str]:
    """Map the names that optional fields are read by to the names that they are written by."""
    optional: dict[str | int, str] = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [name]
        if not field.is_required():
            names = (choice for choice in choices if isinstance(choice, str))
            optional.update(dict.fromkeys(names, field.serialization_alias or name))
    return optional


T = TypeVar("T")


class UnreadableError(Exception):
    """A body does not have the expected type. The text names fields, never values."""


_FIELD_LIKE = re.compile(r"(?!.*\d{5})[A-Za-z_][\w.-]{0,39}")
_readers: dict[object, Callable[[bytes], Any]] = {}


def check_response_type(response_type: object) -> None:
    """Refuse a type that can't be parsed before the request is sent. Otherwise CarrierX would still carry out the call.

    Raises:
        InvalidArgumentError: pydantic can't read it.
    """
    try:
        if response_type in _readers:
            return
        # pydantic would look up the name of a type in the wrong module.
        readable = not isinstance(response_type, str)
        if readable:
            _readers[response_type] = _reader_for(response_type)
    except (PydanticUserError, TypeError):
        readable = False
    if not readable:
        raise InvalidArgumentError(
            "The response type of a call must be a type that pydantic can read, such as Message, dict[str, object], "
            "bytes or None, and not the name of a type as a string."
        )


def parse_body(response_type: type[T], body: bytes) -> T:
    """Parse a complete body: `bytes` returns it unchanged, `None` ignores it, any other type is read from JSON.

    Raises:
        UnreadableError: It is not JSON, does not fit the type, or a validator of the type raised.
    """
    reader: Callable[[bytes], T] | None = _readers.get(response_type)
    if reader is None:
        reader = _readers[response_type] = _reader_for(response_type)
    try:
        return reader(body)
    except ValidationError as error:
        raise UnreadableError(_shape(error)) from None
    except Exception as error:  # noqa: BLE001 - a validator of the caller; CarrierX has already carried out the call
        raise UnreadableError(f"the code that reads it raised {type(error).__name__}") from None


def _reader_for(response_type: Any) -> Callable[[bytes], Any]:
    if isinstance(response_type, type) and issubclass(cast("type[object]", response_type), ApiObject):
        return cast("type[ApiObject]", response_type).model_validate_json
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(response_type)
    if response_type is bytes:
        return adapter.validate_python
    if response_type in (None, NoneType):
        return lambda _body: adapter.validate_python(None)
    return adapter.validate_json


def _shape(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return "it is not JSON"
    steps = [f"{'.'.join(map(_step, one['loc'])) or 'the body'} ({one['type']})" for one in found[:5]]
    return f"it has another shape than expected: {', '.join(steps)}"


def _step(step: int | str) -> str:
    # The key of a mapping may be anything, also a phone number or a text.
    return str(step) if isinstance(step, int) or _FIELD_LIKE.fullmatch(step) else "***"


def parse_truncated_object(body: bytes) -> dict[str, object] | None:
    """Parse the beginning of a truncated JSON object. Return None if the body is something else.

    An empty body counts as a truncated object and returns an empty one.
    """
    if not body.strip():
        return {}
    try:
        from_json(body)
    except ValueError:
        pass
    else:
        return None
    try:
        beginning = from_json(body, allow_partial=True)
    except ValueError:
        return None
    return cast("dict[str, object]", beginning) if isinstance(beginning, dict) else None


def parse_object(body: bytes) -> dict[str, object]:
    """Parse a body as a JSON object. Return an empty one if it is anything else."""
    try:
        value = from_json(body)
    except ValueError:
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
