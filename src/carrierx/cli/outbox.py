"""`carrierx outbox`: texts in a database that a worker sends exactly once."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import CommandError, Effect
from carrierx.cli.help import CommandGroup, Leaf
from carrierx.cli.options import Confirmed, Full, Limit, checked_time
from carrierx.cli.output import Command, Entry, Fact, Line, Prose
from carrierx.cli.session import Session, command, text_from
from carrierx.cli.wording import in_cli_words

if TYPE_CHECKING:
    from carrierx.cli.documents import OutboxAttempt, OutboxMessageDocument
    from carrierx.outbox import Outbox, OutboxEvent, RunReport, StoredAttempt, StoredMessage

__all__ = ["app"]

DATABASE_VARIABLE: Final = "CARRIERX_OUTBOX"
_PAGE: Final = 1000

_HELP: Final = """\
Send texts from a database, each exactly once.

\b
  export CARRIERX_OUTBOX=sqlite:///texts.db
  carrierx outbox init
  carrierx outbox run
"""

app: Final = typer.Typer(cls=CommandGroup, help=_HELP, no_args_is_help=True)

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help=f"The database: sqlite:///texts.db or postgresql://HOST/NAME. Default: {DATABASE_VARIABLE}.",
    ),
]
Namespace = Annotated[str, typer.Option("--namespace", metavar="NAME", help="The outbox, if the database has several.")]
Schema = Annotated[
    str | None, typer.Option("--schema", metavar="NAME", help="The PostgreSQL schema of the tables. Default: public.")
]
Key = Annotated[str, typer.Argument(metavar="KEY", help="The key of the message.")]
Rate = Annotated[
    float | None, typer.Option("--rate", metavar="COUNT", help="The most messages per second. Default: no limit.")
]
SenderRate = Annotated[
    float | None,
    typer.Option("--sender-rate", metavar="COUNT", help="The most messages per second from each of your numbers."),
]
Concurrency = Annotated[
    int, typer.Option("--concurrency", metavar="COUNT", min=1, help="The number of sends at the same time.")
]
_TIME: Final = "An ISO 8601 time: 2026-11-29T12:30, or with a zone: 2026-11-29T12:30Z."


def _url_of(database: str | None) -> str:
    url = database or os.environ.get(DATABASE_VARIABLE)
    if not url:
        raise CommandError(f"There is no database: use --database, or set {DATABASE_VARIABLE} to its URL.")
    return url


@contextmanager
def _opened(
    database: str | None,
    namespace: str,
    schema: str | None,
    on_event: Callable[[OutboxEvent], None] | None = None,
) -> Generator[Outbox]:
    """Open the outbox of the command line.

    Raises:
        CommandError: There is no database.
    """
    url = _url_of(database)
    from carrierx.outbox import Outbox

    with Outbox(url, namespace=namespace, schema=schema, on_event=on_event) as outbox:
        yield outbox


@app.command("init", cls=Leaf)
@command
def init(session: Session, database: Database = None, namespace: Namespace = "default", schema: Schema = None) -> None:
    """Create the outbox's tables, or upgrade them."""
    from carrierx.cli.documents import OutboxSchema

    with _opened(database, namespace, schema) as outbox:
        created = outbox.create_schema()
        before, version = outbox.upgrade()
    text = "The tables were created." if created else "The tables are up to date."
    if before != version:
        text = f"The tables were upgraded from version {before} to {version}."
    document = OutboxSchema(created=created, version_before=None if created else before, version=version)
    session.show_done("The tables were created", document.to_json(), [Prose(text)])


@app.command("add", cls=Leaf, context_settings={"allow_extra_args": True})
@command
def add(
    session: Session,
    context: typer.Context,
    key: Annotated[str, typer.Option("--key", metavar="KEY", help="Your name for this text: order-17/confirmation.")],
    from_: Annotated[str, typer.Option("--from", metavar="NUMBER", help="The sender: one of your numbers.")],
    to: Annotated[str, typer.Option("--to", metavar="NUMBER", help="The recipient, with the country code.")],
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT|-", help="The text, in quotes, or - for standard input.")
    ] = None,
    media_url: Annotated[
        list[str] | None, typer.Option("--media-url", metavar="URL", help="A picture or other media. Repeatable.")
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="NUMBER", help="Another recipient of a group MMS. Repeatable."),
    ] = None,
    due: Annotated[
        str | None, typer.Option("--due", metavar="TIME", help="Don't send it earlier. Default: send it immediately.")
    ] = None,
    expires: Annotated[str | None, typer.Option("--expires", metavar="TIME", help="Don't send it later.")] = None,
    priority: Annotated[int, typer.Option("--priority", help="Higher goes first.")] = 0,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Add a text. Adding it again with the same key does nothing.

    A worker sends it: carrierx outbox run.
    """
    from carrierx.cli.documents import OutboxAdded
    from carrierx.models.send_request import SendMessageRequest

    if context.args:
        raise CommandError(f"TEXT accepts one value but got {len(context.args) + 1}. Put the text in quotes.")
    due_at, expires_at = checked_time(due), checked_time(expires)
    fields = {"from": from_, "to": to, "message": text_from(session, text), "media_urls": media_url}
    request = SendMessageRequest.parse({**fields, "group_recipients": list(group or ())})
    with _opened(database, namespace, schema) as outbox:
        added = outbox.add(None, request, key=key, due_at=due_at, expires_at=expires_at, priority=priority)
    document = OutboxAdded(
        id=added.id, key=added.key, created=added.created, state=added.state.value, reference=added.reference
    )
    first = Prose("Added to the outbox." if added.created else "It's in the outbox already. Nothing was added.")
    facts = [Fact("key", added.key), Fact("state", added.state.value), Fact("reference", added.reference)]
    session.show_done("The message was added", document.to_json(), [first, *facts])


@app.command("run", cls=Leaf)
@command
def run(
    session: Session,
    rate: Rate = None,
    sender_rate: SenderRate = None,
    concurrency: Concurrency = 10,
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes",
            metavar="COUNT",
            min=1,
            help="Start so many worker processes, and start those again that die. Default: be the worker.",
        ),
    ] = None,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Send texts until Ctrl-C or SIGTERM: a worker.

    It then finishes what it's sending. If it's killed, another start goes on, and nothing is sent twice.
    """
    if processes is not None:
        from carrierx.cli.worker_processes import WorkerOptions, run_processes

        url = _url_of(database)
        options = WorkerOptions(url, namespace, schema, rate, sender_rate, concurrency, session.options, _notes)
        _show_report(session, run_processes(session, options, processes))
        return
    with _opened(database, namespace, schema, _notes(session)) as outbox, session.client() as client:
        session.note("Sending what's in the outbox. Ctrl-C stops it after the sends in progress.")
        report = outbox.run(client, rate=rate, sender_rate=sender_rate, concurrency=concurrency)
    _show_report(session, report)


@app.command("drain", cls=Leaf)
@command
def drain(
    session: Session,
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="SECONDS", help="Stop after this time. Default: no limit.")
    ] = None,
    rate: Rate = None,
    sender_rate: SenderRate = None,
    concurrency: Concurrency = 10,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Send what is due, and stop. For a job that is started again and again."""
    with _opened(database, namespace, schema, _notes(session)) as outbox, session.client() as client:
        report = outbox.drain(client, seconds=seconds, rate=rate, sender_rate=sender_rate, concurrency=concurrency)
    _show_report(session, report)


def _notes(session: Session) -> Callable[[OutboxEvent], None]:
    """Return a function that says what a person should know while a worker runs."""
    from carrierx.outbox import events

    def note(event: OutboxEvent) -> None:
        match event:
            case events.OutboxPaused(reason):
                session.note(f"Paused: {reason}. To go on, run:", Command("carrierx", "outbox", "resume"))
            case events.ClaimingStopped(reason):
                session.note(f"Nothing is sent now: {in_cli_words(reason)}.")
            case events.DatabaseUnavailable():
                session.note(f"The database doesn't answer ({event.reason}). Trying again.")
            case events.MessageRejected():
                session.note(f"{event.key}: rejected, {event.reason}.")
            case events.MessageUnknown() | events.LeaseExpired():
                session.note(f"{event.key}: it may have been sent. It will be looked up.")
            case events.ReviewNeeded():
                session.note(f"{event.key}: a person must decide, because {event.reason}.")
            case events.DuplicateSent():
                session.note(f"{event.key}: CarrierX accepted it twice.")
            case events.PossibleDuplicate():
                session.note(f"{event.key}: CarrierX may have accepted it twice.")
            case _:
                pass

    return note


def _show_report(session: Session, report: RunReport) -> None:
    from carrierx.cli.documents import OutboxRun

    names = ("accepted", "rejected", "not_sent", "unknown", "resolved")
    document = OutboxRun(**{name: getattr(report, name) for name in names}, stopped_because=report.stopped_because)
    facts = [Fact(name.replace("_", " "), str(getattr(report, name))) for name in names]
    session.show_done("The worker stopped", document.to_json(), [*facts, Fact("stopped by", report.stopped_because)])


@app.command("status", cls=Leaf)
@command
def status(
    session: Session,
    max_age: Annotated[
        float | None,
        typer.Option("--max-age", metavar="SECONDS", min=0, help="Exit with 6 if a message is due for longer."),
    ] = None,
    max_unknown: Annotated[
        int | None, typer.Option("--max-unknown", metavar="COUNT", min=0, help="Exit with 6 if more are unknown.")
    ] = None,
    max_review: Annotated[
        int | None, typer.Option("--max-review", metavar="COUNT", min=0, help="Exit with 6 if more wait for a person.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Don't count messages that are done, which takes long if there are many.")
    ] = False,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Show how the outbox is doing.

    With a limit, it also exits with 6 if the outbox is paused or may lack commits.
    """
    from carrierx.cli.documents import OutboxStatus
    from carrierx.outbox.health import OutboxHealth

    limits = (max_age, max_unknown, max_review)
    with _opened(database, namespace, schema) as outbox:
        health = OutboxHealth(outbox, max_age=max_age, max_unknown=max_unknown, max_review=max_review)
        report = health.check(quick=quick)
    stats = report.stats
    counts = {state.value: count for state, count in stats.counts.items()}
    document = OutboxStatus(
        problems=report.problems,
        counts=counts,
        due=stats.due,
        oldest_due_seconds=stats.oldest_due_seconds,
        accepted_last_minute=stats.accepted_last_minute,
        paused=stats.paused,
        lost_commits=stats.lost_commits,
        held_seconds=stats.held_seconds,
    )
    lines: list[Line] = [Fact(state, str(count)) for state, count in counts.items()]
    lines += [
        Fact("due now", str(stats.due)),
        Fact("oldest due", f"{stats.oldest_due_seconds:.0f} s"),
        Fact("accepted in the last minute", str(stats.accepted_last_minute)),
    ]
    if stats.paused is not None:
        lines += [Prose(f"Paused: {stats.paused}. To go on, run:"), Command("carrierx", "outbox", "resume")]
    if stats.held_seconds:
        text = f"CarrierX asked to wait: {stats.held_seconds:.0f} s more. To go on now, run:"
        lines += [Prose(text), Command("carrierx", "outbox", "resume")]
    if stats.lost_commits:
        text = "The database is another one than before, so nothing is sent. Look at it, and then run:"
        lines += [Prose(text), Command("carrierx", "outbox", "recover")]
    if stats.review:
        lines += [Prose("A person must decide about some messages:"), *_list_command("review")]
    above = [name for name in report.problems if name in _LIMITED]
    if above:
        lines.append(Prose(f"Above your limit: {', '.join(_LIMITED[name] for name in above)}."))
    session.show(document.to_json(), lines)
    if report.problems and any(limit is not None for limit in limits):
        raise typer.Exit(ExitCode.UNHEALTHY)


_LIMITED: Final = {"age": "oldest due", "unknown": "unknown", "review": "review"}


def _list_command(state: str) -> list[Line]:
    return [Command("carrierx", "outbox", "list", "--state", state)]


@app.command("list", cls=Leaf)
@command
def list_messages(
    session: Session,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="Only messages in this state. Repeatable.")
    ] = None,
    prefix: Annotated[str, typer.Option("--prefix", metavar="TEXT", help="Only keys that begin with this.")] = "",
    after: Annotated[int, typer.Option("--after", metavar="ID", min=0, help="Only messages after this one.")] = 0,
    limit: Limit = 20,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """List messages, oldest first. Numbers are masked, and texts aren't shown."""
    from carrierx.cli.documents import OutboxList
    from carrierx.cli.show import listed

    with _opened(database, namespace, schema) as outbox:
        found: list[StoredMessage] = []
        while page := outbox.list(
            state=state, key_prefix=prefix, after_id=after, limit=min(limit + 1 - len(found), _PAGE)
        ):
            found += page
            after = page[-1].id
            if len(found) > limit:
                break
    has_more, shown = len(found) > limit, found[:limit]
    lines = listed([_entry(each) for each in shown], has_more=has_more, what="messages")
    session.show(OutboxList(items=tuple(map(_document, shown)), has_more=has_more).to_json(), lines)


@app.command("show", cls=Leaf)
@command
def show(
    session: Session,
    key: Key,
    full: Full = False,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Show a message and what happened to it."""
    from carrierx.cli.documents import OutboxDetail
    from carrierx.cli.show import time_shown

    with _opened(database, namespace, schema) as outbox:
        message = outbox.get(key)
        if message is None:
            raise CommandError("There is no message with this key.", code=ExitCode.REFUSED)
        attempts = outbox.attempts(key)
        request = outbox.request(key) if full else None
    document = OutboxDetail(
        message=_document(message),
        attempts=tuple(map(_attempt_document, attempts)),
        request=None if request is None else request.model_dump(mode="json", by_alias=True, exclude_none=True),
    )
    facts: list[tuple[str, object]] = [
        ("key", message.key),
        ("id", message.id),
        ("state", message.state.value),
        ("reason", message.reason),
        ("from", message.sender if request is None else request.from_),
        ("to", message.recipient if request is None else request.to),
        ("message", None if request is None else request.message),
        ("reference", message.reference),
        ("message_sid", message.message_sid),
        ("priority", message.priority or None),
        ("due", time_shown(message.due_at)),
        ("expires", time_shown(message.expires_at)),
        ("added", time_shown(message.created_at)),
        ("changed", time_shown(message.updated_at)),
    ]
    lines: list[Line] = [Fact(name, str(value)) for name, value in facts if value not in (None, "")]
    session.show(document.to_json(), [*lines, *map(_attempt_entry, attempts)])


def _entry(message: StoredMessage) -> Line:
    from carrierx.cli.show import time_shown

    facts = (
        message.state.value,
        f"{message.sender} > {message.recipient}",
        f"{message.attempts} attempt{'' if message.attempts == 1 else 's'}",
        time_shown(message.updated_at),
        message.reason,
    )
    return Entry(message.key, tuple(filter(None, facts)))


def _document(message: StoredMessage) -> OutboxMessageDocument:
    from carrierx.cli.documents import OutboxMessageDocument

    return OutboxMessageDocument(
        id=message.id,
        key=message.key,
        state=message.state.value,
        reason=message.reason or None,
        **{"from": message.sender},
        to=message.recipient,
        reference=message.reference,
        message_sid=message.message_sid,
        priority=message.priority,
        attempts=message.attempts,
        due_at=message.due_at,
        expires_at=message.expires_at,
        created_at=message.created_at,
        updated_at=message.updated_at,
    )


def _attempt_document(attempt: StoredAttempt) -> OutboxAttempt:
    from carrierx.cli.documents import OutboxAttempt

    return OutboxAttempt(
        attempt=attempt.attempt,
        outcome=attempt.outcome,
        reason=attempt.reason or None,
        message_sid=attempt.message_sid,
        applied=attempt.applied,
        claimed_at=attempt.claimed_at,
        recorded_at=attempt.recorded_at,
    )


def _attempt_entry(attempt: StoredAttempt) -> Line:
    from carrierx.cli.show import time_shown

    facts = (time_shown(attempt.recorded_at), attempt.reason, "" if attempt.applied else "came too late to count")
    return Entry(f"attempt {attempt.attempt}: {attempt.outcome}", tuple(filter(None, facts)))


@app.command("cancel", cls=Leaf)
@command
def cancel(
    session: Session, key: Key, database: Database = None, namespace: Namespace = "default", schema: Schema = None
) -> None:
    """Cancel a message that waits to be sent."""
    with _opened(database, namespace, schema) as outbox:
        outbox.cancel(key)
        _show_changed(session, outbox, key, "Cancelled. It won't be sent.")


@app.command("reschedule", cls=Leaf)
@command
def reschedule(
    session: Session,
    key: Key,
    due: Annotated[str, typer.Option("--due", metavar="TIME", help=f"Don't send it earlier. {_TIME}")],
    expires: Annotated[str | None, typer.Option("--expires", metavar="TIME", help="Don't send it later.")] = None,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Change when a message that waits to be sent is due."""
    due_at = checked_time(due) or datetime.now().astimezone()
    with _opened(database, namespace, schema) as outbox:
        outbox.reschedule(key, due_at=due_at, expires_at=checked_time(expires))
        _show_changed(session, outbox, key, "Rescheduled.")


@app.command("retry", cls=Leaf)
@command
def retry(
    session: Session, key: Key, database: Database = None, namespace: Namespace = "default", schema: Schema = None
) -> None:
    """Queue a message again.

    It must have been rejected, expired or cancelled. It is then sent.
    """
    with _opened(database, namespace, schema) as outbox:
        state = outbox.retry(key)
        looked_up = "It may have been sent in what the database lost, so it is looked up first."
        _show_changed(session, outbox, key, "Queued again." if state == "queued" else looked_up)


@app.command("resolve", cls=Leaf)
@command
def resolve(
    session: Session,
    key: Key,
    sent: Annotated[
        bool | None, typer.Option("--sent/--not-sent", help="Whether it was sent. If it wasn't, it is queued.")
    ] = None,
    message_sid: Annotated[
        str | None, typer.Option("--message-sid", metavar="SID", help="CarrierX's SID, if you know it.")
    ] = None,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Decide about a message in review.

    Look for it in CarrierX's portal first.
    """
    if sent is None:
        raise CommandError("Give --sent if the message was sent, or --not-sent to send it now. Nothing was changed.")
    if message_sid is not None and not sent:
        raise CommandError("--message-sid goes with --sent. Nothing was changed.")
    with _opened(database, namespace, schema) as outbox:
        outbox.resolve(key, sent=sent, message_sid=message_sid)
        _show_changed(session, outbox, key, "It counts as sent." if sent else "Queued. It will be sent.")


def _show_changed(session: Session, outbox: Outbox, key: str, text: str) -> None:
    from carrierx.cli.documents import OutboxChange

    message = outbox.get(key)
    state = None if message is None else message.state.value
    session.show_done("The message was changed", OutboxChange(key=key, state=state).to_json(), [Prose(text)])


@app.command("pause", cls=Leaf)
@command
def pause(
    session: Session,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the others.")] = "paused by hand",
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Let no worker send anything.

    Sends in progress are finished. Continue with carrierx outbox resume.
    """
    from carrierx.cli.documents import OutboxPause

    with _opened(database, namespace, schema) as outbox:
        outbox.pause(reason)
    lines: list[Line] = [Prose("Paused. To go on, run:"), Command("carrierx", "outbox", "resume")]
    session.show_done("The outbox was paused", OutboxPause(paused=reason).to_json(), lines)


@app.command("resume", cls=Leaf)
@command
def resume(
    session: Session, database: Database = None, namespace: Namespace = "default", schema: Schema = None
) -> None:
    """Let workers send again.

    An outbox is paused by hand, or because CarrierX refused the token or its scopes. It's held if CarrierX asked to
    wait.
    """
    from carrierx.cli.documents import OutboxPause

    with _opened(database, namespace, schema) as outbox:
        outbox.resume()
    session.show_done("The outbox was resumed", OutboxPause(paused=None).to_json(), [Prose("Resumed.")])


@app.command("purge", cls=Leaf)
@command
def purge(
    session: Session,
    older_than: Annotated[
        float, typer.Option("--older-than", metavar="DAYS", min=0, help="Days since a message last changed.")
    ],
    yes: Confirmed = False,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Delete the numbers and texts of old messages.

    Only messages that are done are purged. Their keys, states and SIDs are kept, so that no key sends a second text.
    """
    from carrierx.cli.documents import OutboxPurge

    try:
        age = timedelta(days=older_than)
    except (ValueError, OverflowError):
        raise CommandError("--older-than is too large.") from None
    session.effect = Effect("Nothing was deleted.", "Some messages may have been deleted.")
    session.confirm(
        f"Delete the contents of messages that were done {older_than:g} days ago?",
        yes=yes,
        what_instead="Nothing was deleted.",
    )
    with _opened(database, namespace, schema) as outbox:
        purged = outbox.purge(older_than=age)
    text = f"Deleted the contents of {purged} message{'' if purged == 1 else 's'}."
    session.show_done("Messages were deleted", OutboxPurge(purged=purged).to_json(), [Prose(text)])


@app.command("verify", cls=Leaf)
@command
def verify(
    session: Session,
    after: Annotated[int, typer.Option("--after", metavar="ID", min=0, help="Only messages after this one.")] = 0,
    most: Annotated[
        int | None, typer.Option("--most", metavar="COUNT", min=1, help="The most messages to compare.")
    ] = None,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Compare messages with CarrierX's records.

    It makes one request for each message. It sends and changes nothing.
    """
    from carrierx.cli.documents import OutboxVerification

    with _opened(database, namespace, schema) as outbox, session.client() as client:
        report = outbox.verify(client, after_id=after, most=most)
    problems = {
        "sent twice": report.sent_twice,
        "missing": report.missing,
        "unexpected": report.unexpected,
        "not answered": report.not_answered,
    }
    document = OutboxVerification(
        ok=report.ok,
        checked=report.checked,
        last_id=report.last_id,
        sent_twice=report.sent_twice,
        missing=report.missing,
        unexpected=report.unexpected,
        not_answered=report.not_answered,
    )
    lines: list[Line] = [Fact("checked", str(report.checked)), Fact("last id", str(report.last_id))]
    lines += [Entry(key, (what,)) for what, keys in problems.items() for key in keys]
    session.show(document.to_json(), [*lines, *([Prose("Both agree.")] if report.ok else [])])
    if not report.ok:
        raise typer.Exit(ExitCode.REFUSED)


@app.command("recover", cls=Leaf)
@command
def recover(
    session: Session,
    force: Annotated[
        bool, typer.Option("--force", help="Do so although the outbox noticed no loss, if you know better.")
    ] = False,
    database: Database = None,
    namespace: Namespace = "default",
    schema: Schema = None,
) -> None:
    """Go on with a restored or copied database.

    What waits to be sent is looked up first, so nothing is sent twice.
    """
    from carrierx.cli.documents import OutboxRecovery

    with _opened(database, namespace, schema) as outbox:
        unknown = outbox.recover(force=force)
    text = f"Workers go on. {unknown} message{' is' if unknown == 1 else 's are'} looked up first."
    session.show_done("The outbox was recovered", OutboxRecovery(unknown=unknown).to_json(), [Prose(text)])
