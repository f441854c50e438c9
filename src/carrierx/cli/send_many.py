"""`carrierx send-many`: many messages, from a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from carrierx.cli.estimate import CheckedFile, check_file
from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import INTERRUPTED, CommandError, Effect, Failure, report
from carrierx.cli.line_numbers import ALL_LINES, LineNumbers
from carrierx.cli.message_file import (
    DefaultSender,
    FormatOption,
    InvalidRow,
    MessageFile,
    MessagePath,
    Row,
    refusal_of,
)
from carrierx.cli.new_file import open_new_file
from carrierx.cli.options import Confirmed, Force, PriceFile
from carrierx.cli.output import Command, Entry, Line, OutputError, Prose, terminal
from carrierx.cli.session import Session, command
from carrierx.cli.signals import (
    deferring,
    exit_code_of,
    ignoring_further_signals,
    note_exit_code,
    what_stopped_it,
)
from carrierx.cli.waiting import BatchNotes
from carrierx.cli.wording import in_cli_words
from carrierx.errors import (
    AcceptedWithoutReceiptError,
    AuthenticationError,
    CarrierXError,
    InvalidMessageError,
    Outcome,
    UnconfirmedSendError,
)

if TYPE_CHECKING:
    from rich.progress import Task

    from carrierx.models.send_request import SendMessageRequest
    from carrierx.sending.batch import SendBatch
    from carrierx.sending.plan import SendResult

__all__ = ["send_many"]

_SENDING_MANY: Final = Effect(
    "Nothing was sent.", "UNCONFIRMED: messages may have been sent; do not send the file again."
)
_SHOWN: Final = 20


@command
def send_many(
    session: Session,
    file: MessagePath,
    from_: DefaultSender = None,
    file_format: FormatOption = None,
    rate: Annotated[
        float | None, typer.Option("--rate", metavar="NUMBER", help="The most messages per second. Default: no limit.")
    ] = None,
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="COUNT", min=1, help="The number of sends at the same time.")
    ] = 10,
    lines: Annotated[
        str | None, typer.Option("--lines", metavar="LINES", help="Only the messages on these lines: 5,7-9,12-.")
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            "--results", metavar="FILE", readable=False, help="Write the results to this new file (JSON Lines)."
        ),
    ] = None,
    force: Force = False,
    prices: PriceFile = None,
    yes: Confirmed = False,
) -> None:
    """Send a file of messages: all of them, or none if one is invalid."""
    session.effect = _SENDING_MANY
    source = MessageFile.opened(session, file, file_format, from_, ALL_LINES if lines is None else LineNumbers(lines))
    if results is not None and force and source.is_same_as(results):
        raise CommandError(f"--results: {results} is the file of messages. Give another file.")
    checked = _checked(source, prices)
    session.confirm(
        f"Send {_described(checked, priced=prices is not None)}?", yes=yes, what_instead="Nothing was sent."
    )
    with ExitStack() as stack:
        kept = None if results is None else stack.enter_context(open_new_file(results, "--results", force=force))
        holds = BatchNotes(session.note)
        client = stack.enter_context(session.client(listener=holds))
        pending = dict[int, Row]()
        batch = client.messages.send_many(_requests(source, pending), concurrency=concurrency, rate=rate)
        _Sending(session, source, checked, batch, pending, kept, holds).run()


def _checked(source: MessageFile, prices: Path | None) -> CheckedFile:
    from carrierx.pricing import Prices

    checked = check_file(source, None if prices is None else Prices.from_csv(prices))
    if checked.invalid_count:
        raise refusal_of(checked.invalid, checked.invalid_count, source.name)
    if not checked.messages:
        raise CommandError(f"{source.name} has no messages.")
    return checked


def _described(checked: CheckedFile, *, priced: bool) -> str:
    parts = [_counted(checked.messages, "message"), _counted(checked.segments, "segment")]
    if priced:
        parts.append(f"${checked.total:f}")
    unpriced = len(checked.unpriced_lines) if priced else 0
    return ", ".join(parts) + (f", without {_counted(unpriced, 'message')} of unknown price" if unpriced else "")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _requests(source: MessageFile, pending: dict[int, Row]) -> Iterator[SendMessageRequest]:
    """Yield the messages, and remember the line and reference of each until its result is there."""
    for index, row in enumerate(source.rows()):
        if isinstance(row, InvalidRow):
            raise CommandError(f"{source.name} has changed while it was being sent: line {row.line} is invalid.")
        pending[index] = row
        yield row.request


class _Sending:
    """Sends the batch, shows its results, and ends the command."""

    def __init__(
        self,
        session: Session,
        source: MessageFile,
        checked: CheckedFile,
        batch: SendBatch,
        pending: dict[int, Row],
        kept: IO[str] | None,
        notes: BatchNotes,
    ) -> None:
        self._session = session
        self._source = source
        self._total = checked.messages
        self._batch = batch
        self._pending = pending
        self._kept = kept
        self._notes = notes
        self._unconfirmed: list[str] = []
        self._problems: list[Line] = []
        self._problem_count = 0
        self._accepted = 0
        self._last_line = 0
        self._unsent: list[int] = []
        self._output_failed: OutputError | None = None
        self._current: SendResult | None = None

    def run(self) -> None:
        """Send all messages. Whatever happens, say what became of those that were begun."""
        stopped: BaseException | None = None
        try:
            try:
                with self._batch as batch, self._progress() as advance:
                    stopped = self._take_all(batch, advance)
            finally:
                ignoring_further_signals()
        except BaseException as error:  # noqa: BLE001 - also Ctrl-C: the references must not be lost
            stopped = error
        self._session.effect = None
        if self._current is not None and self._current.index in self._pending:  # a signal came before it was taken
            self._take(self._current)
        for result in self._batch.unread:
            self._take(result)
        for row in list(self._pending.values()):  # only a second signal leaves messages without a result
            self._last_line = max(self._last_line, row.line)
            self._note_unconfirmed(row.line, row.reference)
        self._end(stopped)

    def _take_all(self, batch: SendBatch, advance: Callable[[], None]) -> BaseException | None:
        """Take all results, or return why it makes no sense to go on.

        Not in `run`: in Python 3.13.0, a `try` doesn't cover the jump back from an `if` at the end of a loop. A signal
        at that jump leaves the function.
        """
        for result in batch:
            self._current = result
            with deferring():
                self._take(result)
                advance()
            if isinstance(result.error, AuthenticationError):
                return result.error
            if self._output_failed is not None:
                return self._output_failed
        return None

    @contextmanager
    def _progress(self) -> Generator[Callable[[], None]]:
        console = terminal(stderr=True)
        if self._session.json or self._session.options.quiet or not console.is_terminal:
            yield lambda: None
            return
        from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
        from rich.text import Text

        notes = self._notes

        class Waiting(ProgressColumn):
            def render(self, task: Task) -> Text:  # noqa: ARG002 - what a column gets
                return Text(notes.now())

        columns = (BarColumn(bar_width=None), TextColumn("{task.completed}/{task.total}"), Waiting())
        with Progress(*columns, console=console, transient=True) as progress:
            notes.has_display = True
            task = progress.add_task("", total=self._total)
            yield lambda: progress.advance(task)

    def _take(self, result: SendResult) -> None:
        row = self._pending.pop(result.index)
        self._last_line = max(self._last_line, row.line)
        document = _document(row, result)
        if self._output_failed is None:
            self._print(document)
        if isinstance(result.error, UnconfirmedSendError):
            self._note_unconfirmed(row.line, row.reference)
        elif result.ok:
            self._accepted += 1
        else:
            if document["safe_to_resend"] or isinstance(result.error, AuthenticationError):
                self._unsent.append(row.line)
            if type(result.error) is CarrierXError:  # it was waiting when the batch ended
                return
            self._problem_count += 1
            if self._problem_count <= _SHOWN:
                facts = (str(document["outcome"]).replace("_", " "), str(document["message"]))
                self._problems.append(Entry(f"line {row.line}", facts))

    def _print(self, document: dict[str, object]) -> None:
        try:
            if self._kept is not None:
                self._kept.write(f"{json.dumps(document)}\n")
                self._kept.flush()
            if self._session.json:
                self._session.show_item(document, ())
        except OSError as error:
            self._output_failed = OutputError(error)
        except OutputError as error:
            self._output_failed = error

    def _note_unconfirmed(self, line: int, reference: str) -> None:
        self._unconfirmed.append(reference)
        self._problems += [
            Prose(f"line {line}: UNCONFIRMED; it may have been sent. Look it up with:"),
            Command("carrierx", "messages", "reconcile", *(["--"] if reference.startswith("-") else []), reference),
        ]

    def _end(self, stopped: BaseException | None) -> None:
        counts = self._batch.counts
        not_begun = self._total - self._batch.taken
        heading = f"{self._accepted:,} of {_counted(self._total, 'message')} accepted."
        lines = list(self._problems)
        if self._problem_count > _SHOWN:
            lines.append(Prose(f"... and {self._problem_count - _SHOWN} more: see --results."))
        if stopped is not None:
            lines.insert(0, Prose(_why(stopped)))
        if not_begun > 0 or self._unsent:
            lines += self._how_to_go_on(not_begun)
        code = self._code(stopped)
        if code is ExitCode.DONE:
            if not self._session.json:
                self._session.show_done("The messages were accepted", None, [Prose(heading)])
            return
        failure = Failure(
            code,
            INTERRUPTED if isinstance(stopped, KeyboardInterrupt) else "BatchIncomplete",
            heading,
            tuple(lines),
            message=f"{heading} {'' if stopped is None else _why(stopped)}".strip(),
            outcome=Outcome.UNKNOWN if self._unconfirmed else None,
            details={
                "counts": {
                    "accepted": self._accepted,
                    "rejected": counts.rejected,
                    "not_sent": counts.not_sent,
                    "unknown": len(self._unconfirmed),
                    "not_begun": max(0, not_begun),
                },
                "unconfirmed": self._unconfirmed,
            },
        )
        shown = stopped if self._session.options.debug else None
        report(failure, as_json=self._session.json, traceback_of=shown)
        note_exit_code(code, at_once=bool(self._pending))
        raise typer.Exit(code)

    def _how_to_go_on(self, not_begun: int) -> list[Line]:
        count = not_begun + len(self._unsent)
        lines: list[Line] = [Prose(f"{_counted(count, 'message')} {'was' if count == 1 else 'were'} not sent.")]
        name = self._source.name
        if name != "-":
            wanted = self._source.lines.rest(self._unsent, after=self._last_line if not_begun > 0 else None)
            lines += [
                Prose("To send the rest, add your options to:"),
                Command("carrierx", "send-many", f"{'./' if name.startswith('-') else ''}{name}", "--lines", wanted),
            ]
        return lines

    def _code(self, stopped: BaseException | None) -> ExitCode:
        if self._unconfirmed:
            return ExitCode.UNCONFIRMED
        if isinstance(stopped, KeyboardInterrupt):
            return exit_code_of(stopped)
        if isinstance(stopped, AuthenticationError):
            return ExitCode.CREDENTIALS
        counts = self._batch.counts
        return ExitCode.REFUSED if stopped is not None or counts.rejected or counts.not_sent else ExitCode.DONE


def _why(stopped: BaseException) -> str:
    match stopped:
        case KeyboardInterrupt():
            return f"{what_stopped_it(stopped)}."
        case CarrierXError() | CommandError():
            return in_cli_words(str(stopped))
        case OutputError():
            return f"The output can't be written: {stopped}."
        case OSError():
            return f"{stopped.strerror or type(stopped).__name__}."
        case _:
            return f"It was stopped by a bug: {type(stopped).__name__}. Run the command with --debug to see where."


def _document(row: Row, result: SendResult) -> dict[str, object]:
    from carrierx.cli.documents import BatchResult

    error, message = result.error, result.accepted_message
    sid = message.message_sid if message is not None else None
    if isinstance(error, AcceptedWithoutReceiptError):
        sid = error.message_sid
    text = None
    if isinstance(error, InvalidMessageError):
        text = " ".join(f"{rule.field}: {rule.explanation}" for rule in error.broken_rules)
    elif error is not None:
        text = str(error) if isinstance(error, CarrierXError) else type(error).__name__
    return BatchResult(
        line=row.line,
        outcome=result.outcome.value,
        safe_to_resend=isinstance(error, CarrierXError) and error.safe_to_resend,
        reference=row.reference,
        message_sid=sid,
        status=str(message.status) if message is not None and message.status is not None else None,
        error=None if error is None else type(error).__name__,
        message=None if text is None else in_cli_words(text),
    ).to_json()
