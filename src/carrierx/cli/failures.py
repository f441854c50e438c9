"""Errors as people and programs see them: the one place that turns an error into an exit code and a message."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, cast

import typer

from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.output import Command, Fact, Line, OutputError, Prose, json_text, on_one_line, write_lines
from carrierx.cli.signals import exit_code_of, what_stopped_it
from carrierx.cli.wording import explained_rule, in_cli_words, option_of
from carrierx.errors import (
    AcceptedWithoutReceiptError,
    APIError,
    AuthenticationError,
    BrokenRule,
    CarrierXError,
    ConfigurationError,
    ConflictError,
    EnablementFailedError,
    ExportError,
    InvalidArgumentError,
    InvalidMessageError,
    Outcome,
    ReconcileError,
    UnconfirmedSendError,
    WaitTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "INTERRUPTED",
    "SENDING",
    "CommandError",
    "CredentialsError",
    "Effect",
    "Failure",
    "failure_of",
    "failure_of_usage",
    "is_usage_error",
    "report",
    "rule_document",
]

_USAGE_ERROR: Final = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""The class of all usage errors: Typer exports it under no public name, and it has moved from Click to Typer."""

INTERRUPTED: Final = "Interrupted"
"""The name of the error if a signal ended the command."""

_TRY_LATER: Final = "You can try again later."
_FIX_FIRST: Final = "Fix it before you try again."


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect of a command that can't be undone or costs money, in words for its errors.

    Attributes:
        not_done: The heading if it was provably not done.
        maybe_done: The heading if it may have been done.
        is_message: Whether it's a message, which has a reference to look up.
        advice: What to do if it may have been done.
    """

    not_done: str
    maybe_done: str
    is_message: bool = False
    advice: tuple[Line, ...] = ()


SENDING: Final = Effect(
    "Not sent.", "UNCONFIRMED: the message may have been sent; do not send it again.", is_message=True
)


class CommandError(Exception):
    """A command can't do what was asked, for a reason that isn't an error of the library.

    Attributes:
        code: The exit code.
        lines: More lines for people.
        details: More fields of the JSON error.
    """

    def __init__(
        self,
        text: str,
        *lines: Line,
        code: ExitCode = ExitCode.USAGE,
        heading: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.heading = heading
        self.lines: tuple[Line, ...] = lines
        self.details: Mapping[str, object] = details or {}


class CredentialsError(CommandError):
    """There is no usable token."""

    def __init__(self, text: str) -> None:
        super().__init__(text, code=ExitCode.CREDENTIALS)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in words, with its exit code.

    Attributes:
        code: The exit code.
        error: The name of the error's class.
        heading: What happened.
        lines: The details.
        message: The error's text on one line.
        outcome: What is proven of a send, if it was one.
        safe_to_resend: Whether sending the same again is safe and can help.
        reference: The reference of the message, if it has one.
        details: More fields of the JSON error.
    """

    code: ExitCode
    error: str
    heading: str
    lines: tuple[Line, ...] = ()
    message: str = ""
    outcome: Outcome | None = None
    safe_to_resend: bool = False
    reference: str | None = None
    details: Mapping[str, object] = field(default_factory=dict[str, object])

    def after_acceptance(self, reference: str | None) -> Failure:
        """Return the failure of a wait for something that CarrierX has accepted: nothing must look as if it hadn't.

        Args:
            reference: The reference of the message, if it is one.
        """
        more = [] if reference is None else [Prose("The message was accepted: don't send it again.")]
        goes_on = self.error not in (INTERRUPTED, EnablementFailedError.__name__)
        return replace(
            self,
            code=ExitCode.TIMED_OUT if goes_on else self.code,
            outcome=self.outcome if reference is None else Outcome.ACCEPTED,
            safe_to_resend=False,
            reference=reference,
            lines=(*self.lines, *more),
        )

    def to_dict(self) -> dict[str, object]:
        """Return the JSON error."""
        return {
            "error": self.error,
            "message": on_one_line(self.message or self.heading),
            "exit_code": int(self.code),
            "outcome": None if self.outcome is None else self.outcome.value,
            "safe_to_resend": self.safe_to_resend,
            "reference": self.reference,
            **self.details,
        }


def is_usage_error(error: BaseException) -> bool:
    """Tell whether Typer refused the command line."""
    return isinstance(error, _USAGE_ERROR)


def failure_of(
    error: BaseException, effect: Effect | None = None, reference: str | None = None, *, may_be_done: bool = False
) -> Failure:
    """Turn an error of a command into words and an exit code.

    Args:
        error: The error.
        effect: What the command does, if it's more than reading.
        reference: The reference of the message that it sends.
        may_be_done: Whether the effect may have happened, as far as is known from the client's events.
    """
    match error:
        case KeyboardInterrupt():
            return _of_interrupt(error, effect, reference, may_be_done=may_be_done)
        case _ if is_usage_error(error):
            return failure_of_usage(error, None)
        case CommandError():
            return _of_command_error(error, effect, reference)
        case OutputError():
            text = f"The output can't be written: {error}."
            return Failure(ExitCode.REFUSED, "OutputError", text, message=text)
        case CarrierXError():
            return _of_library_error(error, effect, reference)
        case OSError():
            text = f"{_file_of(error)}{error.strerror or type(error).__name__}."
            heading, *rest = [effect.not_done, text] if effect is not None and not may_be_done else [text]
            return Failure(ExitCode.USAGE, "OSError", heading, tuple(map(Prose, rest)), message=text)
        case _:
            return _of_bug(error, effect, reference, may_be_done=may_be_done)


def _of_interrupt(
    error: KeyboardInterrupt, effect: Effect | None, reference: str | None, *, may_be_done: bool
) -> Failure:
    stopped = what_stopped_it(error)
    if effect is not None and may_be_done:
        text = f"{stopped} while it was being sent." if effect.is_message else f"{stopped} in the middle."
        return _unconfirmed(INTERRUPTED, effect, reference, text)
    heading = f"{effect.not_done.removesuffix('.')}: " if effect is not None else ""
    text = f"{heading}{stopped[0].lower() if heading else stopped[0]}{stopped[1:]}."
    outcome = Outcome.NOT_SENT if effect is not None and effect.is_message else None
    return Failure(
        exit_code_of(error),
        INTERRUPTED,
        text,
        message=text,
        outcome=outcome,
        safe_to_resend=outcome is not None,
        reference=reference if outcome is not None else None,
    )


def _unconfirmed(
    name: str,
    effect: Effect,
    reference: str | None,
    text: str,
    outcome: Outcome = Outcome.UNKNOWN,
    details: Mapping[str, object] | None = None,
    facts: Sequence[Fact] = (),
) -> Failure:
    lines: list[Line] = [Prose(text), *facts]
    if reference is not None:
        lines.append(Fact("reference", reference))
    if effect.is_message and reference is not None:
        lines += [Prose("First look for it in CarrierX's portal, or with:"), _reconcile(reference)]
    return Failure(
        ExitCode.UNCONFIRMED,
        name,
        effect.maybe_done,
        (*lines, *effect.advice),
        message=f"{effect.maybe_done} {text}",
        outcome=outcome,
        reference=reference,
        details=details or {},
    )


def _reconcile(reference: str) -> Command:
    return Command("carrierx", "messages", "reconcile", *(["--"] if reference.startswith("-") else []), reference)


def _of_command_error(error: CommandError, effect: Effect | None, reference: str | None) -> Failure:
    text = str(error)
    heading = error.heading or (effect.not_done if effect is not None else None)
    is_message = effect is not None and effect.is_message
    return Failure(
        error.code,
        type(error).__name__,
        heading or text,
        (*([Prose(text)] if heading not in (None, text) else []), *error.lines),
        message=text,
        outcome=Outcome.NOT_SENT if is_message else None,
        reference=reference if is_message else None,
        details=error.details,
    )


def _of_library_error(error: CarrierXError, effect: Effect | None, reference: str | None) -> Failure:
    name = type(error).__name__
    if isinstance(error, InvalidMessageError):
        return _of_invalid_message(error, reference)
    text = in_cli_words(str(error))
    if isinstance(error, UnconfirmedSendError):
        sid = error.message_sid if isinstance(error, AcceptedWithoutReceiptError) else None
        return _unconfirmed(
            name,
            effect or SENDING,
            error.reference or reference,
            text,
            error.outcome or Outcome.UNKNOWN,
            {"message_sid": sid, "status_code": error.status_code, "request_id": error.request_id},
            [Fact("message_sid", sid)] if sid else [],
        )
    code = _code_of(error)
    lines: list[Line] = [Prose(text)]
    if isinstance(error, APIError) or (effect is not None and code is ExitCode.REFUSED):
        lines += _advice(error, code, effect)
    details: dict[str, object] = {}
    if isinstance(error, APIError):
        found = [{"field": entry.field, "message": entry.message} for entry in error.errors]
        details = {"status_code": error.status_code, "request_id": error.request_id, "errors": found}
    if isinstance(error, ReconcileError):
        lines.append(Prose("If you know the reference of a message that CarrierX accepted, give it with --known."))
    if isinstance(error, WaitTimeoutError):
        details = {"message_sid": error.message_sid, "did_sid": error.did_sid, "status": error.status}
    first, *rest = [Prose(effect.not_done), *lines] if effect is not None and code is not ExitCode.TIMED_OUT else lines
    return Failure(
        code,
        name,
        first.text if isinstance(first, Prose) else "",
        tuple(rest),
        message=text,
        outcome=Outcome.UNKNOWN if isinstance(error, ReconcileError) else error.outcome,
        safe_to_resend=error.safe_to_resend,
        reference=error.reference or (reference if effect is not None and effect.is_message else None),
        details=details,
    )


def _code_of(error: CarrierXError) -> ExitCode:
    match error:
        case AuthenticationError():
            return ExitCode.CREDENTIALS
        case ConfigurationError() | InvalidArgumentError() | ExportError():
            return ExitCode.USAGE
        case WaitTimeoutError():
            return ExitCode.TIMED_OUT
        case ReconcileError():
            return ExitCode.UNCONFIRMED
        case _:
            return ExitCode.REFUSED


def _advice(error: CarrierXError, code: ExitCode, effect: Effect | None) -> list[Line]:
    if code is ExitCode.CREDENTIALS:
        return [Prose("To find out more, run:"), Command("carrierx", "doctor")]
    if effect is None:
        return []
    can_help = error.safe_to_resend or (isinstance(error, ConflictError) and error.may_resubmit)
    return [Prose(_TRY_LATER if can_help else _FIX_FIRST)]


def _of_invalid_message(error: InvalidMessageError, reference: str | None) -> Failure:
    rules = error.broken_rules
    heading = f"Not sent: the message breaks {len(rules)} rule{'' if len(rules) == 1 else 's'}."
    lines = [Prose(f"{option_of(rule.field)}: {explained_rule(rule)}") for rule in rules]
    return Failure(
        ExitCode.USAGE,
        type(error).__name__,
        heading,
        tuple(lines),
        message=" ".join([heading, *(line.text for line in lines)]),
        outcome=Outcome.NOT_SENT,
        reference=error.reference or reference,
        details={"rules": list(map(rule_document, rules))},
    )


def rule_document(rule: BrokenRule, *, in_file: bool = False) -> dict[str, object]:
    """Return a broken rule for the JSON error.

    Args:
        rule: The rule.
        in_file: Whether the message comes from a file, which has fields and no options.
    """
    return {
        "field": rule.field,
        "option": None if in_file else option_of(rule.field),
        "rule": rule.rule,
        "explanation": explained_rule(rule, in_file=in_file),
        "measure": rule.measure,
        "limit": rule.limit,
    }


def _file_of(error: OSError) -> str:
    name: object = error.filename
    return f"{on_one_line(str(name))}: " if isinstance(name, str) else ""


def _of_bug(error: BaseException, effect: Effect | None, reference: str | None, *, may_be_done: bool) -> Failure:
    text = (
        f"This is a bug in carrierx: {type(error).__name__}. Run the command with --debug to see where, and report it. "
        "The report shows no number, text or token."
    )
    if effect is not None and may_be_done:
        return _unconfirmed(type(error).__name__, effect, reference, text)
    return Failure(ExitCode.REFUSED, type(error).__name__, text, message=text)


def failure_of_usage(error: BaseException, program: str | None) -> Failure:
    """Turn a wrong command line into words. They don't repeat arguments, which may be texts, numbers or a token.

    Args:
        error: The usage error of Typer.
        program: The command to ask for help, such as `carrierx send`; None to take it from the error.
    """
    from carrierx.cli.wording import usage_text

    context: object = getattr(error, "ctx", None)
    command = program or getattr(context, "command_path", None) or "carrierx"
    text = usage_text(error)
    return Failure(
        ExitCode.USAGE, "UsageError", text, (Prose("For all options, run:"), Command(*command.split(), "--help")), text
    )


def report(failure: Failure, *, as_json: bool, traceback_of: BaseException | None = None) -> None:
    """Print an error on standard error: for people, or as one JSON object.

    Args:
        failure: The error.
        as_json: Whether to print JSON.
        traceback_of: An exception whose traceback to show.
    """
    shown = "" if traceback_of is None else "".join(traceback.format_exception(traceback_of))
    if failure.error == INTERRUPTED and sys.stderr.isatty():
        sys.stderr.write("\n")  # after the ^C that the terminal shows
    if not as_json:
        if shown:
            sys.stderr.write(shown)
        write_lines([Prose(failure.heading, "bold red"), *failure.lines], stderr=True)
        return
    document = failure.to_dict()
    if shown:
        document["traceback"] = shown
    try:
        sys.stderr.write(f"{json_text(document, lines=True)}\n")
        sys.stderr.flush()
    except OSError:
        from carrierx.cli.output import discard_the_rest

        discard_the_rest(sys.stderr)
