"""`carrierx demo`: sends three messages to an emulator on this machine."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import CommandError
from carrierx.cli.output import Command, Fact, Line, Prose, on_one_line, terminal, terminal_width, write_text
from carrierx.cli.session import Session, command, extras_explained

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from carrierx.client import CarrierXClient
    from carrierx.models.message import Message
    from carrierx.models.send_request import SendMessageRequest

__all__ = ["demo"]

SENT_AFTER: Final = timedelta(seconds=0.4)
DELIVERED_AFTER: Final = timedelta(seconds=1)
PATIENCE: Final = 20.0
"""Seconds to wait for a status; more than enough on a slow machine."""

_SENDER, _RECIPIENT, _FRIEND = "15162065575", "15162065574", "15162065573"
_PICTURE: Final = "https://storage.carrierx.com/f/cdac0471-f144-42a2-94f8-d9838ce5e4b9"
_TABLE_WIDTH: Final = 80
"""The columns that the table needs. A narrower terminal gets a list."""
_FAREWELL: Final[tuple[Line, ...]] = (
    Prose("Nothing left this machine: the messages went to an emulator of CarrierX. The prices are its own."),
    Prose(""),
    Prose(
        "To send real texts, set the environment variable CARRIERX_TOKEN to a token from the CarrierX portal "
        "(Account > Security Tokens), then run:"
    ),
    Prose(""),
    Command("carrierx", "send", "--from", "YOUR_NUMBER", "--to", "NUMBER", "Hello"),
)


@dataclass
class _TrackedMessage:
    what: str
    message: Message
    statuses: list[str]

    def update(self, message: Message) -> None:
        self.message = message
        if str(message.status) not in self.statuses:
            self.statuses.append(str(message.status))


@command
def demo(session: Session) -> None:
    """Send an SMS, an MMS and a group MMS to an emulator."""
    with extras_explained():
        from carrierx.client import CarrierXClient
        from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, StatusDelays, serve

    config = EmulatorConfig(delays=StatusDelays(SENT_AFTER, DELIVERED_AFTER))
    with _explained_errors("run the emulator"), Emulator(config) as emulator, serve(emulator) as running:
        base_url = running.base_url
        _say(session, f"An emulator of CarrierX is running at {base_url}")
        # Without the environment's proxy, so that nothing leaves this machine.
        with CarrierXClient(DEMO_TOKEN, base_url=base_url, trust_env=False) as client:
            tracked = list(_send_all(client))
            _say(session, "Three messages were sent. Waiting until they are delivered ...", "")
            _follow(client, tracked)
    if session.json:
        from carrierx.cli.documents import Demo

        session.show(Demo(base_url=base_url, items=tuple(each.message for each in tracked)).to_json(), ())
        return
    console = terminal()
    width = terminal_width()
    if width is None or width >= _TABLE_WIDTH:
        with console.capture() as captured:
            console.print(_table(tracked, console))
        write_text(captured.get().removesuffix("\n"))
    else:
        session.show(None, _list(tracked, console))
    if not session.options.quiet:
        session.show(None, (Prose(""), *_FAREWELL))


def _say(session: Session, *lines: str) -> None:
    if not session.json and not session.options.quiet:
        session.show(None, map(Prose, lines))


def _send_all(client: CarrierXClient) -> Iterator[_TrackedMessage]:
    for what, request in _samples():
        with _explained_errors(f"send {what}"):
            message = client.messages.send(request)
        yield _TrackedMessage(what, message, [str(message.status)])


def _samples() -> Iterator[tuple[str, SendMessageRequest]]:
    from carrierx.models.send_request import SendMessageRequest

    text = "Your order is on its way."
    yield "a text", SendMessageRequest(from_=_SENDER, to=_RECIPIENT, message=text)
    yield (
        "a text with a picture",
        SendMessageRequest(from_=_SENDER, to=_RECIPIENT, message=text, media_urls=[_PICTURE]),
    )
    yield (
        "a text to a group",
        SendMessageRequest(from_=_SENDER, to=_RECIPIENT, message=text, group_recipients=[_RECIPIENT, _FRIEND]),
    )


def _follow(client: CarrierXClient, tracked: list[_TrackedMessage]) -> None:
    # First wait until all are sent, so that every step is shown and not only the last.
    for wanted in ({"sent", "delivered"}, {"delivered"}):
        for each in tracked:
            with _explained_errors(f"follow {each.what}"):
                each.update(client.messages.wait(each.message.message_sid, until=wanted, within=PATIENCE))


@contextmanager
def _explained_errors(step: str) -> Generator[None]:
    from carrierx.emulator import EmulatorError
    from carrierx.errors import CarrierXError

    try:
        yield
    except (CarrierXError, EmulatorError) as error:
        raise CommandError(str(error), code=ExitCode.REFUSED, heading=f"The demo could not {step}.") from error


def _table(tracked: list[_TrackedMessage], console: Console) -> Table:
    from rich.table import Table

    table = Table("Sent", "From", "To", "Kind", "Segments", "Price", "Steps", show_lines=True)
    for each in tracked:
        sender, recipients, kind, segments, price = _cells(each)
        table.add_row(each.what, sender, "\n".join(recipients), kind, segments, price, "\n".join(_steps(each, console)))
    return table


def _list(tracked: list[_TrackedMessage], console: Console) -> list[Line]:
    lines = list[Line]()
    for each in tracked:
        sender, recipients, kind, segments, price = _cells(each)
        lines += [
            Prose(each.what.capitalize(), "bold"),
            Fact("from", sender),
            Fact("to", ", ".join(recipients)),
            Fact("kind", kind),
            Fact("segments", segments),
            Fact("price", price),
            *(Prose(step) for step in _steps(each, console)),
            Prose(""),
        ]
    return lines[:-1]


def _cells(each: _TrackedMessage) -> tuple[str, list[str], str, str, str]:
    from carrierx.models.masking import mask_number

    message = each.message
    recipients = dict.fromkeys([message.to or "", *message.group_recipients])
    return (
        mask_number(message.from_ or ""),
        list(map(mask_number, recipients)),
        (message.type or "").upper(),
        str(message.message_segments),
        f"${message.price}",
    )


def _steps(each: _TrackedMessage, console: Console) -> list[str]:
    tick = "ok" if console.options.ascii_only else "✓"
    return [f"{tick} {on_one_line(status)}" for status in each.statuses]
