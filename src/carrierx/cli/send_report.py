"""Output of `carrierx send`: the receipt, the dry run, and errors."""

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
    """Tracks, from a client's events, whether the message may have been sent: Ctrl-C can come at any time."""

    def __init__(self) -> None:
        self.may_be_out: bool = False

    def __call__(self, event: Event) -> None:
        """Handle an event."""
        if isinstance(event, AttemptStarted):
            self.may_be_out = True
        elif isinstance(event, AttemptFinished | AttemptInterrupted):
            self.may_be_out = event.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)


@contextmanager
def errors_told(watch: SendWatch, reference: str) -> Generator[None]:
    """Print an error of the send in the block, and exit with its exit code.

    Args:
        watch: The state of the send.
        reference: The reference of the message.
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
        complain("Not sent.", str(error), "You can try again later." if can_help else "Fix it before you try again.")
        raise typer.Exit(ExitCode.FAILED) from error
    except KeyboardInterrupt as error:
        if not watch.may_be_out:
            complain("Not sent: you interrupted it.")
            raise typer.Exit(ExitCode.INTERRUPTED) from error
        _warn(reference, "You interrupted it while it was being sent.")
        raise typer.Exit(ExitCode.UNCONFIRMED) from error


def _warn(reference: str, *reasons: str) -> None:
    complain(
        "UNCONFIRMED: the message may have been sent; do not send it again.",
        *reasons,
        f"reference: {reference}",
        f'First look for it in CarrierX\'s portal, or in Python with client.messages.reconcile("{reference}").',
    )


def show_receipt(message: Message, reference: str) -> None:
    """Print the receipt of a message that CarrierX accepted.

    Args:
        message: The message.
        reference: Its reference.
    """
    lines = [
        f"message_sid: {on_one_line(message.message_sid)}",
        f"status:      {on_one_line(str(message.status))}",
        f"reference:   {on_one_line(reference)}",
    ]
    try:
        typer.echo("\n".join(["Accepted for sending.", *lines]))
    except OSError as error:
        # The message was sent. If we failed now, the user might send it again.
        discard_the_rest(sys.stdout)
        complain(f"The message was sent, but the receipt can't be written: {error.strerror}.", *lines)


def show_dry_run(request: SendMessageRequest, reference: str | None, base_url: str | None) -> None:
    """Print the message that would be sent.

    Args:
        request: The checked message.
        reference: The given reference, if any.
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
        "from": mask_number(request.from_) if request.from_ else "",
        "to": mask_number(request.to) if request.to else "",
        "group": ", ".join(map(mask_number, request.group_recipients)),
        "text": f"{len(request.message)} characters" if request.message else "",
        "media": f"{len(request.media_urls)}" if request.media_urls else "",
        "reference": mark or "made when it is sent",
    }
    lines = [f"  {name:<10} {on_one_line(value)}" for name, value in shown.items() if value]
    typer.echo("\n".join(["Dry run: nothing was sent. The message would be:", *lines]))
