"""Tolerant reading of CarrierX's responses: an unexpected value in one field affects no other field."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Self, cast

from pydantic import AliasChoices, ConfigDict, JsonValue, ValidationError, model_serializer, model_validator

from carrierx.models.redacted_model import RedactedModel, error_without_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import GetJsonSchemaHandler, ModelWrapValidatorHandler, SerializerFunctionWrapHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


__all__ = ["ApiObject"]


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
        return cls._read_tolerantly(data, handler)

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
