"""A pydantic model that keeps phone numbers and texts out of its `repr` and out of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypedDict

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from carrierx.models.masking import masked_fields
from carrierx.notebook_html import properties
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Unpack

    from carrierx.errors import BrokenRule

__all__ = ["JsonOptions", "RedactedModel", "error_of_rules", "error_without_input"]


class JsonOptions(TypedDict, total=False):
    """Options of pydantic's `model_validate_json`."""

    strict: bool | None
    extra: Literal["allow", "ignore", "forbid"] | None
    context: object
    by_alias: bool | None
    by_name: bool | None


class RedactedModel(BaseModel):
    """Base of all models. It is frozen, masks `repr`, `str` and rich output, and its validation errors hold no input.

    pydantic's `hide_input_in_errors` cleans only the text of an error, not its `errors()` and its pickle.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, hide_input_in_errors=True)

    if not TYPE_CHECKING:  # type checkers see what pydantic declares

        @clears_locals
        def __init__(self, /, **data: object) -> None:
            super().__init__(**data)

        # pydantic reads this: `__init__` only validates, so reading a response needn't call it.
        __init__.__pydantic_base_init__ = True

        @classmethod
        @clears_locals
        def model_validate(cls, obj: object, **options: object) -> Self:
            """Read a model from a mapping. The validation error doesn't hold the input."""
            return super().model_validate(obj, **options)

    @classmethod
    @clears_locals
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Unpack[JsonOptions]) -> Self:
        """Read a model from JSON.

        Args:
            json_data: The JSON text.
            **options: As in pydantic.

        Raises:
            pydantic.ValidationError: If it is not valid JSON for the model. The error does not hold the input.
        """
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            clean = error_without_input(error)
        raise clean  # outside the block, so that the original error with its input is not chained to it

    if not TYPE_CHECKING:  # type checkers would allow setting any attribute

        @clears_locals
        def __setattr__(self, name: str, value: object) -> None:
            """Refuse as frozen models do, but without the value in the error."""
            try:
                super().__setattr__(name, value)
            except ValidationError as error:
                clean = error_without_input(error)
            else:
                return
            raise clean

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """Yield what `repr`, `str` and rich show."""
        yield from masked_fields(self.__dict__, type(self).model_fields)
        if self.__pydantic_extra__:
            yield "other_fields", len(self.__pydantic_extra__)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the same as `repr`."""
        return properties(type(self).__name__, [(name or "", value) for name, value in self.__repr_args__()])


def error_of_rules(title: str, broken_rules: Iterable[BrokenRule]) -> ValidationError:
    """Create pydantic's error for broken rules, with the rule as type, measure and limit as context, and no input.

    Args:
        title: The model's name.
        broken_rules: The rules.
    """
    lines = [
        _line(rule.rule, rule.explanation, _location(rule.field), {"measure": rule.measure, "limit": rule.limit})
        for rule in broken_rules
    ]
    return ValidationError.from_exception_data(title, lines, hide_input=True)


def error_without_input(error: ValidationError) -> ValidationError:
    """Remove the input from a validation error. An error without input is returned unchanged."""
    details = error.errors(include_url=False)
    if all(detail["input"] is None for detail in details):
        return error
    lines = [_line(detail["type"], detail["msg"], detail["loc"], {}) for detail in details]
    return ValidationError.from_exception_data(error.title, lines, hide_input=True)


def _line(
    rule: str, explanation: str, location: tuple[str | int, ...], context: dict[str, int | str | None]
) -> InitErrorDetails:
    # pydantic wants a literal, to protect templates. Here the template is fixed and the explanation is only filled in.
    problem = PydanticCustomError(
        rule,  # pyright: ignore[reportArgumentType]
        "{explanation}",
        {"explanation": explanation, **context},
    )
    return InitErrorDetails(type=problem, loc=location, input=None)


def _location(field: str) -> tuple[str | int, ...]:
    name, bracket, position = field.removesuffix("]").partition("[")
    return (name, int(position)) if bracket else (name,)
