"""The request to send a message, validated before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self, cast

from pydantic import (
    AliasChoices,
    ConfigDict,
    Field,
    JsonValue,
    SerializationInfo,
    field_serializer,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from carrierx.errors import BrokenRule, InvalidArgumentError, InvalidMessageError
from carrierx.models.field_names import LEGACY_NAMES, WIRE_NAMES
from carrierx.models.given_numbers import check_default_region
from carrierx.models.masking import Shown
from carrierx.models.numbers import is_short_code
from carrierx.models.redacted_model import RedactedModel, error_of_rules
from carrierx.models.request_body import encode_body
from carrierx.models.types import MessageType, Number
from carrierx.models.validation import MessageLimits, validate_fields
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ModelWrapValidatorHandler, ValidationInfo

__all__ = ["SendMessageRequest", "broken_rules_of"]

_DEFAULT_LIMITS = MessageLimits()
_ALREADY_CHECKED: Final = object()
_TO_WIRE: Final = object()
_NOT_SENT = {"type", "group_recipients"}
_NOT_SENT_WITHOUT_MEDIA = _NOT_SENT | {"media_urls"}


class SendMessageRequest(RedactedModel):
    """An SMS or MMS to send. Creating it checks every rule, and the error reports all broken ones together.

    Numbers are stored as digits with the country code; a leading `+` and separators are removed. Ten digits that can
    be a US number without its leading 1 need a `+`, unless carrierx has checked the number or CarrierX wrote it. JSON
    has a `+` before every number. You can also give `from` as `from_` or `from_did`, and `to` as `to_did`. To check
    against other limits, pass them to pydantic: `model_validate(data, context=MessageLimits(...))`, or
    `context={"message_limits": MessageLimits(...)}`.

    Attributes:
        from_: The sender (`from` in JSON): your DID, or a short code. None only in a group MMS, with
            `MessageLimits(group_needs_from=False)`.
        to: The recipient. None only in a group MMS, with `MessageLimits(group_needs_to=False)`.
        message: The text. Required unless there are media.
        media_urls: Media for an MMS, as absolute http or https URLs.
        group_recipients: The numbers of a group MMS.
        user_data: Your own data, which CarrierX returns with the message.
        type: `sms` or `mms`, if you want it checked. It follows from the other fields.

    Raises:
        pydantic.ValidationError: If a rule is broken. The error holds no phone number, text or URL.

    Example:
        >>> request = SendMessageRequest(from_="15162065575", to="+1 516-206-5574", message="Hello")
        >>> request
        SendMessageRequest(from_='***5575', to='***5574', message=<5 characters>)
        >>> request.to_wire()
        b'{"from":"15162065575","to":"15162065574","message":"Hello"}'
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    from_: Annotated[Number | SkipJsonSchema[None], Shown.LAST_FOUR] = Field(
        validation_alias=AliasChoices("from", "from_", "from_did"), serialization_alias="from"
    )
    to: Annotated[Number | SkipJsonSchema[None], Shown.LAST_FOUR] = Field(
        validation_alias=AliasChoices("to", "to_did"), serialization_alias="to"
    )
    message: Annotated[str | None, Shown.LENGTH] = None
    media_urls: Annotated[tuple[str, ...], Shown.COUNT] = ()
    group_recipients: Annotated[tuple[Number, ...], Shown.LAST_FOUR] = ()
    user_data: Annotated[str | None, Shown.PRESENCE] = None
    type: MessageType | None = None

    if TYPE_CHECKING:
        # Callers may pass more types than the fields hold. At run time, pydantic's own __init__ is faster.
        def __init__(
            self,
            *,
            from_: str,
            to: str,
            message: str | None = None,
            media_urls: Sequence[str] | None = None,
            group_recipients: Sequence[str] | None = None,
            user_data: str | None = None,
            type: str | None = None,  # noqa: A002 (the API's name)
        ) -> None: ...

    @classmethod
    @clears_locals
    def parse(
        cls,
        data: Mapping[str, object],
        limits: MessageLimits = _DEFAULT_LIMITS,
        *,
        default_region: str | None = None,
    ) -> Self:
        """Validate fields and create a request from them.

        Args:
            data: The fields, by any accepted name. None counts as not given.
            limits: The limits to check against.
            default_region: The country of numbers without `+`, as for a client. By default, they need a country code.

        Raises:
            InvalidMessageError: If rules are broken. It lists all of them.
            InvalidArgumentError: If the region is unknown.
            ConfigurationError: If the region needs packages that are not installed.

        Example:
            >>> SendMessageRequest.parse({"from": "72345", "to": "15162065574", "message": "Hello"}).kind
            MessageType('sms')
        """
        if not isinstance(data, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidMessageError((_no_mapping(data),))
        validated = validate_fields(data, limits, check_default_region(default_region))
        if validated.broken_rules:
            raise InvalidMessageError(validated.broken_rules)
        return cls.model_validate(validated.fields, context=_ALREADY_CHECKED)

    @property
    def kind(self) -> MessageType:
        """`sms` or `mms`. Media or a group make it an MMS."""
        return MessageType.MMS if self.media_urls or self.group_recipients else MessageType.SMS

    @clears_locals
    def to_wire(
        self,
        *,
        legacy_field_names: bool = False,
        user_data: str | None = None,
        group_type: bool = True,
        extra: Mapping[str, JsonValue] | None = None,
    ) -> bytes:
        """Return the JSON body of the send: the given fields, and `type` with a group.

        Args:
            legacy_field_names: Write `from_did` and `to_did` instead of `from` and `to`.
            user_data: The `user_data` to send, for a request that has none.
            group_type: Whether a group is sent with its `type`.
            extra: Further fields, for features that CarrierX adds after this version.

        Returns:
            Compact JSON in UTF-8.

        Raises:
            InvalidArgumentError: If `user_data` or `extra` would replace a field, or JSON can't carry them.
        """
        left_out = _NOT_SENT if self.media_urls else _NOT_SENT_WITHOUT_MEDIA
        if not (self.group_recipients or legacy_field_names or user_data is not None or extra):
            return self.__pydantic_serializer__.to_json(
                self, by_alias=True, exclude=left_out, exclude_none=True, warnings=False, context=_TO_WIRE
            )
        body: dict[str, JsonValue] = self.model_dump(
            mode="json", by_alias=True, exclude=left_out, exclude_none=True, warnings=False, context=_TO_WIRE
        )
        if self.group_recipients:
            body["group_recipients"] = list(self.group_recipients)
            if group_type:
                # CarrierX's send page: with group recipients the type "must be set to mms".
                body["type"] = "mms"
        if legacy_field_names:
            body = {LEGACY_NAMES.get(name, name): value for name, value in body.items()}
        if user_data is not None:
            if self.user_data is not None:
                raise InvalidArgumentError("The request already has user_data, so it can't carry another value.")
            body["user_data"] = user_data
        return encode_body(body, extra or {})

    @field_serializer("from_", "to")
    def _write_number(self, number: str | None, info: SerializationInfo) -> str | None:
        # With the +, a dumped request means the same to a client with another default_region. CarrierX expects digits.
        return number if number is None or info.context is _TO_WIRE else _with_plus(number)

    @field_serializer("group_recipients")
    def _write_numbers(self, numbers: tuple[str, ...], info: SerializationInfo) -> tuple[str, ...]:
        return numbers if info.context is _TO_WIRE else tuple(map(_with_plus, numbers))

    @model_validator(mode="wrap")
    @classmethod
    @clears_locals
    def _check(cls, data: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        context: object = info.context
        if context is _ALREADY_CHECKED:
            return handler(data)
        limits = _limits_from(context)
        if isinstance(data, cls):
            if broken := broken_rules_of(data, limits):
                raise error_of_rules(cls.__name__, broken)
            return handler(data)
        if not isinstance(data, Mapping):
            raise error_of_rules(cls.__name__, (_no_mapping(data),))
        validated = validate_fields(cast("Mapping[str, object]", data), limits)
        if validated.broken_rules:
            raise error_of_rules(cls.__name__, validated.broken_rules)
        return handler(validated.fields)


def _signature() -> Signature:
    """Return the signature of the class as people write it. pydantic's own has the types of the fields."""
    annotations = dict.fromkeys(SendMessageRequest.model_fields, "str | None")
    annotations |= {"from_": "str", "to": "str"}
    annotations |= dict.fromkeys(("media_urls", "group_recipients"), "Sequence[str] | None")
    return Signature(
        [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if annotation == "str" else None,
                annotation=annotation,
            )
            for name, annotation in annotations.items()
        ],
        return_annotation="None",
    )


# Help, IPython and editors show it.
SendMessageRequest.__signature__ = _signature()


def broken_rules_of(request: SendMessageRequest, limits: MessageLimits) -> tuple[BrokenRule, ...]:
    """Check an existing request against a client's limits.

    pydantic's `model_copy(update=...)` and `model_construct` create requests without validation.

    Args:
        request: The request.
        limits: The limits to check against.

    Returns:
        The broken rules.

    Example:
        >>> request = SendMessageRequest(from_="15162065575", to="15162065574", message="Hello")
        >>> [rule.rule for rule in broken_rules_of(request.model_copy(update={"message": " "}), limits=MessageLimits())]
        ['message_blank']
    """
    held: Mapping[str, object] = request.__dict__
    validated = validate_fields(held, limits)
    if validated.broken_rules:
        return validated.broken_rules
    return tuple(_numbers_not_normalised(held, validated.fields))


def _with_plus(number: str) -> str:
    return number if is_short_code(number) else f"+{number}"


def _no_mapping(data: object) -> BrokenRule:
    found = type(data).__name__
    explanation = f"A message must be a mapping of fields, not {found}."
    return BrokenRule("(message)", "wrong_type", explanation, found, "mapping")


def _numbers_not_normalised(held: Mapping[str, object], normalised: Mapping[str, object]) -> Iterator[BrokenRule]:
    for name in ("from_", "to", "group_recipients"):
        if (held.get(name) or None) != (normalised.get(name) or None):
            yield BrokenRule(
                WIRE_NAMES[name],
                "number_not_normalised",
                "It was changed after the request was validated and is not in the form that is sent. Create a new "
                "request instead of copying it with an update.",
            )


def _limits_from(context: object) -> MessageLimits:
    if isinstance(context, Mapping):
        context = cast("Mapping[object, object]", context).get("message_limits")
    if context is None:
        return _DEFAULT_LIMITS
    if not isinstance(context, MessageLimits):
        raise InvalidArgumentError(
            'The validation context must be a MessageLimits, or a mapping with one under "message_limits".'
        )
    return context
