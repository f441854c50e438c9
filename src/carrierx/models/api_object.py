"""Reading CarrierX's answers tolerantly: a surprise in one field spoils neither the others nor the object."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Self, cast

from pydantic import AliasChoices, ConfigDict, JsonValue, ValidationError, model_serializer, model_validator

from carrierx.models.discreet_model import DiscreetModel, error_without_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import GetJsonSchemaHandler, ModelWrapValidatorHandler, SerializerFunctionWrapHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


__all__ = ["ApiObject"]


class ApiObject(DiscreetModel):
    """An object as CarrierX sent it.

    Reading it fails only over a field that the object can't do without. Any other field that can't be read takes its
    default (None, or an empty tuple); its raw value stands in `unreadable_fields` and is written back. Fields that
    this version does not know are kept too, in `unknown_fields`.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    @property
    def unreadable_fields(self) -> Mapping[str, JsonValue]:
        """The raw values that could not be read, by the field's name on the wire. Empty as a rule."""
        # null can't be unreadable: where it stands for a list, it means an empty one.
        return {name: value for name, value in self._kept(readable=False) if value is not None}

    @property
    def unknown_fields(self) -> Mapping[str, JsonValue]:
        """What CarrierX sent besides the fields that this version knows."""
        return dict(self._kept(readable=True))

    def to_dict(self) -> dict[str, JsonValue]:
        """Write the object as CarrierX would: current wire names, only the fields that came, plain JSON values.

        Legacy names are read but not written: what came as `from_did` goes out as `from`.
        """
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def to_json(self) -> str:
        """Write the object as JSON, as `to_dict` does; what CarrierX sent in current names comes out equal."""
        return self.model_dump_json(by_alias=True, exclude_unset=True)

    def unreadable_places(self) -> Sequence[str]:
        """Name what could not be read, where it stands in the answer: `price`; of a page also `items[3].price`."""
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
        # Once more, since a field may have come under two names: it may be readable, or not, under the other.
        read = cls._read_tolerantly({name: given[name] for name in given if name not in unreadable}, handler)
        # Among the extra fields, under its wire name, a raw value is written back, copied and pickled by itself.
        extra: dict[str, JsonValue] = read.__pydantic_extra__ or {}
        extra.update({wire_names[name]: given[name] for name in unreadable})
        object.__setattr__(read, "__pydantic_extra__", extra)
        return read

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        # By way of a dict, in which a raw value takes the place of the field's default instead of standing beside it.
        written: dict[str, object] = handler(self)
        return written

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the fields, for writing too, where pydantic would describe what `_write` returns: any object."""
        inner = schema.get("schema")
        if isinstance(inner, dict):
            described = cast("dict[str, object]", inner)
            fields_only = {name: value for name, value in described.items() if name != "serialization"}
            schema = cast("CoreSchema", {**schema, "schema": fields_only})
        return handler(schema)


@cache
def _optional_names(model: type[ApiObject]) -> dict[str | int, str]:
    """Give the names that an object can do without: those it is read by, with those it is written by."""
    optional: dict[str | int, str] = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [name]
        if not field.is_required():
            names = (choice for choice in choices if isinstance(choice, str))
            optional.update(dict.fromkeys(names, field.serialization_alias or name))
    return optional
