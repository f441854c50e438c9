"""The state of a command: its common options, a client, and ways to print data, notes and errors."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import update_wrapper
from typing import TYPE_CHECKING, Concatenate, NoReturn, ParamSpec

import typer

from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import CommandError, Effect, Failure, failure_of, is_usage_error, report
from carrierx.cli.missing_packages import is_missing_package, missing_packages
from carrierx.cli.options import CommonOptions, with_common_options
from carrierx.cli.output import Line, OutputError, Prose, json_text, write_lines, write_text
from carrierx.cli.signals import deferring, ignoring_further_signals, note_exit_code, raising_on_signals
from carrierx.cli.tokens import find_token
from carrierx.cli.waiting import SendWatch, WaitNotes

if TYPE_CHECKING:
    from typing import Unpack

    from carrierx.client import CarrierXClient
    from carrierx.client_options import ClientOptions
    from carrierx.events import Event

__all__ = ["Session", "command", "extras_explained", "text_from"]

P = ParamSpec("P")

_ATTEMPT_TIMEOUT = 30.0


class Session:
    """One run of a command.

    Attributes:
        options: The options that every command has.
        effect: What the command does, if it's more than reading. A command sets it before it begins.
        reference: The reference of the message that the command sends.
        watch: Tracks whether the effect may have happened.
        accepted: Whether the effect has happened, and the command only waits for what follows.
    """

    def __init__(self, options: CommonOptions) -> None:
        self.options = options
        self.effect: Effect | None = None
        self.reference: str | None = None
        self.watch: SendWatch = SendWatch()
        self.accepted: bool = False
        self._notes = WaitNotes(self.note)
        self._uses_stdin_for: str | None = "--token-stdin" if options.token_stdin else None

    @property
    def json(self) -> bool:
        """True if programs read the output."""
        return self.options.json

    @contextmanager
    def client(
        self, *, listener: Callable[[Event], None] | None = None, **options: Unpack[ClientOptions]
    ) -> Generator[CarrierXClient]:
        """Open a client with the options of the command line.

        Args:
            listener: Handles the client's events instead of what says that the command waits.
            **options: More options of the client.

        Raises:
            ConfigurationError: The token or an option can't be used.
        """
        token = find_token(self.options)
        # Imported here because `--help` doesn't need the HTTP library.
        from carrierx.client import CarrierXClient

        def handle(event: Event) -> None:
            self.watch(event)
            (listener or self._notes)(event)

        timeout = self.options.timeout
        if timeout is not None:
            options["timeout"], options["total_timeout"] = min(timeout, _ATTEMPT_TIMEOUT), timeout
        options["base_url"], options["on_event"] = self.options.base_url, handle
        with CarrierXClient(token.secret, **options) as client:
            try:
                yield client
            finally:
                self._notes.close()

    def note_progress(self) -> None:
        """Put off saying that CarrierX doesn't answer: it is still being sent something."""
        self._notes.restart()

    def note(self, text: str, *more: Line) -> None:
        """Print a note for people on standard error, unless it's unwanted."""
        if not self.options.json and not self.options.quiet:
            write_lines([Prose(text), *more], stderr=True)

    def show(self, document: object, lines: Iterable[Line]) -> None:
        """Print data: the document as JSON, or the lines for people.

        Raises:
            OutputError: Standard output can't be written.
        """
        if self.json:
            write_text(json_text(document))
        else:
            write_lines(lines)

    def show_item(self, document: object, lines: Iterable[Line]) -> None:
        """Print one of many results: as one line of JSON, or the lines for people.

        Raises:
            OutputError: Standard output can't be written.
        """
        if self.json:
            write_text(json_text(document, lines=True))
        else:
            write_lines(lines)

    def show_done(self, what: str, document: object, lines: Iterable[Line]) -> None:
        """Print the result of something that was done. If that fails, it must not look as if it hadn't been done.

        Args:
            what: What was done, as the beginning of a sentence.
            document: The result for programs.
            lines: The result for people.
        """
        lines = list(lines)
        with deferring():
            self.effect = None
            try:
                self.show(document, lines)
            except OutputError as error:
                write_lines([Prose(f"{what}, but the result can't be written: {error}."), *lines], stderr=True)

    def confirm(self, question: str, *, yes: bool, what_instead: str) -> None:
        """Ask for confirmation, unless it was given.

        Args:
            question: The question.
            yes: Whether `--yes` was given.
            what_instead: What happens without confirmation, such as "Nothing was sent."

        Raises:
            CommandError: The answer is no, or there is nobody to ask.
        """
        if yes:
            return
        if self.json or self._uses_stdin_for is not None or not sys.stdin.isatty():
            raise CommandError(f"{question} Confirm it with --yes. {what_instead}")
        write_lines([Prose(f"{question} [y/N]")], stderr=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise CommandError(what_instead, code=ExitCode.REFUSED)

    def claim_stdin(self, name: str) -> None:
        """Reserve standard input for one option or argument.

        Raises:
            CommandError: Another one reads it.
        """
        if self._uses_stdin_for is not None:
            raise CommandError(f"{self._uses_stdin_for} and {name} can't both read standard input.")
        self._uses_stdin_for = name

    def fail(self, failure: Failure, error: BaseException | None = None) -> NoReturn:
        """Print an error and end the command with its exit code."""
        shown = error if self.options.debug else None
        report(failure, as_json=self.json, traceback_of=shown)
        note_exit_code(failure.code)
        raise typer.Exit(failure.code)

    @contextmanager
    def reporting(self) -> Generator[None]:
        """Print an error of the block, and end the command with its exit code."""
        try:
            with _logging(self.options.verbose):
                yield
        except (typer.Exit, SystemExit):
            raise
        except OutputError as error:
            if error.closed:  # the reader has seen enough: `| head -1`
                raise typer.Exit(ExitCode.DONE) from error
            self.fail_with(error)
        except BaseException as error:
            if isinstance(error, GeneratorExit) or is_usage_error(error):
                raise
            self.fail_with(error)

    def fail_with(self, error: BaseException) -> NoReturn:
        """Print what the error means for the command's effect, and end the command with its exit code."""
        ignoring_further_signals()
        self._notes.close()
        failure = failure_of(error, self.effect, self.reference, may_be_done=self.watch.may_be_out)
        self.fail(failure.after_acceptance(self.reference) if self.accepted else failure, error)


def command(function: Callable[Concatenate[Session, P], None]) -> Callable[..., None]:
    """Turn a function into a command: with the options that every command has, and its errors as exit codes.

    Args:
        function: The function. Its first argument is a `Session`.
    """

    def run(options: CommonOptions, /, *arguments: P.args, **keywords: P.kwargs) -> None:
        session = Session(options)
        with raising_on_signals():
            try:
                with session.reporting():
                    function(session, *arguments, **keywords)
            except KeyboardInterrupt as error:  # it came while another error was about to be reported
                session.fail_with(error)

    # Typer reads the function's own arguments, help and annotations.
    return with_common_options(update_wrapper(run, function))


@contextmanager
def extras_explained() -> Generator[None]:
    """Raise an error with one clear line if an import in the block fails because of a missing extra."""
    try:
        yield
    except ImportError as error:
        if not is_missing_package(error):
            raise
        raise CommandError(missing_packages()) from error


def text_from(session: Session, given: str | None) -> str | None:
    """Return a text argument, or what standard input has if it's `-`. One line break at its end isn't part of it.

    Raises:
        CommandError: Standard input isn't UTF-8, or is used for something else.
    """
    if given != "-":
        return given
    session.claim_stdin("TEXT -")
    content = sys.stdin.buffer.read()
    try:
        return content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise CommandError("Standard input is not UTF-8.") from None


@contextmanager
def _logging(verbose: int) -> Generator[None]:
    """Log the client's events on standard error for as long as the command runs."""
    if not verbose:
        yield
        return
    logger = logging.getLogger("carrierx")
    before = logger.level
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
