"""A pydantic model that keeps numbers and texts out of its `repr` and of every error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypedDict

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from carrierx.models.masking import masked_fields
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Unpack

    from carrierx.errors import BrokenRule

__all__ = ["DiscreetModel", "JsonOptions", "error_of_rules", "error_without_input"]


class JsonOptions(TypedDict, total=False):
    """What pydantic's `model_validate_json` takes besides the JSON."""

    strict: bool | None
    extra: Literal["allow", "ignore", "forbid"] | None
    context: object
    by_alias: bool | None
    by_name: bool | None


class DiscreetModel(BaseModel):
    """Base of all models: frozen; masked in `repr`, `str` and rich; its validation errors hold no input.

    pydantic's `hide_input_in_errors` cleans the words of an error, but not what its `errors()` and its pickle hold.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, hide_input_in_errors=True)

    @classmethod
    @clears_locals
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Unpack[JsonOptions]) -> Self:
        """Read a model from JSON.

        Args:
            json_data: The JSON text.
            **options: As in pydantic.

        Raises:
            pydantic.ValidationError: If it is not JSON or does not fit; without the input.
        """
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            clean = error_without_input(error)
        raise clean  # out here, so that the original with its input is not chained to it

    if not TYPE_CHECKING:  # seen by a type checker, it would let any attribute be set

        @clears_locals
        def __setattr__(self, name: str, value: object) -> None:
            """Refuse, as frozen models do, but without the value in the error."""
            try:
                super().__setattr__(name, value)
            except ValidationError as error:
                clean = error_without_input(error)
            else:
                return
            raise clean

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """Give what `repr`, `str` and rich show."""
        yield from masked_fields(self.__dict__, type(self).model_fields)
        if self.__pydantic_extra__:
            yield "other_fields", len(self.__pydantic_extra__)


def error_of_rules(title: str, broken_rules: Iterable[BrokenRule]) -> ValidationError:
    """Make pydantic's error of broken rules: the rule as its type, measure and limit in its context, no input.

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
    """Take the input out of a validation error; one that holds none is given back as it is."""
    details = error.errors(include_url=False)
    if all(detail["input"] is None for detail in details):
        return error
    lines = [_line(detail["type"], detail["msg"], detail["loc"], {}) for detail in details]
    return ValidationError.from_exception_data(error.title, lines, hide_input=True)


def _line(
    rule: str, explanation: str, location: tuple[str | int, ...], context: dict[str, int | str | None]
) -> InitErrorDetails:
    # pydantic asks for literals to guard its templates; the explanation is filled in, never read as a template.
    problem = PydanticCustomError(
        rule,  # pyright: ignore[reportArgumentType]
        "{explanation}",
        {"explanation": explanation, **context},
    )
    return InitErrorDetails(type=problem, loc=location, input=None)


def _location(field: str) -> tuple[str | int, ...]:
    name, bracket, position = field.removesuffix("]").partition("[")
    return (name, int(position)) if bracket else (name,)
