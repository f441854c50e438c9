"""What a caller wants sent, checked before a byte leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self, cast

from pydantic import AliasChoices, ConfigDict, Field, JsonValue, model_validator

from carrierx.errors import BrokenRule, InvalidArgumentError, InvalidMessageError
from carrierx.models.discreet_model import DiscreetModel, error_of_rules
from carrierx.models.draft import read_draft
from carrierx.models.field_names import LEGACY_NAMES, WIRE_NAMES
from carrierx.models.masking import Shown
from carrierx.models.numbers import warn_of_ambiguous_numbers
from carrierx.models.rules import MessageLimits
from carrierx.models.types import MessageType
from carrierx.models.wire import json_bytes
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ModelWrapValidatorHandler, ValidationInfo

__all__ = ["SendMessageRequest", "broken_rules_of"]

_DEFAULT_LIMITS = MessageLimits()
_ALREADY_CHECKED: Final = object()
_NOT_SENT = {"type", "group_recipients"}
_NOT_SENT_WITHOUT_MEDIA = _NOT_SENT | {"media_urls"}


class SendMessageRequest(DiscreetModel):
    """An SMS or MMS to send. It exists only if it keeps every rule; all broken ones are reported together.

    Numbers are kept as digits with the country code: a leading `+` and separators are taken off. `from` may also be
    given as `from_` or `from_did`, `to` as `to_did`. The limits to check against may be handed to pydantic:
    `model_validate(data, context=MessageLimits(...))`, or as `context={"message_limits": MessageLimits(...)}`.

    Attributes:
        from_: The sender (`from` on the wire): your DID, or a short code.
        to: The recipient.
        message: The text. Needed unless there are media.
        media_urls: Media for an MMS, as absolute http or https URLs.
        group_recipients: The numbers of a group MMS.
        user_data: Your own mark, which CarrierX gives back.
        type: `sms` or `mms` if you want it checked: it follows from the fields.

    Raises:
        pydantic.ValidationError: If a rule is broken; it holds no number, text or URL.

    Example:
        >>> request = SendMessageRequest(from_="15162065575", to="+1 516-206-5574", message="Hello")
        >>> request
        SendMessageRequest(from_='***5575', to='***5574', message=<5 characters>)
        >>> request.to_wire()
        b'{"from":"15162065575","to":"15162065574","message":"Hello"}'
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    from_: Annotated[str, Shown.LAST_FOUR] = Field(
        validation_alias=AliasChoices("from", "from_", "from_did"), serialization_alias="from"
    )
    to: Annotated[str, Shown.LAST_FOUR] = Field(validation_alias=AliasChoices("to", "to_did"), serialization_alias="to")
    message: Annotated[str | None, Shown.LENGTH] = None
    media_urls: Annotated[tuple[str, ...], Shown.COUNT] = ()
    group_recipients: Annotated[tuple[str, ...], Shown.LAST_FOUR] = ()
    user_data: Annotated[str | None, Shown.PRESENCE] = None
    type: MessageType | None = None

    if TYPE_CHECKING:
        # What callers may give is wider than what the fields hold. At run time pydantic's own __init__ is faster.
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
    def parse(cls, data: Mapping[str, object], limits: MessageLimits = _DEFAULT_LIMITS) -> Self:
        """Check fields and build a request of them.

        Args:
            data: The fields, by any name they are known by; None counts as not given.
            limits: The limits to check against.

        Raises:
            InvalidMessageError: If a rule is broken, with all that are.

        Example:
            >>> SendMessageRequest.parse({"from": "72345", "to": "15162065574", "message": "Hello"}).kind
            MessageType('sms')
        """
        if not isinstance(data, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidMessageError((_no_mapping(data),))
        draft = read_draft(data, limits)
        if draft.broken_rules:
            raise InvalidMessageError(draft.broken_rules)
        if draft.ambiguous:
            warn_of_ambiguous_numbers(draft.ambiguous)
        return cls.model_validate(draft.fields, context=_ALREADY_CHECKED)

    @property
    def kind(self) -> MessageType:
        """Whether this is an SMS or an MMS: media or a group make an MMS."""
        return MessageType.MMS if self.media_urls or self.group_recipients else MessageType.SMS

    @clears_locals
    def to_wire(
        self,
        *,
        legacy_field_names: bool = False,
        user_data: str | None = None,
        extra: Mapping[str, JsonValue] | None = None,
    ) -> bytes:
        """Write the JSON body of the send: what the caller gave and nothing else, but for `type` with a group.

        Args:
            legacy_field_names: Write `from_did` and `to_did` for `from` and `to`.
            user_data: A mark to send along, for a request that has none of its own.
            extra: Further fields, for what CarrierX adds after this version.

        Returns:
            Compact JSON in UTF-8.

        Raises:
            InvalidArgumentError: If `user_data` or `extra` would replace a field, or JSON can't carry them.
        """
        left_out = _NOT_SENT if self.media_urls else _NOT_SENT_WITHOUT_MEDIA
        if not (self.group_recipients or legacy_field_names or user_data is not None or extra):
            return self.__pydantic_serializer__.to_json(
                self, by_alias=True, exclude=left_out, exclude_none=True, warnings=False
            )
        body: dict[str, JsonValue] = self.model_dump(
            mode="json", by_alias=True, exclude=left_out, exclude_none=True, warnings=False
        )
        if self.group_recipients:
            # CarrierX's send page: with group recipients the type "must be set to mms".
            body |= {"group_recipients": list(self.group_recipients), "type": "mms"}
        if legacy_field_names:
            body = {LEGACY_NAMES.get(name, name): value for name, value in body.items()}
        if user_data is not None:
            if self.user_data is not None:
                raise InvalidArgumentError("The request has a user_data of its own, so it can't carry another mark.")
            body["user_data"] = user_data
        return json_bytes(body, extra or {})

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
        draft = read_draft(cast("Mapping[str, object]", data), limits)
        if draft.broken_rules:
            raise error_of_rules(cls.__name__, draft.broken_rules)
        if draft.ambiguous:
            warn_of_ambiguous_numbers(draft.ambiguous)
        return handler(draft.fields)


def broken_rules_of(request: SendMessageRequest, limits: MessageLimits) -> tuple[BrokenRule, ...]:
    """Check a request that exists already, under a client's limits.

    pydantic's `model_copy(update=...)` and `model_construct` make requests that nobody has checked.

    Args:
        request: The request.
        limits: The limits to check against.

    Returns:
        All rules that it breaks.

    Example:
        >>> request = SendMessageRequest(from_="15162065575", to="15162065574", message="Hello")
        >>> [rule.rule for rule in broken_rules_of(request.model_copy(update={"message": " "}), limits=MessageLimits())]
        ['message_blank']
    """
    held: Mapping[str, object] = request.__dict__
    draft = read_draft(held, limits)
    if draft.broken_rules:
        return draft.broken_rules
    return tuple(_numbers_not_normalised(held, draft.fields))


def _no_mapping(data: object) -> BrokenRule:
    found = type(data).__name__
    explanation = f"A message is a mapping of fields, not of type {found}."
    return BrokenRule("(message)", "wrong_type", explanation, found, "mapping")


def _numbers_not_normalised(held: Mapping[str, object], normalised: Mapping[str, object]) -> Iterator[BrokenRule]:
    for name in ("from_", "to", "group_recipients"):
        if (held.get(name) or None) != (normalised.get(name) or None):
            yield BrokenRule(
                WIRE_NAMES[name],
                "number_not_normalised",
                "It was changed after the request was checked and is not in the form that is sent. Build the request "
                "anew instead of copying it with an update.",
            )


def _limits_from(context: object) -> MessageLimits:
    if isinstance(context, Mapping):
        context = cast("Mapping[object, object]", context).get("message_limits")
    if context is None:
        return _DEFAULT_LIMITS
    if not isinstance(context, MessageLimits):
        raise InvalidArgumentError(
            'The validation context is a MessageLimits, or a mapping with one under "message_limits".'
        )
    return context
