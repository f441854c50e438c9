"""What `carrierx send` says: the receipt, the dry run, and how a send failed."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from carrierx.cli.output import ExitCode, complain, discard_the_rest, on_one_line
from carrierx.errors import (
    AcceptedWithoutReceiptError,
    CarrierXError,
    ConfigurationError,
    ConflictError,
    InvalidArgumentError,
    InvalidMessageError,
    Outcome,
    UnconfirmedSendError,
)
from carrierx.events import AttemptFinished, AttemptInterrupted, AttemptStarted

if TYPE_CHECKING:
    from carrierx.events import Event
    from carrierx.models.message import Message
    from carrierx.models.send_request import SendMessageRequest

__all__ = ["SendWatch", "errors_told", "show_dry_run", "show_receipt"]


class SendWatch:
    """Remembers, from a client's events, whether the message may be out there: Ctrl-C can come at any moment."""

    def __init__(self) -> None:
        self.may_be_out: bool = False

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if isinstance(event, AttemptStarted):
            self.may_be_out = True
        elif isinstance(event, AttemptFinished | AttemptInterrupted):
            self.may_be_out = event.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)


@contextmanager
def errors_told(watch: SendWatch, reference: str) -> Generator[None]:
    """Tell people about an error of the block's send, and end the command with its exit code.

    Args:
        watch: What is known of the send.
        reference: The mark that the message carries.
    """
    try:
        yield
    except InvalidMessageError as error:
        rules = error.broken_rules
        heading = f"Not sent: the message breaks {len(rules)} rule{'' if len(rules) == 1 else 's'}."
        complain(heading, *(f"{rule.field}: {rule.explanation}" for rule in rules))
        raise typer.Exit(ExitCode.INVALID) from error
    except (ConfigurationError, InvalidArgumentError) as error:
        complain("Not sent.", str(error))
        raise typer.Exit(ExitCode.INVALID) from error
    except UnconfirmedSendError as error:
        sid = error.message_sid if isinstance(error, AcceptedWithoutReceiptError) else None
        _warn(reference, str(error), *([f"message_sid: {sid}"] if sid else []))
        raise typer.Exit(ExitCode.UNCONFIRMED) from error
    except CarrierXError as error:
        can_help = error.safe_to_resend or (isinstance(error, ConflictError) and error.may_resubmit)
        complain(
            "Not sent.", str(error), "Trying again can help." if can_help else "Trying again unchanged will not help."
        )
        raise typer.Exit(ExitCode.FAILED) from error
    except KeyboardInterrupt as error:
        if not watch.may_be_out:
            complain("Not sent: you interrupted it.")
            raise typer.Exit(ExitCode.INTERRUPTED) from error
        _warn(reference, "You interrupted it while it was on its way.")
        raise typer.Exit(ExitCode.UNCONFIRMED) from error


def _warn(reference: str, *reasons: str) -> None:
    complain(
        "UNCONFIRMED: the message may be out there; do not send again.",
        *reasons,
        f"reference: {reference}",
        f'Look for it first: in CarrierX\'s portal, or in Python with client.messages.reconcile("{reference}").',
    )


def show_receipt(message: Message, reference: str) -> None:
    """Print what is known of a message that CarrierX took.

    Args:
        message: The message.
        reference: The mark that it carries.
    """
    lines = [
        f"message_sid: {on_one_line(message.message_sid)}",
        f"status:      {on_one_line(str(message.status))}",
        f"reference:   {on_one_line(reference)}",
    ]
    try:
        typer.echo("\n".join(["Accepted for sending.", *lines]))
    except OSError as error:
        # The message is out, whatever becomes of the words about it: to fail now would invite a second one.
        discard_the_rest(sys.stdout)
        complain(f"The message was sent, but the receipt can't be written: {error.strerror}.", *lines)


def show_dry_run(request: SendMessageRequest, reference: str | None, base_url: str | None) -> None:
    """Print what would be sent, and to where.

    Args:
        request: The checked message.
        reference: The mark that it would carry, if one was given.
        base_url: The API's base URL, if one was given.

    Raises:
        CarrierXError: The reference or the base URL can't be used.
    """
    from carrierx.models.masking import mask_number
    from carrierx.options import ClientConfig, base_url_from
    from carrierx.resources.reconcile import checked_reference

    mark = None if reference is None else checked_reference(reference)
    shown = {
        "through": ClientConfig(base_url=base_url_from(base_url)).base_url,
        "kind": request.kind.upper(),
        "from": mask_number(request.from_),
        "to": mask_number(request.to),
        "group": ", ".join(map(mask_number, request.group_recipients)),
        "text": f"{len(request.message)} characters" if request.message else "",
        "media": f"{len(request.media_urls)}" if request.media_urls else "",
        "reference": mark or "made when it is sent",
    }
    lines = [f"  {name:<10} {on_one_line(value)}" for name, value in shown.items() if value]
    typer.echo("\n".join(["A dry run: nothing was sent. This would be:", *lines]))
